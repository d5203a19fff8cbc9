// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"slices"
)

// Unassign takes addresses and delegated prefixes of both families off an
// interface. It makes one call of client for each family that is there, both at
// the same time, and returns what they return as one: the Operation has the results
// of both, in the order in which the addresses and then the prefixes were asked
// for, and the error is that of both calls, joined by [Join].
//
// Each family is a call of its own: one that is refused does not keep the other
// from being released. As with any call, the Operation accounts for each address
// also when there is an error. A Poll of it makes at most one request for each
// family.
func Unassign(ctx context.Context, client Client, interfaceID string, addresses []netip.Addr, prefixes []netip.Prefix) (*Operation, error) {
	v4, v6 := UnassignRequest{InterfaceID: interfaceID}, UnassignRequest{InterfaceID: interfaceID}
	family := func(a netip.Addr) *UnassignRequest {
		if a.Is6() {
			return &v6
		}
		return &v4
	}
	order := make(map[netip.Prefix]int, len(addresses)+len(prefixes))
	place := func(p netip.Prefix) {
		if _, known := order[p]; !known {
			order[p] = len(order)
		}
	}
	for _, a := range addresses {
		a = a.Unmap()
		req := family(a)
		req.Addresses = append(req.Addresses, a)
		place(netip.PrefixFrom(a, a.BitLen()))
	}
	for _, p := range prefixes {
		req := family(p.Addr())
		req.Prefixes = append(req.Prefixes, p)
		place(p)
	}
	switch {
	case len(v6.Addresses)+len(v6.Prefixes) == 0:
		return client.UnassignPrivateIps(ctx, v4)
	case len(v4.Addresses)+len(v4.Prefixes) == 0:
		return client.UnassignIpv6(ctx, v6)
	}
	both := &families{order: order}
	var err4, err6 error
	atOnce(
		func() { both.v4, err4 = client.UnassignPrivateIps(ctx, v4) },
		func() { both.v6, err6 = client.UnassignIpv6(ctx, v6) },
	)
	return NewOperation(both), Join(err4, err6)
}

// families is what the calls for both families of addresses set in motion.
type families struct {
	v4, v6 *Operation
	order  map[netip.Prefix]int // of what was asked for
}

// Poll implements Progress. As long as one family is not done, what is known of the
// other one can wait.
func (f *families) Poll(ctx context.Context) (bool, error) {
	var (
		done4, done6 bool
		err4, err6   error
	)
	atOnce(
		func() { done4, err4 = f.v4.Poll(ctx) },
		func() { done6, err6 = f.v6.Poll(ctx) },
	)
	switch {
	case done4 && !done6:
		return false, err6
	case done6 && !done4:
		return false, err4
	}
	return done4 && done6, Join(err4, err6)
}

// Wait implements Progress.
func (f *families) Wait(ctx context.Context) error {
	var err4, err6 error
	atOnce(
		func() { err4 = f.v4.Wait(ctx) },
		func() { err6 = f.v6.Wait(ctx) },
	)
	return Join(err4, err6)
}

// Results implements Progress.
func (f *families) Results() []Result {
	all := append(f.v4.Results(), f.v6.Results()...)
	slices.SortStableFunc(all, func(a, b Result) int { return cmp.Compare(f.order[a.Prefix], f.order[b.Prefix]) })
	return all
}

// Outcome implements Progress. There always are results.
func (f *families) Outcome() Outcome { return OutcomeNotTried }

// RequestIDs implements Progress.
func (f *families) RequestIDs() []string { return append(f.v4.RequestIDs(), f.v6.RequestIDs()...) }

// Attempts implements Progress.
func (f *families) Attempts() int { return f.v4.Attempts() + f.v6.Attempts() }

// atOnce runs both and returns when both have returned. If the second one panics or
// ends its goroutine, it does so in the goroutine of the caller.
func atOnce(first, second func()) {
	var (
		panicked any
		returned bool
		ended    = make(chan struct{})
	)
	go func() {
		defer close(ended)
		defer func() { panicked = recover() }()
		second()
		returned = true
	}()
	defer func() {
		<-ended
		switch {
		case panicked != nil:
			panic(panicked)
		case !returned:
			runtime.Goexit()
		}
	}()
	first()
}
