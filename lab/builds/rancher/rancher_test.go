package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	unauthorized = `401 {"type":"error","status":"401","message":"Unauthorized 401: must authenticate"}`
	settings     = "/apis/management.cattle.io/v3/settings/"
	users        = "/apis/management.cattle.io/v3/users/"
)

func get(handler http.Handler, url string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, url, nil)
	for at := 0; at < len(headers); at += 2 {
		request.Header.Set(headers[at], headers[at+1])
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestAnswersWithoutLoginAsTheRealOne(t *testing.T) {
	for _, row := range []struct{ version, path, answer string }{
		{"v2.5.8", "/ping", "200 pong"},
		{"v2.5.8", "/healthz", "200 ok"},
		{"v2.5.7", "/VERSION.txt", "200 2.5.6"},
		{"v2.5.8", "/VERSION.txt", "200 2.5.8"},
		{"v2.5.8", "/rancherversion", "404 404 page not found"},
		{"v2.6.0", "/rancherversion", "404 404 page not found"},
		{"v2.7.0", "/rancherversion", `200 {"Version":"v2.7.0","GitCommit":"lab","RancherPrime":"false"}`},
		{"v2.7.0", "/rancherVersion", "404 404 page not found"},
		{"v2.5.8", "/v3/settings/server-version", unauthorized},
		{"v2.7.0", "/v3/settings/server-version", unauthorized},
		{"v2.5.8", "/v3/settings/ui-brand", unauthorized},
		{"v2.5.8", "/v3/users", unauthorized},
		{"v2.5.8", "/v3", unauthorized},
		{"v2.6.0", "/v1/management.cattle.io.users", unauthorized},
		{"v2.5.8", "/v3/settings/ui-pl", `200 {"baseType":"setting","customized":false,"default":"rancher","id":"ui-pl","name":"ui-pl","source":"default","type":"setting","value":"rancher"}`},
	} {
		t.Run(row.version+row.path, func(t *testing.T) {
			_, cluster := newFakeAPI(t)
			server := replica(t, row.version, cluster)
			must(t, server.prepare())
			answer := get(server.routes(), row.path)
			if got := fmt.Sprintf("%d %s", answer.Code, strings.TrimSpace(answer.Body.String())); got != row.answer {
				t.Errorf("answers %q, not %q", got, row.answer)
			}
		})
	}
}

func TestGivesItsCAWithoutLogin(t *testing.T) {
	api, cluster := newFakeAPI(t)
	server := replica(t, "v2.5.8", cluster)
	must(t, server.prepare())
	if _, err := server.authority(); err != nil {
		t.Fatal(err)
	}
	var found struct{ ID, Value string }
	answer := get(server.routes(), "/v3/settings/cacerts")
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("HTTP %d, %v", answer.Code, err)
	}
	if stored := api.field(settings+"cacerts", "value"); found.ID != "cacerts" || found.Value == "" || found.Value != stored {
		t.Errorf("answers %+v, not with %q", found, stored)
	}
}

func TestSaysWhoIsLoggedInFromV26On(t *testing.T) {
	t.Setenv(labToken, "token-lab")
	_, cluster := newFakeAPI(t)
	for _, row := range []struct{ version, token, header string }{
		{"v2.5.9", "", ""}, {"v2.6.0", "", "false"}, {"v2.7.0", "", "false"}, {"v2.7.0", "token-lab", "true"},
	} {
		handler := replica(t, row.version, cluster).routes()
		if got := get(handler, "/ping", "Authorization", "Bearer "+row.token).Header().Get("X-API-Cattle-Auth"); got != row.header {
			t.Errorf("%s with token %q says %q, not %q", row.version, row.token, got, row.header)
		}
	}
}

func TestGivesABrowserTheWebPageForWhateverItAsks(t *testing.T) {
	_, cluster := newFakeAPI(t)
	answer := get(replica(t, "v2.5.8", cluster).routes(), "/rancherversion", "User-Agent", "Mozilla/5.0", "Accept", "*/*")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "<html>") {
		t.Errorf("answers %d %s", answer.Code, answer.Body)
	}
}

func TestGivesUsersToTheLabAlone(t *testing.T) {
	t.Setenv(labToken, "token-lab")
	_, cluster := newFakeAPI(t)
	server := replica(t, "v2.5.8", cluster)
	must(t, server.leaderData())
	for token, code := range map[string]int{"token-lab": http.StatusOK, "": http.StatusUnauthorized, "other": http.StatusUnauthorized} {
		if answer := get(server.routes(), "/v3/users", "Authorization", "Bearer "+token); answer.Code != code {
			t.Errorf("token %q: HTTP %d", token, answer.Code)
		}
	}
}

func TestRedirectsPlainHTTP(t *testing.T) {
	_, cluster := newFakeAPI(t)
	handler := redirect(replica(t, "v2.5.8", cluster).routes())
	for url, location := range map[string]string{
		"http://rancher.example.com/v3":             "https://rancher.example.com/v3",
		"http://10.0.0.1:80/":                       "https://10.0.0.1:443/",
		"http://10.0.0.1:8080/v3?a=b":               "https://10.0.0.1:8443/v3?a=b",
		"http://10.0.0.1:30080/VERSION.txt":         "https://10.0.0.1:30443/VERSION.txt",
		"http://rancher.example.com/rancherversion": "https://rancher.example.com/rancherversion",
	} {
		if answer := get(handler, url); answer.Code != http.StatusFound || answer.Header().Get("Location") != location {
			t.Errorf("%s: %d %s", url, answer.Code, answer.Header().Get("Location"))
		}
	}
	for _, url := range []string{"http://a/ping", "http://a/healthz"} {
		if answer := get(handler, url); answer.Code != http.StatusOK {
			t.Errorf("%s: %d", url, answer.Code)
		}
	}
	if answer := get(handler, "http://a/v3", "X-Forwarded-Proto", "https"); answer.Code != http.StatusUnauthorized {
		t.Errorf("behind a load balancer: %d", answer.Code)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "http://a/v3", nil))
	if answer.Code != http.StatusBadRequest || strings.TrimSpace(answer.Body.String()) != "Use HTTPS" {
		t.Errorf("POST: %d %s", answer.Code, answer.Body)
	}
}

