// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"net/netip"
	"slices"
)

// Operation is what a call set in motion. It lives in memory only: after a
// restart, make the call again, which finds what has been done. Its methods are
// safe for concurrent use, and safe on a nil Operation, which is empty and done.
type Operation struct {
	progress Progress
}

// Progress is the implementer's side of an [Operation]; see its methods for what
// each promises. It must be safe for concurrent use.
type Progress interface {
	Poll(ctx context.Context) (done bool, err error)
	Wait(ctx context.Context) error
	Results() []Result
	// Outcome is for calls without addresses, whose Results are empty.
	Outcome() Outcome
	RequestIDs() []string
	Attempts() int
}

// NewOperation is for those who implement [Client]. A nil p makes an Operation
// that is empty and done.
func NewOperation(p Progress) *Operation { return &Operation{progress: p} }

// Poll asks the cloud once and does not wait: it is for controllers. Done means
// that there is nothing left to wait for: all that the cloud accepted has taken
// effect, or has failed, which err then tells. An error without done says why
// nothing is known yet, and the outcomes stay OutcomeAccepted: poll again.
func (op *Operation) Poll(ctx context.Context) (done bool, err error) {
	if op == nil || op.progress == nil {
		return true, nil
	}
	return op.progress.Poll(ctx)
}

// Wait asks the cloud, at growing intervals, until done: it is for programs. It
// ends with an error when its context ends, which the error then matches; the
// error tells what the cloud showed last, and the outcomes stay OutcomeAccepted.
// Wait covers what the cloud accepted: what it refused is in the error of the call
// that made the Operation, and in [Operation.Results].
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

// Failed returns those of the Results that are neither OutcomeReleased nor
// OutcomeAbsent: what is not known to be gone. Before [Operation.Wait] or Poll are
// done, what is OutcomeAccepted is among them. It is empty for a Detach.
func (op *Operation) Failed() []Result {
	return slices.DeleteFunc(op.Results(), func(r Result) bool {
		return r.Outcome == OutcomeReleased || r.Outcome == OutcomeAbsent
	})
}

// Outcome is what became of the call as a whole: of a detach its own outcome, of
// a release the first of OutcomeUnknown, OutcomeRefused, OutcomeNotTried,
// OutcomeAccepted, OutcomeAbsent and OutcomeReleased that one of its results
// has. It is OutcomeNotTried for a nil Operation.
func (op *Operation) Outcome() Outcome {
	if op == nil || op.progress == nil {
		return OutcomeNotTried
	}
	results := op.progress.Results()
	if len(results) == 0 {
		return op.progress.Outcome()
	}
	worst := results[0].Outcome
	for _, r := range results[1:] {
		if r.Outcome.rank() < worst.rank() {
			worst = r.Outcome
		}
	}
	return worst
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
// this Operation, retries included. Descriptions do not count.
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

	// Err is the error of the call, or the one of its [Errors] that is about this
	// address. It is nil for OutcomeAccepted, OutcomeReleased and OutcomeAbsent.
	Err error
}

// Addr is the address, or the zero Addr where the result is that of a delegated
// prefix.
func (r Result) Addr() netip.Addr {
	if !r.Prefix.IsSingleIP() {
		return netip.Addr{}
	}
	return r.Prefix.Addr()
}

// String returns the address or prefix as people write it: 10.0.0.7, 10.1.0.0/28.
func (r Result) String() string {
	if r.Prefix.IsSingleIP() {
		return r.Prefix.Addr().String()
	}
	return r.Prefix.String()
}

// Outcome is what became of one address, prefix, or detach. Each states what is
// true as of a request that began after the call. The zero Outcome is
// OutcomeNotTried.
//
// "Gone" is, for an address, no longer on the interface; for a detach, no longer
// attached to the instance that was asked for.
type Outcome int

const (
	// OutcomeNotTried: no change that carried it for this caller was sent, and no
	// change of this client can still take it off.
	OutcomeNotTried Outcome = iota
	// OutcomeAccepted: the cloud accepted a change that carried it for this
	// caller. It has not been seen gone yet: Poll and Wait find out.
	OutcomeAccepted
	// OutcomeReleased: seen gone after the call, by a change that carried it for
	// this caller: the cloud accepted that change, or its answer was lost and
	// what it asked for is so.
	OutcomeReleased
	// OutcomeAbsent: seen gone after the call, and no change that carried it for
	// this caller is known to have done that.
	OutcomeAbsent
	// OutcomeRefused: refused by the cloud, or by rule (a primary address), and no
	// change of this client can still take it off.
	OutcomeRefused
	// OutcomeUnknown: a change of this client may have taken it off, or may do so
	// yet. The next call finds out.
	OutcomeUnknown
)

var outcomes = [...]struct {
	text string
	rank int // the least names an Operation that has several
}{
	OutcomeUnknown:  {"unknown", 0},
	OutcomeRefused:  {"refused", 1},
	OutcomeNotTried: {"not_tried", 2},
	OutcomeAccepted: {"accepted", 3},
	OutcomeAbsent:   {"absent", 4},
	OutcomeReleased: {"released", 5},
}

// String returns the outcome in lower case with underscores, such as
// "not_tried", for logs and for machine-readable output.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomes) {
		return "invalid"
	}
	return outcomes[o].text
}

func (o Outcome) rank() int {
	if o < 0 || int(o) >= len(outcomes) {
		return -1 // nobody can say what it means
	}
	return outcomes[o].rank
}
