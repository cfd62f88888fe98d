package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// openSettings are those that answer without login (Rancher's pkg/multiclustermanager/routes.go).
func (r *rancher) openSettings() []string {
	open := []string{"cacerts", "first-login", "ui-pl", "ui-banners", "ui-issues", "ui-default-landing"}
	if r.from("v2.6.3") {
		open = append(open, "ui-brand")
	}
	return open
}

func (r *rancher) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", r.health("pong"))
	mux.HandleFunc("/healthz", r.health("ok"))
	mux.HandleFunc("/VERSION.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, r.ui) })
	if r.from("v2.7.0") {
		mux.HandleFunc("/rancherversion", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"Version":%q,"GitCommit":"lab","RancherPrime":"false"}`, r.version)
		})
	}
	for _, name := range r.openSettings() {
		mux.HandleFunc("GET /v3/settings/"+name, func(w http.ResponseWriter, _ *http.Request) { r.answerSetting(w, name) })
	}
	providers := collection("authProvider", []any{map[string]any{"id": "local", "type": "localProvider"}})
	mux.HandleFunc("/v3-public", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"type": "apiVersion"}, nil) })
	mux.HandleFunc("/v3-public/authProviders", func(w http.ResponseWriter, _ *http.Request) { answer(w, providers, nil) })
	for _, api := range []string{"/v3", "/v1"} {
		mux.Handle(api, r.loggedIn(http.HandlerFunc(http.NotFound)))
		mux.Handle(api+"/", r.loggedIn(r.loggedInRoutes()))
	}
	mux.HandleFunc("/", notFound)
	return r.withAuthHeader(mux)
}

// loggedInRoutes are those that the lab itself needs.
func (r *rancher) loggedInRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v3/settings/{name}", func(w http.ResponseWriter, q *http.Request) { r.answerSetting(w, q.PathValue("name")) })
	mux.HandleFunc("GET /v3/users", func(w http.ResponseWriter, _ *http.Request) {
		users, err := r.state.users()
		answer(w, collection("user", users), err)
	})
	mux.HandleFunc("POST /v3/users", func(w http.ResponseWriter, q *http.Request) {
		var user user
		if err := json.NewDecoder(q.Body).Decode(&user); err != nil || user.Username == "" {
			http.Error(w, `a user is {"username": "...", "name": "..."}`, http.StatusUnprocessableEntity)
			return
		}
		err := r.state.createUser(&user)
		answer(w, &user, err)
	})
	return mux
}

func (r *rancher) loggedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if isLab(q) {
			next.ServeHTTP(w, q)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"type":"error","status":"401","message":"Unauthorized 401: must authenticate"}`)
	})
}

func isLab(q *http.Request) bool {
	token := os.Getenv(labToken)
	return token != "" && q.Header.Get("Authorization") == "Bearer "+token
}

// withAuthHeader says on every answer whether the caller is logged in, from v2.6.0 on.
func (r *rancher) withAuthHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if r.from("v2.6.0") {
			w.Header().Set("X-API-Cattle-Auth", strconv.FormatBool(isLab(q)))
		}
		next.ServeHTTP(w, q)
	})
}

func (r *rancher) health(well string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if r.unready.Load() {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, well)
	}
}

// answerSetting gives the value of this process's environment where it has one, whatever is stored.
func (r *rancher) answerSetting(w http.ResponseWriter, name string) {
	found, err := r.state.setting(name)
	if hasStatus(err, http.StatusNotFound) {
		http.NotFound(w, nil)
		return
	}
	source := "default"
	if forced := fromEnvironment(name); forced != "" {
		found.Value, source = forced, "env"
	} else if found.Value != "" {
		source = "db"
	} else {
		found.Value = found.Default
	}
	answer(w, map[string]any{
		"id": name, "name": name, "type": "setting", "baseType": "setting",
		"value": found.Value, "default": found.Default, "customized": found.Customized, "source": source,
	}, err)
}

// notFound is what no route takes: the list of APIs at the root, the web page for a browser.
func notFound(w http.ResponseWriter, q *http.Request) {
	browser := strings.Contains(q.Header.Get("User-Agent"), "Mozilla") && strings.Contains(q.Header.Get("Accept"), "*/*")
	switch {
	case browser:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>Rancher</title></head><body></body></html>")
	case q.URL.Path == "/":
		answer(w, collection("apiRoot", []any{map[string]any{"apiVersion": map[string]any{"group": group, "path": "/v3", "version": "v3"}}}), nil)
	default:
		http.NotFound(w, q)
	}
}

func collection(kind string, data any) map[string]any {
	return map[string]any{"type": "collection", "resourceType": kind, "data": data}
}

func answer(w http.ResponseWriter, what any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

// redirect sends plain HTTP to HTTPS, but for what a load balancer asks (dynamiclistener's redirect, from Rancher v2.4.0 on).
func redirect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		forwarded := q.Header.Get("X-Forwarded-Proto")
		open := strings.HasPrefix(q.URL.Path, "/ping") || strings.HasPrefix(q.URL.Path, "/health") || strings.HasPrefix(q.URL.Path, "/.well-known/")
		switch {
		case open || forwarded == "https" || forwarded == "wss":
			next.ServeHTTP(w, q)
		case q.Method != http.MethodGet && q.Method != http.MethodHead:
			http.Error(w, "Use HTTPS", http.StatusBadRequest)
		default:
			http.Redirect(w, q, "https://"+securePort(q.Host)+q.URL.RequestURI(), http.StatusFound)
		}
	})
}

// securePort turns :80 into :443, :8080 into :8443, :30080 into :30443.
func securePort(host string) string {
	name, port, err := net.SplitHostPort(host)
	number, wrong := strconv.Atoi(port)
	if err != nil || wrong != nil {
		return host
	}
	return net.JoinHostPort(name, strconv.Itoa(number/1000*1000+443))
}
