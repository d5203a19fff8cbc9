// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"slices"
)

// Unassign releases addresses and delegated prefixes of both families from an
// interface. It makes one concurrent call of client for each family in the arguments
// and joins what they return: the Operation has the results of both, first the
// addresses, then the prefixes, each in the order of the arguments; the error is that
// of both calls, joined by [Join].
//
// The families are independent: if one is refused, the other is still released. The
// Operation has a result for each address also if there is an error. Its Poll makes
// at most one request for each family.
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
	concurrently(
		func() { both.v4, err4 = client.UnassignPrivateIps(ctx, v4) },
		func() { both.v6, err6 = client.UnassignIpv6(ctx, v6) },
	)
	return NewOperation(both), Join(err4, err6)
}

// families joins the Operations of the calls for both address families.
type families struct {
	v4, v6 *Operation
	order  map[netip.Prefix]int // the order of the request
}

// Poll implements Progress. While one family is not done, the error of the other one
// is held back: it is final and comes with the last Poll.
func (f *families) Poll(ctx context.Context) (bool, error) {
	var (
		done4, done6 bool
		err4, err6   error
	)
	concurrently(
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
	concurrently(
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

// Outcome implements Progress. It is not used, because there are always results.
func (f *families) Outcome() Outcome { return OutcomeNotTried }

// RequestIDs implements Progress.
func (f *families) RequestIDs() []string { return append(f.v4.RequestIDs(), f.v6.RequestIDs()...) }

// Attempts implements Progress.
func (f *families) Attempts() int { return f.v4.Attempts() + f.v6.Attempts() }

// concurrently runs both functions concurrently and returns when both have returned. A
// panic or a runtime.Goexit of the second one is repeated on the caller's goroutine.
func concurrently(first, second func()) {
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
