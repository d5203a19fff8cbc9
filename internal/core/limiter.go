// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// limiter gives permits to the requests of one API, for all callers together. It
// keeps to the rate that was configured and to the one that it has estimated from
// throttled replies; see rate.go.
type limiter struct {
	alarms *alarms

	mu      sync.Mutex
	rate    rate
	retries retries
	waiting line
	alarm   alarm // for the first of them
}

// newLimiter makes the limiter of an API.
func newLimiter(a *alarms, q quotas) *limiter {
	l := &limiter{alarms: a, rate: newRate(q, a.origin)}
	l.alarm.rings = l
	return l
}

// take takes a permit if there is one at once, else puts the waiter in the line.
func (l *limiter) take(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.alarms.now()
	if l.waiting.empty() && l.rate.take(now) == 0 {
		return true
	}
	l.waiting.push(w)
	l.set(now)
	return false
}

// try takes a permit if there is one at once.
func (l *limiter) try() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.empty() && l.rate.take(l.alarms.now()) == 0
}

// free reports whether there would be a permit at once.
func (l *limiter) free() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.empty() && l.rate.wait(l.alarms.now()) == 0
}

// delay returns how long a waiter has to wait yet, as far as is known, if it has a
// deadline then, as [waiter] has it: for those before it in the line, not for all.
func (l *limiter) delay(w *waiter, due time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.waits {
		return 0
	}
	sooner := waiter{since: w.since, due: due, seq: w.seq}
	return l.rate.waitBehind(l.alarms.now(), l.waiting.ahead(&sooner))
}

// hasten moves a waiter to where it belongs with a sooner deadline, if it is in the
// line.
func (l *limiter) hasten(w *waiter, due time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waiting.take(w) {
		return
	}
	w.due = due
	l.waiting.push(w)
}

// leave takes a waiter out of the line. It reports whether the waiter was there:
// if not, its permit was granted, or is just being.
func (l *limiter) leave(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := w.waits && l.waiting.first() == w
	left := l.waiting.take(w)
	if first {
		l.set(l.alarms.now())
	}
	return left
}

// giveBack returns a permit that nobody needs any more.
func (l *limiter) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.alarms.now()
	l.rate.giveBack(now)
	l.set(now)
}

// set sets the alarm for the first in line. The lock is held.
func (l *limiter) set(now time.Duration) {
	if l.waiting.empty() {
		l.alarms.cancel(&l.alarm)
		return
	}
	l.alarms.put(&l.alarm, now+l.rate.wait(now))
}

// ring grants the permits that are due.
func (l *limiter) ring() {
	var granted []func()
	l.mu.Lock()
	now := l.alarms.now()
	for !l.waiting.empty() && l.rate.take(now) == 0 {
		w := l.waiting.first()
		l.waiting.take(w)
		granted = append(granted, w.granted)
	}
	l.set(now)
	l.mu.Unlock()
	sideBySide(granted)
}

// near calls f for those who will have their permit within a time, the first
// first, until f says no.
func (l *limiter) near(within time.Duration, f func(*waiter) bool) {
	l.mu.Lock()
	now := l.alarms.now()
	soon := l.waiting.list(mostNear)
	for i := range soon {
		if l.rate.waitBehind(now, i) > within {
			soon = soon[:i]
			break
		}
	}
	l.mu.Unlock()
	for _, w := range soon {
		if !f(w) {
			return
		}
	}
}

// mostNear bounds how many near shows.
const mostNear = 256

// wait takes a permit, or waits for one until ctx ends, which it returns as the
// error.
func (l *limiter) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	granted := make(chan struct{})
	w := &waiter{since: l.alarms.now(), granted: func() { close(granted) }}
	if l.take(w) {
		return nil
	}
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
		if !l.leave(w) {
			l.giveBack()
		}
		return ctx.Err()
	}
}

// sends tells the limiter that a request with a permit is sent now, which it
// returns.
func (l *limiter) sends() (now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now = l.alarms.now()
	if l.rate.sends(now) {
		l.set(now)
	}
	return now
}

// answered tells the limiter how a request fared that was sent then. A hint holds
// the API only where the cloud is throttling or unavailable.
func (l *limiter) answered(sent time.Duration, e *eni.Error, hint time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.alarms.now()
	switch {
	case e == nil:
		l.retries.accepted()
		l.rate.through(now, sent)
	case e.Kind == eni.ErrThrottled:
		l.rate.throttled(now, sent, hint)
	case e.Kind == eni.ErrUnavailable:
		l.rate.unanswered(now, sent, hint)
	default:
		l.rate.through(now, sent) // whatever it says, it was let through
	}
	l.set(now)
}

// retry takes a retry from the stock and returns how long to wait for it.
func (l *limiter) retry() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.retries.take(l.alarms.now())
}
