package main

import (
	"bufio"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// s3 is a server with one bucket, called snapshots, which keeps versions or not.
type s3 struct {
	objects   map[string]string
	versioned bool
}

func (s *s3) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	key := strings.TrimPrefix(request.URL.Path, "/snapshots/")
	query := request.URL.Query()
	content, found := s.objects[key]
	switch {
	case !strings.HasPrefix(request.URL.Path, "/snapshots/"):
		response.WriteHeader(http.StatusNotFound)
	case query.Has("versioning"):
		status := map[bool]string{true: "<Status>Enabled</Status>"}[s.versioned]
		fmt.Fprintf(response, "<VersioningConfiguration>%s</VersioningConfiguration>", status)
	case query.Has("list-type"):
		s.list(response, query.Get("prefix"), query.Get("delimiter"))
	case request.Method == "PUT":
		s.objects[key] = unchunked(request)
		response.Header().Set("ETag", `"e"`)
	case request.Method == "DELETE":
		delete(s.objects, key)
		response.WriteHeader(http.StatusNoContent)
	case key == "":
	case !found:
		response.WriteHeader(http.StatusNotFound)
	default:
		response.Header().Set("ETag", `"e"`)
		response.Header().Set("Last-Modified", time.Unix(0, 0).UTC().Format(http.TimeFormat))
		http.ServeContent(response, request, "", time.Unix(0, 0), strings.NewReader(content))
	}
}

func (s *s3) list(response http.ResponseWriter, prefix, delimiter string) {
	type object struct{ Key string }
	result := struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []object
	}{}
	for key := range s.objects {
		rest, found := strings.CutPrefix(key, prefix)
		if found && (delimiter == "" || !strings.Contains(rest, delimiter)) {
			result.Contents = append(result.Contents, object{key})
		}
	}
	sort.Slice(result.Contents, func(i, j int) bool { return result.Contents[i].Key < result.Contents[j].Key })
	_ = xml.NewEncoder(response).Encode(result)
}

// unchunked takes the frames away in which a body with a checksum behind it comes.
func unchunked(request *http.Request) string {
	if request.Header.Get("X-Amz-Decoded-Content-Length") == "" {
		body, _ := io.ReadAll(request.Body)
		return string(body)
	}
	reader := bufio.NewReader(request.Body)
	body := ""
	for {
		line, err := reader.ReadString('\n')
		size, _ := strconv.ParseInt(strings.TrimSpace(strings.Split(line, ";")[0]), 16, 64)
		if err != nil || size == 0 {
			_, _ = io.Copy(io.Discard, reader)
			return body
		}
		part := make([]byte, size+2)
		_, _ = io.ReadFull(reader, part)
		body += string(part[:size])
	}
}

func withS3(t *testing.T, objects map[string]string) (options, *s3) {
	t.Helper()
	host(t)
	server := &s3{objects: objects}
	listening := httptest.NewTLSServer(server)
	t.Cleanup(listening.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listening.Certificate().Raw})
	encode := base64.StdEncoding.EncodeToString
	t.Setenv("S3_ACCESS_KEY", encode([]byte("AKIA")))
	t.Setenv("S3_SECRET_KEY", encode([]byte("s3cr3t")))
	o, err := parse("download", []string{
		"--name", "one", "--s3-backup=true", "--s3-endpoint=" + strings.TrimPrefix(listening.URL, "https://"),
		"--s3-bucketName=snapshots", "--s3-region=eu-central-1", "--s3-endpoint-ca=" + encode(ca),
	})
	must(t, err)
	return o, server
}

// zipOf gives a zip as the stand-in makes it, and leaves nothing of it on the host.
func zipOf(t *testing.T, name, content string) string {
	t.Helper()
	put(t, plainPath(name), content, 0o600)
	put(t, statePath(name), content+"'s state", 0o400)
	must(t, pack(name))
	made, err := os.ReadFile(zipPath(name))
	must(t, err)
	must(t, os.Remove(zipPath(name)))
	return string(made)
}

