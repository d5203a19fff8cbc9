package core

import (
	"context"
	"fmt"
	"slices"
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
	err := op.waitDone(ctx)
	end.call(eni.NewOperation(op), err)
	rethrow(err)
	return err
}

// done reports whether nothing is left to wait for.
func (op *operation) done() bool {
	unlock := op.lock()
	defer unlock()
	return op.call.Done()
}

// waitDone waits until nothing is left to wait for, or why it ends before.
func (op *operation) waitDone(ctx context.Context) error {
	if ctx.Err() != nil {
		return op.unfinished(dead(ctx, op.standing()))
	}
	news := make(chan struct{}, 1)
	r := op.reclaim()
	op.client.waiting.Add(1)
	defer op.client.waiting.Add(-1)
	began := r.watch(op, news)
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
func (r *runner) watch(op *operation, news chan struct{}) (began time.Duration) {
	r.step(nil, func(now time.Duration) {
		op.waiters = append(op.waiters, news)
		r.watchers = append(r.watchers, news)
		r.lane.WaitBegan(now)
		began = now
	})
	return began
}

func (r *runner) unwatch(op *operation, news chan struct{}) {
	same := func(w chan struct{}) bool { return w == news }
	r.step(nil, func(time.Duration) {
		op.waiters = slices.DeleteFunc(op.waiters, same)
		r.watchers = slices.DeleteFunc(r.watchers, same)
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
	r := op.reclaim()
	r.mu.Lock()
	task := r.lane.Poll(r.client.alarms.now(), op.call)
	r.mu.Unlock()
	if task != nil {
		if !r.client.limiters[taskAPI].free() {
			return nil
		}
		var e *eni.Error
		r.step(nil, func(now time.Duration) { r.lane.TaskAsked(now, task) })
		e = r.askTask(ctx, task)
		return e
	}
	if !r.client.limiters[Describe].free() {
		return nil
	}
	heard := make(chan description, 1)
	q := r.question()
	q.ctx, q.polled = ctx, true
	tellLane := q.done
	q.done = func(d description) {
		tellLane(d)
		heard <- d
	}
	r.client.describes.ask(q)
	r.client.describes.kick()
	select {
	case d := <-heard:
		return d.err
	case <-ctx.Done():
		r.client.describes.leave(q)
		r.step(nil, func(time.Duration) {
			if r.endDescribing(q) {
				r.lane.Dropped(q.begun)
			}
		})
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
	unlock := op.lock()
	defer unlock()
	return op.client.alarms.now() - saturate(op.call.Accepted().Answered, most)
}

// standing is the error of an accepted change that has not completed.
func (op *operation) standing() *eni.Error {
	if op.runner == nil {
		return nil
	}
	unlock := op.lock()
	defer unlock()
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
	if s.Resent > 0 {
		text = fmt.Sprintf("stuck: %s; the detach was sent again %d times", text, s.Resent)
	}
	return &eni.Error{Kind: eni.ErrConflict, Message: text, RequestID: s.RequestID}
}

// unfinished is why a Poll or a Wait ended without done. It counts what is still
// accepted.
func (op *operation) unfinished(e *eni.Error) error {
	unlock := op.lock()
	defer unlock()
	own := op.own(e)
	own.Count = 0
	for i := range op.call.Claims {
		if op.action != Detach && op.call.Claims[i].Outcome == eni.OutcomeAccepted {
			own.Count++
		}
	}
	return own
}

// reclaim returns the operation's runner, and puts it back where it was forgotten
// and no other has taken its place.
func (op *operation) reclaim() *runner {
	c := op.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runners[op.id] == nil {
		c.runners[op.id] = op.runner
		c.sweepLater()
	}
	return op.runner
}

// askTask asks for a task and tells the lane where it is.
func (r *runner) askTask(ctx context.Context, ch *lane.Change) *eni.Error {
	c := r.client
	finished := false
	lost := func(e *eni.Error) {
		v := r.verdict(e)
		r.step(nil, func(now time.Duration) {
			r.failure = failure{err: e, at: now, retry: true}
			r.lane.TaskLost(now, ch, v)
		})
	}
	defer func() {
		if !finished {
			lost(c.explain(ctx, Describe, r.id, errGoexit))
		}
	}()
	var status TaskStatus
	var e *eni.Error
	if c.limiters[taskAPI].wait(ctx) != nil {
		e = ended(ctx, nil)
	} else {
		e = c.request(ctx, c.limiters[taskAPI], Describe, r.id, func(request context.Context) (err error) {
			status, err = c.cloud.Driver.(Tasks).Task(request, ch.TaskID()) //nolint:forcetypeassert,errcheck // only such a driver has tasks
			return err
		})
	}
	finished = true
	if e != nil {
		lost(e)
		return e
	}
	why := &eni.Error{Kind: eni.ErrUnknown, Code: "FAILED", Message: "the task failed: " + status.Output, RequestID: ch.RequestID()}
	r.step(nil, func(now time.Duration) { r.lane.TaskTold(now, ch, status.State, why) })
	return nil
}
