package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

// cluster is the API of the cluster this server runs on.
type cluster struct {
	server string
	client *http.Client
	token  string // the file it is in
}

type statusError struct {
	status int
	text   string
}

func (e statusError) Error() string { return e.text }

func hasStatus(err error, status int) bool {
	var answered statusError
	return errors.As(err, &answered) && answered.status == status
}

func inCluster() (*cluster, error) {
	ca, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("no certificate in " + account + "ca.crt")
	}
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	return &cluster{
		server: "https://" + net.JoinHostPort(host, port),
		token:  account + "token",
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}},
	}, nil
}

// call sends one request; what it sends in a PATCH is a JSON merge patch.
func (c *cluster) call(method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, c.server+path, &body)
	if err != nil {
		return err
	}
	// Read anew each time: the token can be replaced while this server runs.
	token, err := os.ReadFile(c.token)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return statusError{response.StatusCode, fmt.Sprintf("%s %s: %s: %.300s", method, path, response.Status, text)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
