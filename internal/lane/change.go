// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Change is one request that changes the interface: first in the air, then
// refused, lost or accepted, and once accepted, complete when every claim that
// travelled in it was seen gone.
type Change struct {
	Action  Action
	Targets []Target // addresses, or prefixes of one length, or one attachment
	Calls   []*Call  // who has something aboard, each once

	TrunkInterfaceID string // of a member that is detached

	QueueWait  time.Duration // how long its first goal had waited before a permit was asked for
	PermitWait time.Duration // how long the permit was waited for, and what came after it

	goals  []*goal
	claims []*Claim // aboard, and after the acceptance not seen gone
	room   struct {
		target [1]Target
		goal   [1]*goal
		claim  [1]*Claim
		call   [1]*Call
	}

	sent        event
	sentAt      time.Duration
	answered    time.Duration
	requestID   string
	taskID      string
	original    *Change // the stuck detach that this one sends again, or nil
	foreign     bool    // somebody else's detach that serves a goal of ours
	concurrent  bool    // other interfaces were changed at the same time
	over        bool    // its task has ended: it cannot act any more
	asking      bool    // its task is asked for
	taskUnknown bool    // its task was asked for since the interface went missing

	asked    event         // when its task was last told
	askAt    time.Duration // when its task is asked for again
	failure  *eni.Error    // why the task failed
	taskErr  *eni.Error    // why the task is not known; for whoever waits in vain
	patience time.Duration // until a stuck detach is sent again
	resendAt time.Duration
	resent   int
}

// put puts a claim aboard.
func (ch *Change) put(cl *Claim) {
	cl.change, cl.at = ch, len(ch.claims)
	ch.claims = append(ch.claims, cl)
}

// drop takes a claim off the change.
func (ch *Change) drop(cl *Claim) {
	last := len(ch.claims) - 1
	ch.claims[cl.at] = ch.claims[last]
	ch.claims[cl.at].at = cl.at
	ch.claims[last] = nil
	ch.claims = ch.claims[:last]
}

// pending is how many goals of the change in the air are not counted as wanted:
// those that nobody called for again.
func (ch *Change) pending() int {
	n := 0
	for _, g := range ch.goals {
		if ch.original == nil && !g.wanted() {
			n++
		}
	}
	return n
}

// Alone reports whether the call is the only one with something aboard of the change
// in the air.
func (l *Lane) Alone(call *Call) bool {
	if l.current == nil || l.current.original != nil || len(l.current.claims) == 0 {
		return false
	}
	for _, cl := range l.current.claims {
		if cl.call != call {
			return false
		}
	}
	return true
}
