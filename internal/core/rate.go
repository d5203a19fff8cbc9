package core

import "time"

// How a rate reacts to throttling.
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
	// forget is how long after the last throttled reply the estimate is dropped.
	forget = 2 * time.Minute
)

// How many retries an outage may cost an API: a stock, and what refills it.
const (
	retryStock     = 100.0
	retryPerSecond = 1.0
	retryPerAccept = 0.5
)

// rate says when the next permit is due. It keeps to the configured rate, finds
// the account's own by being throttled (additive increase, multiplicative
// decrease), and bounds retries in an outage. The zero rate has no bound until it
// is throttled.
type rate struct {
	configured float64 // requests a second; zero means no bound
	estimated  float64 // likewise, from throttled replies

	knee   float64       // the rate that it was last cut to
	cut    time.Duration // when it was last cut
	slowed time.Duration // when a throttled reply last counted
	row    int           // throttled replies that counted, with nothing let through between
	raised time.Duration // when it was last raised
	sent   second        // permits given that were not answered by throttling
	until  time.Duration // no permit before: the cloud asked for it
	next   time.Duration // when the next permit is due

	retries  float64 // used up of the stock
	refilled time.Duration
}

// bound is the bound in force, in requests a second; zero means none.
func (r *rate) bound(now time.Duration) float64 {
	estimated := r.estimated
	if now-r.cut > forget {
		estimated = 0
	}
	switch {
	case estimated == 0:
		return r.configured
	case r.configured == 0:
		return estimated
	default:
		return min(r.configured, estimated)
	}
}

// wait returns how long until a permit is due.
func (r *rate) wait(now time.Duration) time.Duration {
	due := r.until
	if r.bound(now) > 0 {
		due = max(due, r.next)
	}
	return max(due-now, 0)
}

// waitBehind returns how long until a permit is due for somebody behind n others.
func (r *rate) waitBehind(now time.Duration, n int) time.Duration {
	wait := r.wait(now)
	if bound := r.bound(now); bound > 0 && n > 0 {
		wait = saturate(wait, seconds(float64(n)/bound))
	}
	return wait
}

// take takes a permit if one is due, or else returns how long until it is.
func (r *rate) take(now time.Duration) time.Duration {
	if wait := r.wait(now); wait > 0 {
		return wait
	}
	if bound := r.bound(now); bound > 0 {
		r.next = saturate(now, seconds(1/bound))
	}
	r.sent.add(now, now, 1)
	return 0
}

// giveBack undoes a take.
func (r *rate) giveBack(now time.Duration) {
	if bound := r.bound(now); bound > 0 {
		r.next = max(r.next-seconds(1/bound), 0)
	}
	r.sent.add(now, now, -1)
}

// hold gives no permit for a time.
func (r *rate) hold(now, d time.Duration) { r.until = max(r.until, saturate(now, d)) }

// through notes a request that got through.
func (r *rate) through(now time.Duration) {
	r.retries = max(r.retries-retryPerAccept, 0)
	r.row = 0
	if r.estimated > 0 {
		r.estimated += raise * r.knee * min((now-r.raised).Seconds(), 1)
	}
	r.raised = now
}

// throttled notes a throttled reply to a request that was sent then. It holds all
// requests for a moment, which grows while nothing gets through, and cuts the rate
// to a part of what got through in the last second.
func (r *rate) throttled(now, sent, hint time.Duration) {
	r.hold(now, hint)
	r.sent.add(now, sent, -1)
	if sent < r.slowed {
		return // it was sent before, and tells nothing new
	}
	r.slowed = now
	r.hold(now, min(leastHold<<r.row, mostHold))
	r.row = min(r.row+1, 16)
	if now-r.cut > forget {
		r.estimated = 0
	}
	if r.estimated > 0 && now-r.cut < time.Second {
		return // the second that the last cut was drawn from is not over
	}
	r.cut, r.raised = now, now
	if through := float64(r.sent.sum(now)) * cutback; through > 0 {
		if r.estimated > 0 {
			through = min(through, r.estimated*cutback)
		}
		r.estimated, r.knee = through, through
	}
}

// retry takes a retry from the stock and returns how long to wait for it. While
// requests get through, there is always one. An outage leaves no debt.
func (r *rate) retry(now time.Duration) time.Duration {
	r.retries = max(r.retries-(now-r.refilled).Seconds()*retryPerSecond, 0)
	r.refilled = now
	if r.retries >= retryStock {
		return seconds(1 / retryPerSecond)
	}
	r.retries++
	return 0
}

// second counts what happened in the last second, by tenths.
type second struct {
	counts [10]int
	last   int64 // the newest tenth
}

// add adds n at a time; what is older than a second is not counted.
func (s *second) add(now, at time.Duration, n int) {
	s.turn(now)
	if tenth := tenths(at); tenth > s.last-int64(len(s.counts)) {
		s.counts[tenth%int64(len(s.counts))] += n
	}
}

func (s *second) sum(now time.Duration) int {
	s.turn(now)
	sum := 0
	for _, n := range s.counts {
		sum += n
	}
	return max(sum, 0)
}

// turn clears the tenths that have passed.
func (s *second) turn(now time.Duration) {
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

func tenths(t time.Duration) int64 { return t.Milliseconds() / 100 }

// seconds converts, and bounds what no duration can hold.
func seconds(s float64) time.Duration {
	if s >= forever.Seconds() {
		return forever
	}
	return time.Duration(s * float64(time.Second))
}

// forever is a time that does not come.
const forever time.Duration = 1 << 62

// saturate adds two times of which none is negative.
func saturate(a, b time.Duration) time.Duration {
	if a >= forever-b {
		return forever
	}
	return a + b
}
