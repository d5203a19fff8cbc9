// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"net/netip"
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
