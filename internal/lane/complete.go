// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// accept handles a change that the cloud accepted.
func (l *Lane) accept(ch *Change, a Answer, now time.Duration) {
	l.lostAt = longAgo // the cloud accepts nothing while another change is in progress
	// The doubt comes first: cl.accept below may end a call, whose earlier outcomes
	// are then revised by the doubts.
	for _, g := range ch.goals {
		if g.change != nil && !g.change.over {
			// The task of this change does not end the doubt of the change before it.
			g.doubtUntil = max(g.doubtUntil, l.doubtEnd(g))
		}
		g.change = ch
		l.doubts = append(l.doubts, doubt{g, after(now, l.timing.changeLife)})
		if g.wanted() {
			l.put(g, behindTwin, now)
		}
	}
	for _, cl := range ch.claims {
		cl.credit = true
		cl.goal.accepted++
		cl.accept()
	}
	if !ch.Action.Whole() {
		l.openForReturn(ch, now)
	}
	if l.staysBusy() || ch.Action.Whole() {
		l.awaits = ch
	}
	l.follow(ch, a.Concurrent, now)
}

// follow schedules the describes, task requests and resending of an accepted change.
func (l *Lane) follow(ch *Change, concurrent bool, now time.Duration) {
	ch.answered = now
	ch.askAt = after(now, l.askAfter(ch))
	ch.patience = l.cfg.StuckAfter
	ch.resendAt = after(now, ch.patience)
	if len(ch.claims) == 0 {
		return
	}
	ch.concurrent = concurrent
	l.changes = append(l.changes, ch)
	l.pollSince = l.events
	l.pollAt = min(l.pollAt, l.firstPoll(ch))
}

// serve treats another party's detach or deletion that is in progress as an accepted
// change for a goal.
func (l *Lane) serve(g *goal, now time.Duration) {
	ch := &Change{Action: g.target.Action, Targets: []Target{g.target}, goals: []*goal{g}, sent: l.events, sentAt: now, foreign: true}
	for _, cl := range slices.Backward(g.queued) {
		if !cl.precedes(l.snapshot.event) {
			continue
		}
		l.unqueue(cl)
		cl.since = l.events
		ch.put(cl)
		g.accepted++
		cl.accept()
	}
	l.put(g, inVerify, now)
	l.follow(ch, false, now)
}

// complete decides the claims of accepted changes whose end the latest describe shows.
func (l *Lane) complete(now time.Duration) {
	for _, ch := range slices.Clone(l.changes) {
		for _, cl := range slices.Backward(ch.claims) {
			if cl.precedes(l.snapshot.event) {
				l.completeClaim(ch, cl)
			}
		}
		l.retireChange(ch, now)
	}
}

// completeClaim decides an accepted claim if the latest describe shows its end.
func (l *Lane) completeClaim(ch *Change, cl *Claim) {
	if l.current != nil && l.current.original == ch {
		return // the answer to the change in progress decides about credit first
	}
	v, reason := judge(cl.Target, &l.snapshot)
	switch {
	case v == gone, v == elsewhere && cl.credit:
		l.conclude(cl, cl.goneOutcome(), nil)
	case v == elsewhere:
		l.conclude(cl, l.failedOutcome(cl), reason)
	case ch.failure != nil && v != leaving:
		l.conclude(cl, l.failedOutcome(cl), failed(ch.failure, reason))
	}
}

// failed returns the error of a task that failed, with the reason that the interface
// shows, or nil for none: its kind says whether trying again can help.
func failed(failure, reason *eni.Error) *eni.Error {
	if reason == nil {
		return failure
	}
	e := *failure
	e.Kind, e.Message = reason.Kind, reason.Message+"; "+failure.Message
	return &e
}

// failedOutcome returns the outcome of a claim that will not reach its goal: by rule,
// or because its change had no effect.
func (l *Lane) failedOutcome(cl *Claim) eni.Outcome {
	if l.doubted(cl) {
		return eni.OutcomeUnknown
	}
	return eni.OutcomeRefused
}

// conclude decides an accepted claim.
func (l *Lane) conclude(cl *Claim, outcome eni.Outcome, why *eni.Error) {
	cl.goal.accepted--
	cl.change.drop(cl)
	cl.decide(outcome, why)
}

// retireChange removes an accepted change if it is complete.
func (l *Lane) retireChange(ch *Change, now time.Duration) {
	if len(ch.claims) > 0 {
		return
	}
	n := slices.Index(l.changes, ch)
	if n < 0 {
		return
	}
	l.changes = slices.Delete(l.changes, n, n+1)
	l.twinsAt = now
	if !ch.Action.Whole() {
		l.took = append(l.took, now-ch.sentAt)
		l.effect = now - ch.answered
		l.openForWaiters(ch, now)
	}
	if l.stuck == ch {
		l.stuck = nil
	}
	if l.awaits == ch {
		l.awaits = nil
	}
	for _, g := range ch.goals {
		l.forget(g, now)
	}
}

// Took returns the durations, from sending to completion, of the releases that have
// completed since Took was called last.
func (l *Lane) Took() []time.Duration {
	took := l.took
	l.took = nil
	return took
}
