// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// waitTask waits for a permit, and asks for a task.
func (r *runner) waitTask(ctx context.Context, ch *lane.Change) {
	if r.client.limiters[taskAPI].wait(ctx) != nil {
		r.taskDropped(ch)
		return
	}
	_ = r.askTask(ctx, ch) //nolint:errcheck // the lane has the error
}

// askTask asks for the state of a task and passes it to the lane. The caller has the
// permit.
func (r *runner) askTask(ctx context.Context, ch *lane.Change) (e *eni.Error) {
	c := r.client
	l := c.limiters[taskAPI]
	var status TaskStatus
	var h hints
	finally(func() error {
		e = c.query(ctx, taskAPI, 1, func() *eni.Error {
			e, _ := c.request(ctx, l, Describe, r.id, func() bool { return l.wait(ctx) == nil }, func(request *timed) (err error) {
				status, err = c.cloud.Driver.(Tasks).Task(request, ch.TaskID()) //nolint:forcetypeassert,errcheck // only such a driver has tasks
				h = hintsOf(err)
				return err
			})
			return e
		})
		return nil
	}, func(err error) {
		if err != nil {
			e = c.lost(Describe, r.id, err)
		}
		switch {
		case e != nil && ctx.Err() != nil && !thrown(e):
			r.taskDropped(ch)
			return
		case e != nil:
			r.taskLost(ch, e, h)
			return
		}
		r.step(nil, func(now time.Duration) { r.lane.TaskReported(now, ch, status.State, status.why(ch)) })
	})
	return e
}

// why returns why a task failed or why its state is unknown; nil if there is no reason.
func (s TaskStatus) why(ch *lane.Change) *eni.Error {
	e := &eni.Error{Kind: eni.ErrUnknown, RequestID: ch.RequestID()}
	switch {
	case s.State == TaskFailed:
		e.Code, e.Message = "FAILED", bounded("the task failed: "+s.Output, longestText)
	case s.Output != "":
		e.Message = bounded(s.Output, longestText)
	default:
		return nil
	}
	return e
}

// taskLost tells the lane that a task query failed.
func (r *runner) taskLost(ch *lane.Change, e *eni.Error, h hints) {
	first := !r.inARow(describing)
	v, _ := r.hinted(describing, e, h)
	switch {
	case !v.Retry:
	case first && e.Kind == eni.ErrUnavailable:
		v.Pause = 0 // a single broken connection is no outage
	default:
		v.Pause = max(v.Pause, leastTaskPause)
	}
	r.step(nil, func(now time.Duration) {
		r.fail(now, e, !thrown(e))
		r.lane.TaskLost(now, ch, v)
	})
}

// taskDropped tells the lane that a task query was canceled.
func (r *runner) taskDropped(ch *lane.Change) {
	r.step(nil, func(now time.Duration) { r.lane.TaskLost(now, ch, lane.Verdict{Retry: true, Pause: leastTaskPause}) })
}

// leastTaskPause is the least pause after a task query that failed again, also if the
// user's backoff has no pauses, and after one that was not made: the user's limiter may
// have refused it, and may do so again.
const leastTaskPause = 400 * time.Millisecond
