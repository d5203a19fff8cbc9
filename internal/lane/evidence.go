// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// The evidence rules. Without any one clause a caller can get a false outcome; the
// tests beside this file show how. The durations are in timing.go.

// precedes reports whether what a request showed that began at an event says
// anything about a claim: it must have begun after the caller's call, and after
// the latest change that carried the claim. What was seen before may have
// changed since.
func (cl *Claim) precedes(began event) bool { return cl.since < began }

// doubtEnd returns when no change of this client can act on the goal's target any
// more. Doubt belongs to the target, whichever caller wanted the change.
func (l *Lane) doubtEnd(g *goal) time.Duration {
	end := g.doubtUntil
	if g.change != nil && !g.change.over {
		end = max(end, after(g.change.answered, l.timing.changeLife))
	}
	return end
}

// doubted reports whether a change of this client may have removed the claim's
// target since the call, or still can.
func (l *Lane) doubted(cl *Claim) bool {
	return cl.goal.inProgress || l.doubtEnd(cl.goal) > cl.call.began
}

// clearDoubts ends the doubts about targets that the latest describe shows to be
// there, if the doubt had expired before the describe began.
func (l *Lane) clearDoubts() {
	kept := l.overdue[:0]
	for _, g := range l.overdue {
		cleared := l.doubtEnd(g) <= l.snapshot.at && l.verdictOn(g) == there
		if cleared {
			g.doubtUntil, g.change = longAgo, nil
		}
		if g.overdue = !cleared && g.used(); g.overdue {
			kept = append(kept, g)
		}
	}
	clear(l.overdue[len(kept):])
	l.overdue = kept
}

// doubt records that a change may act on the goal's target for changeLife from now.
func (l *Lane) doubt(g *goal, now time.Duration) {
	g.doubtUntil = after(now, l.timing.changeLife)
	l.doubts = append(l.doubts, doubt{g, g.doubtUntil})
}

// doubt is the time after which the lane may forget a goal that no claim has.
type doubt struct {
	goal  *goal
	until time.Duration
}

// givenUp returns the outcome of a claim that ends although its target was not seen
// gone. NotTried and Refused promise that no change of this client, for any caller,
// can still act on the target.
func (l *Lane) givenUp(cl *Claim) eni.Outcome {
	switch {
	case l.doubted(cl):
		return eni.OutcomeUnknown
	case cl.sent:
		return eni.OutcomeRefused
	default:
		return eni.OutcomeNotTried
	}
}

// goneOutcome returns the outcome of a claim whose target is gone.
func (cl *Claim) goneOutcome() eni.Outcome {
	if cl.credit {
		return eni.OutcomeReleased
	}
	return eni.OutcomeAbsent
}

// mayHaveActed gives the claim credit for a change whose response was lost, or that
// was refused but possibly done in part, unless the describe before the change did
// not show the target.
func (cl *Claim) mayHaveActed() {
	if !cl.notShown {
		cl.credit = true
	}
}

// partial has the kinds of refusals after which a part of a change of several
// addresses may have been done. After any other refusal nothing was done.
var partial = map[eni.Kind]bool{
	eni.ErrNotAssigned: true,
	eni.ErrNotFound:    true,
	eni.ErrState:       true,
	eni.ErrInvalid:     true,
	eni.ErrUnknown:     true,
}

// verdictOn returns the state of a goal's target in the latest describe, and there
// if the interface was not described.
func (l *Lane) verdictOn(g *goal) verdict {
	if l.snapshot.shown == nil {
		return there
	}
	v, _ := judge(g.target, &l.snapshot) //nolint:errcheck // the reason is not needed
	return v
}

// freshSnapshot reports whether the latest describe is recent enough for sending.
func (l *Lane) freshSnapshot(now time.Duration) bool {
	return now <= after(l.snapshot.at, l.timing.fresh)
}

// fresh reports whether the evidence for the goal is recent enough for sending: a
// recent call or describe for an address, a recent describe for a detach or deletion.
func (l *Lane) fresh(g *goal, now time.Duration) bool {
	if !g.target.Action.Whole() && now <= after(g.lastCall, l.timing.fresh) {
		return true
	}
	return l.freshSnapshot(now) && l.verdictOn(g) == there && !l.violates(g)
}

// travelClass returns the class of a goal: one change carries goals of one class. An
// address that the latest describe does not show, or shows as primary, must not make
// the cloud refuse the others. An address that is not shown is sent nevertheless, in
// a change of its own class, because descriptions lag behind assignments. A describe
// within surveyed is recent enough to choose the class.
func (l *Lane) travelClass(g *goal, now time.Duration) verdict {
	if now > after(l.snapshot.at, l.timing.surveyed) {
		return there
	}
	return l.verdictOn(g)
}

// confirmMissing records that a describe begun at a time did not show the interface,
// and reports whether that is proven: by another such describe that began at least
// witnessesApart earlier, or by a change that was answered with "no such interface".
func (l *Lane) confirmMissing(began, now time.Duration) bool {
	notFound := now <= after(l.notFoundAt, l.timing.witnessLife)
	if now > after(l.missedAt, l.timing.witnessLife) {
		l.missedAt = began
		return notFound
	}
	return notFound || began >= after(l.missedAt, l.timing.witnessesApart)
}
