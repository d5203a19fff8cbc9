// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// completeDue completes the changes that are due. The lock is held.
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

// complete makes a change take effect, or fail. The lock is held.
func (c *Cloud) complete(r *running, i *eni.Interface) {
	if r.fails == "" {
		r.fails = overtaken(r.call, i)
	}
	done := Change{Time: r.due, Call: r.call}
	if r.fails != "" {
		r.state = TaskFailed
		c.undo(r, i, &done)
		c.events = append(c.events, event(done, i))
		return
	}
	switch r.call.Action {
	case Create:
		i.State, done.Assigned, done.Created = r.before, contents(i), true
	case Attach:
		i.State, i.TrunkInterfaceID, done.Attached = eni.StateInUse, r.call.TrunkInterfaceID, true
		if i.TrunkInterfaceID != "" {
			i.Type = eni.TypeMember
		}
	case Assign:
		done.Assigned = put(i, r.call.Addresses, r.call.Prefixes)
	case Detach:
		i.State, i.InstanceID, i.TrunkInterfaceID = eni.StateAvailable, "", ""
		if i.Type == eni.TypeMember {
			i.Type = eni.TypeSecondary
		}
		done.Detached = true
	case Delete:
		done.Released, done.Deleted = contents(i), true
		delete(c.interfaces, i.ID)
	default:
		done.Released = takeOff(i, named(r.call))
	}
	r.state = TaskSucceeded
	c.history = append(c.history, done)
	e := event(done, i)
	if done.Created {
		e.Assigned = nil // recorded when the creation began
	}
	c.events = append(c.events, e)
}

// overtaken returns why a change can no longer take effect, because another actor was
// faster, or an empty text.
func overtaken(call Call, i *eni.Interface) string {
	switch {
	case call.Action == Detach && i.InstanceID != call.InstanceID:
		return "the interface is not attached to the instance"
	case call.Action == Attach && (i.InstanceID != call.InstanceID || i.State != eni.StateAttaching):
		return "the interface is not being attached to the instance"
	case call.Action == Delete && i.InstanceID != "":
		return "the interface is attached to an instance"
	}
	return ""
}

// undo reverts what a failed change has shown so far. The lock is held.
func (c *Cloud) undo(r *running, i *eni.Interface, done *Change) {
	if i.State != passes[r.call.Action] {
		return
	}
	i.State = r.before
	if r.call.Action == Attach {
		i.InstanceID = ""
	}
	if r.call.Action == Create {
		delete(c.interfaces, i.ID)
		done.Released, done.Deleted = contents(i), true
	}
}

// takeOff removes addresses and prefixes from an interface, and returns those that it
// had.
func takeOff(i *eni.Interface, asked []netip.Prefix) []netip.Prefix {
	var released []netip.Prefix
	gone := func(p netip.Prefix) bool {
		if !slices.Contains(asked, p) {
			return false
		}
		released = append(released, p)
		return true
	}
	i.Addresses = slices.DeleteFunc(i.Addresses, func(a eni.Address) bool { return gone(full(a.Addr)) })
	i.Prefixes = slices.DeleteFunc(i.Prefixes, gone)
	return released
}
