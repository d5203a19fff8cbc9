// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// kubectl wait ends after success and after failure, and can distinguish them.
func TestKubectlWait(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	cloud.CompletesAfter = never
	put(cloud, "eni-1", address)
	put(cloud, "eni-2", address)
	w.start()
	w.create("good", v1alpha1.Aliyun, "eni-1", addresses(address))
	w.create("bad", v1alpha1.Aliyun, "eni-9", addresses(address))
	w.create("under-way", v1alpha1.Aliyun, "eni-2", addresses(address))
	w.until("accepted", func(listed objects) bool {
		return because("good", v1alpha1.ReasonAccepted)(listed) && because("under-way", v1alpha1.ReasonAccepted)(listed)
	})
	cloud.Complete("eni-1")
	wait := func(name, condition, timeout string) bool {
		_, err := kubectl(t.Context(), "wait", "-n", w.namespace, "enir/"+name, "--for=condition="+condition, "--timeout="+timeout)
		return err == nil
	}
	const now = "0s" // asks once
	for _, name := range []string{"good", "bad"} {
		if !wait(name, "Finished", patience.String()) {
			t.Errorf("the wait for %s does not end", name)
		}
	}
	for name, conditions := range map[string]map[string]bool{
		"good":      {"Ready": true, "Failed": false},
		"bad":       {"Ready": false, "Failed": true},
		"under-way": {"Finished": false, "Progressing": true},
	} {
		for condition, want := range conditions {
			if got := wait(name, condition, now); got != want {
				t.Errorf("the wait of %s for %s ends: %t, want %t", name, condition, got, want)
			}
		}
	}
}

// A finished object, done or failed, is deleted when its time to live is over; not earlier,
// and no other object.
func TestTTLAfterFinished(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	put(cloud, "eni-1", "10.0.0.7", "10.0.0.8", "10.0.0.9")
	kept := func(seconds int32, a v1alpha1.Address) func(*v1alpha1.InterfaceReleaseSpec) {
		return func(s *v1alpha1.InterfaceReleaseSpec) {
			s.TTLSecondsAfterFinished, s.Addresses = &seconds, []v1alpha1.Address{a}
		}
	}
	w.start()
	w.create("done", v1alpha1.Aliyun, "eni-1", kept(0, "10.0.0.7"))
	w.create("failed", v1alpha1.Aliyun, "eni-9", kept(0, "10.0.0.7"))
	w.create("kept-for-an-hour", v1alpha1.Aliyun, "eni-1", kept(3600, "10.0.0.8"))
	w.create("kept", v1alpha1.Aliyun, "eni-1", addresses("10.0.0.9"))
	listed := w.until("what is not kept is gone", func(listed objects) bool { return len(listed) == 2 && all(done)(listed) })
	w.passBy(v1alpha1.Tencent)
	for _, name := range []string{"kept", "kept-for-an-hour"} {
		if listed[name] == nil {
			t.Errorf("%s is gone", name)
		}
	}
	if n := len(cloud.Calls(enitest.Detach)); n != 0 {
		t.Errorf("%d detaches", n)
	}
	if changes := cloud.History(); len(cloud.Calls(enitest.UnassignPrivateIps)) == 0 || len(changes) == 0 {
		t.Error("nothing was released")
	}
}
