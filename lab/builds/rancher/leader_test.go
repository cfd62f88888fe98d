package main

import (
	"context"
	"testing"
	"time"
)

func quick(lock lock, me string) *elector {
	return &elector{lock: lock, me: me, timing: timing{lease: time.Second, deadline: 300 * time.Millisecond, retry: 20 * time.Millisecond}}
}

func TestHoldsTheLockFor45Seconds(t *testing.T) {
	_, cluster := newFakeAPI(t)
	// Long expired by its own time, which does not count.
	old := time.Now().Add(-time.Hour)
	must(t, replica(t, "v2.5.8", cluster).lock().write(record{Holder: "dead", Seconds: 45, Acquired: old, Renewed: old}))
	elector := &elector{lock: replica(t, "v2.5.8", cluster).lock(), me: "alive", timing: rancherTiming}
	for range 3 {
		if elector.try() {
			t.Fatal("took the lock at once")
		}
	}
	elector.seenAt = time.Now().Add(-44 * time.Second)
	if elector.try() {
		t.Fatal("took it before the lease had ended")
	}
	elector.seenAt = time.Now().Add(-45 * time.Second)
	if !elector.try() {
		t.Fatal("did not take it when the lease had ended")
	}
	if mine, err := elector.lock.read(); err != nil || mine.Holder != "alive" || mine.Seconds != 45 {
		t.Errorf("the lock is %+v, %v", mine, err)
	}
}

func TestRenewsAtOnceWhatNamesItself(t *testing.T) {
	_, cluster := newFakeAPI(t)
	old := time.Now().Add(-time.Hour)
	must(t, replica(t, "v2.5.8", cluster).lock().write(record{Holder: "me", Acquired: old, Renewed: old}))
	if !quick(replica(t, "v2.5.8", cluster).lock(), "me").try() {
		t.Error("waits for itself")
	}
}

func TestReleasesTheLockWhenItEnds(t *testing.T) {
	_, cluster := newFakeAPI(t)
	ctx, end := context.WithCancel(context.Background())
	leads, ended := make(chan bool, 1), make(chan error, 1)
	go func() {
		ended <- quick(replica(t, "v2.5.8", cluster).lock(), "first").run(ctx, func() { leads <- true })
	}()
	<-leads
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !quick(replica(t, "v2.5.8", cluster).lock(), "second").try() {
		t.Error("the lock was kept")
	}
}

func TestLosesALockThatIsRestoredToAnother(t *testing.T) {
	_, cluster := newFakeAPI(t)
	leads, ended := make(chan bool, 1), make(chan error, 1)
	go func() {
		ended <- quick(replica(t, "v2.5.8", cluster).lock(), "first").run(context.Background(), func() { leads <- true })
	}()
	<-leads
	other := replica(t, "v2.5.8", cluster).lock()
	eventually(t, func() bool {
		_, _ = other.read()
		return other.write(record{Holder: "second", Acquired: time.Now(), Renewed: time.Now()}) == nil
	})
	if err := <-ended; err == nil {
		t.Error("goes on leading")
	}
}

func TestKeepsALeaseBesideTheConfigMapFromV267On(t *testing.T) {
	for version, expected := range map[string]bool{"v2.6.0": false, "v2.7.0": true} {
		api, cluster := newFakeAPI(t)
		elector := quick(replica(t, version, cluster).lock(), "me")
		if !elector.try() || !elector.try() {
			t.Fatal("no lock")
		}
		if there := api.writesTo("/leases") > 0; there != expected {
			t.Errorf("%s: a Lease is there: %v", version, there)
		}
	}
}
