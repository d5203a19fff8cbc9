// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Tick advances the time: what waits for a time continues.
func (l *Lane) Tick(now time.Duration) {
	l.begin(now)
	l.end(now)
}

// begin begins an event, and handles everything that its time ends.
func (l *Lane) begin(now time.Duration) {
	l.events++
	l.now = now
	for i := range l.queues {
		l.queues[i].advance(now)
	}
	l.expire(now)
	for len(l.doubts) > 0 && now >= l.doubts[0].until {
		g := l.doubts[0].goal
		l.doubts = l.doubts[1:]
		switch {
		case !g.used():
			l.forget(g, now)
		case !g.overdue:
			g.overdue = true
			l.overdue = append(l.overdue, g)
		}
	}
	if l.stuck != nil && !l.mayResend(l.stuck, now) {
		l.stuck = nil
	}
	if l.awaits != nil && (l.awaits.over || len(l.awaits.claims) == 0 || now >= after(l.awaits.answered, l.timing.awaitPatience)) {
		l.awaits = nil
	}
}

// end ends an event, and compares the goals to be sent next with the latest describe.
func (l *Lane) end(now time.Duration) {
	l.forgetRefusals()
	l.endTwins(now)
	for i := range l.queues {
		if l.permits[i].state == permitHeld {
			l.sift(&l.queues[i], now)
		}
	}
}

// sift decides goals of the next change by the latest describe: an address that can
// never be released, and one that is gone and whose calls are too old to be evidence.
func (l *Lane) sift(q *queue, now time.Duration) {
	if now > after(l.snapshot.at, l.timing.surveyed) {
		return
	}
	var final []*goal
	passed := 0
	q.all(func(g *goal) bool {
		v := l.verdictOn(g)
		switch {
		case v == never && g.newest < l.snapshot.event:
			final = append(final, g)
		case v == gone && g.newest < l.snapshot.event && !g.target.Action.Whole() && !l.fresh(g, now) && l.freshSnapshot(now):
			final = append(final, g)
		default:
			passed++
		}
		return passed < l.cfg.PerChange
	})
	for _, g := range final {
		l.decideBy(g, now)
	}
}

// expire ends the calls whose MaxElapsed is over: all open claims if the user set it,
// else those that would be sent again.
func (l *Lane) expire(now time.Duration) {
	if l.cfg.MaxElapsed <= 0 {
		return
	}
	for l.calls.due != nil && now >= after(l.calls.due.began, l.cfg.MaxElapsed) {
		call := l.calls.due
		l.calls.due = call.next
		call.expired = true
		l.retireCall(call, now, elapsed, func(cl *Claim) bool {
			return l.cfg.BoundsFirst || cl.lastErr != nil // the first sending is bounded by the context
		})
	}
}

// elapsed returns the error of a claim whose MaxElapsed is over.
func elapsed(last *eni.Error) *eni.Error {
	if last != nil {
		return last
	}
	return &eni.Error{Kind: eni.ErrUnavailable, Message: "not answered within Retry.MaxElapsed"}
}

// nextExpiry returns when the next call's MaxElapsed is over.
func (l *Lane) nextExpiry() time.Duration {
	if l.cfg.MaxElapsed <= 0 || l.calls.due == nil {
		return forever
	}
	return after(l.calls.due.began, l.cfg.MaxElapsed)
}

// endTwins moves the goals to verification whose twin's change is over or refused, or
// was accepted twinPatience ago.
func (l *Lane) endTwins(now time.Duration) {
	if now < l.twinsAt {
		return
	}
	l.twinsAt = forever
	kept := l.twins[:0]
	for _, g := range l.twins {
		switch {
		case g.place != behindTwin: // it is not wanted, or in another place
		case g.inProgress:
			kept = append(kept, g)
		case l.waitsForTwin(g, now):
			kept = append(kept, g)
			l.twinsAt = min(l.twinsAt, after(g.change.answered, l.timing.twinPatience))
		default:
			l.put(g, inVerify, now)
		}
	}
	clear(l.twins[len(kept):])
	l.twins = kept
}

// waitsForTwin reports whether an accepted change of an earlier caller may still
// do what the goal wants.
func (l *Lane) waitsForTwin(g *goal, now time.Duration) bool {
	return g.change != nil && !g.change.over && g.accepted > 0 && now < after(g.change.answered, l.timing.twinPatience)
}
