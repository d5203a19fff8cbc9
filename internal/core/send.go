// SPDX-License-Identifier: Apache-2.0

package core

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// sending is a change in progress.
type sending struct {
	change   *lane.Change
	ctx      context.Context   //nolint:containedctx // the first caller's; its values are for tracing
	contexts []context.Context // the callers' contexts, for the hook
	awaits   awaits            // the context of the request

	// The runner's lock guards the following.
	request   *timed        // nil before it is sent
	ended     bool          // the request has ended; the lane may not know yet
	canceled  bool          // the request was canceled: no caller waits for it any more
	departing *operation    // its only caller, whose context has ended and who waits for over; or nil
	over      chan struct{} // closed when the lane knows the result; nil unless departing is set
}

// take takes the next change of an action from the lane. The end of the step decides
// on which goroutine it is sent. The lock is held.
func (r *runner) take(now time.Duration, action Action) {
	r.permits[index(action)] = nil
	ch := r.lane.Take(now, action)
	s := &sending{change: ch, ctx: context.Background()}
	if len(ch.Calls) > 0 {
		s.ctx = operationOf(ch.Calls[0]).ctx
	}
	if r.client.opts.OnAttempt != nil {
		s.contexts = make([]context.Context, len(ch.Calls))
		for n, call := range ch.Calls {
			s.contexts[n] = operationOf(call).ctx //nolint:fatcontext // each is a different caller's
		}
	}
	r.current, r.inline = s, s
}

// abort cancels the request of the change in progress. The lock is held.
func (r *runner) abort() {
	if r.current == nil || r.current.canceled {
		return
	}
	r.current.canceled = true
	if r.current.request != nil {
		r.current.request.cancel()
	}
}

// depart decides the open claims of a call whose context has ended. If the change in
// progress carries claims of this call only, depart cancels its request first and
// waits for its end, which shows whether anything was sent.
func (r *runner) depart(op *operation) {
	s := r.cancelFor(op)
	if s != nil {
		timer := time.NewTimer(cancelPatience)
		defer timer.Stop()
		select {
		case <-s.over:
		case <-timer.C:
		}
	}
	r.step(nil, func(now time.Duration) {
		if s != nil {
			s.departing = nil
		}
		op.cancelOpen(now)
	})
}

// cancelPatience is how long to wait for the end of a canceled request: the user's
// RoundTripper may ignore its context.
const cancelPatience = 100 * time.Millisecond

// cancelFor cancels the request of the change in progress and returns the change, if
// it carries claims of this operation only; else it returns nil.
func (r *runner) cancelFor(op *operation) *sending {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil || r.current.ended || !r.lane.Alone(op.call) {
		return nil
	}
	s := r.current
	s.departing, s.over = op, make(chan struct{})
	r.abort()
	return s
}

// setRequest records the request of a change, so that abort can cancel it.
func (r *runner) setRequest(s *sending, request *timed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.request = request; s.canceled {
		request.cancel()
	}
}

// requestEnded records that the request for a change has ended.
func (r *runner) requestEnded(s *sending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ended = true
}

// aborted reports whether the request for a change was canceled because no caller
// waits for it any more.
func (r *runner) aborted(s *sending) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.canceled
}

// reply is the result of the request for a change.
type reply struct {
	began   time.Time
	took    time.Duration
	receipt Receipt
	err     *eni.Error
	hints   hints // of the error
	renewed bool  // new credentials are available now
}

// send sends a change and returns the event for the lane. With an operation it runs
// on the goroutine of the change's only caller, else on its own goroutine. The caller
// does not wait for the user's retry policy: after a refusal another goroutine runs
// the policy, and send returns nil.
func (r *runner) send(op *operation, s *sending) (tell func(now time.Duration)) {
	var ctx context.Context
	if op != nil {
		ctx = op.ctx
	} else {
		ctx = context.WithoutCancel(s.ctx)
	}
	handedOver := false
	tell = r.concluded(op, s, func() lane.Answer {
		reply := r.request(ctx, s)
		if op != nil && reply.err != nil && !r.client.defaultPolicy && op.ctx.Err() == nil {
			handedOver = true
			away := context.WithoutCancel(ctx)
			go func() {
				r.step(nil, r.concluded(nil, s, func() lane.Answer { return r.assess(away, s, reply) }))
			}()
			return lane.Answer{}
		}
		return r.assess(ctx, s, reply)
	})
	if handedOver {
		return nil
	}
	return tell
}

