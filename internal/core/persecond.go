// SPDX-License-Identifier: Apache-2.0

package core

import (
	"math"
	"time"
)

// How perSecond finds the rate of the account.
const (
	// firstRate and firstBurst are what an unknown API is tried with, in requests a
	// second and at once.
	firstRate, firstBurst = 20.0, 10
	// documentedPart is the part of the documented rate that it is tried with, unless
	// firstRate is more: the account's own quota may be less.
	documentedPart = 4
	// leastRate is what an account has at least: less is a quota for each minute.
	leastRate = 0.5
	// doubling is how long a rate is kept, while nothing is refused, before twice
	// that is tried. It is longer at rates at which it has fewer than so many requests.
	doubling, doublingRequests = 250 * time.Millisecond, 5
	// demand is the part of the permits that somebody must wait for, or the rate is
	// not raised.
	demand = 0.5

	// The parts that a refusal takes off the rate: the first refusal, while the rate
	// doubles or at the configured rate; afterwards the first of a streak, and each
	// further one. The first cut is deep: two clients that begin together must come
	// below half of the quota each, or the faster one takes all of it.
	doubledCut, configuredCut = 0.7, 0.35
	streakCut, furtherCut     = 0.05, 0.1
	// furtherCuts is how many further refusals of a streak cut the rate. A longer
	// streak says that something else is wrong.
	furtherCuts = 3

	// Between refusals the rate grows by stepScale times its square root each second.
	// The square root lets the slower one of two clients catch up. A request adds
	// mostStep of the rate at most, or a small rate is refused at each second request.
	stepScale, mostStep = 0.063, 0.01
	// hasten is after how long without a refusal the rate grows twice as fast; after
	// twice that, five times as fast: the quota is higher than it was.
	hasten = 2 * time.Second
)

// perSecond is an even rate of requests. A rate that is not configured is doubled until
// the first refusal. From then on it is raised by small steps, and each refusal cuts it
// by a small part.
//
// Several clients of one account, which know nothing of each other, come to equal
// shares in this way: each refusal takes more from the faster client, and the steps
// are nearly the same for both.
type perSecond struct {
	configured float64 // requests a second; zero for none, negative for no bound
	documented bool    // the vendor configured it, not the user: it is approached from below

	rate     float64       // in force, unless the configured one is lower; zero before the first request
	limited  bool          // a rate was refused
	since    time.Duration // when the rate was last set
	count    int           // permits since then that somebody waited for
	refused  time.Duration // when the rate was last cut, or last not needed
	burst    int           // permits that are due at once: some at first, and after a quiet time
	bursting time.Duration // when the latest of them was taken
	shallow  bool          // a burst was refused: there are no more
}

// bound is the rate in force, in requests a second.
func (p *perSecond) bound() float64 {
	switch {
	case p.rate == 0:
		return max(p.configured, 0)
	case p.configured > 0:
		return min(p.rate, p.configured)
	default:
		return p.rate
	}
}

// doubles reports whether nothing is known that limits the rate.
func (p *perSecond) doubles() bool {
	return !p.limited && (p.configured <= 0 || p.documented && p.rate < p.configured)
}

// interval is the time between two permits.
func (p *perSecond) interval() time.Duration {
	if p.burst > 0 || p.bound() == 0 {
		return 0
	}
	return seconds(1 / p.bound())
}

// taken notes a permit that was due so long ago.
func (p *perSecond) taken(now, late time.Duration) {
	switch {
	case p.rate > 0:
	case p.configured < 0:
		return
	case p.configured == 0:
		p.set(now, firstRate)
		p.burst = firstBurst
	case p.documented && p.configured > firstRate:
		p.set(now, max(p.configured/documentedPart, firstRate))
		p.burst = firstBurst
	default:
		p.set(now, p.configured)
	}
	if p.doubles() && !p.shallow {
		p.burst = min(p.burst+int(late.Seconds()*p.rate), firstBurst)
	}
	if p.burst > 0 {
		p.burst--
		p.bursting = now
		return
	}
	if late < seconds(1/p.bound()) {
		p.count++
	}
}

// giveBack undoes it.
func (p *perSecond) giveBack() { p.count = max(p.count-1, 0) }

func (p *perSecond) set(now time.Duration, rate float64) {
	if p.configured > 0 {
		rate = min(rate, p.configured)
	}
	p.rate, p.since, p.count = rate, now, 0
}

// raise tries a higher rate where this one is needed.
func (p *perSecond) raise(now time.Duration) {
	if p.configured > 0 && p.rate >= p.configured {
		return
	}
	kept := now - p.since
	needed := float64(p.count) >= demand*p.rate*kept.Seconds()
	switch {
	case !needed:
		if kept > 2*doubling && kept.Seconds()*p.rate > doublingRequests {
			p.set(now, p.rate) // what was needed before is no longer known
			p.refused = now    // and a quiet time says nothing about the quota
		}
	case p.limited:
		p.set(now, p.rate+p.step(now)*min(kept.Seconds(), 1))
	case kept >= doubling && p.count >= doublingRequests:
		p.set(now, 2*p.rate)
	}
}

// step is by how much the rate grows in a second.
func (p *perSecond) step(now time.Duration) float64 {
	quiet := (now - p.refused).Seconds() / hasten.Seconds()
	step := min(stepScale*math.Sqrt(p.rate), mostStep*p.rate*p.rate)
	return min(step*(1+quiet*quiet), p.rate)
}

// cut takes a part off the rate. The request that was refused was sent then, as the
// nth of a streak.
func (p *perSecond) cut(now, sent time.Duration, streak int) {
	part := 0.0
	switch {
	case p.rate == 0: // there was no bound
		p.set(now, firstRate)
		return
	case p.doubles() && sent <= p.bursting: // it was the burst that was refused
	case p.doubles():
		part, p.limited = doubledCut, true
	case !p.limited:
		part, p.limited = configuredCut, true
	case streak == 1:
		part = streakCut
	case streak <= 1+furtherCuts:
		part = furtherCut
	default:
		return
	}
	p.burst, p.shallow, p.refused = 0, true, now
	p.set(now, max(p.rate*(1-part), leastRate))
}
