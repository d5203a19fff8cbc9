// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Began says that the request of a describe begins. It returns the value that
// identifies the describe when its result is reported. The runner may also begin
// describes that the lane did not ask for; they are evidence as well.
func (l *Lane) Began(now time.Duration) Describe {
	l.begin(now)
	l.describes = append(l.describes, Describe{event: l.events, at: now})
	l.end(now)
	return Describe{event: l.events, at: now}
}

// Describe identifies a describe in progress.
type Describe struct {
	event event
	at    time.Duration // when it began
}

// finish removes a describe from those in progress.
func (l *Lane) finish(d Describe) {
	l.describes = slices.DeleteFunc(l.describes, func(x Describe) bool { return x == d })
}

// Described reports the interface that a describe shows.
func (l *Lane) Described(now time.Duration, d Describe, i *eni.Interface) {
	l.begin(now)
	l.finish(d)
	l.lastDescribed = l.events
	if d.event > l.snapshot.event {
		l.missedAt, l.notFoundAt = longAgo, longAgo
		l.snapshot = newSnapshot(d.event, d.at, i)
		l.apply(now)
	}
	l.end(now)
}

// apply decides claims and goals by the latest describe.
func (l *Lane) apply(now time.Duration) {
	l.noteShown()
	l.clearDoubts()
	l.complete(now)
	l.explain(now)
	l.verify(now)
	for _, g := range slices.Clone(l.twins) {
		if g.place == behindTwin && g.precedes(l.snapshot.event) && l.verdictOn(g) == gone {
			l.decideBy(g, now)
		}
	}
	for i := range l.queues {
		l.sift(&l.queues[i], now)
	}
	l.siftWhole(now)
	l.checkStuck(now)
	l.pollLater(l.snapshot.at)
}

// siftWhole decides a queued detach or deletion when the interface has changed its
// state since it was verified.
func (l *Lane) siftWhole(now time.Duration) {
	var goals []*goal
	for _, a := range [...]Action{Detach, Delete} {
		l.queues[a.index()].all(func(g *goal) bool {
			goals = append(goals, g)
			return true
		})
	}
	for _, g := range goals {
		if g.precedes(l.snapshot.event) {
			l.decideBy(g, now)
		}
	}
}

// verify decides the goals that wait for a describe.
func (l *Lane) verify(now time.Duration) {
	goals := l.verifying
	l.verifying, l.verifyAt = nil, forever
	for _, g := range goals {
		switch {
		case g.place != inVerify:
		case !g.precedes(l.snapshot.event), g.answered > l.snapshot.event && l.verdictOn(g) == there:
			l.verifying = append(l.verifying, g)
			l.verifyAt = now
		case l.decideBy(g, now):
		case l.snapshot.at < g.notBefore:
			// The change that carried it may still run.
			l.verifying = append(l.verifying, g)
			l.verifyAt = min(l.verifyAt, g.notBefore, after(now, max(l.timing.verifyAgain, (now-g.lost)/4)))
		default:
			l.put(g, inQueue, now)
		}
	}
}

// precedes reports whether a describe begun at an event is evidence for at least one
// claim on the goal.
func (g *goal) precedes(began event) bool {
	return slices.ContainsFunc(g.queued, func(cl *Claim) bool { return cl.precedes(began) })
}

// decideBy decides the goal's claims for which the latest describe is evidence, and
// reports whether it did: a target that is there needs a change instead.
func (l *Lane) decideBy(g *goal, now time.Duration) bool {
	v, reason := judge(g.target, &l.snapshot)
	if l.enforce(g, v); !g.wanted() {
		return true
	}
	switch v {
	case there:
		return false
	case passing:
		l.object([]*goal{g}, reason, now)
		return true
	case leaving:
		l.serve(g, now)
		return true
	case attached:
		l.awaitDetach(g, reason)
		return true
	case gone, never, elsewhere:
	}
	l.decideClaims(g, now, func(cl *Claim) {
		switch {
		case v == gone, v == elsewhere && cl.credit:
			cl.decide(cl.goneOutcome(), nil)
		case v == never:
			cl.ruled = true
			cl.decide(eni.OutcomeRefused, reason)
		default:
			cl.decide(l.failedOutcome(cl), reason)
		}
	})
	return true
}

// decideClaims removes the claims from the queue for which the latest describe is
// evidence, and calls decide for each. Later claims wait for another describe.
func (l *Lane) decideClaims(g *goal, now time.Duration, decide func(*Claim)) {
	for _, cl := range slices.Backward(g.queued) {
		if cl.precedes(l.snapshot.event) {
			l.unqueue(cl)
			decide(cl)
		}
	}
	if g.wanted() {
		l.put(g, inVerify, now)
	} else {
		l.forget(g, now)
	}
}

