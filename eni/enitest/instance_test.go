// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// An instance exists that was put, or that an interface has named.
func TestInstances(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutInstance(enitest.Instance{ID: "i-2", State: enitest.InstanceStopped})
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateInUse, InstanceID: "i-1", Zone: "zone-b"})
	cloud.Update("eni-1", func(i *eni.Interface) { i.InstanceID = "i-3" })
	cloud.Delete("eni-1")
	see := func(want []string, ids ...string) {
		t.Helper()
		var got []string
		for _, i := range do(t, cloud, enitest.Call{Action: enitest.DescribeInstances, InstanceIDs: ids}).Instances {
			got = append(got, i.ID+" "+string(i.State)+" "+i.Zone)
		}
		if !slices.Equal(got, want) {
			t.Errorf("instances %v are %q, want %q", ids, got, want)
		}
	}
	see([]string{"i-1 running zone-b", "i-2 stopped ", "i-3 running zone-b"})
	see([]string{"i-3 running zone-b", "i-1 running zone-b"}, "i-3", "i-9", "i-1")

	// An interface of an instance that was deleted does not bring it back.
	cloud.Put(eni.Interface{ID: "eni-2", State: eni.StateInUse, InstanceID: "i-1", SubnetID: "vsw-1"})
	cloud.DeleteInstance("i-1")
	cloud.DeleteInstance("i-9")
	cloud.Update("eni-2", func(i *eni.Interface) { i.Name = "left" })
	see(nil, "i-1", "i-9")
	see([]string{"i-2 stopped ", "i-3 running zone-b"})
	if refused := cloud.Change(enitest.Call{Action: enitest.Detach, InterfaceID: "eni-2", InstanceID: "i-1"}); refused == nil || refused.Reason != enitest.NoInstance {
		t.Errorf("detached from an instance that is gone: %v", refused)
	}
	do(t, cloud, enitest.Call{Action: enitest.Create, Interface: eni.Interface{SubnetID: "vsw-1"}})
	cloud.PutInstance(enitest.Instance{ID: "i-1"})
	see([]string{"i-1 running "}, "i-1")
	cloud.Put(eni.Interface{ID: "eni-3", State: eni.StateInUse, InstanceID: "i-9"}) // which never was
	see([]string{"i-9 running "}, "i-9")
}

// How a detach is answered that has nothing to do, or is repeated, can be chosen.
func TestDetachesThatHaveNothingToDo(t *testing.T) {
	free := enitest.Call{Action: enitest.Detach, RequestID: "free", InterfaceID: "free", InstanceID: "i-1"}
	again := enitest.Call{Action: enitest.Detach, RequestID: "again", InterfaceID: "going", InstanceID: "i-1"}
	for _, test := range []struct {
		cloud       *enitest.Cloud
		free, again enitest.Reason
	}{
		{new(enitest.Cloud), enitest.NotAttached, ""},
		{&enitest.Cloud{DetachFree: enitest.Accepted, DetachAgain: enitest.Accepted}, "", ""},
		{&enitest.Cloud{DetachFree: enitest.WrongState, DetachAgain: enitest.Conflict}, enitest.WrongState, enitest.Conflict},
		{&enitest.Cloud{DetachAgain: enitest.WrongState}, enitest.NotAttached, enitest.WrongState},
	} {
		synctest.Test(t, func(t *testing.T) {
			test.cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
			test.cloud.Put(
				eni.Interface{ID: "free", State: eni.StateAvailable},
				eni.Interface{ID: "going", State: eni.StateInUse, InstanceID: "i-1"},
				eni.Interface{ID: "stuck", State: eni.StateDetaching, InstanceID: "i-1"},
			)
			first, stuck := again, again
			first.RequestID, stuck.InterfaceID = "first", "stuck"
			do(t, test.cloud, first)
			for _, ask := range []struct {
				call enitest.Call
				want enitest.Reason
			}{{free, test.free}, {again, test.again}, {stuck, test.again}} {
				var got enitest.Reason
				if refused := test.cloud.Change(ask.call); refused != nil {
					got = refused.Reason
				}
				if got != ask.want {
					t.Errorf("the detach of %s is answered with %q, want %q", ask.call.InterfaceID, got, ask.want)
				}
			}
			if state, _ := test.cloud.Task("again"); test.again == "" && state != enitest.TaskRunning {
				t.Errorf("the task of the repeat is %s", state)
			}
			time.Sleep(time.Minute)
			if state, _ := test.cloud.Task("again"); test.again == "" && state != enitest.TaskSucceeded {
				t.Errorf("the task of the repeat ended %s", state)
			}
			if state, _ := test.cloud.Task("free"); test.free == "" && state != enitest.TaskSucceeded {
				t.Errorf("the task of the free interface is %s", state)
			}
			detached := 0
			for _, c := range test.cloud.History() {
				if c.Call.InterfaceID == "going" && c.Detached {
					detached++
				}
			}
			if detached != 1 {
				t.Errorf("detached %d times", detached)
			}
		})
	}
}

func TestScopesOfConflicts(t *testing.T) {
	for scope, want := range map[enitest.ConflictScope][]bool{
		enitest.ConflictOfInterface: {false, false, false},
		enitest.ConflictOfInstance:  {true, false, false},
		enitest.ConflictOfSubnet:    {false, true, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := &enitest.Cloud{ConflictScope: scope, CompletesAfter: func(enitest.Call) time.Duration { return time.Minute }}
			cloud.Put(
				eni.Interface{ID: "busy", State: eni.StateInUse, InstanceID: "i-1", SubnetID: "vsw-1"},
				eni.Interface{ID: "same instance", State: eni.StateInUse, InstanceID: "i-1", SubnetID: "vsw-2"},
				eni.Interface{ID: "same subnet", State: eni.StateInUse, InstanceID: "i-2", SubnetID: "vsw-1"},
				eni.Interface{ID: "neither", State: eni.StateInUse, InstanceID: "i-3", SubnetID: "vsw-3"},
			)
			do(t, cloud, enitest.Call{Action: enitest.Detach, InterfaceID: "busy", InstanceID: "i-1"})
			for n, id := range []string{"same instance", "same subnet", "neither"} {
				i, _ := cloud.Get(id)
				refused := cloud.Change(enitest.Call{Action: enitest.Detach, InterfaceID: id, InstanceID: i.InstanceID})
				if conflict := refused != nil && refused.Reason == enitest.Conflict; conflict != want[n] {
					t.Errorf("scope %q, %s: %v", scope, id, refused)
				}
				cloud.Complete(id)
			}
		})
	}
}
