package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"

	"github.com/sirupsen/logrus"
)

// The port of etcd, which stands still meanwhile.
const port = "2379"

// serve hands a snapshot to the other etcd hosts.
func serve(o options) error {
	name, err := fileName(o.name)
	if err != nil {
		return err
	}
	if err := unpack(name); err != nil {
		return err
	}
	config, err := tlsConfig(o)
	if err != nil {
		return err
	}
	handler := http.NewServeMux()
	handler.HandleFunc("/"+name, func(response http.ResponseWriter, request *http.Request) {
		http.ServeFile(response, request, plainPath(name))
	})
	server := &http.Server{
		Addr:    "0.0.0.0:" + port,
		Handler: handler,
		TLSConfig: &tls.Config{
			ClientAuth: tls.RequireAndVerifyClientCert,
			ClientCAs:  config.RootCAs,
			MinVersion: tls.VersionTLS12,
		},
	}
	return server.ListenAndServeTLS(o.cert, o.key)
}

// unpack makes the plain snapshot out of its zip, over a plain one that is there: the zip wins. Without a zip there must
// be a plain one.
func unpack(name string) error {
	if _, err := os.Stat(zipPath(name)); err == nil {
		if err := extract(zipPath(name), memberName(plainPath(name)), plainPath(name)); err != nil {
			return err
		}
		logrus.Info("Extracted from " + zipPath(name))
	}
	_, err := os.Stat(plainPath(name))
	return err
}

// download fetches a snapshot from S3, or the plain one from the host that serves it, over one that is there; a zip
// stays as it is then. It asks the host once.
func download(o options) error {
	logrus.Info("Initializing Download Backups")
	if o.inS3 {
		return o.s3.download(o.name)
	}
	name, err := fileName(o.name)
	if err != nil {
		return err
	}
	if o.localEndpoint == "" {
		return errors.New("local-endpoint is required")
	}
	config, err := tlsConfig(o)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	response, err := client.Get(fmt.Sprintf("https://%s:%s/%s", o.localEndpoint, port, name))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("backup download failed: %v", response.Status)
	}
	if err := receive(response.Body, plainPath(name)); err != nil {
		return err
	}
	logrus.Infof("Successfully download %s from %s ", name, o.localEndpoint)
	return nil
}

func receive(content io.Reader, to string) error {
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		return err
	}
	return os.Chmod(to, 0o600)
}

// tlsConfig is that of the client. The server's certificate is not checked: it is one for clients and names no address.
func tlsConfig(o options) (*tls.Config, error) {
	if o.cert == "" || o.cacert == "" || o.key == "" {
		return nil, errors.New("cacert, cert and key are required")
	}
	ca, err := os.ReadFile(o.cacert)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool, InsecureSkipVerify: true}, nil
}

func fileName(name string) (string, error) {
	base := path.Base(name)
	if base == "." || base == "/" {
		return "", errors.New("snapshot name is required")
	}
	return base, nil
}
