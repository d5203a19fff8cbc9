// SPDX-License-Identifier: Apache-2.0

package core

import (
	"slices"
	"testing"
	"time"
)

// Clients of one account, which know nothing of each other, share a quota whose bucket
// has room for one request. The share is that of the slowest one when the first is done.
func TestClientsShareAQuota(t *testing.T) {
	for _, c := range []struct {
		name     string
		quota    float64 // a second
		clients  int
		requests int // of each client
		later    time.Duration
		median   float64 // share, at least
		worst    float64 // share, at least
		span     float64 // of the least time, at most
	}{
		{"two clients", 10, 2, 500, 0, 0.49, 0.45, 1.3},
		{"the second one begins later", 10, 2, 500, 3 * time.Second, 0.47, 0.45, 1.3},
		{"and at a smaller quota", 8, 2, 400, 10 * time.Second, 0.42, 0.2, 1.25},
		{"three clients", 10, 3, 333, 0, 0.31, 0.1, 1.9},
	} {
		var shares, spans []float64
		for seed := range uint64(20) {
			s := &simulation{
				quota: bucketOf(c.quota, 1), requests: c.requests, slots: 100 / c.clients, seed: seed, later: c.later,
				shortest: 300 * time.Millisecond, longest: 800 * time.Millisecond,
			}
			for range c.clients {
				s.clients = append(s.clients, &rate{})
			}
			o := s.run()
			shares = append(shares, o.share)
			spans = append(spans, o.took.Seconds()*c.quota/float64(c.clients*c.requests))
		}
		slices.Sort(shares)
		if median := shares[len(shares)/2]; median < c.median || shares[0] < c.worst {
			t.Errorf("%s: the slowest one gets %.2f, and %.2f at worst; want %.2f and %.2f", c.name, median, shares[0], c.median, c.worst)
		}
		if took := slices.Max(spans); took > c.span {
			t.Errorf("%s: they take %.2f of the least time, want %.2f at most", c.name, took, c.span)
		}
		t.Logf("%s: %.2f, %.2f at worst, in %.2f", c.name, shares[len(shares)/2], shares[0], slices.Max(spans))
	}
}
