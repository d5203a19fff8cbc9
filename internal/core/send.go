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

// sending is a change on its way to the cloud.
type sending struct {
	change   *lane.Change
	ctx      context.Context   //nolint:containedctx // the values of one caller's context travel along, for tracing
	contexts []context.Context // of those aboard, for the hook
	awaits   awaits            // the context of the request

	// The runner's lock guards the following.
	request *timed        // nil before it is sent
	ended   bool          // the request; what comes of it is not told yet
	cut     bool          // nobody waits for it any more
	leaver  *operation    // who waits for its end alone, and whose context has ended
	over    chan struct{} // closed at its end, where somebody waits for that
}

// take takes a change of an action. Who sends it is decided at the end of the
// step. The lock is held.
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
			s.contexts[n] = operationOf(call).ctx //nolint:fatcontext // each is another caller's
		}
	}
	r.air, r.inline = s, s
}

// abort ends the request of the change in the air. The lock is held.
func (r *runner) abort() {
	if r.air == nil || r.air.cut {
		return
	}
	r.air.cut = true
	if r.air.request != nil {
		r.air.request.cancel()
	}
}

// depart has a caller leave whose context has ended. Where nobody else has anything
// aboard of the change in the air, its request is cut, and its end is waited for: it
// tells whether anything left.
func (r *runner) depart(op *operation) {
	s := r.cutFor(op)
	if s != nil {
		timer := time.NewTimer(cutPatience)
		defer timer.Stop()
		select {
		case <-s.over:
		case <-timer.C:
		}
	}
	r.step(nil, func(now time.Duration) {
		if s != nil {
			s.leaver = nil
		}
		op.leave(now)
	})
}

// cutPatience is how long the end of a request is waited for that was cut: a
// RoundTripper of the user's may not listen to its context.
const cutPatience = 100 * time.Millisecond

// cutFor cuts the request for the change in the air, where only this operation has
// something aboard.
func (r *runner) cutFor(op *operation) *sending {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.air == nil || r.air.ended || !r.lane.Alone(op.call) {
		return nil
	}
	s := r.air
	s.leaver, s.over = op, make(chan struct{})
	r.abort()
	return s
}

// cuttable notes the request for a change, which is cut when nobody waits for it any
// more.
func (r *runner) cuttable(s *sending, request *timed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.request = request; s.cut {
		request.cancel()
	}
}

// requestEnded notes that the request for a change has ended.
func (r *runner) requestEnded(s *sending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.ended = true
}

// aborted reports whether the request for a change was ended because nobody waits for
// it any more.
func (r *runner) aborted(s *sending) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.cut
}

// reply is what came of the request for a change.
type reply struct {
	began   time.Time
	took    time.Duration
	receipt Receipt
	err     *eni.Error
	hints   hints // of the error
	renewed bool  // others of the credentials are at hand now
}

