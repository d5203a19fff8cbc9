// SPDX-License-Identifier: Apache-2.0

package core

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// assess asks the user's policy about a refusal, calls the hooks and returns the
// answer for the lane.
func (r *runner) assess(ctx context.Context, s *sending, p reply) lane.Answer {
	a := lane.Answer{
		Err: p.err, RequestID: p.receipt.RequestID, TaskID: p.receipt.TaskID,
		NotSent: p.err != nil && p.receipt.NotSent, Concurrent: r.client.busy(),
	}
	switch {
	case p.renewed:
		a.Verdict.Retry = true
	case p.err != nil:
		first := !r.inARow(changing)
		var idle bool
		if a.Verdict, idle = r.hinted(changing, p.err, p.hints); !idle {
			a = r.pauses(s.change.Action, a, p.hints, first)
		}
	}
	r.client.report(ctx, r, s, p, a.Verdict)
	if p.err != nil && thrown(p.err) {
		return lane.Answer{Err: r.client.lost(string(s.change.Action), r.id, p.err.Err), RequestID: a.RequestID}
	}
	return a
}

// pauses sets the durations of an answer.
func (r *runner) pauses(action Action, a lane.Answer, h hints, first bool) lane.Answer {
	c := r.client
	switch {
	case !a.Verdict.Retry:
	case a.Err.Kind == eni.ErrConflict:
		a.Hold = h.retryAfter
	case a.Err.Kind == eni.ErrThrottled && c.defaultBackoff:
		// The limiter decides when the API accepts more requests.
		a.Verdict.Pause = max(min(a.Verdict.Pause, maxThrottledPause), c.limiters[a.Err.Op].retry())
	default:
		// In an outage the API's budget of retries may need a longer pause.
		a.Verdict.Pause = max(a.Verdict.Pause, c.limiters[a.Err.Op].retry())
		if first && a.Err.Kind == eni.ErrUnavailable {
			a.Verdict.Pause = 0 // a single broken connection is no outage
		}
	}
	if a.Err.Kind == eni.ErrUnavailable && !action.Whole() {
		a.Effect = c.effect.atMost() // a describe shows a detach or deletion in progress, so these need no delay
	}
	return a
}

// maxThrottledPause bounds the pause of the claims whose change was throttled.
// Meanwhile other changes show whether the cloud still throttles.
const maxThrottledPause = 5 * time.Second

// answerStep returns the event that passes an answer to the lane. If the caller's
// context has ended, its claims are decided first, because the context caused the
// error. If nothing was sent, the answer comes first, so that they end as NotTried.
func (r *runner) answerStep(op *operation, s *sending, a lane.Answer) func(now time.Duration) {
	return func(now time.Duration) {
		op, a := cmp.Or(op, s.departing), a
		departed := op != nil && a.Err != nil && op.ctx.Err() != nil
		switch {
		case departed && !a.NotSent:
			op.cancelOpen(now)
		case departed && s.canceled:
			a.Err = endedUnsent(op.ctx, a.Err, s.awaits.noted())
		}
		if r.current, r.unsent = nil, ""; a.NotSent {
			r.unsent = s.awaits.noted()
		}
		if a.Err == nil {
			r.rows[changing] = row{}
		} else if !slices.ContainsFunc(s.change.Calls, func(c *lane.Call) bool { return !c.Answered() }) {
			r.later(func() { go r.client.logPanic(a.Err) })
		}
		r.lane.Answered(now, a)
		if departed && a.NotSent {
			op.cancelOpen(now)
		}
		if s.over != nil {
			close(s.over)
		}
	}
}
