// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// answer is the result of a request on the wire.
type answer int

const (
	accepted answer = iota
	conflict
	throttled
	lost
	refused // for any other reason; "not assigned" after a lost answer, mostly
	answers = iota
)

// network is the way to a cloud: it takes its time, and counts what goes over it.
type network struct {
	vendor vendor
	cloud  http.RoundTripper
	ledger *ledger
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pass(r.Context(), oneWay); err != nil {
		return nil, err
	}
	arrived := time.Now()
	resp, err := n.cloud.RoundTrip(r)
	if passed := pass(r.Context(), oneWay); passed != nil {
		err = passed
	}
	if err != nil {
		n.ledger.note(n.vendor.action(r), arrived, lost)
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		n.ledger.note(n.vendor.action(r), arrived, lost)
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	n.ledger.note(n.vendor.action(r), arrived, n.vendor.answer(body))
	return resp, nil
}

// pass lets time go by.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// slot is the resolution of a ledger's timeline.
const slot = 100 * time.Millisecond

// ledger counts the requests of a storm by action and answer, and when they were.
type ledger struct {
	began time.Time

	mu      sync.Mutex
	counts  map[enitest.Action][answers]int
	changes timeline
	queries timeline // descriptions and task queries
}

// timeline counts answers by the slot in which the request arrived at the cloud.
type timeline [][answers]int

func (t *timeline) note(at int, a answer) {
	for len(*t) <= at {
		*t = append(*t, [answers]int{})
	}
	(*t)[at][a]++
}

func newLedger() *ledger {
	return &ledger{began: time.Now(), counts: make(map[enitest.Action][answers]int)}
}

func (l *ledger) note(action enitest.Action, arrived time.Time, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := l.counts[action]
	counts[a]++
	l.counts[action] = counts
	line := &l.changes
	if action == enitest.Describe || action == enitest.DescribeTask {
		line = &l.queries
	}
	line.note(int(arrived.Sub(l.began)/slot), a)
}

// sent is how many requests of an action there were, however they fared.
func (l *ledger) sent(action enitest.Action) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, count := range l.counts[action] {
		n += count
	}
	return n
}

// changed is how many changes were answered so, detaches and deletions included.
func (l *ledger) changed(a answer) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[enitest.UnassignPrivateIps][a] + l.counts[enitest.Detach][a] + l.counts[enitest.Delete][a]
}
