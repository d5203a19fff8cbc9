// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// refusal is a change that the cloud refused for what may depend on the
// interface. A description has to explain it: what is so already is decided, what
// can never be is refused, and the rest is sent again.
type refusal struct {
	event   event
	err     *eni.Error
	verdict Verdict
	goals   []*goal
}

// spoils are the kinds with which a cloud refuses a whole change for one address.
var spoils = map[eni.Kind]bool{
	eni.ErrNotAssigned: true,
	eni.ErrInvalid:     true,
	eni.ErrUnknown:     true,
}

// explain decides what becomes of the refused goals that the latest description
// shows to be there. The others are decided as all that is verified.
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

// forgetRefusals forgets those whose claims have all been decided otherwise: by a
// description that was denied, or that shows no interface, or because they left.
func (l *Lane) forgetRefusals() {
	l.refusals = slices.DeleteFunc(l.refusals, func(r *refusal) bool {
		return !slices.ContainsFunc(r.goals, func(g *goal) bool {
			return slices.ContainsFunc(g.queued, func(cl *Claim) bool { return cl.refusal == r })
		})
	})
}

// unexplained decides what becomes of refused goals that are there.
func (l *Lane) unexplained(r *refusal, still []*goal, explained bool, now time.Duration) {
	batch := len(r.goals) > 1
	kind := r.err.Kind
	switch {
	case len(still) == 0:
	case kind == eni.ErrNotFound, kind == eni.ErrNotAssigned && !batch, kind == eni.ErrState && passes[l.snapshot.shown.State]:
		// The cloud contradicts itself: its parts do not agree yet.
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

// sendAgain puts goals back into the queue: being sent again because of another
// address is no attempt.
func (l *Lane) sendAgain(goals []*goal, now time.Duration) {
	for _, g := range goals {
		for _, cl := range g.queued {
			cl.refusal = nil
		}
		l.put(g, inQueue, now)
	}
}

// refuse decides the claims that met a refusal. Those who called since are not
// refused by it.
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

// contradiction is the error of a change that the cloud refused because something
// is not there that it describes.
func contradiction(e *eni.Error) *eni.Error {
	own := *e
	own.Kind = eni.ErrConflict
	return &own
}

// objection is a conflict that the lane has found itself. What the user's policy
// says of it is for the runner to ask.
type objection struct {
	err   *eni.Error
	goals []*goal
}

// object has the runner judge a conflict.
func (l *Lane) object(goals []*goal, e *eni.Error, now time.Duration) {
	goals = slices.Clone(goals)
	for _, g := range goals {
		l.put(g, inObjection, now)
	}
	l.objections = append(l.objections, objection{err: e, goals: goals})
}

// Judged is told the verdict on the error that Todo.Judge named.
func (l *Lane) Judged(now time.Duration, v Verdict) {
	l.begin(now)
	o := l.objections[0]
	l.objections = l.objections[1:]
	waiting := slices.DeleteFunc(o.goals, func(g *goal) bool { return g.place != inObjection })
	l.pauseAfter(waiting, o.err, v, now)
	l.end(now)
}

// pauseAfter puts goals back with a pause after a conflict, and ends the claims
// whose budget does not reach that far.
func (l *Lane) pauseAfter(goals []*goal, e *eni.Error, v Verdict, now time.Duration) {
	until := after(now, max(v.Pause, 0))
	for _, g := range goals {
		for _, cl := range slices.Backward(g.queued) {
			if cl.refusal != nil {
				cl.tries++ // the change that was refused
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
