// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// permit is the right to send one change of an action. It belongs to the first goal
// of the queue: when that goal is removed, the wait for the permit ends.
type permit struct {
	state permitState
	owner *goal // nil if it is for a stuck change
	asked time.Duration
}

type permitState uint8

const (
	permitNone permitState = iota
	permitAsked
	permitHeld
)

// Permit is what the lane wants from an action's limiter.
type Permit struct {
	Wanted bool
	Since  time.Duration // when its goal first asked for a permit: the order in the limiter's queue
	Due    time.Duration // the earliest deadline of the change's callers; forever without one
}

// PermitAsked says that a permit was asked for and is not granted yet.
func (l *Lane) PermitAsked(now time.Duration, a Action) {
	l.begin(now)
	p := &l.permits[a.index()]
	p.state, p.owner, p.asked = permitAsked, l.permitOwner(a.index()), now
	if p.owner != nil && p.owner.asked == longAgo {
		p.owner.asked = now
	}
	l.end(now)
}

// PermitGranted says that the limiter granted a permit.
func (l *Lane) PermitGranted(now time.Duration, a Action) {
	l.begin(now)
	p := &l.permits[a.index()]
	if p.state == permitNone {
		p.asked = now
	}
	p.state, p.owner = permitHeld, l.permitOwner(a.index())
	if p.owner != nil && p.owner.asked == longAgo {
		p.owner.asked = p.asked // a requeued goal keeps its age
	}
	l.end(now)
}

// PermitReturned says that the permit, or the place in the limiter's queue, was given
// back because Next no longer wanted it.
func (l *Lane) PermitReturned(a Action) { l.permits[a.index()] = permit{} }

// permitOwner returns the goal that a permit is for; nil for a stuck change, or if
// nothing is queued.
func (l *Lane) permitOwner(action int) *goal {
	if l.stuckWants(action) {
		return nil
	}
	return l.queues[action].first()
}

// wantsPermit returns what is wanted from an action's limiter.
func (l *Lane) wantsPermit(action int) Permit {
	p := l.permits[action]
	owner := l.permitOwner(action)
	switch {
	case owner == nil && !l.stuckWants(action):
		return Permit{}
	case p.state == permitAsked && p.owner != owner && (p.owner == nil || p.owner.place != inQueue):
		return Permit{} // this wait ends; another begins for the new owner
	case owner == nil:
		return Permit{Wanted: true, Since: longAgo, Due: l.due(action)}
	default:
		return Permit{Wanted: true, Since: owner.asked, Due: l.due(action)}
	}
}

// due returns the earliest deadline of the callers of an action's next change;
// forever without one.
func (l *Lane) due(action int) time.Duration {
	if l.stuckWants(action) {
		return forever
	}
	return l.queues[action].due()
}

// PermitFailed says that the user's limiter returned an error instead of a permit.
func (l *Lane) PermitFailed(now time.Duration, a Action, e *eni.Error, v Verdict) {
	l.begin(now)
	l.permits[a.index()] = permit{}
	if l.stuckWants(a.index()) {
		l.stuck = nil
	} else {
		goals := slices.Clone(l.nextBatch(a.index()))
		for _, g := range goals {
			for _, cl := range g.queued {
				cl.tries++ // a limiter that always fails must not be asked for ever
			}
		}
		l.pauseAfter(goals, e, v, now)
	}
	l.end(now)
}

// Ages reports whether a goal waits for a permit whose evidence will be too old by a
// time: a describe now would save one then.
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
