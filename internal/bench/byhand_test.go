// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// byHand is client b: batches of ten made by hand, with an errgroup.
type byHand struct{ today }

// atOnce is the errgroup's limit.
const atOnce = 50

// batch is up to ten addresses of one interface.
type batch struct {
	n         int
	addresses []netip.Addr
}

// crowd alternates between the interfaces, so that two batches of one are far apart.
func (b byHand) crowd() {
	var batches []batch
	for n := range b.size.interfaces {
		batches = append(batches, b.batches(n)...)
	}
	each := len(batches) / b.size.interfaces
	var round []batch
	for k := range each {
		for n := range b.size.interfaces {
			round = append(round, batches[n*each+k])
		}
	}
	b.send(round)
}

// queue has a batch from each caller, in random order.
func (b byHand) queue() {
	var batches []batch
	for n := range b.size.interfaces {
		for _, own := range b.size.callersOf(n) {
			for chunk := range slices.Chunk(own, perChange) {
				batches = append(batches, batch{n, chunk})
			}
		}
	}
	order := rand.New(rand.NewPCG(uint64(b.seed), 0))
	order.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	b.send(batches)
}

// batches are those of one interface.
func (b byHand) batches(n int) []batch {
	var all []netip.Addr
	for k := range b.size.addresses {
		all = append(all, address(n, k))
	}
	var batches []batch
	for chunk := range slices.Chunk(all, perChange) {
		batches = append(batches, batch{n, chunk})
	}
	return batches
}

func (b byHand) send(batches []batch) {
	began := time.Now()
	var group errgroup.Group
	group.SetLimit(atOnce)
	for n, one := range batches {
		time.Sleep(apart)
		group.Go(func() error {
			b.newCaller(n).release(one.n, began, one.addresses...)
			return nil
		})
	}
	_ = group.Wait() // each release notes its own error
}
