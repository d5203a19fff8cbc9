// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// do makes a call that is not refused.
func do(t *testing.T, cloud *enitest.Cloud, call enitest.Call) enitest.Answer {
	t.Helper()
	answer, err := cloud.Do(t.Context(), call)
	if err != nil || answer.Refused != nil {
		t.Fatalf("%s: %v, %v", call.Action, answer.Refused, err)
	}
	return answer
}

// A program builds a scene, takes it apart, and builds it again.
func TestASceneIsBuiltAndTakenApart(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutInstance(enitest.Instance{ID: "i-1", VPCID: "vpc-7", SubnetID: "vsw-1", Zone: "zone-b"})
	ids := make(map[string]bool)
	for range 2 {
		made := do(t, cloud, enitest.Call{
			Action: enitest.Create, RequestID: "r-1",
			Interface: eni.Interface{SubnetID: "vsw-1", Name: "blue", Tags: map[string]string{"team": "net"}},
			Choose:    enitest.Counts{IPv4: 2, IPv6: 1},
		})
		i := made.Interfaces[0]
		if i.State != eni.StateAvailable || i.Type != eni.TypeSecondary || i.VPCID != "vpc-7" || i.Zone != "zone-b" || i.Name != "blue" ||
			i.Tags["team"] != "net" || i.MAC == "" || i.Created.IsZero() || len(i.Addresses) != 4 || len(made.Assigned) != 4 {
			t.Errorf("created %+v with %v", i, made.Assigned)
		}
		for n, a := range i.Addresses {
			if a.Primary != (n == 0) || a.Addr.Is6() != (n == 3) {
				t.Errorf("address %d is %+v", n, a)
			}
		}
		if ids[i.ID] {
			t.Errorf("%s was created twice", i.ID)
		}
		ids[i.ID] = true

		do(t, cloud, enitest.Call{Action: enitest.Attach, InterfaceID: i.ID, InstanceID: "i-1"})
		given := do(t, cloud, enitest.Call{
			Action: enitest.Assign, InterfaceID: i.ID, Addresses: []netip.Addr{netip.MustParseAddr("10.9.0.9")},
			Choose: enitest.Counts{IPv4: 1, IPv4Prefixes: 1, IPv6Prefixes: 1},
		}).Assigned
		if len(given) != 4 {
			t.Errorf("assigned %v", given)
		}
		for _, p := range given {
			if !cloud.Has(i.ID, p) {
				t.Errorf("%s was assigned and is not on the interface", p)
			}
		}
		do(t, cloud, enitest.Call{Action: enitest.UnassignPrivateIps, InterfaceID: i.ID, Addresses: []netip.Addr{netip.MustParseAddr("10.9.0.9")}})
		do(t, cloud, enitest.Call{Action: enitest.Detach, InterfaceID: i.ID, InstanceID: "i-1"})
		do(t, cloud, enitest.Call{Action: enitest.Delete, InterfaceID: i.ID})
	}
	if left := do(t, cloud, enitest.Call{Action: enitest.List}).Interfaces; len(left) > 0 {
		t.Errorf("%v is left", left)
	}

	// The history and the events tell the same story.
	var done []string
	for _, c := range cloud.History()[:6] {
		did := ""
		for word, is := range map[string]bool{"created": c.Created, "attached": c.Attached, "detached": c.Detached, "deleted": c.Deleted} {
			if is {
				did += word
			}
		}
		done = append(done, fmt.Sprintf("%s %s +%d -%d", c.Call.Action, did, len(c.Assigned), len(c.Released)))
	}
	want := []string{
		"Create created +4 -0", "Attach attached +0 -0", "Assign  +4 -0",
		"UnassignPrivateIps  +0 -1", "Detach detached +0 -0", "Delete deleted +0 -7",
	}
	if !slices.Equal(done, want) {
		t.Errorf("history = %q", done)
	}
	on := make(map[netip.Prefix]bool)
	for _, e := range cloud.Events() {
		for _, p := range e.Assigned {
			if on[p] {
				t.Errorf("%s was put on twice", p)
			}
			on[p] = true
		}
		for _, p := range e.Released {
			if !on[p] {
				t.Errorf("%s was taken off and was not on", p)
			}
			delete(on, p)
		}
	}
	if len(on) > 0 {
		t.Errorf("by the events %v is left", on)
	}
}

func TestWhatIsBuiltTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Minute }}
		cloud.PutInstance(enitest.Instance{ID: "i-1"})
		id := do(t, cloud, enitest.Call{Action: enitest.Create, RequestID: "1"}).Interfaces[0].ID
		see := func(want eni.InterfaceState, instance string) {
			t.Helper()
			if i, _ := cloud.Get(id); i.State != want || i.InstanceID != instance {
				t.Errorf("want it %s on %q, got %s on %q", want, instance, i.State, i.InstanceID)
			}
		}
		see(enitest.StateCreating, "")
		if refused := cloud.Change(enitest.Call{Action: enitest.Attach, InterfaceID: id, InstanceID: "i-1"}); refused == nil || refused.Reason != enitest.Conflict {
			t.Errorf("attached while it is created: %v", refused)
		}
		time.Sleep(time.Minute)
		see(eni.StateAvailable, "")
		do(t, cloud, enitest.Call{Action: enitest.Attach, RequestID: "2", InterfaceID: id, InstanceID: "i-1"})
		see(eni.StateAttaching, "i-1")
		time.Sleep(time.Minute)
		see(eni.StateInUse, "i-1")
		assigned := do(t, cloud, enitest.Call{Action: enitest.Assign, InterfaceID: id, Choose: enitest.Counts{IPv4: 1}}).Assigned[0]
		if cloud.Has(id, assigned) {
			t.Error("the address is there before its time")
		}
		other := do(t, cloud, enitest.Call{Action: enitest.Create, Choose: enitest.Counts{IPv4: 1}})
		if slices.Contains(other.Assigned, assigned) {
			t.Errorf("%s was given out twice", assigned)
		}
		time.Sleep(time.Minute)
		if !cloud.Has(id, assigned) {
			t.Error("the address is not there")
		}
	})
}

// The addresses that a program names are secondary ones, unless it says otherwise.
func TestPrimaryAddresses(t *testing.T) {
	named := netip.MustParseAddr("10.9.0.9")
	for _, primary := range []bool{false, true} {
		i := do(t, new(enitest.Cloud), enitest.Call{
			Action: enitest.Create, Interface: eni.Interface{Addresses: []eni.Address{{Addr: named, Primary: primary}}},
		}).Interfaces[0]
		if !i.Addresses[0].Primary || (i.Addresses[0].Addr == named) != primary || (len(i.Addresses) == 1) != primary {
			t.Errorf("primary %t: %v", primary, i.Addresses)
		}
	}
}

// What fails after all leaves nothing behind.
func TestWhatIsBuiltMayFail(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutInstance(enitest.Instance{ID: "i-1"})
	cloud.Inject(enitest.Create, enitest.Fault{TaskOutput: "no"}, enitest.Fault{})
	cloud.Inject(enitest.Attach, enitest.Fault{TaskOutput: "no"})
	first := do(t, cloud, enitest.Call{Action: enitest.Create, RequestID: "1"}).Interfaces[0]
	if _, ok := cloud.Get(first.ID); ok {
		t.Error("the interface is there though its creation failed")
	}
	second := do(t, cloud, enitest.Call{Action: enitest.Create, RequestID: "2"}).Interfaces[0]
	do(t, cloud, enitest.Call{Action: enitest.Attach, RequestID: "3", InterfaceID: second.ID, InstanceID: "i-1"})
	if i, _ := cloud.Get(second.ID); i.State != eni.StateAvailable || i.InstanceID != "" {
		t.Errorf("the interface is %s on %q though its attachment failed", i.State, i.InstanceID)
	}
	for id, want := range map[string]enitest.TaskState{"1": enitest.TaskFailed, "2": enitest.TaskSucceeded, "3": enitest.TaskFailed} {
		if got, _ := cloud.Task(id); got != want {
			t.Errorf("task %s is %s, want %s", id, got, want)
		}
	}
}

