// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"

	"github.com/cloudeni/cloudeni/eni"
)

// A call that deletes an interface which may be attached has two claims: the detach
// and the deletion. The deletion waits to be verified until a describe shows that
// the interface is free.

// DeleteTargets returns the targets of a call that deletes an interface: the
// deletion, and before it the detach from an instance if one is given.
func DeleteTargets(instanceID string) []Target {
	if instanceID == "" {
		return []Target{{Action: Delete}}
	}
	return []Target{{Action: Detach, InstanceID: instanceID}, {Action: Delete}}
}

// detach returns the claim that must reach its goal before this deletion, or nil.
func (cl *Claim) detach() *Claim {
	if cl.Target.Action != Delete || len(cl.call.Claims) == 1 {
		return nil
	}
	return &cl.call.Claims[0]
}

// deletion returns the claim that waits for this detach, or nil.
func (cl *Claim) deletion() *Claim {
	if cl.Target.Action != Detach || len(cl.call.Claims) == 1 {
		return nil
	}
	return &cl.call.Claims[1]
}

// wants reports whether a claim of the call needs a permit for an action.
func (c *Call) wants(a Action) bool {
	return c.Claims[0].Target.Action == a || c.Claims[len(c.Claims)-1].Target.Action == a
}

// awaitDetach handles a deletion whose interface is attached. A claim waits while its
// detach is not decided. The others are decided, or retried if the interface is in a
// transient state.
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
				cl.lastErr = contradiction(reason) // the wait is transient, and bounded by MaxElapsed
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
	// The describes for the detach serve the deletion too.
	l.place(g, inVerify)
	l.verifying = append(l.verifying, g)
}

// deletionWaits reports whether a deletion waits for an accepted detach.
func (l *Lane) deletionWaits() bool {
	if l.deletions == 0 {
		return false // avoids the loop over accepted changes, which may be thousands
	}
	return slices.ContainsFunc(l.changes, (*Change).deletionWaits)
}

// deletionWaits reports whether a deletion waits for this detach.
func (ch *Change) deletionWaits() bool {
	return slices.ContainsFunc(ch.claims, func(cl *Claim) bool {
		next := cl.deletion()
		return next != nil && next.state == queued
	})
}

// detachEnded continues or decides a deletion whose detach is decided.
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
		outcome, next.ruled = eni.OutcomeRefused, cl.ruled // an interface that is not detached is not deleted
	}
	l.unqueue(next)
	next.decide(outcome, cl.Err)
	l.forget(g, l.now)
}

// obsolete reports whether the deletion that waited for this detach is decided: the
// detach is then not sent again.
func (cl *Claim) obsolete() bool {
	next := cl.deletion()
	return next != nil && next.state == decided
}

// verifyDeletion asks for a describe after the task of the detach has ended: one that
// began earlier is no evidence for the deletion.
func (l *Lane) verifyDeletion(cl *Claim) {
	if next := cl.deletion(); next != nil && next.state == queued {
		next.since = l.events
		next.goal.newest = max(next.goal.newest, next.since)
		l.verifySince = l.events
	}
}

// noteShown marks the deletions for which the latest describe shows the interface.
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
