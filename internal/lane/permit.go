// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// permit is the right to send one change of an action. It belongs to the first
// goal: when that goal leaves, its wait ends.
type permit struct {
	state permitState
	owner *goal // nil where it is for a stuck detach
	asked time.Duration
}

type permitState uint8

const (
	permitNone permitState = iota
	permitAsked
	permitHeld
)

// Permit is what the lane wants of an action's limiter.
type Permit struct {
	Wanted bool
	Since  time.Duration // the age of whoever waits for it
	Due    time.Duration // the soonest deadline of those who would travel; forever without one
}

// PermitAsked is told that a permit was asked for, and has to be waited for.
func (l *Lane) PermitAsked(now time.Duration, a Action) {
	l.begin(now)
	p := &l.permits[a.index()]
	p.state, p.owner, p.asked = permitAsked, l.permitOwner(a.index()), now
	if p.owner != nil && p.owner.asked == longAgo {
		p.owner.asked = now
	}
	l.end(now)
}

// PermitGranted is told that there is a permit.
func (l *Lane) PermitGranted(now time.Duration, a Action) {
	l.begin(now)
	p := &l.permits[a.index()]
	if p.state == permitNone {
		p.asked = now
	}
	p.state, p.owner = permitHeld, l.permitOwner(a.index())
	if p.owner != nil && p.owner.asked == longAgo {
		p.owner.asked = p.asked // a goal that is requeued keeps its age
	}
	l.end(now)
}

// PermitReturned is told that the permit, or the place in the line, was given
// back because nobody wanted it any more.
func (l *Lane) PermitReturned(a Action) { l.permits[a.index()] = permit{} }

// permitOwner is the goal that a permit is for.
func (l *Lane) permitOwner(action int) *goal {
	if l.stuckWants(action) {
		return nil
	}
	return l.queues[action].first()
}

// wantsPermit reports what is wanted of an action's limiter.
func (l *Lane) wantsPermit(action int) Permit {
	p := l.permits[action]
	owner := l.permitOwner(action)
	switch {
	case owner == nil && !l.stuckWants(action):
		return Permit{}
	case p.state == permitAsked && p.owner != owner && (p.owner == nil || p.owner.place != inQueue):
		return Permit{} // its wait ends, and another one begins
	case owner == nil:
		return Permit{Wanted: true, Since: longAgo, Due: l.due(action)}
	default:
		return Permit{Wanted: true, Since: owner.asked, Due: l.due(action)}
	}
}

// due is the soonest deadline of those who would travel in the next change of an
// action; forever without one.
func (l *Lane) due(action int) time.Duration {
	if l.stuckWants(action) {
		return forever
	}
	return l.queues[action].due()
}

// PermitFailed is told that the user's limiter gave no permit, and why.
func (l *Lane) PermitFailed(now time.Duration, a Action, e *eni.Error, v Verdict) {
	l.begin(now)
	l.permits[a.index()] = permit{}
	if l.stuckWants(a.index()) {
		l.stuck = nil
	} else {
		goals := slices.Clone(l.nextBatch(a.index()))
		for _, g := range goals {
			for _, cl := range g.queued {
				cl.tries++ // a limiter that never gives one must not be asked for ever
			}
		}
		l.pauseAfter(goals, e, v, now)
	}
	l.end(now)
}

// Ages reports whether what waits for a permit will have to be described by a
// time, unless that is done now: its evidence will be too old by then.
func (l *Lane) Ages(by time.Duration) bool {
	for i := range l.permits {
		if l.permits[i].state != permitAsked {
			continue
		}
		if g := l.queues[i].first(); g != nil && !l.fresh(g, by) {
			return true
		}
	}
	return false
}
