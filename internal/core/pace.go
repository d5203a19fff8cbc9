package core

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// How a pace reacts to throttling.
const (
	// cutback is the part of the rate that got through that is left after a
	// throttled reply.
	cutback = 0.85
	// raise is what the rate gains in a second while requests get through, as a
	// part of the rate that it was cut to.
	raise = 0.04
	// leastHold and mostHold bound how long nothing is sent after a throttled
	// reply; it doubles while nothing gets through, so that a window of a minute
	// that is used up is tried a few times, not a thousand.
	leastHold, mostHold = 100 * time.Millisecond, 15 * time.Second
	// forget is how long after the last throttled reply the bound is dropped.
	forget = 2 * time.Minute
)

// How many retries an outage may cost an API: a stock, and what refills it.
const (
	retryStock     = 100.0
	retryPerSecond = 1.0
	retryPerAccept = 0.5
)

// pace gives turns to the requests of one API, for all callers together. It
// keeps to the rate it was told, finds the account's own by being throttled
// (additive increase, multiplicative decrease), and bounds retries in an outage.
// The zero pace gives every turn at once until it is throttled.
type pace struct {
	told float64 // requests a second; zero means no bound

	mu      sync.Mutex
	found   float64   // the rate found by being throttled; zero means no bound
	knee    float64   // the rate that it was last cut to
	cut     time.Time // when it was last cut
	slowed  time.Time // when a throttled reply last counted
	row     int       // throttled replies that counted, with nothing let through between
	raised  time.Time // when it was last raised
	sent    second    // turns given that were not answered by throttling
	until   time.Time // no turn before: the cloud asked for it
	next    time.Time // when the next turn is due
	waiting []*turn   // the oldest first

	retries  float64 // used up of the stock
	refilled time.Time
}

// turn is a request that waits. It looks at its watch itself while it is the first.
type turn struct {
	since time.Time
	look  chan struct{} // holds one when there may be something new
}

// rate is the bound in force, in requests a second; zero means none. The lock is
// held.
func (p *pace) rate() float64 {
	switch {
	case p.found == 0 || time.Since(p.cut) > forget:
		return p.told
	case p.told == 0:
		return p.found
	default:
		return min(p.told, p.found)
	}
}

// delay returns how long a request that comes now has to wait for its turn.
func (p *pace) delay() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	at := later(now, p.until)
	if rate := p.rate(); rate > 0 {
		at = later(at, p.next).Add(seconds(float64(len(p.waiting)) / rate))
	}
	return at.Sub(now)
}

// wait waits for a turn, or until ctx ends, which it returns as the error. Turns
// are given to those who have waited longest, since is when the request first
// asked for one: what has to be sent again does not queue up behind everybody.
func (p *pace) wait(ctx context.Context, since time.Time) error {
	p.mu.Lock()
	if len(p.waiting) == 0 && p.take() == 0 {
		p.mu.Unlock()
		return ctx.Err()
	}
	mine := &turn{since: since, look: make(chan struct{}, 1)}
	at, _ := slices.BinarySearchFunc(p.waiting, since, func(t *turn, since time.Time) int {
		if t.since.After(since) {
			return 1
		}
		return -1 // behind those who came at the same time
	})
	p.waiting = slices.Insert(p.waiting, at, mine)
	p.mu.Unlock()
	defer p.leave(mine)
	for {
		p.mu.Lock()
		var due <-chan time.Time
		if p.waiting[0] == mine {
			left := p.take()
			if left == 0 {
				p.mu.Unlock()
				return nil
			}
			timer := time.NewTimer(left)
			defer timer.Stop()
			due = timer.C
		}
		p.mu.Unlock()
		select {
		case <-due:
		case <-mine.look:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// leave takes a turn out of the line, given or not, and lets the next one look.
func (p *pace) leave(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = slices.DeleteFunc(p.waiting, func(w *turn) bool { return w == t })
	p.nudge()
}

// nudge lets the first in line look again. The lock is held.
func (p *pace) nudge() {
	if len(p.waiting) == 0 {
		return
	}
	select {
	case p.waiting[0].look <- struct{}{}:
	default:
	}
}

// take takes a turn if one is due, or else returns how long until it is. The lock
// is held.
func (p *pace) take() time.Duration {
	now, rate := time.Now(), p.rate()
	due := p.until
	if rate > 0 {
		due = later(due, p.next)
	}
	if due.After(now) {
		return due.Sub(now)
	}
	if rate > 0 {
		p.next = now.Add(seconds(1 / rate))
	}
	p.sent.add(now, now, 1)
	return 0
}

// answered tells the pace how a request fared that was sent then.
func (p *pace) answered(sent time.Time, e *eni.Error, hint time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.cut) > forget {
		p.found = 0
	}
	if hint > 0 {
		p.until = later(p.until, now.Add(hint))
	}
	switch {
	case e == nil:
		p.speedUp(now)
	case e.Kind == eni.ErrThrottled:
		p.sent.add(now, sent, -1)
		if !sent.Before(p.slowed) { // those sent before tell nothing new
			p.slowDown(now)
		}
	}
	p.nudge()
}

// speedUp raises the rate that was found. The lock is held.
func (p *pace) speedUp(now time.Time) {
	p.retries = max(p.retries-retryPerAccept, 0)
	p.row = 0
	if p.found > 0 {
		p.found += raise * p.knee * min(now.Sub(p.raised).Seconds(), 1)
	}
	p.raised = now
}

// slowDown holds all requests for a moment, which grows while nothing gets
// through, and cuts the rate to a part of what got through in the last second.
// The lock is held.
func (p *pace) slowDown(now time.Time) {
	p.slowed = now
	p.until = later(p.until, now.Add(min(leastHold<<p.row, mostHold)))
	p.row = min(p.row+1, 16)
	if p.found > 0 && now.Sub(p.cut) < time.Second {
		return // the second that the last cut was drawn from is not over
	}
	p.cut, p.raised = now, now
	if through := float64(p.sent.sum(now)) * cutback; through > 0 {
		if p.found > 0 {
			through = min(through, p.found*cutback)
		}
		p.found, p.knee = through, through
	}
}

// retry takes a retry from the stock and returns how long to wait for it. While
// requests get through, there is always one.
func (p *pace) retry() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.refilled.IsZero() {
		p.retries = max(p.retries-now.Sub(p.refilled).Seconds()*retryPerSecond, 0)
	}
	p.refilled = now
	p.retries++
	return seconds(max(p.retries-retryStock, 0) / retryPerSecond)
}

// second counts what happened in the last second, by tenths.
type second struct {
	counts [10]int
	last   int64 // the newest tenth
}

// add adds n at a time; what is older than a second is not counted.
func (s *second) add(now, at time.Time, n int) {
	s.turn(now)
	if tenth := tenths(at); tenth > s.last-int64(len(s.counts)) {
		s.counts[tenth%int64(len(s.counts))] += n
	}
}

func (s *second) sum(now time.Time) int {
	s.turn(now)
	sum := 0
	for _, n := range s.counts {
		sum += n
	}
	return max(sum, 0)
}

// turn clears the tenths that have passed.
func (s *second) turn(now time.Time) {
	newest := tenths(now)
	if newest-s.last >= int64(len(s.counts)) {
		s.counts = [10]int{}
	} else {
		for t := s.last + 1; t <= newest; t++ {
			s.counts[t%int64(len(s.counts))] = 0
		}
	}
	s.last = newest
}

func tenths(t time.Time) int64 { return t.UnixMilli() / 100 }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
