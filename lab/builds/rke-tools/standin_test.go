package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const fixtures = "../../../test/fixtures/rke-tools"

// host gives the test folders of its own in the place of those that RKE mounts.
func host(t *testing.T) {
	t.Helper()
	root := t.TempDir()
	backupDir, stateDir, stateOut = filepath.Join(root, "backup"), filepath.Join(root, "state"), filepath.Join(root, "out")
	for _, dir := range []string{backupDir, stateDir, filepath.Join(root, "bin")} {
		must(t, os.Mkdir(dir, 0o755))
	}
	t.Setenv("PATH", filepath.Join(root, "bin")+":/usr/bin:/bin")
	retryPause = time.Millisecond
}

func program(t *testing.T, name, script string) {
	t.Helper()
	path := filepath.Join(filepath.Dir(backupDir), "bin", name)
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}

func put(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), mode))
	must(t, os.Chmod(path, mode))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, path, content string) {
	t.Helper()
	found, err := os.ReadFile(path)
	must(t, err)
	if string(found) != content {
		t.Errorf("%s holds %q, not %q", path, found, content)
	}
}

// left says that these files are what the host's folder of snapshots holds.
func left(t *testing.T, want string) {
	t.Helper()
	entries, err := os.ReadDir(backupDir)
	must(t, err)
	list := []string{}
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	if found := strings.Join(list, " "); found != want {
		t.Errorf("left %s", found)
	}
}

func fails(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, not one with %q", err, words)
	}
}

var saving = options{
	name: "one", once: true, creation: time.Hour, retention: time.Hour, cacert: "ca", cert: "cert", key: "key",
}

func TestSavePacksTheStateFileAndTakesBothAway(t *testing.T) {
	host(t)
	program(t, "etcdctl", `for last; do :; done; case "$*" in *"snapshot save"*) printf saved >"$last" ;; esac`)
	put(t, statePath("one"), "{}", 0o400)
	must(t, save(saving))
	left(t, "one.zip")
	if info, _ := os.Stat(zipPath("one")); info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := os.Stat(statePath("one")); err == nil {
		t.Error("the state file stays")
	}
	archive, err := zip.OpenReader(zipPath("one"))
	must(t, err)
	defer archive.Close()
	if found := archive.File[1]; found.Name != "/etc/kubernetes/one.rkestate" || found.Mode() != 0o400 {
		t.Errorf("%s %v", found.Name, found.Mode())
	}
}

func TestSaveTriesOnceAndFailsWithWhatEtcdctlSays(t *testing.T) {
	host(t)
	saving, err := parse("save", strings.Fields("--once --name one --cacert ca --cert cert --key key"))
	must(t, err)
	program(t, "etcdctl", `echo "$*" >>"`+stateOut+`"; case "$*" in *"snapshot save"*) echo "no space left" >&2; exit 1 ;; esac`)
	fails(t, save(saving), "no space left")
	called, err := os.ReadFile(stateOut)
	must(t, err)
	if count := strings.Count(string(called), "snapshot save"); count != 1 {
		t.Errorf("%d tries", count)
	}
}

func TestSaveDoesNotSaveAMemberThatIsNotHealthy(t *testing.T) {
	host(t)
	program(t, "etcdctl", `case "$*" in *health*) echo "127.0.0.1:2379 is unhealthy" ;; *) : >"`+stateOut+`" ;; esac`)
	fails(t, save(saving), "")
	if _, err := os.Stat(stateOut); err == nil {
		t.Error("it was saved")
	}
}

func TestRecurringSnapshotsCarryTheStateOfTheCluster(t *testing.T) {
	host(t)
	program(t, "kubectl", `printf '{"data":{"full-cluster-state":"e30="}}'`)
	name := recurringName(time.Date(2026, 11, 20, 3, 0, 0, 0, time.FixedZone("", 3600)))
	if name != "2026-11-20T02:00:00Z_etcd" {
		t.Error(name)
	}
	must(t, retrieveStateFile(name, 0))
	has(t, statePath(name), "{}")
}

func TestServeUnpacksTheZipOverAPlainFile(t *testing.T) {
	host(t)
	put(t, plainPath("one"), "in the zip", 0o600)
	must(t, pack("one"))
	put(t, plainPath("one"), "a longer text beside the zip", 0o644)
	must(t, unpack("one"))
	has(t, plainPath("one"), "in the zip")
}

