package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// prune removes what is older than the retention by its name: whatever begins with a time and an underscore, a file that
// a user has put there too. When the file was written does not count.
func prune(now time.Time, retention time.Duration) {
	entries, err := os.ReadDir(backupDir)
	if err != nil {
		logrus.WithFields(logrus.Fields{"dir": backupDir, "error": err}).Warn("Can't read backup directory")
	}
	for _, entry := range entries {
		if entry.IsDir() {
			logrus.WithField("name", entry.Name()).Warn("Ignored directory, expecting file")
			continue
		}
		stamp, _, _ := strings.Cut(entry.Name(), "_")
		taken, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			logrus.WithFields(logrus.Fields{"error": err, "name": entry.Name()}).Warn("Couldn't parse backup")
		} else if taken.Before(now.Add(-retention)) {
			_ = removeFile(entry.Name())
		}
	}
}

var (
	rancherCluster   = regexp.MustCompile(`^c-[a-z0-9].*?-`)
	rancherRecurring = regexp.MustCompile(`^c-[a-z0-9].*?-r.-`)
)

// pruneRancherSnapshots removes, when Rancher saves a snapshot, its older recurring ones of the same cluster: by the
// file's time.
func pruneRancherSnapshots(name string, retention time.Duration) error {
	prefix := rancherCluster.FindString(name)
	if prefix == "" {
		return nil
	}
	entries, err := os.ReadDir(backupDir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), prefix) || !rancherRecurring.MatchString(entry.Name()) {
			continue
		}
		if info.ModTime().Before(time.Now().Add(-retention)) {
			if err := removeFile(entry.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove takes a snapshot away, from S3 too; with --cleanup only what a restore has unpacked, and that only where the zip
// is there. Where it is not, --cleanup removes nothing here, but in S3 it removes all that begins with the name.
func remove(o options) error {
	if o.name == "" {
		return errors.New("snapshot name is required")
	}
	if !o.cleanup {
		if err := errors.Join(removeFile(o.name+".zip"), removeFile(o.name)); err != nil {
			return err
		}
	} else if _, err := os.Stat(zipPath(o.name)); err == nil {
		return removeFile(o.name)
	}
	if !o.inS3 {
		return nil
	}
	return o.s3.remove(o.name)
}

func removeFile(name string) error {
	err := os.Remove(plainPath(path.Base(name)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		logrus.WithFields(logrus.Fields{"error": err, "name": name}).Warn("Delete local backup failed")
		return fmt.Errorf("delete %s: %w", name, err)
	}
	logrus.WithField("name", name).Info("Deleted local backup")
	return nil
}