// send sends a change and returns what the lane is to be told. It runs on the
// goroutine of the operation's caller, who alone has something aboard, or without
// an operation on one of its own. That caller waits for no policy of the user's:
// another goroutine goes on after a refusal.
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
		if op != nil && reply.err != nil && !r.client.ownPolicy && op.ctx.Err() == nil {
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

// concluded runs what ends with the answer to a change, and returns what the lane
// is to be told. Where the user's code throws something, the answer counts as lost.
func (r *runner) concluded(op *operation, s *sending, f func() lane.Answer) (tell func(now time.Duration)) {
	var a lane.Answer
	finally(func() error { a = f(); return nil }, func(err error) {
		if err != nil {
			a = lane.Answer{Err: r.client.lost(string(s.change.Action), r.id, err)}
		}
		tell = r.told(op, s, a)
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
	// One that would have to wait for its permit goes back into the queue: it is
	// verified again before it is sent.
	again := func() bool { return c.opts.Limiter == nil && l.try() }
	change := changeOf(r.id, s.change)
	p := reply{began: time.Now()}
	s.awaits.Context = ctx //nolint:fatcontext // it is that of this request
	p.err, p.renewed = c.request(&s.awaits, l, action, r.id, again, func(request *timed) (err error) {
		r.cuttable(s, request)
		p.receipt, err = c.cloud.Driver.Send(request, change)
		p.hints = hintsOf(err)
		return err
	})
	p.took = time.Since(p.began)
	r.requestEnded(s)
	if p.err != nil && r.aborted(s) && !errors.Is(p.err, context.Canceled) {
		p.err.Err = append(cut{context.Canceled}, causes(p.err.Err)...) // for the hook: nobody waits for it
	}
	if p.err != nil && p.receipt.RequestID == "" {
		p.receipt.RequestID = p.err.RequestID
	}
	p.receipt.RequestID = bounded(p.receipt.RequestID, longestID)
	if len(p.receipt.TaskID) > longestID {
		p.receipt.TaskID = "" // it is none: the interface shows what becomes of the change
	}
	return p
}

// assess asks the user's policy about a refusal, and tells the hooks.
func (r *runner) assess(ctx context.Context, s *sending, p reply) lane.Answer {
	a := lane.Answer{
		Err: p.err, RequestID: p.receipt.RequestID, TaskID: p.receipt.TaskID,
		NotSent: p.err != nil && p.receipt.NotSent, Concurrent: r.client.crowded(),
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

// pauses adds to an answer how long its changes have to wait.
func (r *runner) pauses(action Action, a lane.Answer, h hints, first bool) lane.Answer {
	c := r.client
	switch {
	case !a.Verdict.Retry:
	case a.Err.Kind == eni.ErrConflict:
		a.Hold = h.retryAfter
	case a.Err.Kind == eni.ErrThrottled && c.ownBackoff:
		// When the API takes more is the limiter's to know.
		a.Verdict.Pause = max(min(a.Verdict.Pause, mostThrottledPause), c.limiters[a.Err.Op].retry())
	default:
		// In an outage the API's stock of retries has the last word.
		a.Verdict.Pause = max(a.Verdict.Pause, c.limiters[a.Err.Op].retry())
		if first && a.Err.Kind == eni.ErrUnavailable {
			a.Verdict.Pause = 0 // a connection breaks now and then
		}
	}
	if c.lane.Tasks && a.Err.Kind == eni.ErrUnavailable && !action.Whole() {
		a.Effect = c.effect.atMost() // a detach or a deletion that is under way shows
	}
	return a
}

// mostThrottledPause bounds the pause of those whose change was throttled. Others
// are sent meanwhile, and show whether the cloud still throttles.
const mostThrottledPause = 5 * time.Second

// told is the step after the answer. A caller whose context has ended learns that
// first: it is why the answer is missing. Where nothing left, the caller learns that
// before: it is why nothing was tried.
func (r *runner) told(op *operation, s *sending, a lane.Answer) func(now time.Duration) {
	return func(now time.Duration) {
		op, a := cmp.Or(op, s.leaver), a
		left := op != nil && a.Err != nil && op.ctx.Err() != nil
		switch {
		case left && !a.NotSent:
			op.leave(now)
		case left && s.cut:
			a.Err = endedUnsent(op.ctx, a.Err, s.awaits.noted())
		}
		if r.air, r.unsent = nil, ""; a.NotSent {
			r.unsent = s.awaits.noted()
		}
		if a.Err == nil {
			r.rows[changing] = row{}
		} else if !slices.ContainsFunc(s.change.Calls, func(c *lane.Call) bool { return !c.Answered() }) {
			r.later(func() { go r.client.unheard(a.Err) })
		}
		r.lane.Answered(now, a)
		if left && a.NotSent {
			op.leave(now)
		}
		if s.over != nil {
			close(s.over)
		}
	}
}

// changeOf is a change as the driver is told it.
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

// effect is how long changes have taken of late. The zero effect knows nothing yet.
type effect struct{ average atomic.Int64 }

// took adds a change. Two at once may lose one, which does not matter.
func (u *effect) took(d time.Duration) {
	if average := u.average.Load(); average > 0 {
		d = (7*time.Duration(average) + d) / 8
	}
	u.average.Store(int64(d))
}

// atMost is by when most changes are complete.
func (u *effect) atMost() time.Duration {
	average := time.Duration(u.average.Load())
	if average == 0 {
		return time.Second
	}
	return min(average+average/2, 5*time.Second)
}
