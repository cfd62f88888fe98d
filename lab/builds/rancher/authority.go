package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const caSecret = "/api/v1/namespaces/cattle-system/secrets"

// authority signs the certificates under which this server answers.
type authority struct {
	certificatePEM []byte
	parsed         *x509.Certificate
	key            *ecdsa.PrivateKey
	names          []string

	once sync.Once
	leaf *tls.Certificate
	err  error
}

// authority loads Rancher's own CA from the Secret tls-rancher, or makes it, and publishes it in the setting cacerts.
func (r *rancher) authority() (*authority, error) {
	found, err := r.loadAuthority()
	if hasStatus(err, http.StatusNotFound) {
		found, err = r.makeAuthority()
	}
	if err != nil {
		return nil, err
	}
	found.names = []string{"localhost", "127.0.0.1", "rancher.cattle-system"}
	if url, err := url.Parse(fromEnvironment("server-url")); err == nil && url.Hostname() != "" {
		found.names = append(found.names, url.Hostname())
	}
	text := strings.TrimSpace(string(found.certificatePEM))
	published, err := r.state.setting("cacerts")
	if err != nil || published.Value == text {
		return found, err
	}
	return found, r.state.set("cacerts", text)
}

func (r *rancher) loadAuthority() (*authority, error) {
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	if err := r.state.cluster.call(http.MethodGet, caSecret+"/tls-rancher", nil, &secret); err != nil {
		return nil, err
	}
	certificate, _ := pem.Decode(secret.Data["tls.crt"])
	key, _ := pem.Decode(secret.Data["tls.key"])
	if certificate == nil || key == nil {
		return nil, errors.New("the Secret cattle-system/tls-rancher holds no CA")
	}
	parsed, err := x509.ParseCertificate(certificate.Bytes)
	if err != nil {
		return nil, err
	}
	private, err := x509.ParseECPrivateKey(key.Bytes)
	return &authority{certificatePEM: secret.Data["tls.crt"], parsed: parsed, key: private}, err
}

// makeAuthority fails with a conflict when another replica was faster; the next attempt finds that one's.
func (r *rancher) makeAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateFor("dynamiclistener-ca", 10*365*24*time.Hour)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	secret := map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
		"metadata": map[string]any{"name": "tls-rancher"},
		"data": map[string][]byte{
			"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}),
			"tls.key": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}),
		},
	}
	if err := r.state.cluster.call(http.MethodPost, caSecret, secret, nil); err != nil {
		return nil, err
	}
	return r.loadAuthority()
}

// certificate is the same for every name: as in Rancher, only the host of the setting server-url is added to the fixed names.
func (a *authority) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.once.Do(func() { a.leaf, a.err = a.sign() })
	return a.leaf, a.err
}

func (a *authority) sign() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateFor("dynamic", 365*24*time.Hour)
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range a.names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.parsed, key.Public(), a.key)
	return &tls.Certificate{Certificate: [][]byte{signed, a.parsed.Raw}, PrivateKey: key}, err
}

func certificateFor(name string, valid time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, Organization: []string{"dynamiclistener-org"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(valid),
	}
}
