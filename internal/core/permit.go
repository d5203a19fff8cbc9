// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// near is the longest wait for a permit with which an interface shares a describe for
// another one.
const near = 4 * time.Second

// permit is a runner's permit of one action. It waits first in the line of the API's
// limiter, then for the user's Limiter if there is one.
type permit struct {
	waiter waiter
	action Action
	runner *runner
	cancel context.CancelFunc // ends the wait for the user's Limiter; nil without one
	api    bool               // the API's limiter has granted its permit
}

// reconcilePermits asks for the permits that are wanted and returns those that are
// not. It reports whether the lane has changed. The lock is held.
func (r *runner) reconcilePermits(now time.Duration, todo lane.Todo) (changed bool) {
	for i, want := range todo.Permits {
		switch has := r.permits[i]; {
		case want.Wanted && has == nil:
			r.askPermit(now, lane.Actions[i], want)
			changed = true
		case want.Wanted && want.Due < has.waiter.due:
			r.client.limiters[string(has.action)].hasten(&has.waiter, want.Due)
		case !want.Wanted && has != nil:
			r.permits[i] = nil
			r.endPermit(has, lane.Actions[i])
			r.lane.PermitReturned(lane.Actions[i])
			changed = true
		}
	}
	return changed
}

// held is a permit that was granted at once, without a user's Limiter.
var held = &permit{api: true}

// askPermit asks for a permit. The lock is held.
func (r *runner) askPermit(now time.Duration, action Action, want lane.Permit) {
	l, free := r.client.limiters[string(action)], r.client.opts.Limiter == nil
	if free && l.try() {
		r.permits[index(action)] = held
		r.lane.PermitGranted(now, action)
		return
	}
	p := &permit{action: action, runner: r}
	p.waiter = waiter{since: want.Since, due: want.Due, granted: p.granted, permit: p}
	if want.Since < 0 {
		p.waiter.since = now
	}
	r.permits[index(action)] = p
	r.lane.PermitAsked(now, action)
	if !l.take(&p.waiter) {
		delay := l.delay(&p.waiter, want.Due)
		r.lane.Late(now, action, saturate(now, delay), func(last *eni.Error) *eni.Error { return tooLate(delay, last) })
		return
	}
	if p.api = true; free {
		r.lane.PermitGranted(now, action)
		return
	}
	p.askLimiter()
}

// index returns the index of an action in lane.Actions, or -1.
func index(a Action) int {
	for i, known := range lane.Actions {
		if a == known {
			return i
		}
	}
	return -1
}

// granted is called when the API's limiter has granted its permit.
func (p *permit) granted() {
	p.runner.step(nil, func(now time.Duration) {
		switch {
		case p.runner.permits[index(p.action)] != p:
			p.runner.client.limiters[string(p.action)].giveBack()
		case p.runner.client.opts.Limiter == nil:
			p.api = true
			p.runner.lane.PermitGranted(now, p.action)
		default:
			p.api = true
			p.askLimiter()
		}
	})
}

// askLimiter waits for the user's Limiter. The runner's lock is held.
func (p *permit) askLimiter() {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.runner.later(func() { go p.waitLimiter(ctx, cancel) })
}

func (p *permit) waitLimiter(ctx context.Context, cancel context.CancelFunc) {
	defer cancel()
	finally(func() error { return p.runner.client.opts.Limiter.Wait(ctx) }, func(err error) { p.limited(ctx, err) })
}

// limited passes the result of the user's Limiter to the lane.
func (p *permit) limited(ctx context.Context, err error) {
	r := p.runner
	var e *eni.Error
	var v lane.Verdict
	if err != nil && ctx.Err() == nil {
		e = r.unlimited(p.action, err)
		v = r.verdict(changing, e)
	}
	r.step(nil, func(now time.Duration) {
		switch {
		case r.permits[index(p.action)] != p: // it is no longer wanted
		case err != nil:
			r.permits[index(p.action)] = nil
			r.client.limiters[string(p.action)].giveBack()
			if e == nil {
				r.lane.PermitReturned(p.action)
				return
			}
			r.lane.PermitFailed(now, p.action, e, v)
		default:
			r.lane.PermitGranted(now, p.action)
		}
	})
}

// unlimited converts the error of the user's Limiter.
func (r *runner) unlimited(action Action, err error) *eni.Error {
	if thrown(err) {
		return r.client.lost(string(action), r.id, err)
	}
	e := &eni.Error{
		Kind: eni.ErrThrottled, Provider: r.client.cloud.Provider, Op: string(action), InterfaceID: r.id,
		Message: bounded("Options.Limiter gave no permit: "+err.Error(), longestText), Err: err,
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		e.Err = errors.New(err.Error()) // it must not match the error of the caller's context
	}
	return e
}

// endPermit gives back a permit or its place in the line. A permit that is granted at
// the same time is given back by granted. The lock is held.
func (r *runner) endPermit(p *permit, action Action) {
	if p.cancel != nil {
		p.cancel()
	}
	if l := r.client.limiters[string(action)]; p.api {
		l.giveBack()
	} else {
		l.leave(&p.waiter)
	}
}

// late decides a new call at once if its deadline is before the permit for which the
// runner already waits. The runner's lock is held.
func (r *runner) late(now time.Duration, op *operation) {
	p := r.permits[index(op.action)]
	if p == nil || p.api || op.call.Deadline == 0 {
		return
	}
	delay := r.client.limiters[string(op.action)].delay(&p.waiter, min(p.waiter.due, op.call.Deadline))
	r.lane.LateCall(now, op.call, saturate(now, delay), func(last *eni.Error) *eni.Error { return tooLate(delay, last) })
}

// runner returns the runner that waits; nil if the waiter is not for a change.
func (w *waiter) runner() *runner {
	if w.permit == nil {
		return nil
	}
	return w.permit.runner
}
