// SPDX-License-Identifier: Apache-2.0

package core

import (
	"slices"
	"sort"
	"time"
)

// waiter waits for a permit. The oldest is served first, and a request that is sent
// again keeps its age. A waiter with a deadline goes before those without one, unless
// they have waited for [behindDeadlines].
type waiter struct {
	since   time.Duration
	due     time.Duration // the deadline; zero or forever for none
	granted func()        // called once, on another goroutine, without a lock
	permit  *permit       // for a change; nil for other requests

	seq   uint64 // order among waiters of the same rank
	waits bool   // it is in the line
}

// behindDeadlines is how long waiters without a deadline stay behind those with one.
const behindDeadlines = 2 * time.Minute

// rank orders the waiters.
func (w *waiter) rank() time.Duration {
	rank := saturate(max(w.since, 0), behindDeadlines)
	if w.due > 0 {
		rank = min(rank, w.due)
	}
	return rank
}

func (w *waiter) before(x *waiter) bool {
	a, b := w.rank(), x.rank()
	return a < b || a == b && w.seq < x.seq
}

// blockSize bounds the waiters in one block of a line.
const blockSize = 512

// line has the waiters of a limiter, ordered by rank. They are kept in blocks, so that
// it is cheap to remove one and to count those before it, in a line of a hundred
// thousand.
type line struct {
	blocks [][]*waiter // none is empty
	seq    uint64
}

// empty reports whether there are no waiters.
func (l *line) empty() bool { return len(l.blocks) == 0 }

// push adds a waiter behind those of the same rank.
func (l *line) push(w *waiter) {
	l.seq++
	w.seq, w.waits = l.seq, true
	b := max(l.block(w), 0)
	if len(l.blocks) == 0 {
		l.blocks = append(l.blocks, nil)
	}
	block := slices.Insert(l.blocks[b], place(l.blocks[b], w), w)
	l.blocks[b] = block
	if len(block) > blockSize {
		half := slices.Clone(block[blockSize/2:])
		clear(block[blockSize/2:])
		l.blocks[b] = block[:blockSize/2]
		l.blocks = slices.Insert(l.blocks, b+1, half)
	}
}

// block returns the index of the last block that does not begin behind a waiter, or -1.
func (l *line) block(w *waiter) int {
	return sort.Search(len(l.blocks), func(b int) bool { return w.before(l.blocks[b][0]) }) - 1
}

// place returns the index of a waiter in a block, or where to insert it.
func place(block []*waiter, w *waiter) int {
	return sort.Search(len(block), func(i int) bool { return !block[i].before(w) })
}

// take removes a waiter from the line. It reports whether the waiter was there.
func (l *line) take(w *waiter) bool {
	if !w.waits {
		return false
	}
	w.waits = false
	b := l.block(w)
	at := place(l.blocks[b], w)
	l.blocks[b] = slices.Delete(l.blocks[b], at, at+1)
	if len(l.blocks[b]) == 0 {
		l.blocks = slices.Delete(l.blocks, b, b+1)
	}
	return true
}

// first returns the waiter that is served next. The line must not be empty.
func (l *line) first() *waiter { return l.blocks[0][0] }

// ahead returns the number of waiters before a waiter.
func (l *line) ahead(w *waiter) int {
	b := l.block(w)
	if b < 0 {
		return 0
	}
	n := place(l.blocks[b], w)
	for _, block := range l.blocks[:b] {
		n += len(block)
	}
	return n
}

// list returns the first waiters, at most the limit.
func (l *line) list(limit int) []*waiter {
	var list []*waiter
	for _, block := range l.blocks {
		list = append(list, block[:min(len(block), limit-len(list))]...)
		if len(list) == limit {
			break
		}
	}
	return list
}
