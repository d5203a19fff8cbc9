// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Change makes a change as another client of the cloud would: the cloud refuses it, or
// accepts it and completes it after CompletesAfter. Faults do not apply to it, and
// [Cloud.Calls] does not list it. [Cloud.History] has the result of a creation or an
// assignment.
func (c *Cloud) Change(call Call) *Rejection {
	call.Time = time.Now()
	_, answer := c.change(call, new(Fault))
	return answer.Refused
}

// change accepts a change, which takes effect at the time returned, or refuses it.
func (c *Cloud) change(call Call, fault *Fault) (time.Time, Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	if first, ok := c.tokens[tokenOf(call)]; ok && call.Token != "" {
		return c.repeat(call, first)
	}
	due, answer := c.start(call, fault)
	if call.Token != "" && answer.Refused == nil {
		if c.tokens == nil {
			c.tokens = make(map[string]tokened)
		}
		c.tokens[tokenOf(call)] = tokened{call, answer}
	}
	return due, answer
}

// start is change without the tokens. The lock is held.
func (c *Cloud) start(call Call, fault *Fault) (time.Time, Answer) {
	now := time.Now()
	if call.Action == Create {
		granted, i, refused := c.create(call)
		if refused != nil {
			return now, Answer{Refused: refused}
		}
		due := c.begin(i, granted, fault)
		return due, Answer{Interfaces: []eni.Interface{clone(*i)}, Assigned: contents(i)}
	}
	i := c.interfaces[call.InterfaceID]
	if i == nil {
		return now, Answer{Refused: &Rejection{Reason: NotFound, InterfaceID: call.InterfaceID}}
	}
	if again, refused := c.busy(i, call); again != nil || refused != nil {
		if refused == nil {
			c.follow(call, again)
			return again.due, Answer{}
		}
		return now, Answer{Refused: refused}
	}
	call, refused := c.admit(i, call, fault)
	switch {
	case refused != nil && refused.Reason == Accepted:
		c.follow(call, &running{state: TaskSucceeded})
		return now, Answer{}
	case refused != nil && len(call.Addresses)+len(call.Prefixes) == 0:
		return now, Answer{Refused: refused}
	}
	answer := Answer{Refused: refused}
	if call.Action == Assign {
		answer.Assigned = named(call)
	}
	return c.begin(i, call, fault), answer
}

// admit returns the part of a call that the cloud carries out, and why it refuses the
// rest. A refused call that has addresses is carried out with those. The lock is held.
func (c *Cloud) admit(i *eni.Interface, call Call, fault *Fault) (Call, *Rejection) {
	switch call.Action {
	case Detach:
		return call, c.detachable(i, call)
	case Delete:
		return call, c.deletable(i)
	case Attach:
		return call, c.attachable(i, call)
	case Assign:
		granted, refused := c.assignable(i, call)
		if refused != nil {
			granted.Addresses, granted.Prefixes = nil, nil
		}
		return granted, refused
	default:
		return releasable(i, call, c.PartialBatches || fault.Partial)
	}
}

// busy returns a rejection if another change keeps an interface busy, or nil. If the
// call asks for the same change and may share it, busy returns that change instead. The
// lock is held.
func (c *Cloud) busy(i *eni.Interface, call Call) (*running, *Rejection) {
	conflict := &Rejection{Reason: Conflict, InterfaceID: i.ID}
	if r := c.running[i.ID]; r != nil {
		again := call.Action == Detach && r.call.Action == Detach && call.InstanceID == r.call.InstanceID
		switch {
		case again && (c.DetachAgain == "" || c.DetachAgain == Accepted):
			return r, nil
		case again:
			conflict.Reason, conflict.InstanceID, conflict.State = c.DetachAgain, i.InstanceID, i.State
		}
		return nil, conflict
	}
	if c.ConflictScope == ConflictOfInterface {
		return nil, nil
	}
	for id := range c.running {
		other := c.interfaces[id]
		if c.ConflictScope == ConflictOfInstance && i.InstanceID != "" && other.InstanceID == i.InstanceID ||
			c.ConflictScope == ConflictOfSubnet && other.SubnetID == i.SubnetID {
			return nil, conflict
		}
	}
	return nil, nil
}

// begin starts an accepted change, and returns when it takes effect. The lock is held.
func (c *Cloud) begin(i *eni.Interface, call Call, fault *Fault) time.Time {
	now := time.Now()
	r := &running{call: call, due: now, before: i.State, state: TaskRunning}
	if c.CompletesAfter != nil {
		r.due = now.Add(c.CompletesAfter(call))
	}
	r.fails = fault.TaskOutput
	c.follow(call, r)
	if passing, ok := passes[call.Action]; ok {
		i.State = passing
		begun := Change{Time: now, Call: call}
		if call.Action == Attach {
			i.InstanceID = call.InstanceID
		}
		if call.Action == Create {
			begun.Assigned = contents(i)
		}
		c.events = append(c.events, event(begun, i))
		if fault.Stuck {
			return now
		}
	}
	if c.running == nil {
		c.running = make(map[string]*running)
	}
	c.running[i.ID] = r
	c.completeDue()
	return r.due
}

