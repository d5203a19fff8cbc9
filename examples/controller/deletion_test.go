// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

const address = "10.0.0.7"

// never is a change that takes effect when the test says so.
func never(enitest.Call) time.Duration { return 24 * time.Hour }

// An object without a call is deleted at once, whatever it waits for.
func TestDeletionOfWhatIsIdle(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*world)
		reason  string
		changes int
	}{
		"done":                    {func(*world) {}, "Done", 1},
		"failed":                  {func(w *world) { w.clouds[v1alpha1.Aliyun].Delete("eni-1") }, "NotFound", 0},
		"waiting for credentials": {func(w *world) { w.removeSecret(v1alpha1.Aliyun) }, "Credentials", 0},
		"waiting to try again": {func(w *world) {
			w.clouds[v1alpha1.Aliyun].Control = func(call enitest.Call) *enitest.Fault {
				if call.Action == enitest.UnassignPrivateIps {
					return &enitest.Fault{Reason: enitest.Conflict}
				}
				return nil
			}
		}, "Conflict", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[v1alpha1.Aliyun]
			put(cloud, "eni-1", address)
			test.prepare(w)
			w.start(func(s *settings) {
				s.retry.MaxAttempts, s.again.First, s.again.Max = 1, time.Hour, time.Hour
			})
			object := w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
			w.until(test.reason, because("x", test.reason))
			w.remove(object)
			w.until("the object is gone", gone("x"))
			if changes := len(cloud.History()); changes != test.changes {
				t.Errorf("%d changes took effect, want %d", changes, test.changes)
			}
		})
	}
}

// A finished object can be deleted without a controller.
func TestDeletionWithoutAController(t *testing.T) {
	w := newWorld(t)
	put(w.clouds[v1alpha1.Aliyun], "eni-1", address)
	controller := w.start()
	object := w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
	w.until("the object is done and free", all(free))
	controller.kill()
	w.remove(object)
	w.until("the object is gone", gone("x"))
}

// When a namespace is deleted, its Secret is deleted too: the result of an earlier
// controller's call can no longer be found, and the object does not wait for it.
func TestDeletionWithoutCredentials(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	cloud.CompletesAfter = never
	put(cloud, "eni-1", address)
	first := w.start()
	object := w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
	w.until("accepted", because("x", v1alpha1.ReasonAccepted))
	first.kill()
	w.removeSecret(v1alpha1.Aliyun)
	w.remove(object)
	w.start()
	w.until("the object is gone", gone("x"))
}

// An object goes at once as well when no controller has ever seen it.
func TestDeletionBeforeAnything(t *testing.T) {
	w := newWorld(t)
	w.remove(w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address)))
	w.until("the object is gone", gone("x"))
}

// An object with a request in progress stays until the answer arrives.
func TestDeletionDuringACall(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	put(cloud, "eni-1", address)
	arrived, answer := hold(t, cloud, enitest.UnassignPrivateIps)
	w.start()
	object := w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
	<-arrived
	w.until("the status says so", because("x", v1alpha1.ReasonInProgress))
	w.remove(object)
	w.passBy(v1alpha1.Tencent)
	w.until("the object waits", func(listed objects) bool { return listed["x"] != nil && !listed["x"].DeletionTimestamp.IsZero() })
	answer()
	w.until("the object is gone", gone("x"))
	if cloud.Has("eni-1", netip.MustParsePrefix(address+"/32")) {
		t.Error("the object went before its change")
	}
}

