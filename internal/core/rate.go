// SPDX-License-Identifier: Apache-2.0

package core

import (
	"math/rand/v2"
	"time"
)

// How a rate reacts to a throttled reply.
const (
	// quickRetries is how many of a streak are followed by a quick retry, after
	// quickPause of the interval between two permits, and twice that, and so on. An even
	// rate was refused because another client's request was there first, or because it
	// is a little too high: the next request is let through soon. A retry that gets
	// through just after the other client's request keeps the two apart from then on.
	// If they take less than an interval, there are more, up to mostQuickRetries: a token
	// of the quota comes once in an interval.
	quickRetries, mostQuickRetries, quickPause = 3, 6, 0.02
	// leastHold and mostHold bound how long nothing is sent after a throttled
	// reply; it doubles while nothing gets through. In a streak of fewer than these it is
	// moderateHold at most, and crowdedHold where so little got through in the last
	// minute that other clients took the quota, not a window that is used up.
	leastHold, mostHold          = 100 * time.Millisecond, 5 * time.Second
	crowdedHold, crowdedStreak   = leastHold, 20
	moderateHold, moderateStreak = 1200 * time.Millisecond, 32
	// crowdedSpan is how long a streak lasts, after so many short ones, until it looks
	// like a window that is used up, and not like other clients.
	crowdedSpan, manyShorts = 4 * time.Second, 3
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
	shorts   int           // how many streaks were short
	slowed   time.Duration // when the latest of them came that counted
	latency  time.Duration // how long throttled replies take
	probing  bool          // the next permit is a probe: it shows whether the cloud still throttles
	probed   time.Duration // when the latest probe was sent
	awaiting bool          // the probe has its permit and was not sent

	passed tally // permits of the last minute that were not answered by throttling
}

// quotas are what is known of the quotas of an API before its first request.
type quotas struct {
	configured float64 // requests a second that the user allows; zero for none, negative for no bound
	documented float64 // requests a second that the vendor documents; zero for none
	perMinute  float64 // requests in each minute that the user allows; zero or less for none
}

// newRate makes a rate. Its times count from the origin.
func newRate(q quotas, origin time.Time) rate {
	var r rate
	switch {
	case q.configured < 0 || q.configured > 0: // it is a number
		r.second.configured = q.configured
	case q.documented > 0:
		r.second.configured, r.second.documented = q.documented, true
	}
	r.minute.clock = windowLength - time.Duration(origin.UnixNano())%windowLength
	if q.perMinute > 0 && q.perMinute < mostPerMinute {
		r.minute.configured = max(int(q.perMinute), 1)
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
			second: perSecond{configured: r.second.configured, documented: r.second.documented}, minute: perMinute{configured: r.minute.configured, clock: r.minute.clock},
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
	if r.row <= quickRetries {
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
	r.endStreak()
}

// endStreak notes that a request got through after the latest of a streak.
func (r *rate) endStreak() {
	if r.row > 0 && r.row <= quickRetries+1 {
		r.shorts++
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
		r.endStreak() // the probe got through
	}
	if r.row == 0 {
		r.began, r.before = sent, r.second
	}
	if r.minute.throttled(now, sent) {
		r.second, r.row = r.before, 0
		return
	}
	r.row++
	r.second.cut(now, sent, r.row)
	if r.looksLikeWindow(now) {
		r.minute.detect(now, r.began, r.passed.sum(now))
		r.second, r.row = r.before, 0
		return
	}
	if r.retriesQuickly() {
		r.next = now
	}
	r.hold(now, jitter(r.pause(now), now))
}

// retriesQuickly reports whether the latest throttled reply is one of an even rate.
// While nothing limited the rate, a streak is that of a window, as a rule.
func (r *rate) retriesQuickly() bool {
	switch {
	case !r.before.limited:
		return false
	case r.row <= quickRetries:
		return true
	default:
		return r.row <= mostQuickRetries && (r.slowed-r.began).Seconds() < 1/r.second.bound()
	}
}

// pause is how long nothing is sent after the latest reply of a streak.
func (r *rate) pause(now time.Duration) time.Duration {
	if r.retriesQuickly() {
		return seconds(quickPause * float64(int(1)<<(r.row-1)) / r.second.bound())
	}
	row := r.row
	if r.before.limited {
		row -= quickRetries
	}
	pause := min(leastHold<<min(row-1, 16), mostHold)
	switch {
	case r.row < crowdedStreak && r.passed.sum(now) < leastWindow:
		return min(pause, crowdedHold)
	case r.row < moderateStreak:
		return min(pause, moderateHold)
	default:
		return pause
	}
}

// jitter changes a pause by up to a half, so that two clients do not meet again and
// again. It draws from the time.
func jitter(d, now time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.5 + rand.New(rand.NewPCG(uint64(now), 0)).Float64())) //nolint:gosec // it is no secret, and no time is negative
}

// looksLikeWindow reports whether nothing gets through although an even rate of
// what got through in the last minute would have let several through.
func (r *rate) looksLikeWindow(now time.Duration) bool {
	const rows, rowsLimited, rowsKnown, missing = 5, 8, 3, 2
	passed := r.passed.sum(now)
	switch evenly := float64(passed) / time.Minute.Seconds(); {
	case !r.minute.known && r.shorts >= manyShorts: // it may be other clients of the account
		return r.row >= rowsLimited && passed >= leastWindow && now-r.began >= crowdedSpan && (now-r.began).Seconds()*evenly >= missing
	case !r.minute.known:
		return r.row >= rows && passed >= leastWindow && (now-r.began).Seconds()*evenly >= missing
	case r.row >= rowsKnown && r.minute.configured == 0 && passed < leastWindow:
		r.minute = perMinute{clock: r.minute.clock} // it was somebody else who took them all
		return false
	default:
		return r.row >= rowsKnown
	}
}
