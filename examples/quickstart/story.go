// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
)

const (
	interfaceID = "eni-demo0001"
	instanceID  = "i-demo0001"
)

var (
	primary  = netip.MustParseAddr("10.0.0.1")
	ipv6     = netip.MustParseAddr("2001:db8::a")
	prefixes = []netip.Prefix{netip.MustParsePrefix("2001:db8:0:1::/80")}

	// addresses has 25 addresses to release in one call; the last one is already gone.
	addresses = func() (all []netip.Addr) {
		for a := netip.MustParseAddr("10.0.0.11"); len(all) < 25; a = a.Next() {
			all = append(all, a)
		}
		return all
	}()
)

// story is the same on every cloud: it knows only package eni.
func story(ctx context.Context, client eni.Client, t *timeline) error {
	t.say("release %d addresses in one call", len(addresses))
	op, err := client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: interfaceID, Addresses: addresses})
	if err != nil {
		return err
	}
	if err := op.Wait(ctx); err != nil {
		return err
	}
	t.results(op)

	t.say("release an IPv6 address")
	op, err = client.UnassignIpv6(ctx, eni.UnassignRequest{InterfaceID: interfaceID, Addresses: []netip.Addr{ipv6}})
	if err != nil {
		return err
	}
	if err := op.Wait(ctx); err != nil {
		return err
	}
	t.results(op)

	t.say("release the primary address, which every cloud refuses")
	_, err = client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: interfaceID, Addresses: []netip.Addr{primary}})
	switch eni.KindOf(err) {
	case eni.ErrInvalid:
		t.note("%s is refused, as expected (%s)", primary, eni.KindOf(err))
	default:
		return fmt.Errorf("the primary address was not refused: %w", err)
	}

	t.say("detach the interface from %s", instanceID)
	op, err = client.Detach(ctx, eni.DetachRequest{InterfaceID: interfaceID, InstanceID: instanceID})
	if err != nil {
		return err
	}
	t.note("%s; waiting until it is free", op.Outcome())
	if err := op.Wait(ctx); err != nil {
		return err
	}
	if op.Outcome() != eni.OutcomeReleased {
		return fmt.Errorf("the detach is reported as %s: want released", op.Outcome())
	}
	t.note("%s: it is free", op.Outcome())
	return nil
}

// releasePrefix is for clouds that delegate prefixes.
func releasePrefix(ctx context.Context, client eni.Client, t *timeline) error {
	t.say("release an IPv6 prefix")
	op, err := client.UnassignIpv6(ctx, eni.UnassignRequest{InterfaceID: interfaceID, Prefixes: prefixes})
	if err != nil {
		return err
	}
	if err := op.Wait(ctx); err != nil {
		return err
	}
	t.results(op)
	return nil
}
