// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// operation is one caller's request and its result. It implements eni.Progress.
type operation struct {
	client *Client
	action Action
	id     string
	ctx    context.Context //nolint:containedctx // the call's; nil once a release has returned
	runner *runner         // nil if the call was refused before it reached a runner
	call   *lane.Call
	room   lane.Call

	// The runner's lock guards the following, if there is a runner.
	changed chan struct{}          // receives a value when the call is answered; nil until it is waited for
	waiters map[chan struct{}]bool // the callers that wait for completion
	merged  int                    // how many claims had errors at the last merge
	thrown  error                  // the load hook's panic during this call
}

func newOperation(ctx context.Context, c *Client, action Action, id string, targets []lane.Target) *operation {
	op := &operation{client: c, action: action, id: id, ctx: ctx}
	op.call = op.room.Init(targets)
	op.call.Owner = op
	return op
}

// lock locks the runner, if there is one, and with it what the lane writes.
func (op *operation) lock() {
	if op.runner != nil {
		op.runner.mu.Lock()
	}
}

func (op *operation) unlock() {
	if op.runner != nil {
		op.runner.mu.Unlock()
	}
}

// operationOf returns the operation of a lane's call.
func operationOf(call *lane.Call) *operation {
	return call.Owner.(*operation) //nolint:forcetypeassert,errcheck // every call has its operation
}

// wake wakes everything that waits for the call. The lock is held.
func (op *operation) wake() {
	notify(op.changed)
	for w := range op.waiters {
		notify(w)
	}
}

// notify sends to a channel of capacity one, and does not block.
func notify(news chan struct{}) {
	select {
	case news <- struct{}{}:
	default: // the previous value was not received yet
	}
}

// cancelOpen decides the open claims of a call whose context or goroutine has ended.
// The runner's lock is held.
func (op *operation) cancelOpen(now time.Duration) {
	op.runner.lane.Cancel(now, op.call, func(last *eni.Error) *eni.Error {
		switch {
		case op.ctx.Err() != nil && last == nil:
			return endedBefore(op.ctx, op.runner.awaited())
		case op.ctx.Err() != nil:
			return ended(op.ctx, last)
		case last != nil:
			return last
		default: // runtime.Goexit has ended the call's goroutine
			return op.client.lost(string(op.action), op.id, errGoexit)
		}
	})
}

// awaitAnswer waits until the call is answered, or its context ends.
func (op *operation) awaitAnswer() {
	for {
		op.lock()
		answered := op.call.Answered()
		if !answered && op.changed == nil {
			op.changed = make(chan struct{}, 1)
		}
		op.unlock()
		if answered {
			return
		}
		select {
		case <-op.changed:
		case <-op.ctx.Done():
			op.runner.depart(op)
			return
		}
	}
}

// forgetContext releases the context of a returned release. A detach or a deletion
// keeps it for the hook, because a stuck change is sent again.
func (op *operation) forgetContext() {
	op.lock()
	defer op.unlock()
	if !op.action.Whole() {
		op.ctx = nil
	}
}

// abandon decides the open claims of a call whose goroutine ends.
func (op *operation) abandon() {
	if op.runner != nil {
		op.runner.step(nil, op.cancelOpen)
	}
}

// rethrow panics if the user's code panicked while the caller waited.
func (op *operation) rethrow(err error) {
	rethrow(err)
	op.lock()
	err = op.thrown
	op.unlock()
	rethrow(err)
}

// reason is the key by which errors of one call are merged.
type reason struct {
	kind          eni.Kind
	code, message string
	accepted      bool
}

// merge gives all claims that failed for the same reason one error, with their count.
// The lock is held.
func (op *operation) merge() {
	decided := 0
	for i := range op.call.Claims {
		if op.call.Claims[i].Err != nil {
			decided++
		}
	}
	if decided == op.merged {
		return
	}
	op.merged = decided
	shared := make(map[reason]*eni.Error, 1)
	for i := range op.call.Claims {
		cl := &op.call.Claims[i]
		if cl.Err == nil {
			continue
		}
		key := reason{cl.Err.Kind, cl.Err.Code, cl.Err.Message, cl.WasAccepted()}
		e := shared[key]
		if e == nil {
			e = op.copyErr(cl.Err)
			e.Count, e.Attempts = 0, cl.Attempts
			shared[key] = e
		}
		e.Attempts = max(e.Attempts, cl.Attempts)
		if !op.action.Whole() {
			e.Count++
		}
		cl.Err = e
	}
}

// copyErr returns a copy of an error with the details of this call. The lock is held.
func (op *operation) copyErr(err *eni.Error) *eni.Error {
	clone := *err
	clone.Provider, clone.Op, clone.InterfaceID = op.client.cloud.Provider, string(op.action), op.id
	clone.Attempts = op.call.Attempts
	return &clone
}

// claims returns the claims whose outcomes the caller gets: for a deletion not that of
// the detach before it.
func (op *operation) claims() []lane.Claim {
	if op.action == Delete {
		return op.call.Claims[len(op.call.Claims)-1:]
	}
	return op.call.Claims
}

// err returns the errors of all claims, joined; nil if there are none.
func (op *operation) err() error { return op.joined(func(*lane.Claim) bool { return true }) }

// late returns the joined errors of the claims that failed after they were accepted;
// nil if there are none.
func (op *operation) late() error { return op.joined((*lane.Claim).WasAccepted) }

// joined joins the errors of the claims that a filter picks.
func (op *operation) joined(picks func(*lane.Claim) bool) error {
	op.lock()
	defer op.unlock()
	op.merge()
	var errs []error
	var last *eni.Error // neighbouring claims often share one error
	claims := op.claims()
	for i := range claims {
		if cl := &claims[i]; cl.Err != nil && picks(cl) && cl.Err != last {
			last = cl.Err
			errs = append(errs, last)
		}
	}
	if errs == nil {
		return nil
	}
	return eni.Join(errs...)
}

// Results implements eni.Progress.
func (op *operation) Results() []eni.Result {
	if op.action.Whole() {
		return nil
	}
	op.lock()
	defer op.unlock()
	op.merge()
	results := make([]eni.Result, len(op.call.Claims))
	for i := range op.call.Claims {
		cl := &op.call.Claims[i]
		results[i] = eni.Result{Prefix: cl.Target.Prefix, Outcome: cl.Outcome}
		switch cl.Outcome {
		case eni.OutcomeNotTried, eni.OutcomeRefused, eni.OutcomeUnknown:
			if cl.Err != nil {
				results[i].Err = cl.Err
			}
		case eni.OutcomeAccepted, eni.OutcomeReleased, eni.OutcomeAbsent:
		}
	}
	return results
}

// Outcome implements eni.Progress.
func (op *operation) Outcome() eni.Outcome {
	op.lock()
	defer op.unlock()
	return op.claims()[0].Outcome
}

// RequestIDs implements eni.Progress.
func (op *operation) RequestIDs() []string {
	op.lock()
	defer op.unlock()
	return slices.Clone(op.call.RequestIDs)
}

// Attempts implements eni.Progress.
func (op *operation) Attempts() int {
	op.lock()
	defer op.unlock()
	return op.call.Attempts
}
