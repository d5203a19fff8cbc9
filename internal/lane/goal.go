// SPDX-License-Identifier: Apache-2.0

package lane

import "time"

// goal is one end state that callers want, and what is known about its target. It is
// kept without callers while a change of this client may act on the target.
//
// A wanted goal waits in exactly one place; see the type place.
type goal struct {
	target Target
	queued []*Claim // the claims that wait for it to be sent
	room   [1]*Claim

	event     event         // when it was first wanted: its age in the lane
	waits     time.Duration // since when it waits: the call, or the answer to its previous change
	asked     time.Duration // when a permit was first asked for it; longAgo before that
	due       time.Duration // the earliest deadline of its callers, also of departed ones; forever without one
	rank      time.Duration // sent before goals with a later deadline: its deadline, or the end of behindDeadlines
	lastCall  time.Duration // time of the latest call for it, which is evidence for sending
	newest    event         // event of its latest claim: a later describe is evidence for all of them
	notBefore time.Duration // not sent again before this time, because of a refusal
	refused   int           // how many queued claims were refused
	lost      time.Duration // when its latest refused or lost change was answered
	answered  event         // when its change was lost or partly refused; only later describes are evidence

	place      place
	alone      bool // sent alone: a batch with it was refused and no describe explained why
	inProgress bool // the change in progress carries it
	overdue    bool // its doubt has expired, and it was not described since

	// Doubt; see evidence.go.
	doubtUntil time.Duration
	change     *Change // the latest accepted change that carried it
	accepted   int     // claims that are accepted

	// The list of a queue that it is in, or nil.
	in         *list
	prev, next *goal
}

// place is where a wanted goal waits.
type place uint8

const (
	nowhere     place = iota // not wanted, or in progress
	inQueue                  // of its action: ready, paused or held
	inVerify                 // for a describe
	behindTwin               // its twin is in progress or accepted
	inObjection              // for a verdict of the runner
)

// wanted reports whether any claim waits for the goal to be sent.
func (g *goal) wanted() bool { return len(g.queued) > 0 }

// used reports whether any undecided claim has this goal.
func (g *goal) used() bool { return g.wanted() || g.inProgress || g.accepted > 0 }
