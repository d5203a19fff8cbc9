package main

import (
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Of two controllers one works. When it goes in the middle of the work, the other
// one takes over and finishes it.
func TestLeaderHandover(t *testing.T) {
	w := newWorld(t)
	w.trouble()
	elected := func(s *settings) {
		s.elect, s.electIn, s.lease = true, "cloudeni-system", 10*time.Second
		s.shutdown = nil // it gives the lease back
	}
	first := w.start(elected)
	holder := w.holder(func(string) bool { return true })
	w.start(elected)

	total := w.storm(10)
	w.until("some are done", func(listed objects) bool {
		n := 0
		for _, o := range listed {
			if done(o) {
				n++
			}
		}
		return n >= total/5
	})
	first.kill()
	w.holder(func(now string) bool { return now != holder })
	listed := w.until("all are done", all(done))
	if len(listed) != total {
		t.Errorf("%d objects, and %d were made", len(listed), total)
	}
	w.audit(listed)
}

// holder watches the lease until somebody who is wanted holds it.
func (w *world) holder(wanted func(string) bool) string {
	w.t.Helper()
	changes, err := kube.Watch(w.t.Context(), &coordinationv1.LeaseList{}, client.InNamespace("cloudeni-system"))
	must(w.t, err)
	defer changes.Stop()
	for change := range changes.ResultChan() {
		lease, ok := change.Object.(*coordinationv1.Lease)
		if ok && lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity != "" && wanted(*lease.Spec.HolderIdentity) {
			return *lease.Spec.HolderIdentity
		}
	}
	w.t.Fatal("nobody wanted came to hold the lease")
	return ""
}

// What one controller began, another one finds, and does not begin again: it makes
// the same call, which finds what has been done.
func TestRestartFindsWhatWasDone(t *testing.T) {
	for provider := range regions {
		t.Run(string(provider), func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[provider]
			cloud.CompletesAfter = never
			put(cloud, "eni-1", address)
			first := w.start()
			w.create("x", provider, "eni-1", addresses(address))
			w.until("accepted", because("x", v1alpha1.ReasonAccepted))
			first.kill()
			cloud.Complete("eni-1")
			w.start()
			s := w.until("done", all(done))["x"].Status
			if s.Addresses[0].Outcome != v1alpha1.OutcomeReleased {
				t.Errorf("%+v; the status had it that the cloud accepted the release", s.Addresses[0])
			}
			if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n > 2 {
				t.Errorf("%d changes were sent", n)
			}
		})
	}
}

// Two controllers that both believe that they are the leader, as for a moment after
// a pause that was longer than the lease: each goal is stated twice, and carried out
// once.
func TestTwoLeaders(t *testing.T) {
	w := newWorld(t)
	w.trouble()
	w.start()
	w.start()
	total := w.storm(10)
	listed := w.until("all are done", all(done))
	if len(listed) != total {
		t.Errorf("%d objects, and %d were made", len(listed), total)
	}
	w.audit(listed)
}