func TestUnpacksWhatGenuineReleasesSaved(t *testing.T) {
	zips, err := filepath.Glob(filepath.Join(fixtures, "*.zip"))
	must(t, err)
	if len(zips) != 5 {
		t.Fatalf("%d zips", len(zips))
	}
	plain, err := os.ReadFile(filepath.Join(fixtures, "rke-tools-v0.1.27-plain"))
	must(t, err)
	for _, path := range zips {
		t.Run(filepath.Base(path), func(t *testing.T) {
			host(t)
			saved, err := os.ReadFile(path)
			must(t, err)
			put(t, zipPath("before-upgrade"), string(saved), 0o600)
			must(t, unpack("before-upgrade"))
			found, err := os.ReadFile(plainPath("before-upgrade"))
			must(t, err)
			if !bytes.Equal(found, plain) {
				t.Errorf("%d other bytes than the plain snapshot's %d", len(found), len(plain))
			}
		})
	}
}

func TestServeNeedsAFile(t *testing.T) {
	host(t)
	fails(t, unpack("one"), "")
	put(t, plainPath("one"), "plain", 0o600)
	must(t, unpack("one"))
}

func TestAZipThatWasRenamedIsOfNoUse(t *testing.T) {
	host(t)
	put(t, plainPath("one"), "etcd", 0o600)
	must(t, pack("one"))
	must(t, os.Rename(zipPath("one"), zipPath("new")))
	if err := unpack("new"); err == nil || err.Error() != "File [/backup/new] not found in file ["+zipPath("new")+"]" {
		t.Error(err)
	}
}

func TestAZipThatWasPackedAgainWithoutSlashesIsOfNoUse(t *testing.T) {
	host(t)
	rawZip(t, "one", zip.FileHeader{Name: "backup/one"})
	fails(t, unpack("one"), "not found in file")
}

func TestAMemberThatCannotBeReadEmptiesThePlainFile(t *testing.T) {
	host(t)
	rawZip(t, "one", zip.FileHeader{Name: "/backup/one", Method: 99})
	put(t, plainPath("one"), "a snapshot", 0o600)
	fails(t, unpack("one"), "")
	has(t, plainPath("one"), "")
}

func rawZip(t *testing.T, name string, header zip.FileHeader) {
	t.Helper()
	file, err := os.Create(zipPath(name))
	must(t, err)
	defer file.Close()
	archive := zip.NewWriter(file)
	_, err = archive.CreateRaw(&header)
	must(t, err)
	must(t, archive.Close())
}

func TestDownloadOverwritesAPlainFileAndLeavesTheZip(t *testing.T) {
	host(t)
	put(t, plainPath("one"), "what was there, and longer", 0o644)
	put(t, zipPath("one"), "zip", 0o600)
	must(t, receive(strings.NewReader("served"), plainPath("one")))
	has(t, plainPath("one"), "served")
	has(t, zipPath("one"), "zip")
}

func TestExtractsTheStateFileOrSaysThatThereIsNone(t *testing.T) {
	host(t)
	put(t, plainPath("one"), "etcd", 0o600)
	put(t, statePath("one"), `{"desiredState":{}}`, 0o400)
	must(t, pack("one"))
	must(t, extractStateFile(options{name: "one"}))
	has(t, stateOut, `{"desiredState":{}}`)
	put(t, plainPath("two"), "etcd", 0o600)
	must(t, pack("two"))
	fails(t, extractStateFile(options{name: "two"}), "not found in file")
	put(t, plainPath("three"), "plain", 0o600)
	fails(t, extractStateFile(options{name: "three"}), "")
}

func TestRestoresWhatThisProgramSavesAsASafetyCopy(t *testing.T) {
	host(t)
	name := "safety-20261123T031500Z"
	saved, err := os.ReadFile(filepath.Join(fixtures, "../safety-copy", name+".zip"))
	must(t, err)
	put(t, zipPath(name), string(saved), 0o600)
	must(t, unpack(name))
	original, err := os.ReadFile(filepath.Join(fixtures, "rke-tools-v0.1.27-plain"))
	must(t, err)
	has(t, plainPath(name), string(original))
	must(t, extractStateFile(options{name: name}))
	has(t, stateOut, "{\"desiredState\":{},\"currentState\":{}}\n")
}

func TestTakesWhatRkeGivesAndRefusesOtherFlags(t *testing.T) {
	given := map[string]string{
		"save":   "--cacert a --cert b --key c --name n --endpoints=10.0.0.1:2379 --once --creation=12h --retention=72h",
		"delete": "--name n --cleanup", "serve": "--name n --cacert a --cert b --key c",
		"download": "--name n --local-endpoint 10.0.0.1 --cacert a --cert b --key c", "extractstatefile": "--name n --creation=12h --retention=72h",
	}
	for command, flags := range given {
		if _, err := parse(command, strings.Fields(flags)); err != nil {
			t.Error(command, err)
		}
		if _, err := parse(command, []string{"--no-such-flag"}); err == nil {
			t.Error(command, "took a flag that it has not")
		}
	}
	if err := save(options{once: true, creation: time.Hour}); err == nil {
		t.Error("a retention of 0 was taken")
	}
}
