// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// secondaries returns 10.0.0.2 and on, n of them.
func secondaries(n int) []netip.Addr {
	addresses := make([]netip.Addr, n)
	for i := range addresses {
		addresses[i] = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 2)})
	}
	return addresses
}

// many returns n addresses from 10.8.0.2 on.
func many(n int) []netip.Addr {
	list := []netip.Addr{netip.MustParseAddr("10.8.0.2")}
	for len(list) < n {
		list = append(list, list[len(list)-1].Next())
	}
	return list
}

// attached is an interface with a primary address and n secondary ones.
func attached(id string, n int) eni.Interface {
	i := eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1"}
	i.Addresses = []eni.Address{{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true}}
	for _, a := range secondaries(n) {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a})
	}
	return i
}

func release(id string, addresses ...netip.Addr) eni.UnassignRequest {
	return eni.UnassignRequest{InterfaceID: id, Addresses: addresses}
}

var detach = eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"}

// inBubble runs a test in virtual time over a cloud with eni-1.
func inBubble(t *testing.T, test func(t *testing.T, cloud *enitest.Cloud, p *plain)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := new(enitest.Cloud)
		cloud.Put(attached("eni-1", 60))
		test(t, cloud, newPlain(cloud))
	})
}

// always makes every call of an action meet the same fault.
func always(cloud *enitest.Cloud, action enitest.Action, fault enitest.Fault) {
	cloud.Control = func(call enitest.Call) *enitest.Fault {
		if call.Action != action {
			return nil
		}
		return &fault
	}
}

// slowLimiter is a limiter with a permit every ten seconds.
type slowLimiter struct{}

func (slowLimiter) Wait(ctx context.Context) error {
	select {
	case <-time.After(10 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pauses is a backoff of equal pauses.
type pauses time.Duration

func (p pauses) NextBackOff() time.Duration { return time.Duration(p) }

func (p pauses) Reset() {}

// opener opens a client.
type opener func(*eni.Options) *core.Client

// onBothClouds runs a test on a cloud whose changes go on as tasks, and on one
// without them.
func onBothClouds(t *testing.T, test func(t *testing.T, cloud *enitest.Cloud, p *plain, open opener)) {
	t.Helper()
	for name, driver := range map[string]func(*plain) core.Driver{
		"without tasks": func(p *plain) core.Driver { return p },
		"with tasks":    func(p *plain) core.Driver { return withTasks{p} },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				test(t, cloud, p, func(opts *eni.Options) *core.Client { return core.New(plainCloud(driver(p)), opts) })
			})
		})
	}
}

// assign is somebody else who puts an address on an interface.
func assign(cloud *enitest.Cloud, id string, a netip.Addr) {
	cloud.Update(id, func(i *eni.Interface) { i.Addresses = append(i.Addresses, eni.Address{Addr: a}) })
}

// unassign is somebody else who takes an address off an interface.
func unassign(cloud *enitest.Cloud, id string, a netip.Addr) {
	cloud.Update(id, func(i *eni.Interface) {
		i.Addresses = slices.DeleteFunc(i.Addresses, func(x eni.Address) bool { return x.Addr == a })
	})
}

// on reports whether an address is on eni-1.
func on(cloud *enitest.Cloud, a netip.Addr) bool {
	return cloud.Has("eni-1", netip.PrefixFrom(a, a.BitLen()))
}

// sent counts the calls of an action.
func sent(cloud *enitest.Cloud, action enitest.Action) int { return len(cloud.Calls(action)) }