func TestWhatCannotBeBuilt(t *testing.T) {
	taken, prefix := netip.MustParseAddr("10.0.0.7"), netip.MustParsePrefix("10.0.1.0/28")
	cloud := new(enitest.Cloud)
	cloud.PutInstance(enitest.Instance{ID: "i-1"}, enitest.Instance{ID: "i-2", State: enitest.InstanceStarting})
	cloud.PutSubnet(enitest.Subnet{ID: "vsw-1", IPv4: netip.MustParsePrefix("10.0.0.0/22")}, enitest.Subnet{ID: "vsw-2", IPv4: netip.MustParsePrefix("10.9.0.0/29")})
	cloud.Put(
		eni.Interface{ID: "free", SubnetID: "vsw-1", State: eni.StateAvailable, Addresses: []eni.Address{{Addr: taken}}, Prefixes: []netip.Prefix{prefix}},
		eni.Interface{ID: "small", SubnetID: "vsw-2", State: eni.StateAvailable},
		eni.Interface{ID: "on", SubnetID: "vsw-1", State: eni.StateInUse, InstanceID: "i-1"},
		eni.Interface{ID: "trunk", SubnetID: "vsw-1", Type: eni.TypeTrunk, State: eni.StateInUse, InstanceID: "i-3"},
		eni.Interface{ID: "going", SubnetID: "vsw-1", State: eni.StateDeleting},
	)
	assign := func(id string, text string) enitest.Call {
		return enitest.Call{Action: enitest.Assign, InterfaceID: id, Addresses: []netip.Addr{netip.MustParseAddr(text)}}
	}
	for name, test := range map[string]struct {
		call enitest.Call
		want enitest.Reason
	}{
		"an unknown subnet":       {enitest.Call{Action: enitest.Create, Interface: eni.Interface{SubnetID: "vsw-9"}}, enitest.NoSubnet},
		"an id in use":            {enitest.Call{Action: enitest.Create, Interface: eni.Interface{ID: "free", SubnetID: "vsw-1"}}, enitest.Taken},
		"a taken address":         {assign("on", "10.0.0.7"), enitest.Taken},
		"one that it has":         {assign("free", "10.0.0.7"), enitest.Taken},
		"one of a prefix":         {assign("on", "10.0.1.3"), enitest.Taken},
		"out of range":            {assign("on", "10.9.0.5"), enitest.OutOfRange},
		"no IPv6":                 {enitest.Call{Action: enitest.Assign, InterfaceID: "on", Choose: enitest.Counts{IPv6: 1}}, enitest.NoAddresses},
		"more than there are":     {enitest.Call{Action: enitest.Assign, InterfaceID: "small", Choose: enitest.Counts{IPv4: 4}}, enitest.NoAddresses},
		"more than anybody needs": {enitest.Call{Action: enitest.Assign, InterfaceID: "on", Choose: enitest.Counts{IPv4: 1e9}}, enitest.NoAddresses},
		"assign in a wrong state": {assign("going", "10.0.0.9"), enitest.WrongState},
		"an unknown interface":    {assign("eni-9", "10.0.0.9"), enitest.NotFound},
		"attach in use":           {enitest.Call{Action: enitest.Attach, InterfaceID: "on", InstanceID: "i-1"}, enitest.InUse},
		"attach in a wrong state": {enitest.Call{Action: enitest.Attach, InterfaceID: "going", InstanceID: "i-1"}, enitest.WrongState},
		"attach to nothing":       {enitest.Call{Action: enitest.Attach, InterfaceID: "free", InstanceID: "i-9"}, enitest.NoInstance},
		"attach to one starting":  {enitest.Call{Action: enitest.Attach, InterfaceID: "free", InstanceID: "i-2"}, enitest.WrongInstanceState},
		"another's trunk":         {enitest.Call{Action: enitest.Attach, InterfaceID: "free", InstanceID: "i-1", TrunkInterfaceID: "trunk"}, enitest.WrongTrunk},
		"detach from nothing":     {enitest.Call{Action: enitest.Detach, InterfaceID: "on", InstanceID: "i-9"}, enitest.NoInstance},
	} {
		t.Run(name, func(t *testing.T) {
			if refused := cloud.Change(test.call); refused == nil || refused.Reason != test.want {
				t.Errorf("refused with %v, want %s", refused, test.want)
			}
		})
	}
	if history := cloud.History(); len(history) > 0 {
		t.Errorf("the cloud has changed: %v", history)
	}
	if refused := cloud.Change(enitest.Call{Action: enitest.Assign, InterfaceID: "small", Choose: enitest.Counts{IPv4: 3}}); refused != nil {
		t.Error(refused) // /29 without the first four and the last
	}
	if refused := cloud.Change(enitest.Call{Action: enitest.Attach, InterfaceID: "free", InstanceID: "i-3", TrunkInterfaceID: "trunk"}); refused != nil {
		t.Error(refused)
	}
	if i, _ := cloud.Get("free"); i.Type != eni.TypeMember || i.TrunkInterfaceID != "trunk" {
		t.Errorf("attached to a trunk it is %+v", i)
	}
}

// An address that was released is not given out again at once.
func TestAddressesGoRound(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutSubnet(enitest.Subnet{ID: "vsw-1", IPv4: netip.MustParsePrefix("10.9.0.0/29")})
	cloud.Put(eni.Interface{ID: "eni-1", SubnetID: "vsw-1", State: eni.StateAvailable})
	var given []string
	for range 4 {
		a := do(t, cloud, enitest.Call{Action: enitest.Assign, InterfaceID: "eni-1", Choose: enitest.Counts{IPv4: 1}}).Assigned[0].Addr()
		given = append(given, a.String())
		do(t, cloud, enitest.Call{Action: enitest.UnassignPrivateIps, InterfaceID: "eni-1", Addresses: []netip.Addr{a}})
	}
	if want := []string{"10.9.0.4", "10.9.0.5", "10.9.0.6", "10.9.0.4"}; !slices.Equal(given, want) {
		t.Errorf("given %v, want %v", given, want)
	}
}
