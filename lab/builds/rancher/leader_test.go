package main

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

func election(t *testing.T, version, me string, cluster *cluster) leaderelection.LeaderElectionConfig {
	t.Helper()
	config, err := replica(t, version, cluster).election(me)
	must(t, err)
	return config
}

func TestHoldsTheLockFor45Seconds(t *testing.T) {
	_, cluster := newFakeAPI(t)
	config := election(t, "v2.5.8", "me", cluster)
	if config.LeaseDuration != 45*time.Second || config.RenewDeadline != 30*time.Second || config.RetryPeriod != 2*time.Second {
		t.Errorf("%v, %v, %v", config.LeaseDuration, config.RenewDeadline, config.RetryPeriod)
	}
}

func TestWaitsAWholeLeaseForADeadPod(t *testing.T) {
	_, cluster := newFakeAPI(t)
	// Long expired by its own time, which does not count.
	old := metav1.NewTime(time.Now().Add(-time.Hour))
	dead := resourcelock.LeaderElectionRecord{HolderIdentity: "dead", LeaseDurationSeconds: 45, AcquireTime: old, RenewTime: old}
	must(t, election(t, "v2.5.8", "dead", cluster).Lock.Create(context.Background(), dead))

	config := election(t, "v2.5.8", "alive", cluster)
	config.LeaseDuration, config.RenewDeadline, config.RetryPeriod = time.Second, 300*time.Millisecond, 20*time.Millisecond
	ctx, end := context.WithCancel(context.Background())
	began, led := time.Now(), make(chan time.Time, 1)
	config.Callbacks.OnStartedLeading = func(context.Context) {
		led <- time.Now()
		end()
	}
	leaderelection.RunOrDie(ctx, config)
	if waited := (<-led).Sub(began); waited < time.Second {
		t.Errorf("took the lock after %v", waited)
	}
}

func TestKeepsALeaseBesideTheConfigMapFromV267On(t *testing.T) {
	for version, expected := range map[string]bool{"v2.6.0": false, "v2.7.0": true} {
		api, cluster := newFakeAPI(t)
		must(t, election(t, version, "me", cluster).Lock.Create(context.Background(), resourcelock.LeaderElectionRecord{HolderIdentity: "me"}))
		if api.writesTo("/configmaps") == 0 {
			t.Error("no ConfigMap")
		}
		if there := api.writesTo("/leases") > 0; there != expected {
			t.Errorf("%s: a Lease is there: %v", version, there)
		}
	}
}
