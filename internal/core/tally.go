// SPDX-License-Identifier: Apache-2.0

package core

import "time"

// tally counts events of the last minute, by seconds.
type tally struct {
	counts [60]int
	last   int64 // the newest second
}

// add adds n events at a time; events older than a minute are not counted.
func (t *tally) add(now, at time.Duration, n int) {
	t.advance(now)
	if second := int64(at / time.Second); second > t.last-int64(len(t.counts)) {
		t.counts[second%int64(len(t.counts))] += n
	}
}

func (t *tally) sum(now time.Duration) int {
	t.advance(now)
	sum := 0
	for _, n := range t.counts {
		sum += n
	}
	return max(sum, 0)
}

// advance clears the seconds that are older than a minute.
func (t *tally) advance(now time.Duration) {
	newest := int64(now / time.Second)
	for s := max(t.last+1, newest-int64(len(t.counts))+1); s <= newest; s++ {
		t.counts[s%int64(len(t.counts))] = 0
	}
	t.last = newest
}

// forget sets all counts to zero.
func (t *tally) forget() { t.counts = [60]int{} }
