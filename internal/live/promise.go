// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// promise is one promise of the contract that can be played without faults.
type promise struct {
	name string
	play func(context.Context, *scene, *actors) error
}

// actors are the interfaces of a scene. The promises are played on the first two, and the
// questions are asked of all of them.
type actors struct {
	free     string // attached to nothing
	attached string // attached to the instance
	second   string // attached to the instance too

	noAttached, noSecond string // why there is none of these
}

// promises are in an order in which each finds what it needs: the attached interface is
// detached by one of the last.
var promises = []promise{
	{"an address is released", goodAddress},
	{"an address that is gone already is absent", goneAddress},
	{"a primary address is refused", primaryAddress},
	{"a bad address spoils no batch", mixedBatch},
	{"any number of addresses fits one call", manyAddresses},
	{"an address of an attached interface is released", attachedAddress},
	{"IPv6 addresses are released", ipv6},
	{"a prefix is released, or unsupported", prefix},
	{"an unknown interface is not found", unknown},
	{"a bad request sends nothing", badRequest},
	{"a dead context sends nothing", deadContext},
	{"interfaces are listed by tag", listedByTag},
	{"an interface on another instance is left alone", elsewhere},
	{"an attached interface is not deleted without its instance", deleteAttached},
	{"an attached interface is detached", detached},
	{"a free interface is detached already", detachedAgain},
	{"an interface is detached and deleted", detachedAndDeleted},
	{"an interface that is deleted already is not found", deletedAgain},
}

// release releases addresses and compares what became of each. Where the cloud accepts
// the release of what is gone already, that is released as well as absent.
func release(ctx context.Context, s *scene, id string, want map[netip.Addr]eni.Outcome, kind eni.Kind) error {
	var asked []netip.Addr
	for a := range want {
		asked = append(asked, a)
	}
	slices.SortFunc(asked, netip.Addr.Compare)
	call := s.client.UnassignPrivateIps
	if len(asked) > 0 && asked[0].Is6() {
		call = s.client.UnassignIpv6
	}
	op, err := call(ctx, eni.UnassignRequest{InterfaceID: id, Addresses: asked})
	if wait := op.Wait(ctx); wait != nil {
		return wait
	}
	if eni.KindOf(err) != kind {
		return fmt.Errorf("want %s, got: %w", kindName(kind), orNone(err))
	}
	for _, r := range op.Results() {
		wanted := want[r.Addr()]
		if gone := wanted == eni.OutcomeAbsent && r.Outcome == eni.OutcomeReleased; r.Outcome != wanted && !gone {
			return fmt.Errorf("the outcome is %s, want %s", r.Outcome, wanted)
		}
	}
	i, err := s.look(ctx, id)
	if err != nil {
		return err
	}
	for a, outcome := range want {
		if kept := outcome == eni.OutcomeRefused; has(&i, a) != kept {
			return fmt.Errorf("the outcome is %s, and the interface has the address: %t", outcome, has(&i, a))
		}
	}
	return nil
}

func kindName(k eni.Kind) string {
	if k == 0 {
		return "no error"
	}
	return k.Error()
}

var errNone = errors.New("no error")

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

func all(outcome eni.Outcome, addresses ...netip.Addr) map[netip.Addr]eni.Outcome {
	want := make(map[netip.Addr]eni.Outcome)
	for _, a := range addresses {
		want[a] = outcome
	}
	return want
}

func goodAddress(ctx context.Context, s *scene, on *actors) error {
	addresses, err := s.addresses(ctx, on.free, 3)
	if err != nil {
		return err
	}
	if err := release(ctx, s, on.free, all(eni.OutcomeReleased, addresses[1]), 0); err != nil {
		return err
	}
	i, err := s.look(ctx, on.free)
	if err == nil && (!has(&i, addresses[0]) || !has(&i, addresses[2])) {
		return errors.New("another address is gone too")
	}
	return err
}

func goneAddress(ctx context.Context, s *scene, on *actors) error {
	addresses, err := s.addresses(ctx, on.free, 1)
	if err != nil {
		return err
	}
	if err := release(ctx, s, on.free, all(eni.OutcomeReleased, addresses[0]), 0); err != nil {
		return err
	}
	return release(ctx, s, on.free, all(eni.OutcomeAbsent, addresses[0]), 0)
}

func primaryAddress(ctx context.Context, s *scene, on *actors) error {
	a, err := s.primary(ctx, on.free)
	if err != nil {
		return err
	}
	return release(ctx, s, on.free, all(eni.OutcomeRefused, a), eni.ErrInvalid)
}

func mixedBatch(ctx context.Context, s *scene, on *actors) error {
	good, err := s.addresses(ctx, on.free, 3)
	if err != nil {
		return err
	}
	stale, err := s.stale(ctx, on.free, 1)
	if err != nil {
		return err
	}
	primary, err := s.primary(ctx, on.free)
	if err != nil {
		return err
	}
	want := all(eni.OutcomeReleased, good...)
	want[stale[0]], want[primary] = eni.OutcomeAbsent, eni.OutcomeRefused
	return release(ctx, s, on.free, want, eni.ErrInvalid)
}

func manyAddresses(ctx context.Context, s *scene, on *actors) error {
	addresses, err := s.addresses(ctx, on.free, maxSecondary)
	if err != nil {
		return err
	}
	return release(ctx, s, on.free, all(eni.OutcomeReleased, addresses...), 0)
}

func attachedAddress(ctx context.Context, s *scene, on *actors) error {
	if on.attached == "" {
		return skip("%s", on.noAttached)
	}
	addresses, err := s.addresses(ctx, on.attached, 2)
	if err != nil {
		return err
	}
	return release(ctx, s, on.attached, all(eni.OutcomeReleased, addresses...), 0)
}

func ipv6(ctx context.Context, s *scene, on *actors) error {
	addresses, err := s.addresses6(ctx, on.free, 2)
	if err != nil {
		return err
	}
	if err := release(ctx, s, on.free, all(eni.OutcomeReleased, addresses...), 0); err != nil {
		return err
	}
	return release(ctx, s, on.free, all(eni.OutcomeAbsent, addresses[0]), 0)
}

func prefix(ctx context.Context, s *scene, on *actors) error {
	if s.provider == tencent.Provider { // it has none
		return silent(s, func() error {
			op, err := s.client.UnassignPrivateIps(ctx, eni.UnassignRequest{
				InterfaceID: on.free, Prefixes: []netip.Prefix{netip.MustParsePrefix("198.18.0.16/28")},
			})
			return outcome(op, err, eni.OutcomeNotTried, eni.ErrUnsupported)
		})
	}
	a, err := s.insist(ctx, func() answer { return s.api.assignPrefix(ctx, on.free) })
	switch {
	case err != nil && !errors.Is(err, errLost):
		return err
	case err == nil && !a.ok():
		return skip("a prefix is refused to the interface: %s", &a)
	}
	if err := s.shown(ctx, err, on.free, func(i *eni.Interface) bool { return len(i.Prefixes) > 0 }); err != nil {
		return err
	}
	i, err := s.look(ctx, on.free)
	if err != nil {
		return err
	}
	op, err := s.client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: on.free, Prefixes: i.Prefixes})
	if err = errors.Join(err, op.Wait(ctx)); err != nil {
		return err
	}
	if i, err = s.look(ctx, on.free); err == nil && len(i.Prefixes) > 0 {
		return errors.New("the prefix is called released, and the interface has it")
	}
	return err
}
