// SPDX-License-Identifier: Apache-2.0

package core

import (
	"math/rand/v2"
	"time"
)

// How a rate reacts to a throttled reply.
const (
	// leastHold and mostHold bound how long nothing is sent after a throttled
	// reply; it doubles while nothing gets through.
	leastHold, mostHold = 100 * time.Millisecond, 5 * time.Second
	// usualLatency is how long a throttled reply takes, before there was one.
	usualLatency = 50 * time.Millisecond
	// mostVerify is how long a probe may take from its permit until it is sent.
	mostVerify = 2 * time.Second
	// remember is how long after the last throttled reply the account's quota is
	// remembered. People change quotas by asking the vendor, and others who share
	// the account come and go.
	remember = time.Hour
	// leastWindow is the least number for each minute that is looked for.
	leastWindow = 10
	// mostPerMinute is a number for each minute that is as good as none.
	mostPerMinute = 1e9
)

// rate says when the next permit is due. It keeps to the configured rates, and
// finds the account's own quota by being throttled: an even rate (persecond.go), a
// number for each minute (perminute.go), or both. The zero rate is configured for
// nothing. It has no clock: every method is told the time, and none is earlier
// than the one before.
type rate struct {
	second perSecond
	minute perMinute

	until time.Duration // no permit before
	next  time.Duration // when the next permit is due at the even rate

	// A streak of throttled replies with nothing let through between.
	row      int
	began    time.Duration // when the first of them was sent
	before   perSecond     // the rate before
	slowed   time.Duration // when the latest of them came that counted
	latency  time.Duration // how long throttled replies take
	probing  bool          // the next permit is a probe: it shows whether the cloud still throttles
	probed   time.Duration // when the latest probe was sent
	awaiting bool          // the probe has its permit and was not sent

	passed tally // permits of the last minute that were not answered by throttling
}

// newRate makes a rate that is configured for so many requests a second, as
// [configured] returns them, and in each minute, where that is more than zero. Its
// times count from the origin.
func newRate(second, minute float64, origin time.Time) rate {
	r := rate{second: perSecond{configured: second}}
	r.minute.clock = windowLength - time.Duration(origin.UnixNano())%windowLength
	if minute > 0 && minute < mostPerMinute {
		r.minute.configured = max(int(minute), 1)
	}
	return r
}

// wait returns how long until a permit is due.
func (r *rate) wait(now time.Duration) time.Duration {
	return max(r.due(now)-now, 0)
}

func (r *rate) due(now time.Duration) time.Duration {
	r.expire(now)
	return max(r.until, r.next, r.minute.due(now))
}

// expire forgets what was found out long ago.
func (r *rate) expire(now time.Duration) {
	if r.slowed > 0 && now-r.slowed > remember {
		*r = rate{
			second: perSecond{configured: r.second.configured}, minute: perMinute{configured: r.minute.configured, clock: r.minute.clock},
			until: r.until,
		}
	}
}

// waitBehind returns how long until a permit is due for somebody behind n others, as
// far as is known: a rate that still doubles says nothing.
func (r *rate) waitBehind(now time.Duration, n int) time.Duration {
	wait := r.wait(now)
	if !r.second.doubles() {
		wait = saturate(wait, seconds(float64(n)/r.second.bound()))
	}
	return max(wait, r.minute.behind(now, n))
}

// take takes a permit if one is due, or else returns how long until it is.
func (r *rate) take(now time.Duration) time.Duration {
	if wait := r.wait(now); wait > 0 {
		return wait
	}
	if r.row == 0 {
		r.second.raise(now)
	}
	r.second.taken(now, now-r.next)
	interval := r.second.interval()
	opens, beyond := r.minute.taken(now)
	switch {
	case opens || r.probing:
		r.probing, r.awaiting, r.probed = false, true, now
		interval = max(interval, mostVerify)
	case beyond > 0:
		interval = max(interval, 2*r.answersIn()>>min(beyond-1, 16))
	}
	r.next = saturate(now, interval)
	r.passed.add(now, now, 1)
	return 0
}

