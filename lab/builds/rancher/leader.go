package main

import (
	"context"
	"log"
	"os"
	"time"

	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

const (
	lockNamespace = "kube-system"
	lockName      = "cattle-controllers"
)

// elect competes for the lock until this process ends, and does the leader's work while it holds it.
func (r *rancher) elect(ctx context.Context) {
	name, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	config, err := r.election(name)
	if err != nil {
		log.Fatal(err)
	}
	leaderelection.RunOrDie(ctx, config)
	if ctx.Err() == nil {
		log.Fatalf("leaderelection lost for %s", lockName)
	}
	log.Print("requested to terminate, exiting")
	os.Exit(0)
}

// election is Rancher's own from v2.4.0 on (wrangler pkg/leader). A record that names a dead pod is waited for, a whole
// lease long.
func (r *rancher) election(me string) (leaderelection.LeaderElectionConfig, error) {
	kind := resourcelock.ConfigMapsResourceLock
	if r.from("v2.6.7") {
		kind = resourcelock.ConfigMapsLeasesResourceLock
	}
	clients := r.state.cluster
	lock, err := resourcelock.New(kind, lockNamespace, lockName, clients.CoreV1(), clients.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: me})
	return leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   45 * time.Second,
		RenewDeadline:   30 * time.Second,
		RetryPeriod:     2 * time.Second,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { r.lead() },
			OnStoppedLeading: func() {},
		},
	}, err
}
