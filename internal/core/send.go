package core

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// sending is a change on its way to the cloud.
type sending struct {
	change *lane.Change
	ctx    context.Context //nolint:containedctx // the values of one caller's context travel along, for tracing

	// The runner's lock guards the following.
	cancel context.CancelFunc // ends the request; nil before it is sent
	cut    bool               // nobody waits for it any more
}

// take takes a change of an action. Who sends it is decided at the end of the
// step. The lock is held.
func (r *runner) take(now time.Duration, action Action) {
	r.permits[index(action)] = nil
	ch := r.lane.Take(now, action)
	s := &sending{change: ch, ctx: context.Background()}
	if len(ch.Calls) > 0 {
		s.ctx = ch.Calls[0].Owner.(*operation).ctx //nolint:forcetypeassert,errcheck // every call has its operation
	}
	r.air, r.inline = s, s
}

// abort ends the request of the change in the air. The lock is held.
func (r *runner) abort() {
	if r.air == nil || r.air.cut {
		return
	}
	r.air.cut = true
	if r.air.cancel != nil {
		r.air.cancel()
	}
}

// send sends a change and returns what the lane is to be told. It runs on the
// goroutine of the operation's caller, who alone has something aboard, or without
// an operation on one of its own.
func (r *runner) send(op *operation, s *sending) (tell func(now time.Duration)) {
	ctx := context.WithoutCancel(s.ctx)
	if op != nil {
		ctx = op.ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.mu.Lock()
	if s.cancel = cancel; s.cut {
		cancel()
	}
	r.mu.Unlock()
	finished := false
	defer func() {
		if finished {
			return
		}
		// The goroutine ends: the answer counts as lost, and somebody else goes on.
		e := r.client.explain(ctx, string(s.change.Action), r.id, errGoexit)
		go r.step(nil, r.answered(op, s, lane.Answer{Err: e}))
	}()
	answer := r.attempt(ctx, s)
	finished = true
	return r.answered(op, s, answer)
}

// attempt makes the request, and asks the user's policy about a refusal.
func (r *runner) attempt(ctx context.Context, s *sending) lane.Answer {
	c, ch := r.client, s.change
	action := string(ch.Action)
	change := changeOf(r.id, ch)
	began := time.Now()
	var receipt Receipt
	e := c.request(ctx, c.limiters[action], action, r.id, func(request context.Context) (err error) {
		receipt, err = c.cloud.Driver.Send(request, change)
		return err
	})
	if e != nil && receipt.RequestID == "" {
		receipt.RequestID = e.RequestID
	}
	receipt.RequestID = bounded(receipt.RequestID)
	a := lane.Answer{
		Err: e, RequestID: receipt.RequestID, TaskID: receipt.TaskID, NotSent: e != nil && receipt.NotSent,
		Crowd: c.crowded(),
	}
	if e != nil {
		first := r.first()
		a.Verdict = r.verdict(e)
		a = r.pauses(a, first)
	} else {
		r.mu.Lock()
		r.backoff = nil
		r.mu.Unlock()
	}
	if err := guarded(func() error { c.report(ctx, r, s, began, receipt, e, a.Verdict); return nil }); err != nil {
		// A hook of the user's panicked: the answer counts as lost.
		lost := c.explain(ctx, action, r.id, err)
		a = lane.Answer{Err: lost, RequestID: a.RequestID}
	}
	return a
}

// first reports whether no change was requeued since one went through.
func (r *runner) first() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.backoff == nil
}

// pauses adds to an answer how long its changes have to wait.
func (r *runner) pauses(a lane.Answer, first bool) lane.Answer {
	c := r.client
	hint := retryAfter(a.Err)
	switch {
	case !a.Verdict.Retry || a.Verdict.Pause < 0:
	case a.Err.Kind == eni.ErrConflict:
		a.Hold = hint
	default:
		// In an outage the API's stock of retries has the last word.
		a.Verdict.Pause = max(a.Verdict.Pause, c.limiters[a.Err.Op].retry())
		if first && a.Err.Kind == eni.ErrUnavailable {
			a.Verdict.Pause = 0 // a connection breaks now and then
		}
	}
	if c.lane.Tasks && a.Err.Kind == eni.ErrUnavailable && a.Err.Op != string(Detach) {
		a.Effect = c.effect.atMost() // a detach that is under way shows
	}
	return a
}

// answered is the step after the answer. A caller whose context has ended learns
// that first: it is why the answer is missing.
func (r *runner) answered(op *operation, s *sending, a lane.Answer) func(now time.Duration) {
	return func(now time.Duration) {
		if op != nil && a.Err != nil && (op.ctx.Err() != nil || errors.Is(a.Err, errGoexit)) {
			op.leave(now)
		}
		r.air = nil
		if a.Err != nil && len(s.change.Calls) == 0 {
			r.later(func() { r.client.unheard(a.Err) })
		}
		r.lane.Answered(now, a)
	}
}

// changeOf is a change as the driver is told it.
func changeOf(id string, ch *lane.Change) Change {
	change := Change{Action: ch.Action, InterfaceID: id}
	for _, t := range ch.Targets {
		switch {
		case ch.Action == Detach:
			change.InstanceID, change.TrunkInterfaceID = t.InstanceID, t.TrunkInterfaceID
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

// longestID bounds what is kept of a request id.
const longestID = 128

// bounded cuts what is no request id any more.
func bounded(id string) string {
	if len(id) > longestID {
		return id[:longestID]
	}
	return id
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
