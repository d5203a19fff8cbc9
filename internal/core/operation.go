// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// operation is one caller's request and what has become of it; it is the progress
// of its eni.Operation.
type operation struct {
	client *Client
	action Action
	id     string
	ctx    context.Context //nolint:containedctx // the call's; of a release, nil once the call has returned
	runner *runner         // nil where nothing was queued
	call   *lane.Call
	room   lane.Call

	// The runner's lock guards the following, where there is one.
	changed chan struct{}          // holds one when the call was answered; nil while nobody waits for that
	waiters map[chan struct{}]bool // those who wait for it to complete
	merged  int                    // so many claims were decided when their errors were merged
	thrown  error                  // what the load hook threw about this call
}

func newOperation(ctx context.Context, c *Client, action Action, id string, targets []lane.Target) *operation {
	op := &operation{client: c, action: action, id: id, ctx: ctx}
	op.call = op.room.Init(targets)
	op.call.Owner = op
	return op
}

// lock locks what the lane writes.
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

// operationOf is the operation that a call of the lane belongs to.
func operationOf(call *lane.Call) *operation {
	return call.Owner.(*operation) //nolint:forcetypeassert,errcheck // every call has its operation
}

// wake tells those who wait for the call that there is news. The lock is held.
func (op *operation) wake() {
	notify(op.changed)
	for w := range op.waiters {
		notify(w)
	}
}

// notify sends what may be waited for to a channel that holds one.
func notify(news chan struct{}) {
	select {
	case news <- struct{}{}:
	default: // the last news was not heard yet
	}
}

// leave decides what is open when the call's context has ended. The runner's lock
// is held.
func (op *operation) leave(now time.Duration) {
	op.runner.lane.Leave(now, op.call, func(last *eni.Error) *eni.Error {
		switch {
		case op.ctx.Err() != nil && last == nil:
			return endedBefore(op.ctx, op.runner.awaited())
		case op.ctx.Err() != nil:
			return ended(op.ctx, last)
		case last != nil:
			return last
		default: // the goroutine of the call was ended below it
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

// forgetContext lets go of what the call's context holds. That of a detach or a
// deletion is told to the hook when the change is sent again.
func (op *operation) forgetContext() {
	op.lock()
	defer op.unlock()
	if !op.action.Whole() {
		op.ctx = nil
	}
}

// abandon decides what is open of a call whose goroutine ends.
func (op *operation) abandon() {
	if op.runner != nil {
		op.runner.step(nil, op.leave)
	}
}

// rethrow panics with what the user's code threw while the caller waited.
func (op *operation) rethrow(err error) {
	rethrow(err)
	op.lock()
	err = op.thrown
	op.unlock()
	rethrow(err)
}

// reason is what makes two errors of one call the same.
type reason struct {
	kind          eni.Kind
	code, message string
	accepted      bool
}

// merge makes the claims that failed for the same reason share one error of the
// call's own, which counts them. The lock is held.
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
			e = op.own(cl.Err)
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

// own returns the call's own copy of an error. The lock is held.
func (op *operation) own(err *eni.Error) *eni.Error {
	own := *err
	own.Provider, own.Op, own.InterfaceID = op.client.cloud.Provider, string(op.action), op.id
	own.Attempts = op.call.Attempts
	return &own
}

// claims are those that the caller is told about: of a deletion, not the detach
// before it.
func (op *operation) claims() []lane.Claim {
	if op.action == Delete {
		return op.call.Claims[len(op.call.Claims)-1:]
	}
	return op.call.Claims
}

// err is why the cloud did not accept claims of the call, and why those that it
// accepted went wrong as far as that is known by now; nil where nothing did.
func (op *operation) err() error { return op.joined(func(*lane.Claim) bool { return true }) }

// late is why accepted claims went wrong.
func (op *operation) late() error { return op.joined((*lane.Claim).WasAccepted) }

// joined joins the errors of those claims that a filter picks.
func (op *operation) joined(picks func(*lane.Claim) bool) error {
	op.lock()
	defer op.unlock()
	op.merge()
	var errs []error
	var last *eni.Error // neighbours share theirs
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
