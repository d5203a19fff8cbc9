// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Members come free as secondary interfaces, and a trunk follows when they have gone.
func TestTrunksAndMembers(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.Put(
		eni.Interface{ID: "trunk", Type: eni.TypeTrunk, State: eni.StateInUse, InstanceID: "i-1"},
		eni.Interface{ID: "member", Type: eni.TypeMember, State: eni.StateInUse, InstanceID: "i-1", TrunkInterfaceID: "trunk"},
		eni.Interface{ID: "plain", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1"},
	)
	detach := func(id, trunk string) *enitest.Rejection {
		return cloud.Change(enitest.Call{Action: enitest.Detach, InterfaceID: id, InstanceID: "i-1", TrunkInterfaceID: trunk})
	}
	for _, step := range []struct {
		id, trunk string
		want      enitest.Reason
	}{
		{"plain", "trunk", enitest.WrongTrunk}, {"plain", "", ""}, {"trunk", "", enitest.HasMembers},
		{"member", "", enitest.WrongTrunk}, {"member", "trunk", ""}, {"trunk", "", ""},
	} {
		var got enitest.Reason
		if refused := detach(step.id, step.trunk); refused != nil {
			got = refused.Reason
		}
		if got != step.want {
			t.Errorf("the detach of %s is answered with %q, want %q", step.id, got, step.want)
		}
	}
	for id, want := range map[string]eni.InterfaceType{"trunk": eni.TypeTrunk, "member": eni.TypeSecondary, "plain": eni.TypeSecondary} {
		if i, _ := cloud.Get(id); i.Type != want || i.State != eni.StateAvailable || i.TrunkInterfaceID != "" {
			t.Errorf("%s is %+v", id, i)
		}
	}
}

// A change that somebody else overtakes fails, and takes nothing back that is not its own.
func TestChangesThatAreOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Minute }}
		cloud.PutInstance(enitest.Instance{ID: "i-1"}, enitest.Instance{ID: "i-2"})
		for _, id := range []string{"attach", "delete"} {
			cloud.Put(eni.Interface{ID: id, State: eni.StateAvailable})
		}
		cloud.Put(eni.Interface{ID: "detach", State: eni.StateInUse, InstanceID: "i-1"})
		do(t, cloud, enitest.Call{Action: enitest.Attach, RequestID: "attach", InterfaceID: "attach", InstanceID: "i-1"})
		do(t, cloud, enitest.Call{Action: enitest.Delete, RequestID: "delete", InterfaceID: "delete"})
		do(t, cloud, enitest.Call{Action: enitest.Detach, RequestID: "detach", InterfaceID: "detach", InstanceID: "i-1"})
		created := do(t, cloud, enitest.Call{Action: enitest.Create, RequestID: "create"}).Interfaces[0].ID
		if i, _ := cloud.Get("delete"); i.State != eni.StateDeleting {
			t.Errorf("while it is deleted it is %s", i.State)
		}
		for _, id := range []string{"attach", "delete", "detach"} {
			cloud.Update(id, func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-2" })
		}
		cloud.Delete(created)
		time.Sleep(time.Minute)
		for _, id := range []string{"attach", "delete", "detach"} {
			if i, _ := cloud.Get(id); i.State != eni.StateInUse || i.InstanceID != "i-2" {
				t.Errorf("%s: it is %s on %q", id, i.State, i.InstanceID)
			}
			if state, output := cloud.Task(id); state != enitest.TaskFailed || output == "" {
				t.Errorf("%s: its task is %s, %q", id, state, output)
			}
		}
		if state, _ := cloud.Task("create"); state != enitest.TaskFailed {
			t.Errorf("the task of the creation is %s", state)
		}
		if history := cloud.History(); len(history) > 0 {
			t.Errorf("history = %v", history)
		}
	})
}
