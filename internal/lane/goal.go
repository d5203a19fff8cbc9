// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// goal is one end state that callers want of the interface, and what is known of
// its target. It outlives its callers while a change of ours may act on it.
//
// A goal that is wanted waits in one place: in its action's queue, among those
// that a description has to decide, or behind the change of its twin.
type goal struct {
	target Target
	queued []*Claim // who wants it
	room   [1]*Claim

	event     event         // when it was wanted first: its age in the lane
	waits     time.Duration // since when it waits: its call, or the answer before
	asked     time.Duration // when a permit was first asked for it; longAgo while none was
	due       time.Duration // the soonest deadline of its callers; forever without one. It stays when they leave
	rank      time.Duration // it goes before those whose deadline is later: its own, or when it has waited for long
	lastCall  time.Duration // the latest call for it: evidence that it is still meant
	newest    event         // nothing that began before it tells all its claims something
	notBefore time.Duration // it is not sent again before, for the sake of those who were refused
	refused   int           // how many of those there are
	lost      time.Duration // when the answer to a change that carried it was lost
	answered  event         // when that was; only a description from then on tells what it left

	place      place
	alone      bool // travels alone: a batch with it was refused and nothing explained it
	inProgress bool // the change in the air carries it
	overdue    bool // its doubt has run out, and it was not described since

	// Doubt; see evidence.go.
	doubtUntil time.Duration
	change     *Change // the latest accepted change that carried it
	accepted   int     // claims that are accepted

	// The list of a queue that it is in, if any.
	in         *list
	prev, next *goal
}

// place is where a goal that is wanted waits.
type place uint8

const (
	nowhere     place = iota // nobody wants it, or it is in the air
	inQueue                  // ready, paused or held
	inVerify                 // a description has to decide
	behindTwin               // in the air or accepted for an earlier caller
	inObjection              // the runner has to give a verdict
)

// wanted reports whether any caller waits for the goal to be sent.
func (g *goal) wanted() bool { return len(g.queued) > 0 }

// used reports whether any caller will be told something about the goal.
func (g *goal) used() bool { return g.wanted() || g.inProgress || g.accepted > 0 }
