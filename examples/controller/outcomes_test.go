// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// What the status says, case by case, when there is nothing left to do.
func TestOutcomes(t *testing.T) {
	type outcomes = map[string]v1alpha1.Outcome
	const a, b = "10.0.0.7", "10.0.0.8"
	for name, test := range map[string]struct {
		id       string // empty means eni-1, which has a, b and a primary address
		ask      func(*v1alpha1.InterfaceReleaseSpec)
		fault    enitest.Fault // meets the first change
		phase    v1alpha1.Phase
		reason   string
		released string
		outcomes outcomes // empty for any that is not final
		detach   v1alpha1.Outcome
		deletion v1alpha1.Outcome
		changes  int // that took effect
	}{
		"released": {
			ask: addresses(a, b), phase: v1alpha1.Done, reason: "Done", released: "2/2",
			outcomes: outcomes{a: "Released", b: "Released"}, changes: 1,
		},
		"one is stale": {
			ask: addresses(a, stale), phase: v1alpha1.Done, reason: "Done", released: "2/2",
			outcomes: outcomes{a: "Released", stale: "Absent"}, changes: 1,
		},
		"one is primary": {
			ask: addresses(a, "10.255.0.1"), phase: v1alpha1.Failed, reason: "InvalidArgument", released: "1/2",
			outcomes: outcomes{a: "Released", "10.255.0.1": "Refused"}, changes: 1,
		},
		"no such interface": {
			id: "eni-9", ask: addresses(a), phase: v1alpha1.Failed, reason: "NotFound", released: "0/1",
			outcomes: outcomes{a: ""},
		},
		"not allowed": {
			ask: addresses(a), fault: enitest.Fault{Reason: enitest.Denied},
			phase: v1alpha1.Failed, reason: "PermissionDenied", released: "0/1", outcomes: outcomes{a: "Refused"},
		},
		"the answer was lost": {
			ask: addresses(a), fault: enitest.Fault{After: true, Reset: true},
			phase: v1alpha1.Done, reason: "Done", released: "1/1", outcomes: outcomes{a: "Released"}, changes: 1,
		},
		"an address and a detach": {
			ask: func(s *v1alpha1.InterfaceReleaseSpec) {
				s.Addresses, s.Detach, s.InstanceID = []v1alpha1.Address{a}, true, "i-eni-1"
			},
			phase: v1alpha1.Done, reason: "Done", released: "2/2", outcomes: outcomes{a: "Released"}, detach: "Released", changes: 2,
		},
		"a detach from another instance": {
			ask:   func(s *v1alpha1.InterfaceReleaseSpec) { s.Detach, s.InstanceID = true, "i-other" },
			phase: v1alpha1.Failed, reason: "InvalidState", released: "0/1", outcomes: outcomes{}, detach: "Refused",
		},
		"a deletion": {
			ask:   func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete, s.InstanceID = true, "i-eni-1" },
			phase: v1alpha1.Done, reason: "Done", released: "1/1", deletion: "Released", changes: 2,
		},
		"a deletion whose answers were lost": {
			ask:   func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete, s.InstanceID = true, "i-eni-1" },
			fault: enitest.Fault{After: true, Reset: true},
			phase: v1alpha1.Done, reason: "Done", released: "1/1", deletion: "Released", changes: 2,
		},
		"a deletion of what is on another instance": {
			ask:   func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete, s.InstanceID = true, "i-other" },
			phase: v1alpha1.Failed, reason: "InvalidState", released: "0/1", deletion: "Refused",
		},
		"a deletion of what is not free": {
			ask:   func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete = true },
			phase: v1alpha1.Failed, reason: "InvalidState", released: "0/1", deletion: "Refused",
		},
		"a deletion of what is to be kept": {
			ask: func(s *v1alpha1.InterfaceReleaseSpec) {
				s.Delete, s.InstanceID, s.KeepTags = true, "i-eni-1", map[string]v1alpha1.TagValue{"other": "", "name": "eni-1"}
			},
			phase: v1alpha1.Failed, reason: "InvalidState", released: "0/1", deletion: "Refused",
		},
		"a deletion of what no tag protects": {
			ask: func(s *v1alpha1.InterfaceReleaseSpec) {
				s.Delete, s.InstanceID, s.KeepTags = true, "i-eni-1", map[string]v1alpha1.TagValue{"other": "", "name": "eni-2"}
			},
			phase: v1alpha1.Done, reason: "Done", released: "1/1", deletion: "Released", changes: 2,
		},
		"a deletion of what nobody has seen": {
			id: "eni-9", ask: func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete, s.InstanceID = true, "i-eni-1" },
			phase: v1alpha1.Failed, reason: "NotFound", released: "0/1", deletion: "Pending",
		},
		"a deletion that is not allowed": {
			ask:   func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete, s.InstanceID = true, "i-eni-1" },
			fault: enitest.Fault{Reason: enitest.Denied},
			phase: v1alpha1.Failed, reason: "PermissionDenied", released: "0/1", deletion: "Refused",
		},
	} {
		for provider := range regions {
			t.Run(name+" on "+string(provider), func(t *testing.T) {
				w := newWorld(t)
				cloud := w.clouds[provider]
				put(cloud, "eni-1", a, b)
				for _, action := range []enitest.Action{enitest.UnassignPrivateIps, enitest.Detach, enitest.Delete} {
					cloud.Inject(action, test.fault)
				}
				w.start()
				id := test.id
				if id == "" {
					id = "eni-1"
				}
				object := w.create("x", provider, id, test.ask)
				s := w.until("the end", all(func(o *v1alpha1.InterfaceRelease) bool {
					return o.Status.Phase == v1alpha1.Done || o.Status.Phase == v1alpha1.Failed
				}))["x"].Status
				if s.Phase != test.phase || s.Reason != test.reason || s.Released != test.released || s.Detach != test.detach || s.Delete != test.deletion {
					t.Errorf("%s, %s, %s, detach %q, delete %q; want %s, %s, %s, detach %q, delete %q (%+v)",
						s.Phase, s.Reason, s.Released, s.Detach, s.Delete, test.phase, test.reason, test.released, test.detach, test.deletion, s.LastError)
				}
				for _, got := range s.Addresses {
					if want := test.outcomes[got.Address]; want != "" && got.Outcome != want {
						t.Errorf("%s is %s, want %s", got.Address, got.Outcome, want)
					}
					if got.Message != "" { // there is one cause at most, which is told once
						t.Errorf("%s is %s with the message %q", got.Address, got.Outcome, got.Message)
					}
				}
				if changes := len(cloud.History()); changes != test.changes {
					t.Errorf("%d changes took effect, want %d", changes, test.changes)
				}
				if _, there := cloud.Get("eni-1"); there != (test.deletion != "Released") {
					t.Errorf("the interface exists: %t", there)
				}
				failed := test.phase == v1alpha1.Failed
				for kind, want := range map[string]bool{"Ready": !failed, "Failed": failed, "Finished": true, "Progressing": false} {
					if meta.IsStatusConditionTrue(s.Conditions, kind) != want {
						t.Errorf("condition %s is not %t: %+v", kind, want, s.Conditions)
					}
				}
				if s.ObservedGeneration != object.Generation {
					t.Errorf("the status is about generation %d, and the object has %d", s.ObservedGeneration, object.Generation)
				}
				if failed && (s.LastError == nil || s.LastError.Kind != test.reason || s.LastError.Message == "") {
					t.Errorf("the error is not there: %+v", s.LastError)
				}
			})
		}
	}
}