// An object with an accepted change stays until the change is complete; the detach after it
// does not begin.
func TestDeletionBeforeCompletion(t *testing.T) {
	for name, test := range map[string]struct {
		ask      func(*v1alpha1.InterfaceReleaseSpec)
		phase    v1alpha1.Phase
		action   enitest.Action
		detaches int
	}{
		"addresses": {addresses(address), v1alpha1.Releasing, enitest.UnassignPrivateIps, 0},
		"addresses before a detach": {func(s *v1alpha1.InterfaceReleaseSpec) {
			s.Addresses, s.Detach, s.InstanceID = []v1alpha1.Address{address}, true, "i-eni-1"
		}, v1alpha1.Releasing, enitest.UnassignPrivateIps, 0},
		"a detach":   {func(s *v1alpha1.InterfaceReleaseSpec) { s.Detach, s.InstanceID = true, "i-eni-1" }, v1alpha1.Detaching, enitest.Detach, 1},
		"a deletion": {func(s *v1alpha1.InterfaceReleaseSpec) { s.Delete = true }, v1alpha1.Deleting, enitest.Delete, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[v1alpha1.Aliyun]
			cloud.CompletesAfter = never
			put(cloud, "eni-1", address)
			if test.action == enitest.Delete {
				cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
			}
			w.start()
			object := w.create("x", v1alpha1.Aliyun, "eni-1", test.ask)
			s := w.until("accepted", because("x", v1alpha1.ReasonAccepted))["x"].Status
			if s.Phase != test.phase {
				t.Errorf("the phase is %s, want %s", s.Phase, test.phase)
			}
			w.remove(object)
			w.passBy(v1alpha1.Tencent)
			w.until("the object waits", func(listed objects) bool { return listed["x"] != nil && !listed["x"].DeletionTimestamp.IsZero() })
			cloud.Complete("eni-1")
			w.until("the object is gone", gone("x"))
			if n := len(cloud.Calls(enitest.Detach)); n != test.detaches {
				t.Errorf("%d detaches were sent, want %d", n, test.detaches)
			}
		})
	}
}

// A controller that finds a deleted object with a call of an earlier controller finds the
// result of the call before it removes the finalizer.
func TestDeletionAndRestart(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	cloud.CompletesAfter = never
	put(cloud, "eni-1", address)
	first := w.start()
	object := w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
	w.until("accepted", because("x", v1alpha1.ReasonAccepted))
	first.kill()
	w.remove(object)
	calls := len(cloud.Calls())
	w.start()
	w.passBy(v1alpha1.Tencent)
	if listed := w.until("the object waits", func(listed objects) bool { return listed["x"] != nil }); listed["x"].DeletionTimestamp.IsZero() {
		t.Error("the object was not deleted")
	}
	if len(cloud.Calls()) == calls {
		t.Error("the new controller did not ask the cloud")
	}
	cloud.Complete("eni-1")
	w.until("the object is gone", gone("x"))
}

// passBy waits until the controller has taken another object from its beginning to
// its end, on a cloud that it has for itself: it has then also seen what was there
// before.
func (w *world) passBy(provider v1alpha1.Provider) {
	w.t.Helper()
	put(w.clouds[provider], "eni-2")
	object := w.create("pass-by", provider, "eni-2", addresses(stale))
	w.until("an object passes by", because("pass-by", v1alpha1.ReasonDone))
	w.remove(object)
	w.until("it is gone", gone("pass-by"))
}

func (w *world) removeSecret(provider v1alpha1.Provider) {
	w.t.Helper()
	must(w.t, kube.Delete(w.t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: string(provider)}}))
}

// hold makes the cloud hold its answers to an action: it tells when the first one
// has arrived, and answer lets them go.
func hold(t *testing.T, cloud *enitest.Cloud, action enitest.Action) (arrived <-chan struct{}, answer func()) {
	came, release := make(chan struct{}, 1), make(chan struct{})
	released := false
	answer = func() {
		if !released {
			released = true
			close(release)
		}
	}
	t.Cleanup(answer) // before the server is closed, which waits for its requests
	cloud.Control = func(call enitest.Call) *enitest.Fault {
		if call.Action == action {
			select {
			case came <- struct{}{}:
			default:
			}
			<-release
		}
		return nil
	}
	return came, answer
}
