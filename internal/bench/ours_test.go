package bench

import (
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/cloudeni/cloudeni/eni"
)

// ours is client c: this library.
type ours struct {
	*storm
	release eni.Client // returns when an address is off
	waiting eni.Client // waits for the effect
}

func newOurs(s *storm) client {
	opts := &eni.Options{Retry: eni.Retry{Backoff: s.backoffs()}}
	if s.configured {
		quota := float64(s.quota)
		opts.Rates = eni.Rates{UnassignPrivateIps: quota, Detach: quota, Describe: queriesPerSecond, Task: queriesPerSecond}
	}
	c, err := s.vendor.ours(s.network, opts)
	if err != nil {
		panic(err) // the configuration is wrong
	}
	o := ours{storm: s, release: c, waiting: eni.Blocking(c)}
	if s.vendor.tasks {
		o.release = o.waiting
	}
	return o
}

// backoffs makes the library's default backoff, but that the jitter is drawn from
// the seed.
func (s *storm) backoffs() func() eni.Backoff {
	var made atomic.Uint64
	return func() eni.Backoff {
		return seeded{
			backoff.NewExponentialBackOff(
				backoff.WithRandomizationFactor(0),
				backoff.WithMaxInterval(30*time.Second),
				backoff.WithMaxElapsedTime(0),
			),
			rand.New(rand.NewPCG(uint64(s.seed), made.Add(1))),
		}
	}
}

func (c ours) crowd() {
	var callers []func()
	for n := range c.size.interfaces {
		for k := range c.size.addresses {
			callers = append(callers, func() { c.one(n, address(n, k)) })
		}
	}
	c.atOnce(callers)
}

func (c ours) queue() {
	var callers []func()
	for n := range c.size.interfaces {
		for _, own := range c.size.callersOf(n) {
			callers = append(callers, func() {
				for _, a := range own {
					c.one(n, a)
				}
			})
		}
	}
	c.atOnce(callers)
}

func (c ours) one(n int, a netip.Addr) {
	began := time.Now()
	_, err := c.release.UnassignPrivateIps(c.t.Context(), eni.UnassignRequest{
		InterfaceID: interfaceID(n), Addresses: []netip.Addr{a},
	})
	c.served(began, 1, err)
}

func (c ours) detach() {
	var callers []func()
	for n := range c.size.interfaces {
		callers = append(callers, func() {
			_, err := c.waiting.Detach(c.t.Context(), eni.DetachRequest{InterfaceID: interfaceID(n), InstanceID: instanceID})
			c.detached(err)
		})
	}
	c.atOnce(callers)
}
