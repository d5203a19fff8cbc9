// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// The evidence rules. Each clause is here because without it a caller is told
// something false; the tests beside this file tell each of these stories. The
// lengths of time are in timing.go.

// precedes reports whether what a request showed that began at an event says
// anything about a claim: it must have begun after the caller's call, and after
// the latest change that carried the claim. What was seen before may have
// changed since.
func (cl *Claim) precedes(began event) bool { return cl.since < began }

// doubtEnd is when no change of ours can act on the goal's target any more. Doubt
// belongs to the target, whoever asked for the change.
func (l *Lane) doubtEnd(g *goal) time.Duration {
	end := g.doubtUntil
	if g.change != nil && !g.change.over {
		end = max(end, after(g.change.answered, l.timing.changeLife))
	}
	return end
}

// doubted reports whether a change of ours may have taken the claim's target off
// since the call, or can do so yet.
func (l *Lane) doubted(cl *Claim) bool {
	return cl.goal.inProgress || l.doubtEnd(cl.goal) > cl.call.began
}

// clearDoubts ends the doubts about targets that the latest description shows to be
// there, if they had run out when it began. What has been cleared stays so,
// whatever becomes of the goal.
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

// doubt notes that a change may act on the goal's target for its life from now.
func (l *Lane) doubt(g *goal, now time.Duration) {
	g.doubtUntil = after(now, l.timing.changeLife)
	l.doubts = append(l.doubts, doubt{g, g.doubtUntil})
}

// doubt is when the lane may forget a goal that nobody wants.
type doubt struct {
	goal  *goal
	until time.Duration
}

// givenUp is the outcome of a claim that ends now without having been seen gone.
// Credit is narrow and danger is wide: NotTried and Refused promise that no
// change of this client, for whomever, can still act.
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

// seenGone is the outcome of a claim whose target is seen gone.
func (cl *Claim) goneOutcome() eni.Outcome {
	if cl.credit {
		return eni.OutcomeReleased
	}
	return eni.OutcomeAbsent
}

// mayHaveActed gives credit for a change whose answer was lost, or that was
// refused and may have been carried out in part: only where no description had
// missed the target before.
func (cl *Claim) mayHaveActed() {
	if !cl.notShown {
		cl.credit = true
	}
}

// partial are the kinds with which a cloud may have refused a change of several
// addresses although it carried out a part of it. Any other refusal is clean:
// nothing happened.
var partial = map[eni.Kind]bool{
	eni.ErrNotAssigned: true,
	eni.ErrNotFound:    true,
	eni.ErrState:       true,
	eni.ErrInvalid:     true,
	eni.ErrUnknown:     true,
}

// verdictOn says what the latest description means for a goal.
func (l *Lane) verdictOn(g *goal) verdict {
	if l.snapshot.shown == nil {
		return there // nothing is known
	}
	v, _ := judge(g.target, &l.snapshot) //nolint:errcheck // the reason is not asked for
	return v
}

// freshSnapshot reports whether the latest description is good for sending.
func (l *Lane) freshSnapshot(now time.Duration) bool {
	return now <= after(l.snapshot.at, l.timing.fresh)
}

// fresh reports whether a change may be sent for the goal: it is still about the
// same thing. The caller's own word does for an address; what is about the whole
// interface is always described.
func (l *Lane) fresh(g *goal, now time.Duration) bool {
	if !g.target.Action.Whole() && now <= after(g.lastCall, l.timing.fresh) {
		return true
	}
	return l.freshSnapshot(now) && l.verdictOn(g) == there && !l.violates(g)
}

// travelClass is what the latest description says of a goal, for what travels
// together: an address that it does not show, or shows as primary, travels apart,
// so that it spoils no change of those that it shows. Descriptions lag behind
// assignments, so such an address is sent all the same, and the cloud's own word
// decides. That harms nobody, so an older description serves too.
func (l *Lane) travelClass(g *goal, now time.Duration) verdict {
	if now > after(l.snapshot.at, l.timing.surveyed) {
		return there
	}
	return l.verdictOn(g)
}

// missing notes that a description begun at a time missed the interface, and
// reports whether that is to be believed: by a description of at least a second
// before, or by a change that was answered with "no such interface".
func (l *Lane) confirmMissing(began, now time.Duration) bool {
	notFound := now <= after(l.notFoundAt, l.timing.witnessLife)
	if now > after(l.missedAt, l.timing.witnessLife) {
		l.missedAt = began
		return notFound
	}
	return notFound || began >= after(l.missedAt, l.timing.witnessesApart)
}
