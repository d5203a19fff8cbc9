// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// A deletion of an interface that may be attached is a call of two claims: its
// detach, and behind that its deletion, which waits among the goals to be verified
// until a description shows the interface free.

// DeleteTargets are the targets of a call that deletes an interface: its detach,
// where it may be detached from an instance, and its deletion.
func DeleteTargets(instanceID string) []Target {
	if instanceID == "" {
		return []Target{{Action: Delete}}
	}
	return []Target{{Action: Detach, InstanceID: instanceID}, {Action: Delete}}
}

// detach is the claim that has to reach its goal before a deletion, or nil.
func (cl *Claim) detach() *Claim {
	if cl.Target.Action != Delete || len(cl.call.Claims) == 1 {
		return nil
	}
	return &cl.call.Claims[0]
}

// deletion is the claim that waits for a detach, or nil.
func (cl *Claim) deletion() *Claim {
	if cl.Target.Action != Detach || len(cl.call.Claims) == 1 {
		return nil
	}
	return &cl.call.Claims[1]
}

// wants reports whether anything of the call needs a permit for an action.
func (c *Call) wants(a Action) bool {
	return c.Claims[0].Target.Action == a || c.Claims[len(c.Claims)-1].Target.Action == a
}

// awaitDetach deals with a deletion whose interface is attached: those claims wait
// whose detach is not decided. The others end, unless the attachment is one that
// passes by itself.
func (l *Lane) awaitDetach(g *goal, reason *eni.Error) {
	waits, tooNew := false, false
	for _, cl := range slices.Backward(g.queued) {
		detach := cl.detach()
		switch {
		case !cl.precedes(l.snapshot.event):
			tooNew = true
		case detach != nil && detach.state == accepted && cl.call.expired:
			l.unqueue(cl)
			l.giveUp(cl, contradiction(reason))
		case detach != nil && detach.state != decided:
			waits = true
			if detach.state == accepted && cl.lastErr == nil {
				cl.lastErr = contradiction(reason) // it passes by itself, and is bounded by MaxElapsed
			}
		case reason.Kind != eni.ErrConflict:
			l.unqueue(cl)
			cl.decide(l.failedOutcome(cl), reason)
		}
	}
	switch {
	case g.wanted() && !waits && !tooNew:
		l.object([]*goal{g}, reason, l.now)
		return
	case !g.wanted() || tooNew:
		l.put(g, inVerify, l.now)
		return
	}
	// The descriptions that the detach needs tell it too.
	l.place(g, inVerify)
	l.verifying = append(l.verifying, g)
}

// deletionWaits reports whether a deletion waits for an accepted detach.
func (l *Lane) deletionWaits() bool {
	if l.deletions == 0 {
		return false // thousands of changes may have been accepted
	}
	for _, ch := range l.changes {
		for _, cl := range ch.claims {
			if next := cl.deletion(); next != nil && next.state == queued {
				return true
			}
		}
	}
	return false
}

// detachEnded goes on with a deletion whose detach is decided.
func (l *Lane) detachEnded(cl *Claim) {
	next := cl.deletion()
	if next == nil || next.state != queued {
		return
	}
	if cl.Outcome == eni.OutcomeReleased || cl.Outcome == eni.OutcomeAbsent {
		l.verifyAt = min(l.verifyAt, l.now)
		return
	}
	g, outcome := next.goal, l.givenUp(next)
	if outcome == eni.OutcomeNotTried && cl.Outcome == eni.OutcomeRefused {
		outcome, next.ruled = eni.OutcomeRefused, cl.ruled // what keeps it from being detached keeps it
	}
	l.unqueue(next)
	next.decide(outcome, cl.Err)
	l.forget(g, l.now)
}

// obsolete reports whether the deletion that a detach is for is decided: nobody waits for
// the detach any more, and it is not sent again.
func (cl *Claim) obsolete() bool {
	next := cl.deletion()
	return next != nil && next.state == decided
}

// verifyDeletion has an interface described whose detach has ended by its task: a
// description that began before that says nothing.
func (l *Lane) verifyDeletion(cl *Claim) {
	if next := cl.deletion(); next != nil && next.state == queued {
		next.since = l.events
		next.goal.newest = max(next.goal.newest, next.since)
		l.verifySince = l.events
	}
}

// noteShown notes for which deletions the latest description shows the interface.
func (l *Lane) noteShown() {
	note := func(g *goal) bool {
		for _, cl := range g.queued {
			cl.shown = cl.shown || cl.precedes(l.snapshot.event)
		}
		return true
	}
	for _, waiting := range [...][]*goal{l.verifying, l.twins} {
		for _, g := range waiting {
			if g.target.Action == Delete {
				note(g)
			}
		}
	}
	l.queues[Delete.index()].all(note)
}