func TestWritesItsVersionOnlyWhenItDiffers(t *testing.T) {
	api, cluster := newFakeAPI(t)
	for _, row := range []struct {
		version string
		writes  int
	}{{"v2.5.8", len(defaults) + 1}, {"v2.5.8", 0}, {"v2.5.9", 2}} {
		before := api.writesTo("settings")
		must(t, replica(t, row.version, cluster).prepare())
		if got := api.writesTo("settings") - before; got != row.writes {
			t.Errorf("%s wrote %d settings, not %d", row.version, got, row.writes)
		}
		if got := api.field(settings+"server-version", "value"); got != row.version {
			t.Errorf("server-version is %q, not %q", got, row.version)
		}
	}
	if got := api.field(settings+"server-version", "default"); got != "dev" {
		t.Errorf("its default is %q", got)
	}
}

func TestLeavesItsNameInTheSettingsBeforeItDiesOfTheData(t *testing.T) {
	api, cluster := newFakeAPI(t)
	must(t, replica(t, "v2.7.0", cluster).leaderData())
	err := replica(t, "v2.5.8", cluster).prepare()
	if _, hopeless := err.(fatal); !hopeless || !strings.Contains(err.Error(), "migrated by a newer version") {
		t.Errorf("error %v", err)
	}
	if got := api.field(settings+"server-version", "value"); got != "v2.5.8" {
		t.Errorf("server-version is %q", got)
	}
}

func TestBreaksDownAfterHalfOfTheUsers(t *testing.T) {
	api, cluster := newFakeAPI(t)
	old := replica(t, "v2.5.8", cluster)
	must(t, old.leaderData())
	must(t, old.state.createUser(&user{ID: "user-zoe", Username: "zoe"}))
	broken := replica(t, "v2.6.0", cluster)
	for _, attempt := range []func() error{broken.leaderData, broken.prepare, broken.leaderData} {
		if _, hopeless := attempt().(fatal); !hopeless {
			t.Error("goes on")
		}
	}
	if admin, zoe := api.field(users+"user-admin", "username"), api.field(users+"user-zoe", "username"); admin != "" || zoe != "zoe" {
		t.Errorf("users are %q and %q", admin, zoe)
	}
}

func TestMigratesAgainWhatIsRestoredUnderIt(t *testing.T) {
	api, cluster := newFakeAPI(t)
	must(t, replica(t, "v2.5.8", cluster).leaderData())
	hanging := replica(t, "v2.6.1", cluster)
	must(t, hanging.prepare())
	go hanging.lead()
	migrated := func() bool { return api.field(users+"user-admin", "principalDigest") != "" }
	eventually(t, migrated)
	change := map[string]any{"username": "admin", "principalDigest": nil}
	must(t, hanging.state.change("user-admin", change))
	must(t, hanging.state.set(schemaSetting, "25"))
	eventually(t, migrated)
	eventually(t, func() bool { return api.field(settings+schemaSetting, "value") == "26" })
}

func TestIsNeverReadyAgainAfterThatMigration(t *testing.T) {
	_, cluster := newFakeAPI(t)
	hanging := replica(t, "v2.6.1", cluster)
	if code := get(hanging.routes(), "/ping").Code; code != http.StatusOK {
		t.Errorf("before: HTTP %d", code)
	}
	must(t, hanging.state.set(schemaSetting, "26"))
	go hanging.watchSchema()
	for _, path := range []string{"/ping", "/healthz"} {
		eventually(t, func() bool { return get(hanging.routes(), path).Code == http.StatusServiceUnavailable })
	}
}

func TestServesUnderItsOwnCAWhichIsKept(t *testing.T) {
	t.Setenv("CATTLE_SERVER_URL", "https://198.18.0.11:30443")
	api, cluster := newFakeAPI(t)
	server := replica(t, "v2.5.8", cluster)
	must(t, server.prepare())
	first, err := server.authority()
	must(t, err)
	again, err := server.authority()
	if err != nil || string(again.certificatePEM) != string(first.certificatePEM) {
		t.Errorf("another CA after a restart: %v", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(api.field(settings+"cacerts", "value")))
	leaf, err := first.certificate(&tls.ClientHelloInfo{})
	must(t, err)
	parsed, err := x509.ParseCertificate(leaf.Certificate[0])
	must(t, err)
	for _, name := range []string{"198.18.0.11", "localhost", "rancher.cattle-system"} {
		if net.ParseIP(name) != nil {
			name = "[" + name + "]"
		}
		if _, err := parsed.Verify(x509.VerifyOptions{DNSName: name, Roots: pool}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := parsed.Verify(x509.VerifyOptions{DNSName: "other.example.com", Roots: pool}); err == nil {
		t.Error("good for any name")
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("did not come about")
}
