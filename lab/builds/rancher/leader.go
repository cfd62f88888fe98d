package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"time"
)

const (
	lockNamespace = "kube-system"
	lockName      = "cattle-controllers"
	annotation    = "control-plane.alpha.kubernetes.io/leader"
)

// record is the content of the lock, as Kubernetes' client for Go writes it.
type record struct {
	Holder      string    `json:"holderIdentity"`
	Seconds     int       `json:"leaseDurationSeconds"`
	Acquired    time.Time `json:"acquireTime"`
	Renewed     time.Time `json:"renewTime"`
	Transitions int       `json:"leaderTransitions"`
}

// lock is where the record is kept. A write that someone else was faster than is refused.
type lock interface {
	// read gives nil when there is no lock yet.
	read() (*record, error)
	write(record) error
}

type timing struct{ lease, deadline, retry time.Duration }

// Rancher's own from v2.4.0 on (wrangler pkg/leader).
var rancherTiming = timing{lease: 45 * time.Second, deadline: 30 * time.Second, retry: 2 * time.Second}

// elector behaves as the leader election of Kubernetes' client for Go: it goes by when it saw the record
// change, never by the times in it. A record that names a dead pod is waited for, a whole lease long.
type elector struct {
	lock   lock
	me     string
	timing timing

	seen   record
	seenAt time.Time
}

// run returns nil when ctx has ended and the lock is released, an error when it lost it.
func (e *elector) run(ctx context.Context, lead func()) error {
	for !e.try() {
		if !pause(ctx, e.timing.retry) {
			return nil
		}
	}
	log.Printf("became leader of %s", lockName)
	go lead()
	renewed := time.Now()
	for pause(ctx, e.timing.retry) {
		if e.try() {
			renewed = time.Now()
		} else if time.Since(renewed) > e.timing.deadline {
			return errors.New("not renewed in time")
		}
	}
	e.release()
	return nil
}

// try takes or renews the lock.
func (e *elector) try() bool {
	found, err := e.lock.read()
	if err != nil {
		log.Printf("reading the lock: %v", err)
		return false
	}
	now := time.Now()
	mine := record{Holder: e.me, Seconds: int(e.timing.lease / time.Second), Acquired: now, Renewed: now}
	if found != nil {
		if *found != e.seen {
			e.seen, e.seenAt = *found, now
		}
		if found.Holder == e.me {
			mine.Acquired, mine.Transitions = found.Acquired, found.Transitions
		} else {
			if found.Holder != "" && now.Before(e.seenAt.Add(e.timing.lease)) {
				return false
			}
			mine.Transitions = found.Transitions + 1
		}
	}
	if err := e.lock.write(mine); err != nil {
		log.Printf("writing the lock: %v", err)
		return false
	}
	e.seen, e.seenAt = mine, now
	return true
}

func (e *elector) release() {
	found, err := e.lock.read()
	if err != nil || found == nil || found.Holder != e.me {
		return
	}
	now := time.Now()
	if err := e.lock.write(record{Seconds: 1, Acquired: now, Renewed: now, Transitions: found.Transitions}); err != nil {
		log.Printf("releasing the lock: %v", err)
	}
}

func pause(ctx context.Context, length time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(length):
		return true
	}
}

// lock is the ConfigMap up to v2.6.6, and a Lease beside it from v2.6.7 on.
func (r *rancher) lock() lock {
	return &configMapLock{cluster: r.state.cluster, andLease: r.from("v2.6.7")}
}

type configMapLock struct {
	cluster  *cluster
	andLease bool
	// version of the ConfigMap that was read last; empty when there is none.
	version string
}

type lockObject struct {
	Metadata struct {
		ResourceVersion string            `json:"resourceVersion"`
		Annotations     map[string]string `json:"annotations"`
	} `json:"metadata"`
}

func (l *configMapLock) read() (*record, error) {
	var object lockObject
	l.version = ""
	err := l.cluster.call(http.MethodGet, configMaps+"/"+lockName, nil, &object)
	if hasStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l.version = object.Metadata.ResourceVersion
	var found record
	if text := object.Metadata.Annotations[annotation]; text != "" {
		err = json.Unmarshal([]byte(text), &found)
	}
	return &found, err
}

const (
	configMaps = "/api/v1/namespaces/" + lockNamespace + "/configmaps"
	leases     = "/apis/coordination.k8s.io/v1/namespaces/" + lockNamespace + "/leases"
)

func (l *configMapLock) write(mine record) error {
	// Whole seconds, as in the original.
	mine.Acquired, mine.Renewed = mine.Acquired.UTC().Truncate(time.Second), mine.Renewed.UTC().Truncate(time.Second)
	text, err := json.Marshal(mine)
	if err != nil {
		return err
	}
	metadata := map[string]any{"name": lockName, "namespace": lockNamespace, "annotations": map[string]any{annotation: string(text)}}
	if err := put(l.cluster, "v1", "ConfigMap", configMaps, metadata, nil, l.version); err != nil || !l.andLease {
		return err
	}
	return l.writeLease(mine)
}

func (l *configMapLock) writeLease(mine record) error {
	var found lockObject
	err := l.cluster.call(http.MethodGet, leases+"/"+lockName, nil, &found)
	if err != nil && !hasStatus(err, http.StatusNotFound) {
		return err
	}
	const micro = "2006-01-02T15:04:05.000000Z07:00"
	spec := map[string]any{
		"holderIdentity": mine.Holder, "leaseDurationSeconds": mine.Seconds, "leaseTransitions": mine.Transitions,
		"acquireTime": mine.Acquired.Format(micro), "renewTime": mine.Renewed.Format(micro),
	}
	metadata := map[string]any{"name": lockName, "namespace": lockNamespace}
	return put(l.cluster, "coordination.k8s.io/v1", "Lease", leases, metadata, spec, found.Metadata.ResourceVersion)
}

// put creates an object, or replaces the version of it that was read.
func put(cluster *cluster, api, kind, collection string, metadata map[string]any, spec any, version string) error {
	object := map[string]any{"apiVersion": api, "kind": kind, "metadata": metadata}
	if spec != nil {
		object["spec"] = spec
	}
	if version == "" {
		return cluster.call(http.MethodPost, collection, object, nil)
	}
	metadata["resourceVersion"] = version
	return cluster.call(http.MethodPut, collection+"/"+lockName, object, nil)
}
