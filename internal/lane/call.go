// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Call is one caller's request. The runner makes it with [NewCall] and passes it
// to [Lane.Add]. After that only the lane writes it, and a reader must hold the
// lane's lock.
type Call struct {
	Claims     []Claim
	Attempts   int      // changes sent that carried a claim of this call
	RequestIDs []string // of those changes, in the order of their responses

	Terms Terms

	// Owner is for the runner; the lane does not use it.
	Owner any

	// Deadline is when the caller's context ends; zero means never.
	Deadline time.Duration

	lane     *Lane // nil before it is added, and if its context ended before
	event    event
	began    time.Duration
	open     int     // claims that are queued or in progress
	accepted int     // claims that are accepted and not decided
	change   *Change // the latest change that carried a claim of it
	room     [1]Claim

	// The lane's list of calls with open claims, oldest first.
	prev, next *Call
	listed     bool

	noted   bool // in the lane's news
	expired bool // its MaxElapsed has ended
}

// Claim is one caller's share of a goal.
type Claim struct {
	Target  Target
	Outcome eni.Outcome
	Err     *eni.Error // the reason, or nil. A target that is gone because its interface is missing has one too

	// Attempts is how many changes had been sent for the call when it was decided.
	Attempts int

	call    *Call
	goal    *goal
	change  *Change // the change that carries it, or that was accepted with it
	at      int     // its index in goal.queued or change.claims
	since   event   // only requests that began after this event are evidence for it
	tries   int     // changes that carried it and count as attempts
	refusal *refusal
	lastErr *eni.Error // the cloud's last error for it

	state       claimState
	sent        bool // a change that carried it was sent
	refused     bool // it waits because of a refusal
	credit      bool // a change that carried it may have removed its target
	shown       bool // a describe that began after the call has shown the interface; for Delete
	notShown    bool // the describe before its change did not show the target
	ruled       bool // it was refused by rule: no change can remove the target
	wasAccepted bool // it was accepted before it was decided
}

// claimState is the state of a claim; see the diagram in doc.go.
type claimState uint8

const (
	queued     claimState = iota
	inProgress            // carried by the change in progress
	accepted              // accepted by the cloud, and not decided
	decided
)

// NewCall returns a call with a claim for each target.
func NewCall(targets []Target) *Call { return new(Call).Init(targets) }

// Init gives a zero Call a claim for each target, and returns it.
func (c *Call) Init(targets []Target) *Call {
	c.open = len(targets)
	if c.Claims = c.room[:]; len(targets) != len(c.room) {
		c.Claims = make([]Claim, len(targets))
	}
	for i, t := range targets {
		c.Claims[i] = Claim{Target: t, call: c}
	}
	return c
}

// Answered reports whether every claim is accepted or decided.
func (c *Call) Answered() bool { return c.open == 0 }

// Done reports whether every claim is decided. Once a deletion is decided, an accepted
// detach before it does not count.
func (c *Call) Done() bool {
	last := &c.Claims[len(c.Claims)-1]
	return c.open == 0 && (c.accepted == 0 || last.Target.Action == Delete && last.state == decided)
}

// WasAccepted reports whether the cloud accepted a change with the claim before the
// claim was decided.
func (cl *Claim) WasAccepted() bool { return cl.wasAccepted }

// Standing is the progress of an accepted change.
type Standing struct {
	Answered  time.Duration // when it was accepted
	RequestID string
	Shown     *eni.Interface // the interface as described last; nil if it was not
	Resent    int            // how often the stuck change was sent again
	TaskErr   *eni.Error     // why the state of its task is unknown; nil if the cloud gave no reason
}

// Accepted returns the progress of the call's oldest accepted change; the zero
// Standing if there is none.
func (c *Call) Accepted() Standing {
	var oldest *Change
	for i := range c.Claims {
		if cl := &c.Claims[i]; cl.state == accepted && (oldest == nil || cl.change.answered < oldest.answered) {
			oldest = cl.change
		}
	}
	if oldest == nil {
		return Standing{}
	}
	return Standing{Answered: oldest.answered, RequestID: oldest.requestID, Shown: c.lane.snapshot.shown, Resent: oldest.resent, TaskErr: oldest.taskErr}
}

// Refuse decides every claim of a call that was not added as NotTried.
func (c *Call) Refuse(err *eni.Error) {
	for i := range c.Claims {
		c.Claims[i].decide(eni.OutcomeNotTried, err)
	}
}

// decide ends a claim. The caller has removed it from every list.
func (cl *Claim) decide(outcome eni.Outcome, err *eni.Error) {
	if cl.state == accepted {
		cl.call.accepted--
		cl.wasAccepted = true
	} else {
		cl.call.open--
	}
	cl.state, cl.Outcome, cl.Err, cl.Attempts = decided, outcome, err, cl.call.Attempts
	cl.change, cl.refusal, cl.lastErr = nil, nil, nil
	if l := cl.call.lane; l != nil {
		l.detachEnded(cl)
		l.notify(cl.call)
	}
}

// accept records that the cloud accepted the change that carries the claim.
func (cl *Claim) accept() {
	cl.state, cl.Outcome, cl.Err = accepted, eni.OutcomeAccepted, nil
	cl.call.open--
	cl.call.accepted++
	cl.call.lane.notify(cl.call)
}