// follow gives a call the task of a change. The lock is held.
func (c *Cloud) follow(call Call, r *running) {
	if c.tasks == nil {
		c.tasks = make(map[string]*running)
	}
	c.tasks[call.RequestID] = r
}

// passes has the state of an interface during each change.
var passes = map[Action]eni.InterfaceState{
	Create: StateCreating, Attach: eni.StateAttaching, Detach: eni.StateDetaching, Delete: eni.StateDeleting,
}

// detachable says why an interface cannot be detached, or nil. The lock is held.
func (c *Cloud) detachable(i *eni.Interface, call Call) *Rejection {
	if refused := c.usable(i.ID, call.InstanceID); refused != nil {
		return refused
	}
	switch {
	case i.Type == eni.TypePrimary:
		return &Rejection{Reason: PrimaryInterface, InterfaceID: i.ID}
	case i.InstanceID == "" && c.DetachFree != "":
		return &Rejection{Reason: c.DetachFree, InterfaceID: i.ID, InstanceID: call.InstanceID, State: i.State}
	case i.InstanceID == "" || i.InstanceID != call.InstanceID:
		return &Rejection{Reason: NotAttached, InterfaceID: i.ID, InstanceID: call.InstanceID}
	case i.TrunkInterfaceID != call.TrunkInterfaceID:
		return &Rejection{Reason: WrongTrunk, InterfaceID: i.ID, InstanceID: call.InstanceID}
	case i.State == eni.StateDetaching && c.DetachAgain != "" && c.DetachAgain != Accepted:
		return &Rejection{Reason: c.DetachAgain, InterfaceID: i.ID, InstanceID: i.InstanceID, State: i.State}
	case i.State != eni.StateInUse && i.State != eni.StateDetaching:
		return &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	case c.hasMembers(i):
		return &Rejection{Reason: HasMembers, InterfaceID: i.ID}
	}
	return nil
}

// deletable says why an interface cannot be deleted, or nil. The lock is held.
func (c *Cloud) deletable(i *eni.Interface) *Rejection {
	switch {
	case i.Type == eni.TypePrimary:
		return &Rejection{Reason: PrimaryInterface, InterfaceID: i.ID}
	case i.Manager != "":
		return &Rejection{Reason: Managed, InterfaceID: i.ID}
	case i.InstanceID != "":
		return &Rejection{Reason: InUse, InterfaceID: i.ID, InstanceID: i.InstanceID, State: i.State}
	case i.State != eni.StateAvailable && i.State != eni.StateDeleting:
		return &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	case c.hasMembers(i):
		return &Rejection{Reason: HasMembers, InterfaceID: i.ID}
	}
	return nil
}

// hasMembers reports whether a trunk has member interfaces. The lock is held.
func (c *Cloud) hasMembers(trunk *eni.Interface) bool {
	if trunk.Type != eni.TypeTrunk {
		return false
	}
	for _, i := range c.interfaces {
		if i.TrunkInterfaceID == trunk.ID {
			return true
		}
	}
	return false
}

// releasable returns the part of the call that the cloud would carry out, and
// why it refuses the rest.
func releasable(i *eni.Interface, call Call, partial bool) (Call, *Rejection) {
	if i.State != eni.StateAvailable && i.State != eni.StateInUse {
		call.Addresses, call.Prefixes = nil, nil
		return call, &Rejection{Reason: WrongState, InterfaceID: i.ID, State: i.State}
	}
	var refused *Rejection
	bad := func(reason Reason, p netip.Prefix) {
		if refused == nil {
			refused = &Rejection{Reason: reason, InterfaceID: i.ID}
		}
		if refused.Reason == reason {
			refused.Prefixes = append(refused.Prefixes, p)
		}
	}
	good := call
	good.Addresses, good.Prefixes = nil, nil
	for _, a := range call.Addresses {
		at := slices.IndexFunc(i.Addresses, func(x eni.Address) bool { return x.Addr == a })
		switch {
		case at < 0:
			bad(NotAssigned, full(a))
		case i.Addresses[at].Primary:
			bad(PrimaryAddress, full(a))
		default:
			good.Addresses = append(good.Addresses, a)
		}
	}
	for _, p := range call.Prefixes {
		if slices.Contains(i.Prefixes, p) {
			good.Prefixes = append(good.Prefixes, p)
		} else {
			bad(NotAssigned, p)
		}
	}
	if refused != nil && !partial {
		good.Addresses, good.Prefixes = nil, nil
	}
	return good, refused
}
