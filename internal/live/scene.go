// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// Ids that no account has, in the forms of the clouds.
const (
	unknownInterface       = "eni-n0such00"
	unknownInstanceAliyun  = "i-n0such00"
	unknownInstanceTencent = "ins-n0such00"
)

// unknownAddress is on no interface: it is for tests of networks.
var unknownAddress = netip.MustParseAddr("198.18.0.7")

// scene is what a run has created, and how it changes that.
type scene struct {
	*settings

	api     api
	client  cloudeni.Client // the one that is tried
	witness cloudeni.Client // another one, which only looks
	network network
	asked   bool // a creation was sent
	created []string

	requests   func() int    // how many were sent
	throttled  func() string // which of them were throttled so far
	throttling *throttling   // what the question about the quota has met
}

// skippedError is why a step cannot be played here, in the words that the report has.
type skippedError struct{ reason string }

func (e skippedError) Error() string { return e.reason }

func skip(format string, args ...any) error { return skippedError{fmt.Sprintf(format, args...)} }

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// How often the run looks, and asks again for what passes by itself.
const (
	lookEvery = 250 * time.Millisecond
	askEvery  = time.Second
)

// errLost is why a step is not played whose own request had no answer.
var errLost = skippedError{"the answer to a request was lost"}

// insist sends a request until its refusal is one that does not pass by itself. One whose
// answer was lost is not sent again: what it says then would be about something else.
func (s *scene) insist(ctx context.Context, send func() answer) (answer, error) {
	for deadline := time.Now().Add(s.patience + time.Minute); ; {
		a := send()
		switch {
		case ctx.Err() != nil:
			return a, ctx.Err()
		case a.err != nil:
			return a, errLost
		case a.ok() || !a.passes() || time.Now().After(deadline):
			return a, nil
		}
		if err := pause(ctx, askEvery); err != nil {
			return a, err
		}
	}
}

// undisturbed sends a request until it is neither throttled nor met by an error of the
// cloud's own, which would be no answer.
func (s *scene) undisturbed(ctx context.Context, send func() answer) (answer, error) {
	for deadline := time.Now().Add(s.patience + time.Minute); ; {
		a := send()
		switch {
		case ctx.Err() != nil:
			return a, ctx.Err()
		case !a.throttled() && !isInternal(&a):
			return a, nil
		case time.Now().After(deadline):
			return a, skip("the request is refused with %s", &a)
		}
		if err := pause(ctx, askEvery); err != nil {
			return a, err
		}
	}
}

// lateError is that an interface was seen, and was not as wanted until the patience ended.
type lateError struct{ state string }

func (e lateError) Error() string { return e.state }

func isLate(err error) bool { return errors.As(err, new(lateError)) }

// await looks at an interface until it is as wanted, or the patience ends: ever more
// rarely, because each look is a request.
func (s *scene) await(ctx context.Context, id string, want func(*eni.Interface) bool) (eni.Interface, error) {
	every := lookEvery
	for deadline := time.Now().Add(s.patience); ; every = min(every*3/2, 2*time.Second) {
		i, err := s.look(ctx, id)
		switch {
		case err != nil:
			return i, err
		case want(&i):
			return i, nil
		case time.Now().After(deadline):
			return i, lateError{fmt.Sprintf("%s is %s after %s", id, i.State, s.patience)}
		}
		if err := pause(ctx, every); err != nil {
			return i, err
		}
	}
}

// look describes one interface with the witness. One that does not exist is zero.
func (s *scene) look(ctx context.Context, id string) (eni.Interface, error) {
	found, err := s.witness.Describe(ctx, id)
	if err != nil || len(found) == 0 {
		return eni.Interface{}, err
	}
	return found[0], nil
}

func isFree(i *eni.Interface) bool { return i.State == eni.StateAvailable && i.InstanceID == "" }

// build creates an interface of the run's own.
func (s *scene) build(ctx context.Context) (string, error) {
	s.asked = true
	name := fmt.Sprint(namePrefix(s.run), len(s.created)+1)
	a, err := s.insist(ctx, func() answer { return s.api.create(ctx, name, s.network) })
	for again := 0; errors.Is(err, errLost) && again < 3; again++ {
		a, err = s.insist(ctx, func() answer { return s.api.create(ctx, name, s.network) })
	}
	ids := a.values("NetworkInterfaceId")
	switch {
	case err != nil:
		return "", err
	case !a.ok() || len(ids) == 0:
		return "", fmt.Errorf("no interface is created: %s", &a)
	}
	s.created = append(s.created, ids[0])
	_, err = s.await(ctx, ids[0], isFree)
	return ids[0], err
}

