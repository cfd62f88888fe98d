package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"time"

	"github.com/sirupsen/logrus"
)

// Unlike the retries of a save, no flag sets these to 0.
const stateRetries = 4

// retrieveStateFile puts the cluster's state, as RKE keeps it in the cluster, where a recurring snapshot takes it from.
// RKE v1.8.0 keeps it in a secret (cluster/state.go).
func retrieveStateFile(name string, retries uint) error {
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	if err := getSecret(retries, &secret); err != nil {
		return err
	}
	var state bytes.Buffer
	if err := json.Indent(&state, secret.Data["full-cluster-state"], "", "  "); err != nil {
		return fmt.Errorf("Failed to indent JSON for state file: %v", err)
	}
	return os.WriteFile(statePath(name), state.Bytes(), 0o644)
}

func getSecret(retries uint, secret any) (err error) {
	for attempt := uint(0); attempt <= retries; attempt++ {
		if attempt > 0 {
			time.Sleep(retryPause)
		}
		var failure bytes.Buffer
		command := exec.Command("kubectl", "--request-timeout=30s", "--kubeconfig", "/etc/kubernetes/ssl/kubecfg-kube-node.yaml",
			"--namespace", "kube-system", "get", "secret", "full-cluster-state", "--output", "json")
		command.Stderr = &failure
		output, getErr := command.Output()
		if getErr == nil {
			return json.Unmarshal(output, secret)
		}
		err = fmt.Errorf("Failed to retrieve secret full-cluster-state using kubectl: %v: %s", getErr, failure.String())
		logrus.WithFields(logrus.Fields{"attempt": attempt + 1, "error": err}).Warn("Failed to retrieve secret full-cluster-state using kubectl")
	}
	return err
}

// extractStateFile puts the state file of a zip where RKE then looks for it in the container. With S3 it fetches the
// snapshot first, over the one that lies on the host.
func extractStateFile(o options) error {
	name := path.Base(o.name)
	logrus.Infof("Trying to get statefile from backup [%s]", name)
	if o.inS3 {
		if err := o.s3.download(o.name); err != nil {
			return err
		}
	}
	if _, err := os.Stat(zipPath(name)); err != nil {
		return err
	}
	member := memberName(statePath(name))
	if err := extract(zipPath(name), member, stateOut); err != nil {
		return fmt.Errorf("Unable to extract file [%s] from file [%s] to destination [%s]: %v", member, zipPath(name), stateOut, err)
	}
	logrus.Infof("Successfully extracted file [%s] from file [%s] to destination [%s]", member, zipPath(name), stateOut)
	return nil
}