// concluded calls a function that returns the answer to a change, and returns the
// event for the lane. If the user's code panics, the answer counts as lost.
func (r *runner) concluded(op *operation, s *sending, f func() lane.Answer) (tell func(now time.Duration)) {
	var a lane.Answer
	finally(func() error { a = f(); return nil }, func(err error) {
		if err != nil {
			a = lane.Answer{Err: r.client.lost(string(s.change.Action), r.id, err)}
		}
		tell = r.answerStep(op, s, a)
		if errors.Is(err, errGoexit) {
			go r.step(nil, tell)
		}
	})
	return tell
}

// request makes the request for a change.
func (r *runner) request(ctx context.Context, s *sending) reply {
	c, action := r.client, string(s.change.Action)
	l := c.limiters[action]
	// With new credentials the change is sent again only if there is a permit at once.
	// Otherwise it is requeued, so that it is verified again before it is sent.
	again := func() bool { return c.opts.Limiter == nil && l.try() }
	change := changeOf(r.id, s.change)
	p := reply{began: time.Now()}
	s.awaits.Context = ctx //nolint:fatcontext // it is that of this request
	p.err, p.renewed = c.request(&s.awaits, l, action, r.id, again, func(request *timed) (err error) {
		r.setRequest(s, request)
		p.receipt, err = c.cloud.Driver.Send(request, change)
		p.hints = hintsOf(err)
		return err
	})
	p.took = time.Since(p.began)
	r.requestEnded(s)
	if p.err != nil && r.aborted(s) && !errors.Is(p.err, context.Canceled) {
		p.err.Err = append(contextErrors{context.Canceled}, causes(p.err.Err)...) // for the hook: no caller waits for it
	}
	if p.err != nil && p.receipt.RequestID == "" {
		p.receipt.RequestID = p.err.RequestID
	}
	p.receipt.RequestID = bounded(p.receipt.RequestID, longestID)
	if len(p.receipt.TaskID) > longestID {
		p.receipt.TaskID = "" // invalid: describes show the effect of the change instead
	}
	return p
}

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
	if c.lane.Tasks && a.Err.Kind == eni.ErrUnavailable && !action.Whole() {
		a.Effect = c.effect.atMost() // a describe shows a detach or deletion under way, so these need no delay
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

// changeOf converts a change of the lane to one for the driver.
func changeOf(id string, ch *lane.Change) Change {
	change := Change{Action: ch.Action, InterfaceID: id}
	for _, t := range ch.Targets {
		switch {
		case ch.Action.Whole():
			change.InstanceID, change.TrunkInterfaceID = t.InstanceID, ch.TrunkInterfaceID
		case t.Prefix.IsSingleIP():
			if change.Addresses == nil {
				change.Addresses = make([]netip.Addr, 0, len(ch.Targets))
			}
			change.Addresses = append(change.Addresses, t.Prefix.Addr())
		default:
			change.Prefixes = append(change.Prefixes, t.Prefix)
		}
	}
	return change
}

// effect is a moving average of the durations of changes. The zero effect is empty.
type effect struct{ average atomic.Int64 }

// took adds a duration. Of two concurrent calls one may be lost, which is harmless.
func (u *effect) took(d time.Duration) {
	if average := u.average.Load(); average > 0 {
		d = (7*time.Duration(average) + d) / 8
	}
	u.average.Store(int64(d))
}

// atMost returns the time in which most changes complete. A longer one would keep an
// interface waiting for a request that was never carried out; a shorter one would meet
// conflicts.
func (u *effect) atMost() time.Duration {
	average := time.Duration(u.average.Load())
	if average == 0 {
		return time.Second
	}
	return min(average+average/4, 5*time.Second)
}
