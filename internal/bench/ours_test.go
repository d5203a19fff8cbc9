// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// ours is client c: this library. In one storm there are two of it.
type ours struct {
	*storm
	release []eni.Client // return when an address is off
	waiting []eni.Client // wait for the effect
	deleter eni.Deleter
}

func newOurs(s *storm) client {
	o := ours{storm: s}
	for range s.clients() {
		c, err := s.vendor.ours(s.network, s.options())
		if err != nil {
			panic(err) // the configuration is wrong
		}
		o.deleter, _ = c.(eni.Deleter)
		waiting := eni.Blocking(c)
		if s.vendor.tasks || s.storm == waitingQueue || s.storm == lateEffect {
			c = waiting
		}
		o.release, o.waiting = append(o.release, c), append(o.waiting, waiting)
	}
	return o
}

// clients is how many share the account.
func (s scenario) clients() int {
	if s.storm == twoClients {
		return 2
	}
	return 1
}

// options are the defaults, except that no caller gives up. The backoff is the default one,
// although its jitter does not depend on the seed: a user's own backoff would also decide
// the pauses of throttled changes, which the default one leaves to the limiter.
func (s *storm) options() *eni.Options {
	opts := &eni.Options{Retry: eni.Retry{MaxElapsed: -1}, OnAttempt: s.countConflicts}
	if !s.configured {
		return opts
	}
	quota := float64(s.limit.quota)
	opts.Rates = eni.Rates{Describe: queriesPerSecond, Task: queriesPerSecond}
	if s.limit.window > 0 {
		opts.RatesPerMinute = eni.Rates{UnassignPrivateIps: quota, Detach: quota, Delete: quota}
	} else {
		opts.Rates.UnassignPrivateIps, opts.Rates.Detach, opts.Rates.Delete = quota, quota, quota
	}
	return opts
}

// conflictsKey is the key of a call's own count of conflicts, in its context.
type conflictsKey struct{}

// countConflicts counts a conflict for each call that it met.
func (s *storm) countConflicts(a eni.Attempt) {
	if !errors.Is(a.Err, eni.ErrConflict) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ctx := range a.Contexts {
		if n, ok := ctx.Value(conflictsKey{}).(*int); ok {
			*n++
			s.mostConflicts = max(s.mostConflicts, *n)
		}
	}
}

func (c ours) crowd() {
	var callers []func()
	for n := range c.size.interfaces {
		for k := range c.size.addresses {
			callers = append(callers, func() { c.one(n, k) })
		}
	}
	c.atOnce(callers)
}

func (c ours) queue() {
	var callers []func()
	for n := range c.size.interfaces {
		for first := 0; first < c.size.addresses; first += c.size.addresses / c.size.callers {
			callers = append(callers, func() {
				for k := range c.size.addresses / c.size.callers {
					c.one(n, first+k)
				}
			})
		}
	}
	c.atOnce(callers)
}

// one releases an address. The clients take turns, and in one storm every tenth
// caller has little time.
func (c ours) one(n, k int) {
	ctx := context.WithValue(c.t.Context(), conflictsKey{}, new(int))
	if c.storm.storm == deadlines && k%10 == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, lowerBound(c.scenario).addresses*6/10)
		defer cancel()
	}
	began, client := time.Now(), k%len(c.release)
	_, err := c.release[client].UnassignPrivateIps(ctx, eni.UnassignRequest{
		InterfaceID: interfaceID(n), Addresses: []netip.Addr{address(n, k)},
	})
	c.served(began, 1, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shares.note(client, len(c.release), c.size.interfaces*c.size.addresses/len(c.release))
}

// shares are what each of the clients has released.
type shares struct {
	released []int
	least    float64 // of the slowest, when the first had released all of its own
}

// note notes an address. The lock of the storm is held.
func (s *shares) note(client, clients, own int) {
	if s.released == nil {
		s.released = make([]int, clients)
	}
	s.released[client]++
	if s.least == 0 && s.released[client] == own {
		all := 0
		for _, n := range s.released {
			all += n
		}
		s.least = float64(slices.Min(s.released)) / float64(all)
	}
}

func (c ours) detach() {
	var callers []func()
	for n := range c.size.interfaces {
		callers = append(callers, func() {
			_, err := c.waiting[n%len(c.waiting)].Detach(c.t.Context(), eni.DetachRequest{InterfaceID: interfaceID(n), InstanceID: instanceID})
			c.detached(err)
		})
	}
	c.atOnce(callers)
}
