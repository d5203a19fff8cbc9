// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Each cause makes one Event with one sentence, however often it occurs. The condition
// Ready and the last error have the same text. A mistake of a user is no ERROR in the log.
func TestOneCauseOneSentence(t *testing.T) {
	w := newWorld(t)
	cloud := w.clouds[v1alpha1.Aliyun]
	put(cloud, "eni-1", "10.0.0.7")
	put(cloud, "eni-2", "10.0.0.7", "10.0.0.8")
	var conflicts atomic.Int64
	cloud.Control = func(call enitest.Call) *enitest.Fault {
		if call.Action == enitest.UnassignPrivateIps && call.InterfaceID == "eni-2" && conflicts.Add(1) <= 4 {
			return &enitest.Fault{Reason: enitest.Conflict}
		}
		return nil
	}
	var log records
	w.start(func(s *settings) {
		s.retry = eni.Retry{MaxAttempts: 1}
		s.log = newLog(&log, slog.LevelDebug)
	})
	w.create("good", v1alpha1.Aliyun, "eni-1", addresses("10.0.0.7"))
	w.create("busy", v1alpha1.Aliyun, "eni-2", addresses("10.0.0.7", "10.0.0.8"))
	w.create("wrong-interface", v1alpha1.Aliyun, "eni-9", addresses("10.0.0.7", "10.0.0.8"))
	w.create("wrong-instance", v1alpha1.Aliyun, "eni-1", func(s *v1alpha1.InterfaceReleaseSpec) { s.Detach, s.InstanceID = true, "i-9" })
	w.create("wrong-secret", v1alpha1.Aliyun, "eni-1", func(s *v1alpha1.InterfaceReleaseSpec) {
		s.Addresses, s.CredentialsSecret = []v1alpha1.Address{"10.0.0.7"}, &v1alpha1.SecretReference{Name: "none"}
	})
	wanted := map[string][]string{
		"good": {"Done"}, "busy": {"Conflict", "Done"}, "wrong-interface": {"NotFound"}, "wrong-instance": {"InvalidState"}, "wrong-secret": {"Credentials"},
	}
	listed := w.until("the end", func(listed objects) bool {
		for name, o := range listed {
			if name == "wrong-secret" && o.Status.Failures < 3 ||
				name != "wrong-secret" && !meta.IsStatusConditionTrue(o.Status.Conditions, v1alpha1.ConditionFinished) {
				return false
			}
		}
		return true
	})
	events := w.events(wanted)
	for name, reasons := range wanted {
		if len(events[name]) != len(reasons) {
			t.Errorf("%s has %d events, want %d: %v", name, len(events[name]), len(reasons), events[name])
		}
		last := reasons[len(reasons)-1]
		ready := meta.FindStatusCondition(listed[name].Status.Conditions, v1alpha1.ConditionReady)
		if ready.Reason != last || ready.Message == "" || last != "Done" && ready.Message != events[name][last] {
			t.Errorf("%s: the event says %q, and the condition %s %q", name, events[name][last], ready.Reason, ready.Message)
		}
		for _, c := range listed[name].Status.Conditions {
			if c.Type != ready.Type && c.Message != "" {
				t.Errorf("%s: the condition %s says something again: %s", name, c.Type, c.Message)
			}
		}
		if e := listed[name].Status.LastError; e != nil && last != "Done" && e.Message != ready.Message {
			t.Errorf("%s: the last error says %q", name, e.Message)
		}
	}
	if text := log.String(); strings.Contains(text, `"level":"ERROR"`) || !strings.Contains(text, "a retry cannot succeed") {
		t.Errorf("the log has an error, or does not tell who is given up:\n%s", text)
	}
}

// events waits until there are events for these reasons, and returns the notes of all
// events by object and reason.
func (w *world) events(wanted map[string][]string) map[string]map[string]string {
	w.t.Helper()
	changes, err := kube.Watch(w.t.Context(), &eventsv1.EventList{}, client.InNamespace(w.namespace))
	must(w.t, err)
	defer changes.Stop()
	found := map[string]map[string]string{}
	complete := func() bool {
		for name, reasons := range wanted {
			for _, reason := range reasons {
				if found[name][reason] == "" {
					return false
				}
			}
		}
		return true
	}
	for change := range changes.ResultChan() {
		event, ok := change.Object.(*eventsv1.Event)
		if !ok {
			continue
		}
		of := event.Regarding.Name
		if found[of] == nil {
			found[of] = map[string]string{}
		}
		if before := found[of][event.Reason]; before != "" && before != event.Note {
			w.t.Errorf("%s has two events for %s: %q and %q", of, event.Reason, before, event.Note)
		}
		found[of][event.Reason] = event.Note
		if complete() {
			return found
		}
	}
	w.t.Fatalf("these events did not come: %v; there are %v", wanted, found)
	return nil
}

// records are the lines of a log.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(line)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
