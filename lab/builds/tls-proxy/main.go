// TLS in front of a server that speaks none: RKE's S3 client takes nothing else.
//
//	tls-proxy LISTEN TARGET CA_FILE
//
// The authority is made anew at each start, and its certificate written to CA_FILE once connections are taken.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"time"
)

func main() {
	listen, target, caFile := os.Args[1], os.Args[2], os.Args[3]
	host, _, err := net.SplitHostPort(listen)
	check(err)
	ca, certificate := authority(host)
	listener, err := tls.Listen("tcp", listen, &tls.Config{Certificates: []tls.Certificate{certificate}})
	check(err)
	check(os.WriteFile(caFile+".part", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca}), 0o600))
	check(os.Rename(caFile+".part", caFile))
	for {
		client, err := listener.Accept()
		check(err)
		go forward(client, target)
	}
}

// authority makes a certificate authority, and a certificate of it for an address.
func authority(host string) ([]byte, tls.Certificate) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	ca := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "lab S3 authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caBytes, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	check(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	leaf := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: host}, IPAddresses: []net.IP{net.ParseIP(host)},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafBytes, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	check(err)
	return caBytes, tls.Certificate{Certificate: [][]byte{leafBytes}, PrivateKey: key}
}

func serial() *big.Int {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	check(err)
	return number
}

// forward leaves every byte as it is: the requests are signed, the host's name among them.
func forward(client net.Conn, target string) {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		log.Print(err)
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	_, _ = io.Copy(client, server)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
