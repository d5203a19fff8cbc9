// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A node goes: each of its interfaces has a caller who detaches and deletes it, and
// all call at once.

// node has each caller detach, poll until the interface is free, delete, and poll the
// task of that where there is one.
func (a today) node() {
	var callers []func()
	for n := range a.size.interfaces {
		callers = append(callers, func() {
			began, caller, id := time.Now(), a.newCaller(n), interfaceID(n)
			a.served(began, 1, caller.leave(id))
		})
	}
	a.atOnce(callers)
}

// leave detaches an interface and deletes it.
func (c caller) leave(id string) error {
	task, err := c.try(func() (string, error) { return c.detach(id, instanceID) })
	if err == nil && (task != "" || !c.vendor.tasks) {
		err = c.await(id, task)
	}
	if err != nil {
		return err
	}
	task, err = c.try(func() (string, error) { return c.remove(id) })
	if err == nil && task != "" {
		err = c.await(id, task)
	}
	return err
}

func (c ours) node() {
	var callers []func()
	for n := range c.size.interfaces {
		callers = append(callers, func() {
			began := time.Now()
			_, err := eni.BlockingDeleter(c.deleter).Delete(c.t.Context(), eni.DeleteRequest{InterfaceID: interfaceID(n), InstanceID: instanceID})
			c.served(began, 1, err)
		})
	}
	c.atOnce(callers)
}

// leastNode is the least time in which the interfaces of a node can be detached and
// deleted, with what the rules of evidence ask for: a description before each of the
// two, and at the end either two descriptions that miss the interface, a second apart,
// or its task. The detaches begin one by one as the quota says. How long each
// interface takes nobody knows before, so that it is the average over many orders.
func leastNode(s scenario) time.Duration {
	const description, apart, orders = 2 * oneWay, time.Second, 1000
	chains := make([]time.Duration, s.size.interfaces)
	for n := range chains {
		id := interfaceID(n)
		chains[n] = 3*description + changeTime(s.seed, subject{enitest.Detach, id}, 0) + changeTime(s.seed, subject{enitest.Delete, id}, 0)
		if !s.vendor.tasks {
			chains[n] += apart
		}
	}
	random := rand.New(rand.NewPCG(uint64(s.seed), 0))
	var sum time.Duration
	for range orders {
		var least time.Duration
		for k, n := range random.Perm(len(chains)) {
			least = max(least, time.Duration(k)*time.Second/time.Duration(s.limit.quota)+chains[n])
		}
		sum += least
	}
	least := sum / orders
	if s.vendor.tasks {
		queries := time.Duration(s.size.interfaces) * time.Second / queriesPerSecond
		least = max(least, slices.Min(chains)+queries)
	}
	return least
}
