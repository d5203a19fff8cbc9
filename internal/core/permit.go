// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// near is how close a permit has to be for its interface to share in a description
// that is made for another one.
const near = 4 * time.Second

// permit is what a runner has of the limiters of one action: a place in the line
// of the API, then perhaps a wait for the user's Limiter, then the permit itself.
type permit struct {
	waiter waiter
	action Action
	runner *runner
	cancel context.CancelFunc // ends the wait for the user's Limiter; nil without one
	api    bool               // the API's limiter has given its permit
}

// reconcilePermits asks for the permits that are wanted and gives back those that
// are not. It reports whether the lane was told anything. The lock is held.
func (r *runner) reconcilePermits(now time.Duration, todo lane.Todo) (told bool) {
	for i, want := range todo.Permits {
		switch has := r.permits[i]; {
		case want.Wanted && has == nil:
			r.askPermit(now, lane.Actions[i], want)
			told = true
		case want.Wanted && want.Due < has.waiter.due:
			r.client.limiters[string(has.action)].hasten(&has.waiter, want.Due)
		case !want.Wanted && has != nil:
			r.permits[i] = nil
			r.endPermit(has, lane.Actions[i])
			r.lane.PermitReturned(lane.Actions[i])
			told = true
		}
	}
	return told
}

// held is a permit that there was at once, with no user's Limiter to ask.
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

// index is the place of an action in lane.Actions.
func index(a Action) int {
	for i, known := range lane.Actions {
		if a == known {
			return i
		}
	}
	return -1
}

// granted is called when the API's limiter has given its permit.
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

// limited tells the lane what the user's Limiter has said.
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
		case r.permits[index(p.action)] != p: // it is not wanted any more
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

// unlimited is the error of a user's Limiter that gave no permit.
func (r *runner) unlimited(action Action, err error) *eni.Error {
	if thrown(err) {
		return r.client.lost(string(action), r.id, err)
	}
	e := &eni.Error{
		Kind: eni.ErrThrottled, Provider: r.client.cloud.Provider, Op: string(action), InterfaceID: r.id,
		Message: bounded("Options.Limiter gave no permit: "+err.Error(), longestText), Err: err,
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		e.Err = errors.New(err.Error()) // it is not the caller's context
	}
	return e
}

// endPermit gives back what there is of a permit. One that is granted at this
// moment is given back by granted. The lock is held.
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

// late tells a caller at once whose context ends before the permit that is waited
// for already. The runner's lock is held.
func (r *runner) late(now time.Duration, op *operation) {
	p := r.permits[index(op.action)]
	if p == nil || p.api || op.call.Deadline == 0 {
		return
	}
	delay := r.client.limiters[string(op.action)].delay(&p.waiter, min(p.waiter.due, op.call.Deadline))
	r.lane.LateCall(now, op.call, saturate(now, delay), func(last *eni.Error) *eni.Error { return tooLate(delay, last) })
}

// runner is the one that waits in the line of an API, where it is one.
func (w *waiter) runner() *runner {
	if w.permit == nil {
		return nil
	}
	return w.permit.runner
}