// attach attaches an interface of the run's own to the instance.
func (s *scene) attach(ctx context.Context, id string) error {
	a, err := s.insist(ctx, func() answer { return s.api.attach(ctx, id, s.instance) })
	switch {
	case err != nil && !errors.Is(err, errLost):
		return err
	case err == nil && !a.ok():
		return skip("the interface cannot be attached: %s", &a)
	}
	return s.shown(ctx, err, id, func(i *eni.Interface) bool {
		return i.InstanceID == s.instance && i.State != eni.StateAttaching
	})
}

// shown waits until a step of the set-up shows. Where its answer was lost, and nothing
// shows, it may have been lost before the cloud had it.
func (s *scene) shown(ctx context.Context, lost error, id string, want func(*eni.Interface) bool) error {
	_, err := s.await(ctx, id, want)
	if err != nil && ctx.Err() == nil && lost != nil {
		return lost
	}
	return err
}

// addresses returns n secondary IPv4 addresses of an interface. What is missing is
// assigned.
func (s *scene) addresses(ctx context.Context, id string, n int) ([]netip.Addr, error) {
	return s.stock(ctx, id, n, secondaries, func(count int) answer { return s.api.assign(ctx, id, min(count, 10)) })
}

// addresses6 returns n IPv6 addresses of an interface, likewise.
func (s *scene) addresses6(ctx context.Context, id string, n int) ([]netip.Addr, error) {
	return s.stock(ctx, id, n, addresses6, func(count int) answer { return s.api.assignIPv6(ctx, id, count) })
}

func (s *scene) stock(ctx context.Context, id string, n int, on func(*eni.Interface) []netip.Addr, assign func(int) answer) ([]netip.Addr, error) {
	for {
		i, err := s.look(ctx, id)
		if err != nil {
			return nil, err
		}
		have := on(&i)
		if len(have) >= n {
			return have[:n], nil
		}
		a, err := s.insist(ctx, func() answer { return assign(n - len(have)) })
		switch {
		case err != nil && !errors.Is(err, errLost):
			return nil, err
		case err == nil && !a.ok():
			return nil, skip("an address is refused to the interface: %s", &a)
		}
		if err := s.shown(ctx, err, id, func(i *eni.Interface) bool { return len(on(i)) > len(have) }); err != nil {
			return nil, err
		}
	}
}

func secondaries(i *eni.Interface) (list []netip.Addr) {
	for _, a := range i.Addresses {
		if a.Addr.Is4() && !a.Primary {
			list = append(list, a.Addr)
		}
	}
	return list
}

func addresses6(i *eni.Interface) (list []netip.Addr) {
	for _, a := range i.Addresses {
		if a.Addr.Is6() && !a.Primary {
			list = append(list, a.Addr)
		}
	}
	return list
}

// primary is the primary IPv4 address of an interface.
func (s *scene) primary(ctx context.Context, id string) (netip.Addr, error) {
	i, err := s.look(ctx, id)
	if err != nil {
		return netip.Addr{}, err
	}
	at := slices.IndexFunc(i.Addresses, func(a eni.Address) bool { return a.Primary && a.Addr.Is4() })
	if at < 0 {
		return netip.Addr{}, errors.New("the interface has no primary address")
	}
	return i.Addresses[at].Addr, nil
}

// stale returns n addresses beside the primary one that no interface of this run has: as
// for the interface, they are gone already.
func (s *scene) stale(ctx context.Context, id string, n int) ([]netip.Addr, error) {
	i, err := s.look(ctx, id)
	if err != nil {
		return nil, err
	}
	first, err := s.primary(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []netip.Addr
	base := first.As4()
	for last := 250; last > 4 && len(list) < n; last-- {
		base[3] = byte(last)
		a := netip.AddrFrom4(base)
		if !has(&i, a) {
			list = append(list, a)
		}
	}
	return list, nil
}

func has(i *eni.Interface, a netip.Addr) bool {
	return slices.ContainsFunc(i.Addresses, func(x eni.Address) bool { return x.Addr == a })
}

// missing reports whether an interface has none of the addresses.
func missing(addresses ...netip.Addr) func(*eni.Interface) bool {
	return func(i *eni.Interface) bool {
		return !slices.ContainsFunc(addresses, func(a netip.Addr) bool { return has(i, a) })
	}
}
