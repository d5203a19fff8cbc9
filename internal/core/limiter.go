package core

import (
	"context"
	"slices"
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
	waiting []*waiter // the oldest first
	alarm   alarm     // for the first of them
}

// waiter waits for a permit. The oldest is served first, and a request that has
// to be sent again keeps its age.
type waiter struct {
	since   time.Duration
	granted func()  // called once, on another goroutine, without a lock
	permit  *permit // of a change; nil for another request
	waits   bool    // it is in the line
}

func newLimiter(a *alarms, configured float64) *limiter {
	l := &limiter{alarms: a, rate: rate{configured: configured}}
	l.alarm.run = l.serve
	return l
}

// take takes a permit if there is one at once, else puts the waiter in the line.
func (l *limiter) take(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.alarms.now()
	if len(l.waiting) == 0 && l.rate.take(now) == 0 {
		return true
	}
	w.waits = true
	l.waiting = slices.Insert(l.waiting, l.place(w.since), w)
	l.set(now)
	return false
}

// free reports whether there would be a permit at once.
func (l *limiter) free() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) == 0 && l.rate.wait(l.alarms.now()) == 0
}

// place is where a request of that age stands in the line, behind those that are
// as old. The lock is held.
func (l *limiter) place(since time.Duration) int {
	at, _ := slices.BinarySearchFunc(l.waiting, since, func(w *waiter, since time.Duration) int {
		if w.since > since {
			return 1
		}
		return -1
	})
	return at
}

// delay returns how long a waiter has to wait yet, as far as is known: for those
// before it in the line, not for all.
func (l *limiter) delay(w *waiter) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate.waitBehind(l.alarms.now(), l.place(w.since)-1)
}

// leave takes a waiter out of the line. It reports whether the waiter was there:
// if not, its permit was granted, or is just being.
func (l *limiter) leave(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.waits {
		return false
	}
	w.waits = false
	at := slices.Index(l.waiting, w)
	l.waiting = slices.Delete(l.waiting, at, at+1)
	if at == 0 {
		l.set(l.alarms.now())
	}
	return true
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
	if len(l.waiting) == 0 {
		l.alarms.cancel(&l.alarm)
		return
	}
	l.alarms.put(&l.alarm, now+l.rate.wait(now))
}

// serve grants the permits that are due.
func (l *limiter) serve() {
	var granted []*waiter
	l.mu.Lock()
	now := l.alarms.now()
	for len(l.waiting) > 0 && l.rate.take(now) == 0 {
		w := l.waiting[0]
		w.waits = false
		granted = append(granted, w)
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
	}
	l.set(now)
	l.mu.Unlock()
	for i, w := range granted {
		if i < len(granted)-1 {
			go w.granted()
		} else {
			w.granted()
		}
	}
}

// near calls f for those who will have their permit within a time, the first
// first, until f says no.
func (l *limiter) near(within time.Duration, f func(*waiter) bool) {
	l.mu.Lock()
	now := l.alarms.now()
	var soon []*waiter
	for i, w := range l.waiting {
		if l.rate.waitBehind(now, i) > within || len(soon) >= mostNear {
			break
		}
		soon = append(soon, w)
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
	granted := make(chan struct{})
	w := &waiter{since: l.alarms.now(), granted: func() { close(granted) }}
	if l.take(w) {
		return ctx.Err()
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

// answered tells the limiter how a request fared that was sent then. A hint holds
// the API only where the cloud is throttling or unavailable.
func (l *limiter) answered(sent time.Duration, e *eni.Error, hint time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.alarms.now()
	switch {
	case e == nil:
		l.rate.through(now)
	case e.Kind == eni.ErrThrottled:
		l.rate.throttled(now, sent, hint)
	case e.Kind == eni.ErrUnavailable:
		l.rate.hold(now, hint)
	}
	l.set(now)
}

// retry takes a retry from the stock and returns how long to wait for it.
func (l *limiter) retry() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate.retry(l.alarms.now())
}
