package eni

import (
	"context"
	"net/netip"
)

// Operation is what a call set in motion. It lives in memory only: after a
// restart, make the call again, which finds what has been done. Its methods are
// safe for concurrent use, and safe on a nil Operation, which is empty and
// complete.
type Operation struct {
	progress Progress
}

// Progress is the implementer's side of an [Operation]; see its methods for what
// each promises. It must be safe for concurrent use.
type Progress interface {
	Poll(ctx context.Context) (done bool, err error)
	Wait(ctx context.Context) error
	Results() []Result
	RequestIDs() []string
	Attempts() int
}

// NewOperation is for those who implement [Client]. A nil p makes an Operation
// that is empty and complete.
func NewOperation(p Progress) *Operation { return &Operation{progress: p} }

// Poll looks once and does not wait: it is for controllers. Done means that
// there is nothing left to wait for: all that the cloud accepted has taken
// effect, or has failed, which err then tells. An error without done is a look
// that failed, or a change that is stuck: poll again.
func (op *Operation) Poll(ctx context.Context) (done bool, err error) {
	if op == nil || op.progress == nil {
		return true, nil
	}
	return op.progress.Poll(ctx)
}

// Wait looks, at growing intervals, until done: it is for programs. The context
// is its timeout; when it ends first, the error matches ctx.Err() and tells what
// was seen last. Wait covers what the cloud accepted: what it refused is in the
// error of the call that made the Operation, and in [Operation.Results].
func (op *Operation) Wait(ctx context.Context) error {
	if op == nil || op.progress == nil {
		return nil
	}
	return op.progress.Wait(ctx)
}

// Results has one entry for each address and prefix asked for, in the order in
// which they were asked for, addresses first, duplicates left out. It is empty
// for a Detach. The slice is the caller's own.
func (op *Operation) Results() []Result {
	if op == nil || op.progress == nil {
		return nil
	}
	return op.progress.Results()
}

// RequestIDs lists the cloud's ids of the changes that carried something of this
// Operation, refused ones included, in the order in which they were answered.
func (op *Operation) RequestIDs() []string {
	if op == nil || op.progress == nil {
		return nil
	}
	return op.progress.RequestIDs()
}

// Attempts is the number of changes sent to the cloud that carried something of
// this Operation, retries included. Looks do not count.
func (op *Operation) Attempts() int {
	if op == nil || op.progress == nil {
		return 0
	}
	return op.progress.Attempts()
}

// Result is what became of one address or prefix.
type Result struct {
	Prefix  netip.Prefix // a single address has its full length: /32 or /128
	Outcome Outcome
	Err     error // why, for OutcomeRefused, OutcomeNotTried and OutcomeUnknown; else nil
}

// Outcome is what became of one address or prefix. The zero Outcome is OutcomeNotTried.
type Outcome int

const (
	// OutcomeNotTried: no change that carried it was sent.
	OutcomeNotTried Outcome = iota
	// OutcomeReleased: the cloud accepted the release. It is gone once Poll or Wait
	// says done; until then it may still turn into OutcomeRefused.
	OutcomeReleased
	// OutcomeAbsent: it is not on the interface, and no change of this call is known to
	// have taken it off.
	OutcomeAbsent
	// OutcomeRefused: the cloud refused the release, or refuses it by rule (a primary
	// address). It is still on the interface as far as is known.
	OutcomeRefused
	// OutcomeUnknown: a change that carried it was sent and the answer did not arrive.
	// It may be gone or not.
	OutcomeUnknown
)

var outcomes = [...]string{
	OutcomeNotTried: "not_tried",
	OutcomeReleased: "released",
	OutcomeAbsent:   "absent",
	OutcomeRefused:  "refused",
	OutcomeUnknown:  "unknown",
}

// String returns the outcome in lower case with underscores, such as
// "not_tried", for logs and for machine-readable output.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomes) {
		return "invalid"
	}
	return outcomes[o]
}
