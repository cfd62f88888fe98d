package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// cluster is the API of the cluster this server runs on.
type cluster struct{ *kubernetes.Clientset }

func inCluster() (*cluster, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, err
	}
	return clusterOf(config)
}

func clusterOf(config *rest.Config) (*cluster, error) {
	// Rancher limits none of its own requests.
	config.Timeout, config.QPS = 10*time.Second, -1
	clients, err := kubernetes.NewForConfig(config)
	return &cluster{clients}, err
}

// call sends one request; what it sends in a PATCH is a JSON merge patch.
func (c *cluster) call(method, path string, in, out any) error {
	request := c.CoreV1().RESTClient().Verb(method).AbsPath(path)
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		request.Body(body).SetHeader("Content-Type", "application/json")
	}
	if method == http.MethodPatch {
		request.SetHeader("Content-Type", string(types.MergePatchType))
	}
	text, err := request.Do(context.Background()).Raw()
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}
