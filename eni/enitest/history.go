// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Change is one change of a client that took effect.
type Change struct {
	Time     time.Time      // when it took effect; Call has when it reached the cloud
	Call     Call           // only with the addresses that the cloud accepted
	Released []netip.Prefix // addresses have their full length
	Assigned []netip.Prefix // likewise
	Detached bool
	Deleted  bool
	Attached bool
	Created  bool
}

// History returns every change of a client that has taken effect, in order.
func (c *Cloud) History() []Change {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	return slices.Clone(c.history)
}

// Event is one change of an interface, by any actor.
type Event struct {
	Time        time.Time
	RequestID   string // of the client's change; empty for [Cloud.Put], Update and Delete
	InterfaceID string

	// The interface after the event.
	Exists     bool
	State      eni.InterfaceState
	InstanceID string

	// What the event assigned and released; addresses have their full length.
	Assigned, Released []netip.Prefix
}

// Events returns all changes of all interfaces, in order. From the events, a test can
// compute the state of each interface at any moment. Their number is a position in time:
// in virtual time, many things happen at the same time.
func (c *Cloud) Events() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	return slices.Clip(c.events) // only ever appended to
}

// event records the effect of a client's change on an interface.
func event(done Change, i *eni.Interface) Event {
	return Event{
		Time: done.Time, RequestID: done.Call.RequestID, InterfaceID: i.ID,
		Exists: !done.Deleted, State: i.State, InstanceID: i.InstanceID,
		Assigned: done.Assigned, Released: done.Released,
	}
}

// note records a change of an interface by another actor; nil is an interface that does
// not exist. The lock is held.
func (c *Cloud) note(before, after *eni.Interface) {
	e := Event{Time: time.Now()}
	switch {
	case before == nil && after == nil:
		return
	case after == nil:
		e.InterfaceID, e.Released = before.ID, contents(before)
	default:
		c.learn(after)
		e.InterfaceID, e.Exists, e.State, e.InstanceID = after.ID, true, after.State, after.InstanceID
		e.Assigned = contents(after)
		if before != nil {
			e.Assigned, e.Released = without(e.Assigned, contents(before)), without(contents(before), e.Assigned)
			if len(e.Assigned)+len(e.Released) == 0 && before.State == after.State && before.InstanceID == after.InstanceID {
				return
			}
		}
	}
	c.events = append(c.events, e)
}

// contents returns the addresses and prefixes of an interface.
func contents(i *eni.Interface) []netip.Prefix {
	on := slices.Clone(i.Prefixes)
	for _, a := range i.Addresses {
		on = append(on, full(a.Addr))
	}
	return on
}

// without returns the items of one list that are not in the other.
func without(list, other []netip.Prefix) []netip.Prefix {
	known := make(map[netip.Prefix]bool, len(other))
	for _, p := range other {
		known[p] = true
	}
	var rest []netip.Prefix
	for _, p := range list {
		if !known[p] {
			rest = append(rest, p)
		}
	}
	return rest
}

// Calls returns the calls of these actions that reached the cloud, in order, also
// refused and faulty ones. Without actions it returns all calls.
func (c *Cloud) Calls(actions ...Action) []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var calls []Call
	for _, call := range c.calls {
		if len(actions) == 0 || slices.Contains(actions, call.Action) {
			calls = append(calls, call)
		}
	}
	return calls
}

// record records a call and returns its fault, if any.
func (c *Cloud) record(call Call) *Fault {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	if queue := c.faults[call.Action]; len(queue) > 0 {
		fault := queue[0]
		c.faults[call.Action] = queue[1:]
		c.mu.Unlock()
		return &fault
	}
	c.mu.Unlock()
	if c.Control != nil {
		return c.Control(call)
	}
	return nil
}
