// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// otherActor changes the same interfaces while calls are in progress: it assigns addresses
// that callers release, and releases, attaches, detaches and sometimes deletes.
func (c *chaos) otherActor() {
	r := c.draw("other actor")
	acts := 1 + r.IntN(c.acts)
	for n := range acts {
		time.Sleep(time.Duration(r.Int64N(3 * int64(c.span) / int64(acts))))
		id := interfaceID(r.IntN(c.interfaces))
		switch r.IntN(12) {
		case 0:
			if r.IntN(c.acts/2) == 0 {
				c.cloud.Delete(id)
			}
		case 1, 2:
			to := []string{instanceID, otherInstance}[r.IntN(2)]
			c.attach(id, to, time.Duration(r.IntN(3))*time.Second)
		case 3, 4:
			c.detach(id)
		case 5, 6:
			c.byCall(fmt.Sprint(othersID, n), id, r)
		case 7:
			c.cloud.Update(id, func(i *eni.Interface) {
				i.Addresses = slices.DeleteFunc(i.Addresses, func(a eni.Address) bool { return !a.Primary && r.IntN(3) == 0 })
			})
		default:
			for range 1 + r.IntN(3) {
				c.assign(id, c.anyAddress(r))
			}
		}
	}
}

// othersID is the prefix of the request ids of the other actor.
const othersID = "other-"

// byCall makes a change like any client: it locks the interface for some time.
func (c *chaos) byCall(requestID, id string, r *rand.Rand) {
	call := enitest.Call{RequestID: requestID, InterfaceID: id}
	switch {
	case c.deletes && r.IntN(4) == 0:
		call.Action = enitest.Delete
	case r.IntN(3) == 0:
		call.Action, call.InstanceID = enitest.Detach, instanceID
	default:
		call.Action, call.Addresses = enitest.UnassignPrivateIps, []netip.Addr{v4(r.IntN(c.addresses))}
	}
	c.cloud.Change(call)
}

func (c *chaos) anyAddress(r *rand.Rand) netip.Addr {
	if r.IntN(3) == 0 {
		return v6(r.IntN(c.addresses))
	}
	return v4(r.IntN(c.addresses))
}

func (c *chaos) assign(id string, a netip.Addr) {
	c.cloud.Update(id, func(i *eni.Interface) {
		if !slices.ContainsFunc(i.Addresses, func(x eni.Address) bool { return x.Addr == a }) {
			i.Addresses = append(i.Addresses, eni.Address{Addr: a})
		}
	})
}

// attach attaches a free interface, which takes some time.
func (c *chaos) attach(id, instance string, takes time.Duration) {
	free := false
	c.cloud.Update(id, func(i *eni.Interface) {
		if free = i.Type == eni.TypeSecondary && i.State == eni.StateAvailable; free {
			i.State, i.InstanceID = eni.StateAttaching, instance
		}
	})
	if !free {
		return
	}
	time.Sleep(takes)
	c.cloud.Update(id, func(i *eni.Interface) {
		if i.State == eni.StateAttaching {
			i.State = eni.StateInUse
		}
	})
}

// detach detaches an interface at once, also if its detach is stuck.
func (c *chaos) detach(id string) {
	c.cloud.Update(id, func(i *eni.Interface) {
		if i.Type == eni.TypeSecondary && i.State != eni.StateAttaching {
			i.State, i.InstanceID = eni.StateAvailable, ""
		}
	})
}

// rotation changes the credentials at intervals. The account has the new ones shortly
// before the client's provider, or shortly after.
func (c *chaos) rotation() {
	r := c.draw("rotation")
	for range r.IntN(4) {
		time.Sleep(time.Duration(r.Int64N(int64(4 * time.Second))))
		var next keys
		next.generation.Store(c.keys.generation.Load() + 1)
		c.server.SetCredentials(next.current())
		c.keys.generation.Add(1)
	}
}
