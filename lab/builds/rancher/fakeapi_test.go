package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeAPI keeps objects by their path, and refuses to replace a version that is not the newest.
type fakeAPI struct {
	mutex   sync.Mutex
	objects map[string]map[string]any
	writes  []string
	version int
}

func newFakeAPI(t *testing.T) (*fakeAPI, *cluster) {
	t.Helper()
	api := &fakeAPI{objects: map[string]map[string]any{}}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	token := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(token, []byte("secret"), 0o600))
	return api, &cluster{server: server.URL, client: server.Client(), token: token}
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var body map[string]any
	_ = json.NewDecoder(q.Body).Decode(&body)
	at := q.URL.Path
	found := f.objects[at]
	if q.Method != http.MethodGet {
		f.writes = append(f.writes, q.Method+" "+at)
	}
	switch q.Method {
	case http.MethodGet:
		if found == nil && strings.HasSuffix(at, "/users") {
			f.list(w, at)
			return
		}
		f.reply(w, found)
	case http.MethodPost:
		metadata := body["metadata"].(map[string]any)
		if metadata["name"] == nil {
			metadata["name"] = "u-" + strconv.Itoa(f.version)
		}
		at += "/" + metadata["name"].(string)
		if f.objects[at] != nil {
			http.Error(w, "there is one", http.StatusConflict)
			return
		}
		f.keep(at, body)
		f.reply(w, body)
	case http.MethodPut:
		if found == nil || metadataOf(found)["resourceVersion"] != metadataOf(body)["resourceVersion"] {
			http.Error(w, "changed since", http.StatusConflict)
			return
		}
		f.keep(at, body)
		f.reply(w, body)
	case http.MethodPatch:
		for key, value := range body {
			if value == nil {
				delete(found, key)
			} else if found != nil {
				found[key] = value
			}
		}
		if found != nil {
			f.keep(at, found)
		}
		f.reply(w, found)
	}
}

func (f *fakeAPI) keep(at string, object map[string]any) {
	f.version++
	metadataOf(object)["resourceVersion"] = strconv.Itoa(f.version)
	f.objects[at] = object
}

func (f *fakeAPI) list(w http.ResponseWriter, at string) {
	items := []any{}
	for path, object := range f.objects {
		if strings.HasPrefix(path, at+"/") {
			items = append(items, object)
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"items": items})
}

func (f *fakeAPI) reply(w http.ResponseWriter, object map[string]any) {
	if object == nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(object)
}

// field of an object, "" when there is none.
func (f *fakeAPI) field(at, name string) string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	text, _ := f.objects[at][name].(string)
	return text
}

// writesTo counts what was written to paths that contain the given text.
func (f *fakeAPI) writesTo(text string) int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	count := 0
	for _, write := range f.writes {
		if strings.Contains(write, text) {
			count++
		}
	}
	return count
}

func metadataOf(object map[string]any) map[string]any {
	return object["metadata"].(map[string]any)
}

// replica is a Rancher of a version on a fake API; its environment holds for the whole test.
func replica(t *testing.T, version string, cluster *cluster) *rancher {
	t.Helper()
	t.Setenv("CATTLE_SERVER_VERSION", version)
	release, err := releaseOf(version)
	must(t, err)
	return &rancher{release: release, state: state{cluster}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