// Failed says that a describe failed. That delays no other schedule than the one of
// describes.
func (l *Lane) Failed(now time.Duration, d Describe, e *eni.Error, v Verdict) {
	l.begin(now)
	l.finish(d)
	l.failed, l.failedErr = l.events, e
	if v.Retry && v.Pause >= 0 {
		l.describeAt = after(now, v.Pause)
		l.postpone(e, now)
	} else {
		l.undescribed(d, e, now)
		l.pollAt = max(l.pollAt, after(now, l.timing.maxPoll)) // a caller that keeps waiting must not cause a loop
	}
	l.end(now)
}

// waitingForDescription lists the goals that need a describe before they are sent.
func (l *Lane) waitingForDescription(now time.Duration) []*goal {
	var goals []*goal
	for _, g := range l.verifying {
		if g.place == inVerify {
			goals = append(goals, g)
		}
	}
	for i := range l.queues {
		if l.permits[i].state == permitHeld && !l.stuckWants(i) && l.needsSurvey(i, now) {
			goals = append(goals, l.nextBatch(i)...)
		}
	}
	return goals
}

// postpone decides the claims whose budget ends before the next describe. A failed
// describe does not count as an attempt.
func (l *Lane) postpone(e *eni.Error, now time.Duration) {
	for _, g := range l.waitingForDescription(now) {
		for _, cl := range slices.Backward(g.queued) {
			cl.lastErr = e
			if l.cfg.MaxElapsed > 0 && l.describeAt >= after(cl.call.began, l.cfg.MaxElapsed) {
				l.unqueue(cl)
				l.giveUp(cl, e)
			}
		}
		l.forget(g, now)
	}
}

// undescribed decides the claims that waited for a describe that failed and will not
// be retried: no change is sent without it.
func (l *Lane) undescribed(d Describe, e *eni.Error, now time.Duration) {
	for _, g := range l.waitingForDescription(now) {
		for _, cl := range slices.Backward(g.queued) {
			if !cl.precedes(d.event) {
				continue // a later describe is wanted for it
			}
			call, t := cl.call, cl.Target
			l.unqueue(cl)
			l.giveUp(cl, e)
			l.failCall(call, t, e, wholeCall, now) // the whole call is about this interface
		}
		l.forget(g, now)
	}
	l.stuck = nil
}

// Dropped says that a describe was given up.
func (l *Lane) Dropped(d Describe) { l.finish(d) }

// Missing says that a describe does not show the interface. The error is the one
// that claims get if the interface is missing.
func (l *Lane) Missing(now time.Duration, d Describe, e *eni.Error) {
	l.begin(now)
	l.finish(d)
	l.lastDescribed = l.events
	if d.event > l.snapshot.event {
		l.snapshot = snapshot{event: d.event, at: longAgo}
		if l.confirmMissing(d.at, now) {
			l.vanish(e, now)
		}
		l.pollLater(d.at)
		l.verifyAt = now
	}
	l.end(now)
}

// vanish decides all claims of an interface that is missing: everything on it is
// gone too.
func (l *Lane) vanish(e *eni.Error, now time.Duration) {
	for _, ch := range slices.Clone(l.changes) {
		if l.current != nil && l.current.original == ch {
			continue
		}
		if ch.taskID != "" && !ch.over && !ch.taskUnknown {
			ch.askAt = now // the task must confirm that the interface is missing
			continue
		}
		for _, cl := range slices.Backward(ch.claims) {
			if !cl.precedes(l.snapshot.event) {
				continue
			}
			var why *eni.Error
			if ch.Action == Detach {
				why = e // it is not only detached, it does not exist
			}
			l.conclude(cl, cl.goneOutcome(), why)
		}
		l.retireChange(ch, now)
	}
	var goals []*goal
	l.each(func(g *goal) { goals = append(goals, g) })
	for _, g := range goals {
		l.decideClaims(g, now, func(cl *Claim) { cl.decide(cl.goneOutcome(), cl.missingErr(e)) })
	}
}

// missingErr returns the error of a claim whose interface is missing: the cloud's
// error for its change if there is one, since it says more than a describe.
func (cl *Claim) missingErr(e *eni.Error) *eni.Error {
	if cl.Target.Action == Delete && (cl.shown || cl.sent) {
		return nil // that is the goal
	}
	if cl.lastErr != nil && cl.lastErr.Kind == eni.ErrNotFound {
		return cl.lastErr
	}
	return e
}
