package main

import (
	"os"
	"testing"
	"time"
)

func TestPrunesByNameWhateverTheFileIs(t *testing.T) {
	host(t)
	for _, name := range []string{
		"2026-11-20T02:00:00Z_etcd.zip", "2026-11-20T02:00:00Z_before-upgrade", "2026-11-23T02:00:00Z_etcd.zip", "before-upgrade.zip",
	} {
		put(t, plainPath(name), "written now", 0o600)
	}
	prune(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), 72*time.Hour)
	left(t, "2026-11-23T02:00:00Z_etcd.zip before-upgrade.zip")
}

func TestPrunesRancherSnapshotsByTheFilesTime(t *testing.T) {
	host(t)
	long := time.Now().Add(-100 * time.Hour)
	for _, name := range []string{"c-x7k2p-rs-9tv4q.zip", "c-x7k2p-ms-9tv4q.zip", "c-other-rs-9tv4q.zip"} {
		put(t, plainPath(name), "", 0o600)
		must(t, os.Chtimes(plainPath(name), long, long))
	}
	must(t, pruneRancherSnapshots("before-upgrade", time.Hour))
	must(t, pruneRancherSnapshots("c-x7k2p-rs-new", time.Hour))
	left(t, "c-other-rs-9tv4q.zip c-x7k2p-ms-9tv4q.zip")
}

func TestDeletesWhatWasUnpackedOnlyWhereTheZipIs(t *testing.T) {
	host(t)
	put(t, plainPath("one"), "", 0o600)
	must(t, remove(options{name: "one", cleanup: true}))
	put(t, zipPath("one"), "", 0o600)
	must(t, os.WriteFile(plainPath("two"), nil, 0o600))
	must(t, remove(options{name: "one", cleanup: true}))
	left(t, "one.zip two")
	must(t, remove(options{name: "two"}))
	must(t, remove(options{name: "one"}))
	left(t, "")
}
