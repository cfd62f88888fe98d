package main

import (
	"context"
	"crypto/tls"
	"net/url"
	"strings"

	"github.com/rancher/dynamiclistener/factory"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const namespace, caSecret = "cattle-system", "tls-rancher"

// certificate is what this server answers under, whatever name it is asked for by: as in Rancher, only the host of the
// setting server-url is added to the fixed names. It is signed by Rancher's own CA, which is loaded from the Secret
// tls-rancher, or made, and published in the setting cacerts.
func (r *rancher) certificate() (*tls.Certificate, error) {
	secret, err := r.state.cluster.CoreV1().Secrets(namespace).Get(context.Background(), caSecret, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		secret, err = r.makeAuthority()
	}
	if err != nil {
		return nil, err
	}
	ca, key, err := factory.LoadCA(secret.Data[v1.TLSCertKey], secret.Data[v1.TLSPrivateKeyKey])
	if err != nil {
		return nil, err
	}
	if err := r.publish(strings.TrimSpace(string(secret.Data[v1.TLSCertKey]))); err != nil {
		return nil, err
	}
	names := []string{"localhost", "127.0.0.1", "rancher.cattle-system"}
	if url, err := url.Parse(fromEnvironment("server-url")); err == nil && url.Hostname() != "" {
		names = append(names, url.Hostname())
	}
	signing := factory.TLS{CACert: ca, CAKey: key, CN: "dynamic", Organization: []string{"dynamiclistener-org"}}
	signed, _, err := signing.AddCN(&v1.Secret{}, names...)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(append(signed.Data[v1.TLSCertKey], secret.Data[v1.TLSCertKey]...), signed.Data[v1.TLSPrivateKeyKey])
	return &pair, err
}

func (r *rancher) publish(authority string) error {
	published, err := r.state.setting("cacerts")
	if err != nil || published.Value == authority {
		return err
	}
	return r.state.set("cacerts", authority)
}

// makeAuthority fails with a conflict when another replica was faster; the next attempt finds that one's.
func (r *rancher) makeAuthority() (*v1.Secret, error) {
	ca, key, err := factory.GenCA()
	if err != nil {
		return nil, err
	}
	certificate, private, err := factory.Marshal(ca, key)
	if err != nil {
		return nil, err
	}
	secret := &v1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: caSecret},
		Type:       v1.SecretTypeTLS,
		Data:       map[string][]byte{v1.TLSCertKey: certificate, v1.TLSPrivateKeyKey: private},
	}
	return r.state.cluster.CoreV1().Secrets(namespace).Create(context.Background(), secret, metav1.CreateOptions{})
}
