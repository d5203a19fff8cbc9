// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Change lets somebody else make a change as a client of the cloud does: the cloud
// accepts it, and it takes effect when CompletesAfter says, or refuses it. No fault
// meets the call, and it is not among [Cloud.Calls].
func (c *Cloud) Change(call Call) *Rejection {
	call.Time = time.Now()
	_, refused := c.change(call, new(Fault))
	return refused
}

// change accepts a change, which takes effect at the time returned, or refuses it.
func (c *Cloud) change(call Call, fault *Fault) (time.Time, *Rejection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	now := time.Now()
	i := c.interfaces[call.InterfaceID]
	if i == nil {
		return now, &Rejection{Reason: NotFound, InterfaceID: call.InterfaceID}
	}
	if c.running[i.ID] != nil {
		return now, &Rejection{Reason: Conflict, InterfaceID: i.ID}
	}
	var refused *Rejection
	switch call.Action {
	case Detach:
		refused = c.detachable(i, call)
	case Delete:
		refused = c.deletable(i)
	default:
		call, refused = releasable(i, call, c.PartialBatches)
	}
	if refused != nil && len(call.Addresses)+len(call.Prefixes) == 0 {
		return now, refused
	}
	r := &running{call: call, due: now, before: i.State, state: TaskRunning}
	if c.CompletesAfter != nil {
		r.due = now.Add(c.CompletesAfter(call))
	}
	r.fails = fault.TaskOutput
	if c.tasks == nil {
		c.running, c.tasks = make(map[string]*running), make(map[string]*running)
	}
	c.tasks[call.RequestID] = r
	if passing, ok := passes[call.Action]; ok {
		i.State = passing
		c.events = append(c.events, event(Change{Time: now, Call: call}, i))
		if fault.Stuck {
			return now, nil
		}
	}
	c.running[i.ID] = r
	c.completeDue()
	return r.due, refused
}

// passes are the states of an interface while a change goes on.
var passes = map[Action]eni.InterfaceState{Detach: eni.StateDetaching, Delete: eni.StateDeleting}

// detachable says why an interface cannot be detached, or nil. The lock is held.
func (c *Cloud) detachable(i *eni.Interface, call Call) *Rejection {
	switch {
	case i.Type == eni.TypePrimary:
		return &Rejection{Reason: PrimaryInterface, InterfaceID: i.ID}
	case i.InstanceID == "" || i.InstanceID != call.InstanceID || i.TrunkInterfaceID != call.TrunkInterfaceID:
		return &Rejection{Reason: NotAttached, InterfaceID: i.ID, InstanceID: call.InstanceID}
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

// hasMembers reports whether other interfaces hang on a trunk. The lock is held.
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

// completeDue carries out what is due. The lock is held.
func (c *Cloud) completeDue() {
	now := time.Now()
	var due []*running
	for id, r := range c.running {
		if !r.due.After(now) {
			due = append(due, r)
			delete(c.running, id)
		}
	}
	slices.SortFunc(due, func(a, b *running) int { return a.due.Compare(b.due) })
	for _, r := range due {
		c.complete(r, c.interfaces[r.call.InterfaceID])
	}
}

// complete lets a change take effect, or fail. The lock is held.
func (c *Cloud) complete(r *running, i *eni.Interface) {
	if r.call.Action == Detach && i.InstanceID != r.call.InstanceID && r.fails == "" {
		r.fails = "the interface is not attached to the instance" // somebody else was faster
	}
	if r.call.Action == Delete && i.InstanceID != "" && r.fails == "" {
		r.fails = "the interface is attached to an instance"
	}
	done := Change{Time: r.due, Call: r.call}
	switch {
	case r.fails != "":
		r.state = TaskFailed
		if i.State == passes[r.call.Action] {
			i.State = r.before
		}
		c.events = append(c.events, event(done, i))
		return
	case r.call.Action == Detach:
		i.State, i.InstanceID, i.TrunkInterfaceID = eni.StateAvailable, "", ""
		if i.Type == eni.TypeMember {
			i.Type = eni.TypeSecondary
		}
		done.Detached = true
	case r.call.Action == Delete:
		done.Released, done.Deleted = contents(i), true
		delete(c.interfaces, i.ID)
	default:
		asked := slices.Clone(r.call.Prefixes)
		for _, a := range r.call.Addresses {
			asked = append(asked, full(a))
		}
		i.Addresses = slices.DeleteFunc(i.Addresses, func(x eni.Address) bool {
			p := full(x.Addr)
			if !slices.Contains(asked, p) {
				return false
			}
			done.Released = append(done.Released, p)
			return true
		})
		i.Prefixes = slices.DeleteFunc(i.Prefixes, func(p netip.Prefix) bool {
			if !slices.Contains(asked, p) {
				return false
			}
			done.Released = append(done.Released, p)
			return true
		})
	}
	r.state = TaskSucceeded
	c.history = append(c.history, done)
	c.events = append(c.events, event(done, i))
}
