// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"net/netip"
	"slices"
)

// Operation is the progress and the result of one call. It exists only in memory:
// after a restart repeat the call, which finds out what has been done. Its methods
// are safe for concurrent use. A nil Operation is empty and done.
type Operation struct {
	progress Progress
}

// Progress is what implementers of [Client] provide for an [Operation], whose methods
// document what each method must do. It must be safe for concurrent use.
type Progress interface {
	Poll(ctx context.Context) (done bool, err error)
	Wait(ctx context.Context) error
	Results() []Result
	// Outcome is for calls without addresses, whose Results are empty.
	Outcome() Outcome
	RequestIDs() []string
	Attempts() int
}

// NewOperation makes an Operation, for implementers of [Client]. If p is nil, the
// Operation is empty and done.
func NewOperation(p Progress) *Operation { return &Operation{progress: p} }

// Poll sends at most one request to the cloud and never waits for a permit; it is for
// controllers. Done means that each accepted change has taken effect or has failed;
// err then says why it failed. An error without done says why the state is not known
// yet: the outcomes stay OutcomeAccepted, and the caller polls again.
func (op *Operation) Poll(ctx context.Context) (done bool, err error) {
	if op == nil || op.progress == nil {
		return true, nil
	}
	return op.progress.Poll(ctx)
}

// Wait polls the cloud at growing intervals until done; it is for programs. When ctx
// ends, Wait returns an error that matches ctx.Err() and says what the cloud showed
// last; the outcomes stay OutcomeAccepted. Wait covers only what the cloud accepted.
// What the cloud refused is in the error of the call that returned the Operation, and
// in [Operation.Results].
func (op *Operation) Wait(ctx context.Context) error {
	if op == nil || op.progress == nil {
		return nil
	}
	return op.progress.Wait(ctx)
}

// Results returns one entry for each address and prefix of the request: first the
// addresses, then the prefixes, each in the order of the request, without duplicates.
// It is empty for a Detach and a Delete. The caller may change the slice.
func (op *Operation) Results() []Result {
	if op == nil || op.progress == nil {
		return nil
	}
	return op.progress.Results()
}

// Failed returns the Results whose outcome is neither OutcomeReleased nor
// OutcomeAbsent, which includes OutcomeAccepted before [Operation.Wait] or Poll is
// done. It is empty for a Detach and a Delete.
func (op *Operation) Failed() []Result {
	return slices.DeleteFunc(op.Results(), func(r Result) bool {
		return r.Outcome == OutcomeReleased || r.Outcome == OutcomeAbsent
	})
}

// Outcome returns the outcome of the whole call. For a release it is the first of
// OutcomeUnknown, OutcomeRefused, OutcomeNotTried, OutcomeAccepted, OutcomeAbsent and
// OutcomeReleased that one of the Results has. It is OutcomeNotTried for a nil
// Operation.
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

// RequestIDs returns the cloud's request ids of the changes that contained an item of
// this Operation, refused ones included, in the order of their responses.
func (op *Operation) RequestIDs() []string {
	if op == nil || op.progress == nil {
		return nil
	}
	return op.progress.RequestIDs()
}

// Attempts returns the number of changes sent that contained an item of this
// Operation, retries included. Descriptions do not count.
func (op *Operation) Attempts() int {
	if op == nil || op.progress == nil {
		return 0
	}
	return op.progress.Attempts()
}

// Result is the result of one address or prefix.
type Result struct {
	Prefix  netip.Prefix // of full length for a single address: /32 or /128
	Outcome Outcome

	// Err is the error of the call, or the one of its [Errors] that applies to this
	// address. It is nil for OutcomeAccepted, OutcomeReleased and OutcomeAbsent.
	Err error
}

// Addr returns the address, or the zero Addr if the result is that of a delegated
// prefix.
func (r Result) Addr() netip.Addr {
	if !r.Prefix.IsSingleIP() {
		return netip.Addr{}
	}
	return r.Prefix.Addr()
}

// String returns the address without a length, 10.0.0.7, or the prefix, 10.1.0.0/28.
func (r Result) String() string {
	if r.Prefix.IsSingleIP() {
		return r.Prefix.Addr().String()
	}
	return r.Prefix.String()
}

// Outcome is the outcome of one item: an address, a prefix, a detach or a deletion.
// It is based only on requests that began after the call. The zero Outcome is
// OutcomeNotTried.
//
// "Gone" means: for an address, no longer on the interface; for a detach, no longer
// attached to the instance of the request; for a deletion, the interface no longer
// exists. A "change of this call" is one that contained the item for this caller.
type Outcome int

const (
	// OutcomeNotTried: no change of this call was sent, and no change of this client
	// can still remove the item.
	OutcomeNotTried Outcome = iota
	// OutcomeAccepted: the cloud accepted a change of this call. The item is not
	// known to be gone yet: Poll and Wait check it.
	OutcomeAccepted
	// OutcomeReleased: the item is gone, and a change of this call was accepted, or
	// its response was lost.
	OutcomeReleased
	// OutcomeAbsent: the item is gone, and no change of this call is known to have
	// removed it.
	OutcomeAbsent
	// OutcomeRefused: the cloud or a rule of the client (for example, for a primary
	// address) refused the item, and no change of this client can still remove it.
	OutcomeRefused
	// OutcomeUnknown: a change of this client may have removed the item, or may still
	// do so. The next call finds out.
	OutcomeUnknown
)

var outcomes = [...]struct {
	text string
	rank int // the lowest one is the outcome of the whole call
}{
	OutcomeUnknown:  {"unknown", 0},
	OutcomeRefused:  {"refused", 1},
	OutcomeNotTried: {"not_tried", 2},
	OutcomeAccepted: {"accepted", 3},
	OutcomeAbsent:   {"absent", 4},
	OutcomeReleased: {"released", 5},
}

// String returns the outcome in lower case with underscores, such as "not_tried", for
// logs and machine-readable output.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomes) {
		return "invalid"
	}
	return outcomes[o].text
}

func (o Outcome) rank() int {
	if o < 0 || int(o) >= len(outcomes) {
		return -1 // an invalid outcome hides no other
	}
	return outcomes[o].rank
}
