// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Of two controllers one works. When it ends in the middle of the work, the other one takes
// over and finishes the work.
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

// A controller continues the work of an earlier one: it repeats the call, which finds what
// was done.
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

// A controller that is killed in the middle of a deletion leaves a status that says
// that the interface was seen: not found means gone to the one that comes after it,
// whatever the first one has heard of its calls.
func TestRestartInTheMiddleOfADeletion(t *testing.T) {
	for provider := range regions {
		for name, test := range map[string]struct {
			action enitest.Action // is in progress when the first controller ends
			then   func(*enitest.Cloud)
		}{
			"detaching":            {enitest.Detach, func(*enitest.Cloud) {}},
			"deleting":             {enitest.Delete, func(*enitest.Cloud) {}},
			"detaching, then gone": {enitest.Detach, func(c *enitest.Cloud) { c.Delete("eni-1") }},
			"deleting, then gone":  {enitest.Delete, func(c *enitest.Cloud) { c.Delete("eni-1") }},
		} {
			t.Run(name+" on "+string(provider), func(t *testing.T) {
				w := newWorld(t)
				cloud := w.clouds[provider]
				put(cloud, "eni-1", address)
				arrived, answer := hold(t, cloud, test.action)
				first := w.start()
				w.create("x", provider, "eni-1", func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete, s.InstanceID = true, "i-eni-1" })
				<-arrived
				w.until("it is seen", func(listed objects) bool {
					return listed["x"].Status.Seen && because("x", v1alpha1.ReasonInProgress)(listed)
				})
				first.kill()
				test.then(cloud)
				answer()
				w.start()
				s := w.until("the end", all(finished))["x"].Status
				if s.Phase != v1alpha1.Done || s.Released != "1/1" {
					t.Errorf("%s, %s, %+v; want Done", s.Phase, s.Delete, s.LastError)
				}
				if _, there := cloud.Get("eni-1"); there {
					t.Error("the interface still exists")
				}
			})
		}
	}
}

// finished is true for an object for which nothing will be done any more.
func finished(o *v1alpha1.InterfaceRelease) bool {
	return meta.IsStatusConditionTrue(o.Status.Conditions, v1alpha1.ConditionFinished)
}

// A later controller finds that an accepted deletion is done.
func TestRestartFindsADeletion(t *testing.T) {
	for provider := range regions {
		t.Run(string(provider), func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[provider]
			put(cloud, "eni-1", address)
			cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
			cloud.CompletesAfter = never
			first := w.start()
			w.create("x", provider, "eni-1", func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete = true })
			s := w.until("accepted", because("x", v1alpha1.ReasonAccepted))["x"].Status
			if s.Phase != v1alpha1.Deleting || s.Delete != v1alpha1.OutcomeAccepted {
				t.Errorf("%s, %s; want Deleting, Accepted", s.Phase, s.Delete)
			}
			first.kill()
			cloud.Complete("eni-1")
			w.start()
			if s := w.until("done", all(done))["x"].Status; s.Delete != v1alpha1.OutcomeReleased {
				t.Errorf("%s; the status had it that the cloud accepted the deletion", s.Delete)
			}
			if n := len(cloud.Calls(enitest.Delete)); n != 1 {
				t.Errorf("%d deletions were sent", n)
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
