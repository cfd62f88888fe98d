package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

func routes(state state, version string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "pong") })
	mux.HandleFunc("GET /rancherversion", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"Version": version, "GitCommit": "lab", "RancherPrime": "false"}, nil)
	})
	mux.HandleFunc("GET /v3/settings/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		value, err := state.setting(name)
		answer(w, map[string]any{"id": name, "name": name, "type": "setting", "value": value}, err)
	})
	mux.HandleFunc("GET /v3/users", func(w http.ResponseWriter, _ *http.Request) {
		users, err := state.users()
		answer(w, map[string]any{"type": "collection", "resourceType": "user", "data": users}, err)
	})
	mux.HandleFunc("POST /v3/users", func(w http.ResponseWriter, r *http.Request) {
		var user user
		if err := json.NewDecoder(r.Body).Decode(&user); err != nil || user.Username == "" {
			http.Error(w, `a user is {"username": "...", "name": "..."}`, http.StatusUnprocessableEntity)
			return
		}
		err := state.createUser(&user)
		answer(w, &user, err)
	})
	return mux
}

func answer(w http.ResponseWriter, what any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}
