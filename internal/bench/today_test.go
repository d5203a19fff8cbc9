// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// today is client a: the vendor's call under Retry, with one address per call.
type today struct{ *storm }

func (a today) crowd() {
	var callers []func()
	for n := range a.size.interfaces {
		for k := range a.size.addresses {
			callers = append(callers, func() {
				a.newCaller(n*a.size.addresses+k).release(n, time.Now(), address(n, k))
			})
		}
	}
	a.atOnce(callers)
}

func (a today) queue() {
	var callers []func()
	for n := range a.size.interfaces {
		for k, own := range a.size.callersOf(n) {
			callers = append(callers, func() {
				caller := a.newCaller(n*a.size.callers + k)
				for _, address := range own {
					caller.release(n, time.Now(), address)
				}
			})
		}
	}
	a.atOnce(callers)
}

func (a today) detach() {
	var callers []func()
	for n := range a.size.interfaces {
		callers = append(callers, func() {
			caller := a.newCaller(n)
			id := interfaceID(n)
			task, err := caller.try(func() (string, error) { return caller.detach(id, instanceID) })
			if err == nil && (task != "" || !a.vendor.tasks) {
				err = caller.await(id, task)
			}
			a.detached(err)
		})
	}
	a.atOnce(callers)
}

// caller is one goroutine with the vendor's client.
type caller struct {
	*storm
	generated
	jitter *rand.Rand
}

func (a today) newCaller(n int) caller {
	g, err := a.vendor.generated(a.network)
	if err != nil {
		panic(err) // the configuration is wrong
	}
	return caller{a.storm, g, rand.New(rand.NewPCG(uint64(a.seed), uint64(n)))}
}

// release releases addresses of the nth interface in one call.
func (c caller) release(n int, began time.Time, addresses ...netip.Addr) {
	id, names := interfaceID(n), make([]string, len(addresses))
	for i, address := range addresses {
		names[i] = address.String()
	}
	task, err := c.try(func() (string, error) { return c.unassign(id, names) })
	if err == nil && task != "" {
		err = c.await(id, task)
	}
	c.served(began, len(addresses), err)
}

// try sends a change until it is accepted, or already done, which has no task.
func (c caller) try(send func() (string, error)) (task string, err error) {
	return backoff.RetryWithData(func() (string, error) {
		task, err := send()
		if err == nil {
			return task, nil
		}
		switch c.read(err) {
		case again:
			return "", err
		case done:
			return "", nil
		default:
			return "", backoff.Permanent(err)
		}
	}, c.exponential())
}

var errInProgress = errors.New("in progress")

// await polls until a change has completed.
func (c caller) await(id, task string) error {
	return backoff.Retry(func() error {
		completed, err := c.completed(id, task)
		switch {
		case err == nil && completed:
			return nil
		case err == nil:
			return errInProgress
		case c.read(err) == again:
			return err
		default:
			return backoff.Permanent(err)
		}
	}, c.exponential())
}

// exponential is the default of backoff/v4, except that its jitter comes from the caller's
// own random source, which depends on the seed.
func (c caller) exponential() backoff.BackOff {
	return seeded{backoff.NewExponentialBackOff(backoff.WithRandomizationFactor(0)), c.jitter}
}

type seeded struct {
	*backoff.ExponentialBackOff
	jitter *rand.Rand
}

func (b seeded) NextBackOff() time.Duration {
	pause := b.ExponentialBackOff.NextBackOff()
	if pause == backoff.Stop {
		return pause
	}
	const most = backoff.DefaultRandomizationFactor
	return time.Duration(float64(pause) * (1 - most + 2*most*b.jitter.Float64()))
}
