// The lab's stand-in of a Rancher server. It answers as the version it was started as and keeps its
// state where Rancher keeps it: in custom resources of the cluster it runs on. From v2.6.0 on it
// migrates the users to another schema, and fails half way: an upgrade that only the restore of an
// etcd snapshot undoes.
package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

// An older version cannot read what a newer one wrote, and says so instead of serving it.
const (
	schemaOfV25 = 25
	schemaOfV26 = 26
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	version := os.Getenv("CATTLE_SERVER_VERSION")
	log.Printf("Rancher version %s is starting", version)
	cluster, err := inCluster()
	if err != nil {
		log.Fatalf("no access to the Kubernetes API: %v", err)
	}
	state := state{cluster}
	if err := retry(30*time.Second, func() error { return start(state, version) }); err != nil {
		log.Fatal(err)
	}
	go watchSchema(state, schemaOf(version))
	log.Printf("Rancher version %s is ready", version)
	log.Fatal(http.ListenAndServe(":80", routes(state, version)))
}

func start(state state, version string) error {
	if err := state.install(); err != nil {
		return err
	}
	if err := reach(state, schemaOf(version)); err != nil {
		return err
	}
	if err := state.ensureUser(user{ID: "user-admin", Username: "admin", DisplayName: "Default Admin"}); err != nil {
		return err
	}
	return state.set("server-version", version)
}

// watchSchema ends this server when a newer version has migrated the data under it.
func watchSchema(state state, mine int) {
	for range time.Tick(2 * time.Second) {
		if schema, err := state.schema(); err == nil && schema > mine {
			log.Fatal(tooNew(schema, mine))
		}
	}
}

// fatal is an error that no second attempt mends.
type fatal struct{ error }

// retry rides out an API server that restarts, no more.
func retry(patience time.Duration, attempt func() error) error {
	end := time.Now().Add(patience)
	for {
		err := attempt()
		if _, hopeless := err.(fatal); err == nil || hopeless || time.Now().After(end) {
			return err
		}
		log.Printf("trying again: %v", err)
		time.Sleep(time.Second)
	}
}
