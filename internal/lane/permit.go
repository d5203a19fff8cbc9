package lane

import "time"

// near is how close a permit has to be for its lane to share in a description
// that is made for another one.
const near = 4 * time.Second

// permit is the right to send one change of an action. It belongs to the first
// goal: when that goal leaves, its wait ends.
type permit struct {
	state permitState
	owner *goal // nil where it is for a stuck detach
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
}

// PermitAsked is told that a permit was asked for, and has to be waited for.
func (l *Lane) PermitAsked(now time.Duration, a Action) {
	l.begin(now)
	p := &l.permits[a.index()]
	p.state, p.owner = permitAsked, l.permitOwner(a.index())
	if p.owner != nil && p.owner.asked == longAgo {
		p.owner.asked = now
	}
	l.end(now)
}

// PermitGranted is told that there is a permit.
func (l *Lane) PermitGranted(now time.Duration, a Action) {
	l.begin(now)
	p := &l.permits[a.index()]
	p.state, p.owner = permitHeld, l.permitOwner(a.index())
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
	case owner == nil || owner.asked == longAgo:
		return Permit{Wanted: true, Since: longAgo}
	default:
		return Permit{Wanted: true, Since: owner.asked}
	}
}
