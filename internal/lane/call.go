// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// Call is one caller's request. The runner makes it with [NewCall] and hands it
// to [Lane.Add]; from then on the lane writes it, and whoever reads it holds the
// lock of the lane.
type Call struct {
	Claims     []Claim
	Attempts   int      // changes sent with something of this call aboard
	RequestIDs []string // of those changes, in the order of their answers

	Terms Terms

	// Owner is the runner's.
	Owner any

	// Deadline is when the caller's context ends; zero means never.
	Deadline time.Duration

	lane     *Lane // nil before it is added, and after a dead context
	event    event
	began    time.Duration
	open     int     // claims that are queued or in the air
	accepted int     // claims that are accepted and not seen gone
	change   *Change // the latest that it had something aboard of
	room     [1]Claim

	// The lane's list of calls with open claims, oldest first.
	prev, next *Call
	listed     bool

	noted   bool // in the lane's news
	expired bool // its MaxElapsed is over
}

// Claim is one caller's share of a goal.
type Claim struct {
	Target  Target
	Outcome eni.Outcome
	Err     *eni.Error // why, or nil. An address that went with its interface is gone, and has an error too

	// Attempts is how many changes had been sent for the call when it was decided.
	Attempts int

	call    *Call
	goal    *goal
	change  *Change // that it is aboard of, or that was accepted with it
	at      int     // its place in goal.queued, change.aboard
	since   event   // only what began after that tells it something
	tries   int     // changes that carried it and that count
	refusal *refusal
	lastErr *eni.Error // the cloud's last answer about it

	state       claimState
	sent        bool // a change that carried it was sent
	refused     bool // it waits because of a refusal
	credit      bool // a change that carried it may have taken it off
	shown       bool // a description that tells it something has shown the interface; for Delete
	notShown    bool // the description before the change that carries it did not show it
	ruled       bool // it was refused by rule: no change can take it off
	wasAccepted bool // it was accepted before it was decided
}

// claimState is where a claim is in its life; see the diagram in doc.go.
type claimState uint8

const (
	queued     claimState = iota
	inProgress            // of the change in the air
	accepted              // by the cloud, and not seen gone
	decided
)

// NewCall makes a call with a claim for each target.
func NewCall(targets []Target) *Call { return new(Call).Init(targets) }

// Init makes a zero Call one with a claim for each target, and returns it.
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

// Answered reports whether the cloud has accepted or refused every claim, or
// they are decided otherwise.
func (c *Call) Answered() bool { return c.open == 0 }

// Done reports whether nothing is left to wait for. The detach before a deletion is
// not waited for when the deletion is decided.
func (c *Call) Done() bool {
	last := &c.Claims[len(c.Claims)-1]
	return c.open == 0 && (c.accepted == 0 || last.Target.Action == Delete && last.state == decided)
}

// WasAccepted reports whether the cloud had accepted a change with the claim
// before it was decided.
func (cl *Claim) WasAccepted() bool { return cl.wasAccepted }

// Standing is where an accepted change stands.
type Standing struct {
	Answered  time.Duration // when it was accepted
	RequestID string
	Shown     *eni.Interface // the latest description; nil without one
	Resent    int            // how often a stuck detach was sent again
	TaskErr   *eni.Error     // why its task is not known, where the cloud has said why
}

// Accepted returns where the oldest accepted change of the call stands.
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

// Refuse decides every claim of a call that was not added: nothing is sent.
func (c *Call) Refuse(err *eni.Error) {
	for i := range c.Claims {
		c.Claims[i].decide(eni.OutcomeNotTried, err)
	}
}

// decide ends a claim. It must be in no list any more.
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

// accept notes that the cloud accepted a change with the claim aboard.
func (cl *Claim) accept() {
	cl.state, cl.Outcome, cl.Err = accepted, eni.OutcomeAccepted, nil
	cl.call.open--
	cl.call.accepted++
	cl.call.lane.notify(cl.call)
}
