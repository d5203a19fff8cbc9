// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func releases(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
	b.outcome(op, eni.OutcomeReleased)
	b.released(span(2, 4)...)
	b.sent(UnassignPrivateIps, 1)
	if ids := op.RequestIDs(); len(ids) != 1 || ids[0] == "" || op.Attempts() != 1 {
		b.Errorf("want one attempt with a request id, got %d with %q", op.Attempts(), ids)
	}
}

func absent(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.99")))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.99")))
	b.untouched()
}

func primaryRefused(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.1")))
	b.is(err, eni.ErrInvalid)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeRefused, addr("10.0.0.1")))
	b.untouched()
}

// accepts checks that no address is released while descriptions show it.
func accepts(b *bench) {
	b.completesAfter(4 * time.Second)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAccepted, span(2, 4)...))
	b.outcome(op, eni.OutcomeAccepted)
	if done, err := op.Poll(b.Context()); done || err != nil {
		b.Errorf("a poll before the change has taken effect: want not done, got %t, %v", done, err)
	}
	b.outcomes(op, all(eni.OutcomeAccepted, span(2, 4)...))
	b.wait(op)
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
	b.outcome(op, eni.OutcomeReleased)
}

// mixedBatch checks eight good addresses, a stale one and the primary one, in both orders,
// because a cloud's message may name only the first bad one.
func mixedBatch(b *bench) {
	client := b.client(eni.Options{})
	primary, stale := addr("10.0.0.1"), addr("10.0.0.99")
	for n, asked := range [][]netip.Addr{
		append(span(2, 9), stale, primary),
		append([]netip.Addr{primary, stale}, span(12, 19)...),
	} {
		op, err := client.UnassignPrivateIps(b.Context(), release(asked...))
		b.is(err, eni.ErrInvalid)
		b.ok(op.Wait(b.Context()))
		good := span(byte(10*n+2), byte(10*n+9))
		want := all(eni.OutcomeReleased, good...)
		want[stale], want[primary] = eni.OutcomeAbsent, eni.OutcomeRefused
		b.outcomes(op, want)
		b.outcome(op, eni.OutcomeRefused)
	}
	b.released(append(span(2, 9), span(12, 19)...)...)
}

func mixedPartialBatch(b *bench) {
	b.cloud.PartialBatches = true
	mixedBatch(b)
}

func mixedTerseBatch(b *bench) {
	b.cloud.Terse = true
	mixedBatch(b)
}

func mixedPartialTerseBatch(b *bench) {
	b.cloud.PartialBatches, b.cloud.Terse = true, true
	mixedBatch(b)
}

func stalePartialTerseBatch(b *bench) {
	b.cloud.PartialBatches, b.cloud.Terse = true, true
	asked := span(80, 89)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(asked...))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, asked...))
	b.untouched()
}

func manyAddresses(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 51)...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 51)...))
	b.released(span(2, 51)...)
	if n := len(b.cloud.Calls(UnassignPrivateIps)); n >= 25 || n != op.Attempts() {
		b.Errorf("50 addresses should be sent in batches, got %d changes and %d attempts", n, op.Attempts())
	}
}

func duplicates(b *bench) {
	mapped := netip.AddrFrom16(addr("10.0.0.3").As16()) // ::ffff:10.0.0.3
	asked := []netip.Addr{addr("10.0.0.3"), addr("10.0.0.2"), mapped, addr("10.0.0.2")}
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(asked...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 3)...))
	b.released(span(2, 3)...)
}

