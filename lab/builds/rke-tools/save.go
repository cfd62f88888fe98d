package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// The original waits for 15 seconds.
var retryPause = 3 * time.Second

func save(o options) error {
	if o.creation == 0 || o.retention == 0 {
		return errors.New("Creation period and/or retention are not set")
	}
	if o.cert == "" || o.cacert == "" || o.key == "" {
		return errors.New("Failed to find etcd cert or key paths")
	}
	if !o.once {
		return saveRecurring(o)
	}
	logrus.WithField("name", o.name).Info("Initializing Onetime Backup")
	if err := createBackup(o, o.name); err != nil {
		return err
	}
	if o.inS3 {
		if err := o.s3.upload(o.name); err != nil {
			return err
		}
	}
	return pruneRancherSnapshots(o.name, o.retention)
}

// saveRecurring never ends. Its first snapshot comes after one period, not at once.
func saveRecurring(o options) error {
	logrus.WithFields(logrus.Fields{"creation": o.creation, "retention": o.retention}).Info("Initializing Rolling Backups")
	for now := range time.NewTicker(o.creation).C {
		name := recurringName(now)
		if err := retrieveStateFile(name, stateRetries); err != nil {
			logrus.WithFields(logrus.Fields{"error": err, "name": name}).Warn("Error while trying to retrieve cluster state from cluster")
		}
		if createBackup(o, name) != nil {
			continue
		}
		prune(now, o.retention)
		if o.inS3 && o.s3.upload(name) == nil {
			o.s3.prune(now, o.retention)
		}
	}
	return nil
}

func recurringName(now time.Time) string { return now.UTC().Format(time.RFC3339) + "_etcd" }

// createBackup leaves N.zip. What was there under that name is overwritten, also when the new one then fails.
func createBackup(o options, name string) (err error) {
	for attempt := uint(0); attempt <= o.retries; attempt++ {
		if attempt > 0 {
			time.Sleep(retryPause)
		}
		if health, healthErr := etcdctl(o, "endpoint", "health"); strings.Contains(health, "unhealthy") {
			logrus.WithFields(logrus.Fields{"data": health, "error": healthErr}).Warn("Checking member health failed from etcd member")
			err = fmt.Errorf("%v: %v", healthErr, health)
			continue
		}
		start := time.Now()
		output, saveErr := etcdctl(o, "snapshot", "save", plainPath(name))
		if saveErr != nil {
			logrus.WithFields(logrus.Fields{"attempt": attempt + 1, "data": output, "error": saveErr}).Warn("Backup failed")
			err = fmt.Errorf("%v: %v", saveErr, output)
			continue
		}
		if err = pack(name); err != nil {
			logrus.WithFields(logrus.Fields{"attempt": attempt + 1, "error": err}).Warn("Compressing backup failed")
			continue
		}
		logrus.WithFields(logrus.Fields{"name": name, "runtime": time.Since(start)}).Info("Created local backup")
		return nil
	}
	return err
}

// pack puts the plain snapshot, and the state file if one lies there, into the zip, and takes both away.
func pack(name string) error {
	files := []string{plainPath(name)}
	if _, err := os.Stat(statePath(name)); err == nil {
		files = append(files, statePath(name))
	}
	if err := compress(zipPath(name), files); err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return os.Chmod(zipPath(name), 0o600)
}

func etcdctl(o options, args ...string) (string, error) {
	flags := []string{"--endpoints=" + o.endpoints, "--cacert=" + o.cacert, "--cert=" + o.cert, "--key=" + o.key}
	command := exec.Command("etcdctl", append(flags, args...)...)
	command.Env = append(os.Environ(), "ETCDCTL_API=3")
	output, err := command.CombinedOutput()
	return string(output), err
}
