// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// describe returns the interfaces that exist, changed as the fault says.
func (c *Cloud) describe(ids []string, fault *Fault) []eni.Interface {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	var found []eni.Interface
	for _, id := range ids {
		i := c.interfaces[id]
		if i == nil || fault.Misses == id {
			continue
		}
		shown := clone(*i)
		if fault.Lag > 0 {
			c.withoutLatest(&shown, time.Now().Add(-fault.Lag))
		}
		found = append(found, shown)
	}
	return found
}

// Interfaces returns every interface as it is now, in the order of their ids.
func (c *Cloud) Interfaces() []eni.Interface { return c.list(eni.Filter{}) }

// list returns the interfaces that a filter picks, in the order of their ids.
func (c *Cloud) list(f eni.Filter) []eni.Interface {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.completeDue()
	var found []eni.Interface
	for _, id := range slices.Sorted(maps.Keys(c.interfaces)) {
		if i := c.interfaces[id]; f.Matches(i) {
			found = append(found, clone(*i))
		}
	}
	return found
}

// withoutLatest removes from a description what was assigned after a time. The lock is
// held.
func (c *Cloud) withoutLatest(shown *eni.Interface, after time.Time) {
	var hidden []netip.Prefix
	for _, e := range slices.Backward(c.events) {
		if !e.Time.After(after) {
			break
		}
		if e.InterfaceID == shown.ID {
			hidden = append(hidden, e.Assigned...)
		}
	}
	shown.Addresses = slices.DeleteFunc(shown.Addresses, func(a eni.Address) bool {
		return !a.Primary && slices.Contains(hidden, full(a.Addr))
	})
	shown.Prefixes = slices.DeleteFunc(shown.Prefixes, func(p netip.Prefix) bool { return slices.Contains(hidden, p) })
}
