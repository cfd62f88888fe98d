// The lab's stand-in of a Rancher server. It answers without login only what the real one of its version
// answers, keeps its state where Rancher keeps it, and does leader's work only while it holds Rancher's
// lock. Some versions migrate the users to another schema and fail: an upgrade that only the restore of
// an etcd snapshot undoes.
package main

import (
	"context"
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// labToken is the name of the variable with the token by which the lab logs in.
const labToken = "LAB_TOKEN"

// rancher is one replica.
type rancher struct {
	release
	state state
	// unready makes /ping and /healthz answer 503.
	unready atomic.Bool
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	version := os.Getenv("CATTLE_SERVER_VERSION")
	log.Printf("Rancher version %s is starting", version)
	release, err := releaseOf(version)
	if err != nil {
		log.Fatal(err)
	}
	cluster, err := inCluster()
	if err != nil {
		log.Fatalf("no access to the Kubernetes API: %v", err)
	}
	server := &rancher{release: release, state: state{cluster}}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	if err := retry(30*time.Second, server.prepare); err != nil {
		log.Fatal(err)
	}
	var authority *authority
	err = retry(30*time.Second, func() (err error) {
		authority, err = server.authority()
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	go server.watchSchema()
	go server.elect(ctx)
	for !server.isPopulated() {
		log.Print("Waiting for initial data to be populated")
		time.Sleep(time.Second)
	}
	log.Printf("Rancher version %s listens", version)
	log.Fatal(server.listen(authority))
}

// prepare is what every replica does before it listens.
func (r *rancher) prepare() error {
	if err := r.state.install(); err != nil {
		return err
	}
	// The settings come first: a version that dies of the data it finds has left its name in them.
	if err := r.writeSettings(); err != nil {
		return err
	}
	schema, err := r.state.schema()
	if err != nil {
		return err
	}
	return r.unreadable(schema)
}

// elect competes for the lock until this process ends, and does the leader's work while it holds it.
func (r *rancher) elect(ctx context.Context) {
	name, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	elector := elector{lock: r.lock(), me: name, timing: rancherTiming}
	if err := elector.run(ctx, r.lead); err != nil {
		log.Fatalf("leaderelection lost for %s: %v", lockName, err)
	}
	log.Print("requested to terminate, exiting")
	os.Exit(0)
}

// lead is the work of the leader alone.
func (r *rancher) lead() {
	if err := retry(30*time.Second, r.leaderData); err != nil {
		log.Fatal(err)
	}
	log.Print("Rancher startup complete")
	for r.migration == again {
		if err := r.migrateAll(); err != nil {
			log.Printf("trying again: %v", err)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func (r *rancher) listen(authority *authority) error {
	secure := &http.Server{Addr: ":443", Handler: r.routes(), TLSConfig: &tls.Config{GetCertificate: authority.certificate}}
	plain := &http.Server{Addr: ":80", Handler: redirect(r.routes())}
	ended := make(chan error)
	go func() { ended <- secure.ListenAndServeTLS("", "") }()
	go func() { ended <- plain.ListenAndServe() }()
	return <-ended
}

// fatal is an error that no second attempt can fix.
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