// sends notes that a request is sent: some wait after their permit, for a describe.
// After a probe nothing is sent for as long as a throttled reply takes.
// It reports whether that changes when the next permit is due.
func (r *rate) sends(now time.Duration) bool {
	if !r.awaiting {
		return false
	}
	r.awaiting, r.probed = false, now
	r.minute.sends(now)
	r.next = saturate(now, max(r.second.interval(), 2*r.answersIn()))
	return true
}

// answersIn is how long a throttled reply takes.
func (r *rate) answersIn() time.Duration {
	if r.latency == 0 {
		return usualLatency
	}
	return r.latency
}

// giveBack undoes a take.
func (r *rate) giveBack(now time.Duration) {
	if r.awaiting {
		r.awaiting, r.probing, r.next = false, true, now
	}
	r.next = max(r.next-r.second.interval(), 0)
	r.second.giveBack()
	r.minute.giveBack()
	r.passed.add(now, now, -1)
}

// hold gives no permit for a time.
func (r *rate) hold(now, d time.Duration) { r.until = max(r.until, saturate(now, d)) }

// through notes that a request got through that was sent then.
func (r *rate) through(now, sent time.Duration) {
	r.minute.confirm(sent)
	if sent <= r.slowed {
		return
	}
	if r.row >= 3 {
		r.passed.forget() // what came before was another window's, perhaps
	}
	if r.row > 3 && !r.minute.over {
		// The cloud let one through after so long.
		r.second.estimate(now, 1/(sent-r.began).Seconds())
	}
	r.row = 0
}

// unanswered notes that the answer was lost to a request that was sent then.
func (r *rate) unanswered(now, sent, hint time.Duration) {
	r.hold(now, hint)
	r.minute.unanswered(now, sent)
}

// throttled notes a throttled reply to a request that was sent then. It holds all
// requests for a moment, which grows while nothing gets through, and takes the
// request out of the count of what got through.
func (r *rate) throttled(now, sent, hint time.Duration) {
	r.hold(now, hint)
	r.passed.add(now, sent, -1)
	r.minute.refused(sent)
	if sent < r.slowed {
		return // it was sent before the latest reply, and tells nothing new
	}
	r.slowed = now
	r.latency = min(max(now-sent, time.Millisecond), time.Second)
	r.probing = true
	if r.probed >= r.began && sent >= saturate(r.probed, 2*r.latency) {
		r.row = 0 // the probe got through
	}
	if r.row == 0 {
		r.began, r.before = sent, r.second
	}
	if r.minute.throttled(now, sent) {
		r.second, r.row = r.before, 0
		return
	}
	if r.row == 0 {
		r.second.cut(now)
	}
	r.row++
	if r.looksLikeWindow(now) {
		r.minute.detect(now, r.began, r.passed.sum(now))
		r.second, r.row = r.before, 0
		return
	}
	hold := min(leastHold<<min(r.row-1, 16), mostHold)
	if r.row < 12 {
		hold = min(hold, 800*time.Millisecond)
	}
	r.hold(now, jitter(hold, now))
}

// jitter changes a pause by up to a half, so that two clients do not meet again and
// again. It draws from the time.
func jitter(d, now time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.5 + rand.New(rand.NewPCG(uint64(now), 0)).Float64())) //nolint:gosec // it is no secret, and no time is negative
}

// looksLikeWindow reports whether nothing gets through although an even rate of
// what got through in the last minute would have let several through.
func (r *rate) looksLikeWindow(now time.Duration) bool {
	const rows, rowsKnown, missing = 5, 3, 3
	passed := r.passed.sum(now)
	switch evenly := float64(passed) / time.Minute.Seconds(); {
	case !r.minute.known:
		return r.row >= rows && passed >= leastWindow && (now-r.began).Seconds()*evenly >= missing
	case r.row >= rowsKnown && r.minute.configured == 0 && passed < leastWindow:
		r.minute = perMinute{clock: r.minute.clock} // it was somebody else who took them all
		return false
	default:
		return r.row >= rowsKnown
	}
}

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
