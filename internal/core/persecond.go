// SPDX-License-Identifier: Apache-2.0

package core

import (
	"time"
)

// How perSecond looks for the account's rate.
const (
	// firstRate and firstBurst are what an API is tried with of which nothing is
	// known, in requests a second and at once.
	firstRate, firstBurst = 20.0, 10
	// leastRate is what an account has at least: less is a window's.
	leastRate = 0.5
	// doubling is how long a rate is kept, while nothing is refused, before twice
	// that is tried; settling is how long it is kept where a refused rate is known.
	// Both are longer at rates at which they would have fewer than so many requests.
	doubling, doublingRequests = 250 * time.Millisecond, 5
	settling, settlingRequests = time.Second, 5
	sharing                    = 2 * time.Second
	// close is the part between the rate that is kept up and the one that was
	// refused that is not worth another try. It is tried again after a patience
	// that doubles with each failure.
	closePart                   = 0.05
	leastPatience, mostPatience = 5 * time.Second, 40 * time.Second
	// cutback is the part that is left of a rate that is refused and below which none
	// was kept up, and steepCutback after more than a few falls.
	cutback, steepCutback = 0.9, 0.75
	fewFalls              = 4
	// forgiving is how far apart refusals are of a rate that was kept up that change
	// nothing, and mostForgiving of the configured rate.
	forgiving, mostForgiving = 500 * time.Millisecond, 2 * time.Second
)

// perSecond is an even rate of requests. A rate that was not configured is looked for:
// doubled while nothing is refused, and halved into between the highest rate that
// was kept up and the lowest that was refused.
type perSecond struct {
	configured float64 // requests a second; zero where the rate is looked for, negative for no bound

	rate     float64       // in force, unless the configured one is lower; zero before the first request
	good     float64       // was kept up
	bad      float64       // was refused; zero where none is known
	since    time.Duration // when the rate was last set
	count    int           // permits since then that somebody waited for
	burst    int           // permits that are due at once: some at first, and after a quiet time while no refused rate is known
	patience time.Duration // before it is tried beyond the good rate, where bad is close
	refused  time.Duration // when the rate was last refused
	falls    int           // how often it was cut since a rate was last kept up
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
func (p *perSecond) doubles() bool { return p.configured <= 0 && p.bad == 0 }

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
	default:
		p.set(now, p.configured)
	}
	if p.doubles() {
		p.burst = min(p.burst+int(late.Seconds()*p.rate), firstBurst)
	}
	if p.burst > 0 {
		p.burst--
		return
	}
	if late < seconds(1/p.bound()) {
		p.count++
	}
}

// giveBack undoes it.
func (p *perSecond) giveBack() { p.count = max(p.count-1, 0) }

func (p *perSecond) set(now time.Duration, rate float64) { p.rate, p.since, p.count = rate, now, 0 }

// raise tries a higher rate where this one was kept up for long enough.
func (p *perSecond) raise(now time.Duration) {
	if p.configured > 0 && p.rate >= p.configured {
		return
	}
	long, requests := settling, float64(settlingRequests)
	switch {
	case p.bad == 0:
		long, requests = doubling, doublingRequests
	case p.good == 0:
		long = sharing
	}
	if kept := now - p.since; kept < long || float64(p.count) < requests || float64(p.count) < 0.75*p.rate*kept.Seconds() {
		if kept > 2*long && float64(p.count) < 0.75*p.rate*kept.Seconds() {
			p.set(now, p.rate) // nobody needed so much
		}
		return
	}
	p.good, p.falls = p.rate, 0
	switch {
	case p.bad == 0:
		p.patience = leastPatience
		p.set(now, 2*p.good)
	case p.bad > p.good*(1+closePart):
		p.set(now, (p.good+p.bad)/2)
	case now-p.refused > p.patience:
		p.patience = min(2*p.patience, mostPatience)
		p.bad = 0
		p.set(now, p.good*(1+closePart))
	default:
		p.set(now, p.good)
	}
}

// cut goes back to a rate that was kept up. Where it was this one, the quota is
// less than it was.
func (p *perSecond) cut(now time.Duration) {
	rate := p.rate
	quiet := now - p.refused
	if p.refused == 0 {
		quiet = forever
	}
	p.refused = now
	p.burst = 0
	switch {
	case p.configured > 0 && rate >= p.configured && quiet > mostForgiving:
		return // what is configured is right, as a rule: two requests were too close
	case p.good > 0 && rate <= p.good*1.01 && quiet > forgiving:
		return // likewise, or somebody else's request was there first
	}
	if rate == 0 {
		p.set(now, firstRate)
		return
	}
	p.bad = rate
	if p.patience == 0 {
		p.patience = leastPatience
	}
	if p.good > 0 && rate > p.good*1.01 {
		p.set(now, p.good)
		return
	}
	p.good, p.patience = 0, leastPatience
	if p.falls++; p.falls > fewFalls {
		p.set(now, max(rate*steepCutback, leastRate))
		return
	}
	p.set(now, max(rate*cutback, leastRate))
}

// estimate takes note of a rate that got through when none was known.
func (p *perSecond) estimate(now time.Duration, rate float64) {
	if rate = max(rate, p.rate/8, leastRate); rate < p.rate {
		p.good = rate
		p.set(now, rate)
	}
}
