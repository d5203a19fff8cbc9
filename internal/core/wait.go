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
	case op.done(): // whatever became of this poll's own request
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
		if !returned { // the goroutine is ended below the wait
			end.call(eni.NewOperation(op), err)
		}
	}()
	err = op.waitDone(ctx)
	returned = true
	end.call(eni.NewOperation(op), err)
	rethrow(err)
	return err
}

// done reports whether nothing is left to wait for.
func (op *operation) done() bool {
	op.lock()
	defer op.unlock()
	return op.call.Done()
}

// waitDone waits until nothing is left to wait for, or why it ends before.
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

// sleep waits for news, for a time at most.
func (op *operation) sleep(ctx context.Context, news <-chan struct{}, most time.Duration, last *eni.Error) error {
	var over <-chan time.Time
	if most < forever {
		timer := time.NewTimer(most)
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

// watch has a channel told of news of the operation and of the interface's
// descriptions, and keeps the lane polling. It returns since when.
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

// refused returns why the latest description failed that ended since a time, and
// whether the cloud refuses them for good.
func (r *runner) refused(since time.Duration) (e *eni.Error, final bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure.err == nil || r.failure.at < since {
		return nil, false
	}
	return r.failure.err, !r.failure.retry
}

// poll makes the one request that the lane chooses: a description, or a question
// for a task. It waits for no permit: without one it makes none.
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

// pollInterface asks for a description, if there is a permit for it.
func (op *operation) pollInterface(ctx context.Context, r *runner) *eni.Error {
	heard := make(chan description, 1)
	q := r.question(ctx)
	q.polled, q.heard = true, func(d description) { heard <- d }
	if !r.client.describes.ask(q) {
		return nil
	}
	r.client.describes.kick()
	select {
	case d := <-heard:
		return d.err
	case <-ctx.Done():
		r.step(nil, func(time.Duration) { r.leave(q) })
		return ended(ctx, op.standing())
	}
}

// overdue is how long the oldest accepted claim has been waited for beyond
// Retry.MaxSettle; negative before that.
func (op *operation) overdue() time.Duration {
	most := op.client.opts.Retry.MaxSettle
	if most < 0 || op.runner == nil {
		return -forever
	}
	op.lock()
	defer op.unlock()
	return op.client.alarms.now() - saturate(op.call.Accepted().Answered, most)
}

// standing is the error of an accepted change that has not completed.
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

// unfinished is why a Poll or a Wait ended without done. It counts what is still
// accepted.
func (op *operation) unfinished(e *eni.Error) error {
	op.lock()
	defer op.unlock()
	own := op.own(e)
	own.Count = 0
	for i := range op.call.Claims {
		if !op.action.Whole() && op.call.Claims[i].Outcome == eni.OutcomeAccepted {
			own.Count++
		}
	}
	return own
}
