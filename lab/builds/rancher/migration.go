package main

import (
	"crypto/sha256"
	"fmt"
	"log"
	"net/http"
	"time"
)

// globalData is the namespace that the leader makes when all initial data is there.
const globalData = "cattle-global-data"

func (r *rancher) leaderData() error {
	if err := r.reach(); err != nil {
		return err
	}
	if err := r.state.ensureUser(user{ID: "user-admin", Username: "admin", DisplayName: "Default Admin"}); err != nil {
		return err
	}
	namespace := map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": globalData}}
	err := r.state.cluster.call(http.MethodPost, "/api/v1/namespaces", namespace, nil)
	if hasStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

func (r *rancher) isPopulated() bool {
	return r.state.cluster.call(http.MethodGet, "/api/v1/namespaces/"+globalData, nil, nil) == nil
}

// reach brings the stored data to the schema of this version.
func (r *rancher) reach() error {
	schema, err := r.state.schema()
	if err != nil {
		return err
	}
	switch {
	case schema == 0:
		return r.state.set(schemaSetting, fmt.Sprint(r.schema))
	case schema < r.schema && r.migration == halfWay:
		return r.migrateHalf()
	}
	return r.unreadable(schema)
}

// unreadable is the reason why this version cannot run on data of the given schema, if there is one.
func (r *rancher) unreadable(schema int) error {
	switch {
	case schema > r.schema:
		return fatal{fmt.Errorf("the data is in schema %d, this version reads schema %d: it was migrated by a newer version and cannot be used, restore a backup", schema, r.schema)}
	case schema == r.schema && r.migration == halfWay:
		return fatal{fmt.Errorf("found a migration that failed half way: users are partly in schema %d, cannot resume", schema)}
	case schema != 0 && schema < r.schema && r.migration == none:
		return fatal{fmt.Errorf("the data is in schema %d, this version migrates none to schema %d: upgrade one minor version at a time", schema, r.schema)}
	}
	return nil
}

// watchSchema notices what another replica has made of the data.
func (r *rancher) watchSchema() {
	for range time.Tick(2 * time.Second) {
		schema, err := r.state.schema()
		if err != nil {
			continue
		}
		if err := r.unreadable(schema); err != nil {
			log.Fatal(err)
		}
		if schema == r.schema && r.migration == again && !r.unready.Swap(true) {
			log.Printf("the data is in schema %d, waiting for it to settle", schema)
		}
	}
}

// migrateHalf breaks down after half of the users, and leaves the rest as they were.
func (r *rancher) migrateHalf() error {
	log.Printf("migrating users to schema %d", r.schema)
	if err := r.state.set(schemaSetting, fmt.Sprint(r.schema)); err != nil {
		return err
	}
	users, err := r.state.users()
	if err != nil {
		return err
	}
	half := (len(users) + 1) / 2
	for _, user := range users[:half] {
		if err := r.migrate(user); err != nil {
			return err
		}
	}
	return fatal{fmt.Errorf("migration failed half way: %d of %d users are in schema %d", half, len(users), r.schema)}
}

// migrateAll leaves no user as an older version reads it.
func (r *rancher) migrateAll() error {
	schema, err := r.state.schema()
	if err != nil {
		return err
	}
	if schema != r.schema {
		log.Printf("migrating users from schema %d to %d", schema, r.schema)
		if err := r.state.set(schemaSetting, fmt.Sprint(r.schema)); err != nil {
			return err
		}
	}
	users, err := r.state.users()
	if err != nil {
		return err
	}
	for _, user := range users {
		if user.Username == "" {
			continue
		}
		if err := r.migrate(user); err != nil {
			return err
		}
	}
	return nil
}

// migrate replaces a user's name by its digest, which nothing turns back.
func (r *rancher) migrate(user user) error {
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte(user.Username)))
	change := map[string]any{"username": nil, "displayName": nil, "principalDigest": digest}
	if err := r.state.change(user.ID, change); err != nil {
		return err
	}
	log.Printf("migrated user %s", user.ID)
	return nil
}