// A cloud that accepts a change and then does not make it: one says so, of the
// other it only shows, and the call is made again.
func TestAcceptedInVain(t *testing.T) {
	for provider, want := range map[v1alpha1.Provider]struct {
		stuckAfter time.Duration
		phase      v1alpha1.Phase
		reason     string
		kind       string
	}{
		v1alpha1.Aliyun:  {time.Millisecond, v1alpha1.Done, "Done", v1alpha1.ReasonStuck},
		v1alpha1.Tencent: {time.Hour, v1alpha1.Failed, "Unknown", "Unknown"},
	} {
		t.Run(string(provider), func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[provider]
			put(cloud, "eni-1", "10.0.0.7")
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "out of luck"})
			w.start(func(s *settings) { s.stuckAfter = want.stuckAfter })
			w.create("x", provider, "eni-1", addresses("10.0.0.7"))
			s := w.until("the end", func(listed objects) bool { return listed["x"].Status.Phase == want.phase })["x"].Status
			if s.Reason != want.reason || s.LastError == nil || s.LastError.Kind != want.kind {
				t.Errorf("%s, %+v; want %s, %s", s.Reason, s.LastError, want.reason, want.kind)
			}
		})
	}
}

// What can pass is tried again, and the status tells meanwhile why it takes so
// long.
func TestRetry(t *testing.T) {
	for provider := range regions {
		t.Run(string(provider), func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[provider]
			put(cloud, "eni-1", "10.0.0.7")
			blocked := make(chan struct{})
			cloud.Control = func(call enitest.Call) *enitest.Fault {
				select {
				case <-blocked:
				default:
					if call.Action == enitest.UnassignPrivateIps {
						return &enitest.Fault{Reason: enitest.Conflict}
					}
				}
				return nil
			}
			w.start(func(s *settings) { s.retry = eni.Retry{MaxAttempts: 1} })
			w.create("x", provider, "eni-1", addresses("10.0.0.7"))
			s := w.until("three failures", func(listed objects) bool {
				return listed["x"].Status.Failures >= 3 && listed["x"].Status.Reason == "Conflict"
			})["x"].Status
			if !meta.IsStatusConditionTrue(s.Conditions, "Progressing") || meta.IsStatusConditionTrue(s.Conditions, "Failed") {
				t.Errorf("a conflict can pass: %+v", s.Conditions)
			}
			if s.Attempts < 3 || len(s.RequestIDs) < 3 || s.LastError == nil || s.LastError.Code == "" || s.LastError.RequestID == "" {
				t.Errorf("%d attempts, requests %v, error %+v", s.Attempts, s.RequestIDs, s.LastError)
			}
			close(blocked)
			s = w.until("the end", all(done))["x"].Status
			if s.Failures != 0 || s.LastError == nil {
				t.Errorf("%d failures in a row, last error %v; want none, and the error that there was", s.Failures, s.LastError)
			}
		})
	}
}

// A cloud that does not answer keeps nobody else waiting, however few workers there
// are.
func TestNoWorkerWaits(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	_, answer := hold(t, cloud, enitest.UnassignPrivateIps)
	w.start(func(s *settings) { s.workers = 1 })
	for _, id := range []string{"eni-a", "eni-b", "eni-c"} {
		put(cloud, id, "10.0.0.7")
		w.create(id, v1alpha1.Aliyun, id, addresses("10.0.0.7"))
	}
	w.until("all are in progress", all(func(o *v1alpha1.InterfaceRelease) bool { return o.Status.Reason == v1alpha1.ReasonInProgress }))
	w.passBy(v1alpha1.Tencent)
	answer()
	w.until("all are done", all(done))
}
