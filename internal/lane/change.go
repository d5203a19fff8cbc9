// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Change is one request that changes the interface. It is in progress until it is
// refused, lost or accepted. An accepted change is complete when every claim that
// it carried is decided.
type Change struct {
	Action  Action
	Targets []Target // addresses, or prefixes of one length, or one attachment or interface
	Calls   []*Call  // the calls whose claims it carries, each once

	TrunkInterfaceID string // of the trunk member to detach; empty otherwise

	QueueWait  time.Duration // how long its first goal had waited before a permit was asked for
	PermitWait time.Duration // from asking for the permit to sending

	goals  []*goal
	claims []*Claim // claims that it carries; once accepted, those that are not decided
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
	original    *Change // the stuck change that this one sends again, or nil
	foreign     bool    // another party's change that serves a goal of ours
	concurrent  bool    // other interfaces were changed at the same time
	over        bool    // its task has ended: it can no longer act
	asking      bool    // a request for its task is in progress
	taskUnknown bool    // the task's state is unknown to the cloud, or may not be asked for

	asked    event         // when the state of its task was last received
	askAt    time.Duration // no request for its task before this time
	failure  *eni.Error    // why the task failed
	taskErr  *eni.Error    // why the task's state is unknown; for the error of a wait
	patience time.Duration // interval until a stuck change is sent again
	resendAt time.Duration
	resent   int
}

// put adds a claim to the change.
func (ch *Change) put(cl *Claim) {
	cl.change, cl.at = ch, len(ch.claims)
	ch.claims = append(ch.claims, cl)
}

// drop removes a claim from the change.
func (ch *Change) drop(cl *Claim) {
	last := len(ch.claims) - 1
	ch.claims[cl.at] = ch.claims[last]
	ch.claims[cl.at].at = cl.at
	ch.claims[last] = nil
	ch.claims = ch.claims[:last]
}

// pending returns how many goals of the change in progress are not counted as
// wanted: those without a later caller.
func (ch *Change) pending() int {
	n := 0
	for _, g := range ch.goals {
		if ch.original == nil && !g.wanted() {
			n++
		}
	}
	return n
}

// Alone reports whether the change in progress carries claims of this call only.
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
