// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// An object whose Secret comes later, or comes incomplete, waits for it.
func TestSecretComesLater(t *testing.T) {
	for provider := range regions {
		t.Run(string(provider), func(t *testing.T) {
			w := newWorld(t)
			put(w.clouds[provider], "eni-1", address)
			w.removeSecret(provider)
			w.start(patient)
			w.create("x", provider, "eni-1", addresses(address))
			w.until("it waits", because("x", v1alpha1.ReasonCredentials))
			w.rotate[provider]("id", "secret", "")
			w.secret(provider, "id", "", "")
			w.passBy(other(provider))
			if n := len(w.clouds[provider].Calls()); n != 0 {
				t.Errorf("%d calls without credentials", n)
			}
			w.secret(provider, "id", "secret", "")
			w.until("all are done", all(done))
		})
	}
}

// After a rotation the old keys are refused before the Secret has the new ones. No object
// fails, and every object continues as soon as the Secret has them.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	w.start(patient)
	const n = 10
	half := func(name string) {
		for provider, cloud := range w.clouds {
			for i := range n {
				id := fmt.Sprintf("eni-%s-%d", name, i)
				put(cloud, id, address)
				w.create(fmt.Sprintf("%s-%s-%d", name, provider, i), provider, id, addresses(address))
			}
		}
	}
	half("first")
	w.until("the first half is done", all(done))

	for _, rotate := range w.rotate {
		rotate("new-id", "new-secret", "new-token")
	}
	half("second")
	w.until("the second half is refused", all(func(o *v1alpha1.InterfaceRelease) bool {
		return done(o) || o.Status.Reason == "Unauthenticated"
	}))
	for provider, cloud := range w.clouds {
		if changes := len(cloud.History()); changes != n {
			t.Errorf("%s: %d changes with the old keys, want %d", provider, changes, n)
		}
		w.secret(provider, "new-id", "new-secret", "new-token")
	}
	listed := w.until("all are done", all(done))
	if len(listed) != 4*n {
		t.Errorf("%d objects, want %d", len(listed), 4*n)
	}
	w.audit(listed)
}

// Keys are rotated while accepted changes run: polls with the old keys fail, and calls with
// the new keys find the results.
func TestRotationBeforeCompletion(t *testing.T) {
	for provider := range regions {
		t.Run(string(provider), func(t *testing.T) {
			w := newWorld(t)
			cloud := w.clouds[provider]
			cloud.CompletesAfter = never
			put(cloud, "eni-1", address)
			w.start(patient)
			w.create("x", provider, "eni-1", addresses(address))
			w.until("accepted", because("x", v1alpha1.ReasonAccepted))
			w.rotate[provider]("new-id", "new-secret", "")
			w.until("the polls are refused", because("x", "Unauthenticated"))
			cloud.Complete("eni-1")
			w.secret(provider, "new-id", "new-secret", "")
			s := w.until("done", all(done))["x"].Status
			if s.Addresses[0].Outcome != v1alpha1.OutcomeReleased {
				t.Errorf("%+v; the cloud had accepted the release", s.Addresses[0])
			}
			if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n > 2 {
				t.Errorf("%d changes were sent", n)
			}
		})
	}
}

// patient sets delays of hours, so that only events make the controller continue.
func patient(s *settings) {
	s.again.First, s.again.Max = 4*time.Hour, 4*time.Hour
}

// other is the other cloud.
func other(provider v1alpha1.Provider) v1alpha1.Provider {
	if provider == v1alpha1.Aliyun {
		return v1alpha1.Tencent
	}
	return v1alpha1.Aliyun
}
