// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// refusal is a change that the cloud refused for a reason that may depend on the
// interface. A describe has to explain it: targets that are gone are decided,
// impossible ones are refused, and the rest is sent again.
type refusal struct {
	event   event
	err     *eni.Error
	verdict Verdict
	goals   []*goal
}

// spoils has the kinds with which a cloud refuses a whole change because of one
// address.
var spoils = map[eni.Kind]bool{
	eni.ErrNotAssigned: true,
	eni.ErrInvalid:     true,
	eni.ErrUnknown:     true,
}

// explain handles the refused goals whose target the latest describe shows to be
// there. The others are decided by verify.
func (l *Lane) explain(now time.Duration) {
	open := l.refusals
	l.refusals = nil
	for _, r := range open {
		if r.event >= l.snapshot.event {
			l.refusals = append(l.refusals, r)
			continue
		}
		var still []*goal
		explained := false
		for _, g := range r.goals {
			switch {
			case l.verdictOn(g) != there:
				explained = true
			case g.place == inVerify:
				still = append(still, g)
			}
		}
		l.unexplained(r, still, explained, now)
	}
}

// forgetRefusals removes the refusals whose claims have all been decided otherwise:
// by a describe that was refused or does not show the interface, or because the
// callers have departed.
func (l *Lane) forgetRefusals() {
	l.refusals = slices.DeleteFunc(l.refusals, func(r *refusal) bool {
		return !slices.ContainsFunc(r.goals, func(g *goal) bool {
			return slices.ContainsFunc(g.queued, func(cl *Claim) bool { return cl.refusal == r })
		})
	})
}

// unexplained handles refused goals whose target is there.
func (l *Lane) unexplained(r *refusal, still []*goal, explained bool, now time.Duration) {
	batch := len(r.goals) > 1
	kind := r.err.Kind
	switch {
	case len(still) == 0:
	case kind == eni.ErrNotFound, kind == eni.ErrNotAssigned && !batch, kind == eni.ErrState && passes[l.snapshot.shown.State]:
		// The cloud contradicts itself: its components are not consistent yet.
		l.object(still, contradiction(r.err), now)
	case explained:
		l.sendAgain(still, now)
	case batch && spoils[kind]:
		for _, g := range still {
			g.alone = true
		}
		l.sendAgain(still, now)
	case r.verdict.Retry:
		l.pauseAfter(still, r.err, r.verdict, now)
	default:
		for _, g := range still {
			l.refuse(g, r, now)
		}
	}
}

// sendAgain requeues goals. A goal that was refused because of another address is not
// charged an attempt.
func (l *Lane) sendAgain(goals []*goal, now time.Duration) {
	for _, g := range goals {
		for _, cl := range g.queued {
			cl.refusal = nil
		}
		l.put(g, inQueue, now)
	}
}

// refuse decides the claims of a goal that met a refusal. Later claims are requeued.
func (l *Lane) refuse(g *goal, r *refusal, now time.Duration) {
	for _, cl := range slices.Backward(g.queued) {
		if cl.refusal != r {
			continue
		}
		call, t := cl.call, cl.Target
		l.unqueue(cl)
		l.giveUp(cl, r.err)
		l.failCall(call, t, r.err, scopes[r.err.Kind], now)
	}
	l.put(g, inQueue, now)
}

// contradiction returns a conflict with the details of another error. It is for a
// change that the cloud refused because of a missing target although a describe
// shows the target.
func contradiction(e *eni.Error) *eni.Error {
	own := *e
	own.Kind = eni.ErrConflict
	return &own
}

// objection is a conflict that the lane itself has found. It waits for the verdict of
// the user's policy, which the runner asks for.
type objection struct {
	err   *eni.Error
	goals []*goal
}

// object asks the runner for a verdict on a conflict.
func (l *Lane) object(goals []*goal, e *eni.Error, now time.Duration) {
	goals = slices.Clone(goals)
	for _, g := range goals {
		l.put(g, inObjection, now)
	}
	l.objections = append(l.objections, objection{err: e, goals: goals})
}

// Judged reports the verdict on the error of Todo.Judge.
func (l *Lane) Judged(now time.Duration, v Verdict) {
	l.begin(now)
	o := l.objections[0]
	l.objections = l.objections[1:]
	waiting := slices.DeleteFunc(o.goals, func(g *goal) bool { return g.place != inObjection })
	l.pauseAfter(waiting, o.err, v, now)
	l.end(now)
}

// pauseAfter requeues goals with a pause, and decides the claims whose budget ends
// before that.
func (l *Lane) pauseAfter(goals []*goal, e *eni.Error, v Verdict, now time.Duration) {
	until := after(now, max(v.Pause, 0))
	for _, g := range goals {
		for _, cl := range slices.Backward(g.queued) {
			if cl.refusal != nil {
				cl.tries++ // for the change that was refused
			}
			if !cl.refused {
				cl.refused = true
				g.refused++
			}
			cl.lastErr, cl.refusal = e, nil
			if l.spent(cl, v, until) {
				l.unqueue(cl)
				l.giveUp(cl, e)
			}
		}
		g.notBefore, g.lost = until, now
		l.put(g, inQueue, now)
	}
}
