// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A program that lost an answer sends the call again with its token.
func TestATokenServesOneChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Minute }}
		call := enitest.Call{Action: enitest.Create, RequestID: "1", Token: "t", Interface: eni.Interface{Name: "blue"}}
		first := do(t, cloud, call)
		time.Sleep(time.Second)
		call.RequestID = "2"
		second := do(t, cloud, call)
		if first.Interfaces[0].ID != second.Interfaces[0].ID {
			t.Errorf("created %s and %s", first.Interfaces[0].ID, second.Interfaces[0].ID)
		}
		for _, id := range []string{"1", "2"} {
			if state, _ := cloud.Task(id); state != enitest.TaskRunning {
				t.Errorf("task %s is %s", id, state)
			}
		}
		other := call
		other.Interface.Name = "red"
		if refused := cloud.Change(other); refused == nil || refused.Reason != enitest.TokenMismatch {
			t.Errorf("the token served another request: %v", refused)
		}
		time.Sleep(time.Minute)
		if found := do(t, cloud, enitest.Call{Action: enitest.List}).Interfaces; len(found) != 1 {
			t.Errorf("there are %d interfaces", len(found))
		}
		if state, _ := cloud.Task("2"); state != enitest.TaskSucceeded {
			t.Errorf("the task of the repeat is %s", state)
		}
	})
}

// What is refused uses up no token.
func TestARefusedCallKeepsItsToken(t *testing.T) {
	cloud := new(enitest.Cloud)
	call := enitest.Call{Action: enitest.Attach, Token: "t", InterfaceID: "eni-1", InstanceID: "i-1"}
	if refused := cloud.Change(call); refused == nil {
		t.Error("attached what does not exist")
	}
	cloud.PutInstance(enitest.Instance{ID: "i-1"})
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateAvailable})
	do(t, cloud, call)
	call.Token = "another"
	if refused := cloud.Change(call); refused == nil || refused.Reason != enitest.InUse {
		t.Errorf("attached again: %v", refused)
	}
	call.Token = "t"
	do(t, cloud, call)
	assign := enitest.Call{Action: enitest.Assign, Token: "t", InterfaceID: "eni-1", Choose: enitest.Counts{IPv4: 1}} // the token of another action
	do(t, cloud, assign)
	do(t, cloud, call)
}
