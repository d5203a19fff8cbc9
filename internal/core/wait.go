// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"fmt"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// Poll implements eni.Progress.
func (op *operation) Poll(ctx context.Context) (bool, error) {
	if op.done() {
		return true, op.late()
	}
	if ctx.Err() != nil {
		return false, op.unfinished(dead(ctx, op.standing()))
	}
	err := op.poll(ctx)
	if err != nil {
		rethrow(err)
	}
	switch {
	case op.done(): // even if this poll's own request failed
		return true, op.late()
	case err != nil:
		return false, op.unfinished(err)
	case op.overdue() >= 0:
		return false, op.unfinished(op.standing())
	default:
		return false, nil
	}
}

// Wait implements eni.Progress.
func (op *operation) Wait(ctx context.Context) error {
	if op.done() {
		return op.late()
	}
	ctx, end := op.client.begin(ctx, eni.OpWait, op.id, len(op.call.Claims))
	err, returned := error(nil), false
	defer func() {
		if !returned { // a hook called runtime.Goexit
			end.call(eni.NewOperation(op), err)
		}
	}()
	err = op.waitDone(ctx)
	returned = true
	end.call(eni.NewOperation(op), err)
	rethrow(err)
	return err
}

// done reports whether every claim is decided.
func (op *operation) done() bool {
	op.lock()
	defer op.unlock()
	return op.call.Done()
}

// waitDone waits until every claim is decided. It returns their errors, or why it
// ended earlier.
func (op *operation) waitDone(ctx context.Context) error {
	if ctx.Err() != nil {
		return op.unfinished(dead(ctx, op.standing()))
	}
	news := make(chan struct{}, 1)
	r := op.client.runners.reuse(op.runner)
	defer op.client.runners.release(r)
	op.client.waiting.Add(1)
	defer op.client.waiting.Add(-1)
	began := r.watch(ctx, op, news)
	defer r.unwatch(op, news)
	var last *eni.Error
	for {
		if op.done() {
			return op.late()
		}
		if e, final := r.refused(began); final {
			return op.unfinished(e)
		} else if e != nil {
			last = e
		}
		left := -op.overdue()
		if left <= 0 {
			if err := op.poll(ctx); err != nil && ctx.Err() == nil {
				return op.unfinished(err)
			}
			if op.done() {
				return op.late()
			}
			return op.unfinished(op.standing())
		}
		if e := op.sleep(ctx, news, left, last); e != nil && !op.done() {
			return e
		}
	}
}

// sleep waits for news, at most for the limit. It returns an error only if ctx ends.
func (op *operation) sleep(ctx context.Context, news <-chan struct{}, limit time.Duration, last *eni.Error) error {
	var over <-chan time.Time
	if limit < forever {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-news:
	case <-over:
	case <-ctx.Done():
		if last == nil {
			last = op.standing()
		}
		return op.unfinished(ended(ctx, last))
	}
	return nil
}

// watch registers a channel for news of the operation and of failed describes, and
// keeps the lane polling. It returns the time when that began.
func (r *runner) watch(ctx context.Context, op *operation, news chan struct{}) (began time.Duration) {
	r.step(nil, func(now time.Duration) {
		if op.waiters == nil {
			op.waiters = make(map[chan struct{}]bool, 1)
		}
		if r.watchers == nil {
			r.watchers = make(map[chan struct{}]bool, 1)
		}
		op.waiters[news], r.watchers[news] = true, true
		r.asker = ctx
		r.lane.WaitBegan(now)
		began = now
	})
	return began
}

func (r *runner) unwatch(op *operation, news chan struct{}) {
	r.step(nil, func(time.Duration) {
		delete(op.waiters, news)
		delete(r.watchers, news)
		r.lane.WaitEnded()
	})
}

// refused returns the error of the latest describe if it failed after a time, and
// whether another one would fail too; nil if it did not fail.
func (r *runner) refused(since time.Duration) (e *eni.Error, final bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure.err == nil || r.failure.at < since {
		return nil, false
	}
	return r.failure.err, !r.failure.retry
}

// poll makes the one request that the lane chooses: a describe or a task query. If
// there is no permit at once, it makes none.
func (op *operation) poll(ctx context.Context) *eni.Error {
	r := op.client.runners.reuse(op.runner)
	defer op.client.runners.release(r)
	var task *lane.Change
	permit := false
	r.step(nil, func(now time.Duration) {
		if task = r.lane.Poll(now, op.call); task == nil {
			return
		}
		if permit = r.client.limiters[taskAPI].try(); permit {
			r.lane.TaskAsked(now, task)
		}
	})
	switch {
	case task == nil:
		return op.pollInterface(ctx, r)
	case permit:
		return r.askTask(ctx, task)
	default:
		return nil
	}
}

// pollInterface describes the interface if there is a permit at once.
func (op *operation) pollInterface(ctx context.Context, r *runner) *eni.Error {
	answers := make(chan description, 1)
	q := r.question(ctx)
	q.polled, q.onAnswer = true, func(d description) { answers <- d }
	if !r.client.describes.ask(q) {
		return nil
	}
	r.client.describes.kick()
	select {
	case d := <-answers:
		return d.err
	case <-ctx.Done():
		r.step(nil, func(time.Duration) { r.cancelQuestion(q) })
		return ended(ctx, op.standing())
	}
}

// overdue returns how long ago Retry.MaxSettle ended for the oldest accepted claim;
// negative before that.
func (op *operation) overdue() time.Duration {
	most := op.client.opts.Retry.MaxSettle
	if most < 0 || op.runner == nil {
		return -forever
	}
	op.lock()
	defer op.unlock()
	return op.client.alarms.now() - saturate(op.call.Accepted().Answered, most)
}

// standing returns the error of an accepted change that is not complete.
func (op *operation) standing() *eni.Error {
	if op.runner == nil {
		return nil
	}
	op.lock()
	defer op.unlock()
	s := op.call.Accepted()
	now := op.client.alarms.now()
	text := fmt.Sprintf("accepted at %s, %s ago, and still there",
		op.client.alarms.origin.Add(s.Answered).UTC().Format(time.RFC3339), (now - s.Answered).Round(time.Millisecond))
	if i := s.Shown; i != nil {
		text += ": the interface is " + string(i.State)
		if i.InstanceID != "" {
			text += " on " + i.InstanceID
		}
	}
	if s.TaskErr != nil {
		text += "; " + s.TaskErr.Message
	}
	if s.Resent > 0 {
		text = fmt.Sprintf("stuck: %s; it was sent again %d times", text, s.Resent)
	}
	return &eni.Error{Kind: eni.ErrConflict, Message: text, RequestID: s.RequestID}
}

// unfinished returns the error of a Poll or Wait that ended before the operation was
// done. Its count is the number of claims that are still accepted.
func (op *operation) unfinished(e *eni.Error) error {
	op.lock()
	defer op.unlock()
	clone := op.copyErr(e)
	clone.Count = 0
	for i := range op.call.Claims {
		if !op.action.Whole() && op.call.Claims[i].Outcome == eni.OutcomeAccepted {
			clone.Count++
		}
	}
	return clone
}