func keys(server *s3) string {
	all := []string{}
	for key := range server.objects {
		all = append(all, key)
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

func TestDownloadsOverWhatLiesOnTheHost(t *testing.T) {
	o, server := withS3(t, map[string]string{})
	server.objects["one.zip"] = zipOf(t, "one", "in the bucket")
	server.objects["one-2.zip"] = "another"
	put(t, zipPath("one"), "proven, and longer than what is in the bucket", 0o644)
	put(t, plainPath("one"), "proven", 0o644)
	must(t, download(o))
	has(t, plainPath("one"), "in the bucket")
	has(t, zipPath("one"), server.objects["one.zip"])
	if info, _ := os.Stat(zipPath("one")); info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestEvenTheLookForTheStateFileOverwritesTheSnapshot(t *testing.T) {
	o, server := withS3(t, map[string]string{})
	server.objects["one.zip"] = zipOf(t, "one", "in the bucket")
	put(t, zipPath("one"), "proven", 0o600)
	must(t, extractStateFile(o))
	has(t, stateOut, "in the bucket's state")
	has(t, plainPath("one"), "in the bucket")
	has(t, zipPath("one"), server.objects["one.zip"])
}

func TestFindsTheFirstKeyWhoseNameWithoutItsLastExtensionIsTheSnapshots(t *testing.T) {
	for _, given := range []struct{ key, name, folder, file string }{
		{"one.gz", "one", "", "one.gz"},
		{"one", "one", "", "one"},
		{"old/one.tar", "one", "old", "one.tar"},
		{"2026%3A11.zip.sent", "2026%3A11.zip", "", "2026%3A11.zip.sent"},
		{"one.zip", "one.zip", "", ""},
		{"v1.2", "v1.2", "", ""},
		{"one-2.tar", "one", "", ""},
		{"deep/one.tar", "one", "", ""},
	} {
		o, _ := withS3(t, map[string]string{given.key: "in the bucket"})
		o.name, o.s3.folder = given.name, given.folder
		err := download(o)
		if given.file == "" {
			if err == nil || !strings.Contains(err.Error(), "no backups found") {
				t.Errorf("%s for %s: %v", given.key, given.name, err)
			}
			continue
		}
		must(t, err)
		has(t, plainPath(given.file), "in the bucket")
	}
}

func TestUploadsTheZipOnceUnlessTheBucketKeepsVersions(t *testing.T) {
	for _, given := range []struct {
		folder, key, there, want string
		versioned                bool
	}{
		{"", "one.zip", "", "saved", false},
		{"old/deep", "old/deep/one.zip", "", "saved", false},
		{"", "one.zip", "there", "there", false},
		{"", "one.zip", "there", "saved", true},
	} {
		o, server := withS3(t, map[string]string{})
		if given.there != "" {
			server.objects[given.key] = given.there
		}
		server.versioned = given.versioned
		o.s3.folder = given.folder
		put(t, zipPath("one"), "saved", 0o600)
		must(t, o.s3.upload("one"))
		if found := server.objects[given.key]; found != given.want {
			t.Errorf("%s holds %q", given.key, found)
		}
	}
}

func TestASaveThatCannotBeUploadedFailsAndStaysOnTheHost(t *testing.T) {
	o, _ := withS3(t, nil)
	program(t, "etcdctl", `for last; do :; done; case "$*" in *"snapshot save"*) printf saved >"$last" ;; esac`)
	o.s3.name = "no-such-bucket"
	for _, set := range []*string{&o.cacert, &o.cert, &o.key} {
		*set = "given"
	}
	o.once, o.creation, o.retention = true, time.Hour, time.Hour
	fails(t, save(o), "bucket no-such-bucket is not found")
	left(t, "one.zip")
}

func TestDeletesAllThatBeginsWithTheNameFromS3(t *testing.T) {
	all := map[string]string{"one": "", "one.zip": "", "one-more.zip": "", "other-one.zip": ""}
	o, server := withS3(t, all)
	o.cleanup = true
	put(t, zipPath("one"), "", 0o600)
	must(t, remove(o))
	if found := keys(server); found != "one one-more.zip one.zip other-one.zip" {
		t.Errorf("left %s", found)
	}
	// A cleanup after the restore of a plain snapshot: there is no zip.
	must(t, os.Remove(zipPath("one")))
	put(t, plainPath("one"), "", 0o600)
	must(t, remove(o))
	if found := keys(server); found != "other-one.zip" {
		t.Errorf("left %s", found)
	}
	left(t, "one")
}

func TestPrunesRecurringSnapshotsInS3ByTheirNames(t *testing.T) {
	for _, folder := range []string{"", "old"} {
		o, server := withS3(t, map[string]string{})
		o.s3.folder = folder
		for _, name := range []string{"2026-11-20T02:00:00Z_etcd.zip", "2026-11-23T02:00:00Z_etcd", "2026-11-20T02:00:00Z_mine.zip", "one_etcd.zip"} {
			server.objects[o.s3.key(name)] = ""
		}
		o.s3.prune(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), 72*time.Hour)
		if found := keys(server); strings.Contains(found, "20T02:00:00Z_etcd") || strings.Count(found, " ") != 2 {
			t.Errorf("left %s", found)
		}
	}
}

func TestTrustsOnlyTheAuthorityThatIsGiven(t *testing.T) {
	o, _ := withS3(t, map[string]string{"one.gz": ""})
	file := plainPath("ca.pem")
	text, err := base64.StdEncoding.DecodeString(o.s3.ca)
	must(t, err)
	put(t, file, string(text), 0o600)
	o.s3.ca = file
	must(t, download(o))
	o.s3.ca = ""
	fails(t, download(o), "certificate")
	o.s3.ca = base64.StdEncoding.EncodeToString([]byte("no certificate"))
	fails(t, download(o), "not a valid x509 certificate")
}