func ipv6(b *bench) {
	asked := []netip.Addr{addr("2001:db8::1"), addr("2001:db8::2"), addr("2001:db8::99")}
	op, err := b.client(eni.Options{}).UnassignIpv6(b.Context(), release(asked...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	want := all(eni.OutcomeReleased, asked...)
	want[addr("2001:db8::99")] = eni.OutcomeAbsent
	b.outcomes(op, want)
	b.outcome(op, eni.OutcomeAbsent)
	b.released(asked[:2]...)
}

func prefixes(b *bench) {
	client := b.client(eni.Options{})
	four, six := netip.MustParsePrefix("10.1.0.0/28"), netip.MustParsePrefix("2001:db8:1::/80")
	for _, try := range []struct {
		prefix netip.Prefix
		call   func(context.Context, eni.UnassignRequest) (*eni.Operation, error)
	}{{four, client.UnassignPrivateIps}, {six, client.UnassignIpv6}} {
		op, err := try.call(b.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{try.prefix}})
		if errors.Is(err, eni.ErrUnsupported) {
			if calls := b.cloud.Calls(); len(calls) != 0 {
				b.Errorf("%s is unsupported, but %v was sent", try.prefix, calls)
			}
			b.outcomes(op, all(eni.OutcomeNotTried, try.prefix.Addr()))
			continue
		}
		b.ok(err)
		b.ok(op.Wait(b.Context()))
		b.outcomes(op, all(eni.OutcomeReleased, try.prefix.Addr()))
		if b.cloud.Has("eni-1", try.prefix) {
			b.Errorf("%s is reported as released, but still exists", try.prefix)
		}
	}
}

func badRequests(b *bench) {
	client := b.client(eni.Options{})
	v4, v6 := addr("10.0.0.2"), addr("2001:db8::1")
	unassign := map[string]struct {
		call func(context.Context, eni.UnassignRequest) (*eni.Operation, error)
		req  eni.UnassignRequest
	}{
		"no interface":          {client.UnassignPrivateIps, eni.UnassignRequest{Addresses: []netip.Addr{v4}}},
		"a space in an id":      {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni 1", Addresses: []netip.Addr{v4}}},
		"a line break in an id": {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1\nroot logged in", Addresses: []netip.Addr{v4}}},
		"an escape in an id":    {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1\x1b[2J", Addresses: []netip.Addr{v4}}},
		"no address":            {client.UnassignPrivateIps, release()},
		"the zero address":      {client.UnassignPrivateIps, release(v4, netip.Addr{})},
		"IPv6 to the IPv4 call": {client.UnassignPrivateIps, release(v4, v6)},
		"IPv4 to the IPv6 call": {client.UnassignIpv6, release(v6, v4)},
		"an address with zone":  {client.UnassignIpv6, release(v6.WithZone("eth0"))},
		"a zone, IPv4 mapped":   {client.UnassignPrivateIps, release(netip.AddrFrom16(v4.As16()).WithZone("eth0"))},
		"a zone, mapped, IPv6":  {client.UnassignIpv6, release(netip.AddrFrom16(v4.As16()).WithZone("eth0"))},
		"a mapped prefix":       {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("::ffff:10.1.0.0/124")}}},
		"a mapped prefix, IPv6": {client.UnassignIpv6, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("::ffff:10.1.0.0/124")}}},
		"a prefix as address":   {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{full(v4)}}},
		"host bits":             {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.1/28")}}},
		"the zero prefix":       {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{{}}}},
	}
	for name, bad := range unassign {
		op, err := bad.call(b.Context(), bad.req)
		if !errors.Is(err, eni.ErrInvalid) {
			b.Errorf("%s: want ErrInvalid, got: %v", name, err)
		}
		b.reasons(err, bad.req.InterfaceID)
		if got, want := len(op.Results()), len(bad.req.Addresses)+len(bad.req.Prefixes); got != want {
			b.Errorf("%s: %d of %d addresses have a result", name, got, want)
		}
	}
	for name, req := range map[string]eni.DetachRequest{
		"detach without interface": {InstanceID: "i-1"},
		"detach without instance":  {InterfaceID: "eni-1"},
	} {
		if _, err := client.Detach(b.Context(), req); !errors.Is(err, eni.ErrInvalid) {
			b.Errorf("%s: want ErrInvalid, got: %v", name, err)
		}
	}
	if calls := b.cloud.Calls(); len(calls) != 0 {
		b.Errorf("bad requests should send nothing, got: %v", calls)
	}
}

func nilOperation(b *bench) {
	var op *eni.Operation
	done, err := op.Poll(b.Context())
	if !done || err != nil || op.Wait(b.Context()) != nil || op.Results() != nil || op.RequestIDs() != nil || op.Attempts() != 0 {
		b.Error("a nil operation should be empty and done")
	}
	b.outcome(op, eni.OutcomeNotTried)
}
