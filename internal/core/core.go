// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// requestTimeout bounds one request. A reply that takes longer counts as lost.
const requestTimeout = 30 * time.Second

// burstSpan is the burst window: a call that begins so soon after another call under
// way makes an idle lane wait for the same time for more calls.
const burstSpan = time.Millisecond

// changeAPIs has the names of the limiters of changes.
var changeAPIs = [...]string{string(UnassignPrivateIps), string(UnassignIpv6), string(Detach), string(Delete)}

// Client is an eni.Client, Describer, Deleter and Lister over a Cloud.
type Client struct {
	cloud     Cloud
	opts      eni.Options
	lane      lane.Config
	alarms    alarms
	describes describes
	limiters  map[string]*limiter // by Op, of every API that is called
	effect    effect

	defaultPolicy  bool // Retryable and Backoff are the defaults: they run none of the user's code
	defaultBackoff bool // Backoff is the default

	mu      sync.Mutex
	runners runners
	latest  time.Duration // when the latest call began

	calls   atomic.Int64 // calls without an answer yet
	waiting atomic.Int64 // callers in Wait
}

// New returns a Client. Nil opts mean the defaults. No request is sent and no
// goroutine starts before the first call.
func New(cloud Cloud, opts *eni.Options) *Client {
	c := &Client{cloud: cloud, opts: withDefaults(opts), latest: -time.Hour}
	c.defaultBackoff = opts == nil || opts.Retry.Backoff == nil
	c.defaultPolicy = opts == nil || opts.Retry.Retryable == nil && c.defaultBackoff
	_, tasks := cloud.Driver.(Tasks)
	c.lane = lane.Config{
		PerChange: cloud.PerChange, Tasks: tasks, StuckAfter: cloud.StuckAfter,
		MaxAttempts: max(c.opts.Retry.MaxAttempts, 0), MaxElapsed: max(c.opts.Retry.MaxElapsed, 0),
		BoundsFirst: opts != nil && opts.Retry.MaxElapsed > 0,
	}
	c.alarms.origin = time.Now()
	c.describes = describes{client: c, began: -1}
	c.describes.alarm.rings = &c.describes
	c.runners.init(c)
	rates, minutes, documented := c.opts.Rates, c.opts.RatesPerMinute, cloud.Rates
	c.limiters = map[string]*limiter{
		string(UnassignPrivateIps): newLimiter(&c.alarms, quotas{rates.UnassignPrivateIps, documented.UnassignPrivateIps, minutes.UnassignPrivateIps}),
		string(UnassignIpv6):       newLimiter(&c.alarms, quotas{rates.UnassignIpv6, documented.UnassignIpv6, minutes.UnassignIpv6}),
		string(Detach):             newLimiter(&c.alarms, quotas{rates.Detach, documented.Detach, minutes.Detach}),
		string(Delete):             newLimiter(&c.alarms, quotas{rates.Delete, documented.Delete, minutes.Delete}),
		Describe:                   newLimiter(&c.alarms, quotas{rates.Describe, documented.Describe, minutes.Describe}),
		taskAPI:                    newLimiter(&c.alarms, quotas{rates.Task, documented.Task, minutes.Task}),
	}
	return c
}

// UnassignPrivateIps implements eni.Client.
func (c *Client) UnassignPrivateIps(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.unassign(ctx, UnassignPrivateIps, req)
}

// UnassignIpv6 implements eni.Client.
func (c *Client) UnassignIpv6(ctx context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	return c.unassign(ctx, UnassignIpv6, req)
}

func (c *Client) unassign(ctx context.Context, action Action, req eni.UnassignRequest) (*eni.Operation, error) {
	targets, invalid := c.cloud.checkUnassign(action, req)
	return c.do(ctx, action, req.InterfaceID, targets, lane.Terms{}, invalid)
}

// Detach implements eni.Client.
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	targets, invalid := c.cloud.checkDetach(req)
	return c.do(ctx, Detach, req.InterfaceID, targets, lane.Terms{TrunkInterfaceID: req.TrunkInterfaceID}, invalid)
}

// Delete implements eni.Deleter.
func (c *Client) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	targets, invalid := c.cloud.checkDelete(req)
	terms := lane.Terms{TrunkInterfaceID: req.TrunkInterfaceID, KeepTags: maps.Clone(req.KeepTags), RequireTags: maps.Clone(req.RequireTags)}
	return c.do(ctx, Delete, req.InterfaceID, targets, terms, invalid)
}

// do runs a call and its hooks. If the user's code panicked during the call, do
// panics with the same value when the call has ended.
func (c *Client) do(ctx context.Context, action Action, id string, targets []lane.Target, terms lane.Terms, invalid *eni.Error) (*eni.Operation, error) {
	items := len(targets)
	if action.Whole() {
		items = 1
	}
	ctx, end := c.begin(ctx, string(action), id, items)
	op := newOperation(ctx, c, action, id, targets)
	op.call.Terms = terms
	if invalid != nil && len(targets) == 0 {
		err := op.copyErr(invalid)
		end.call(nil, err)
		return nil, err
	}
	public, returned := eni.NewOperation(op), false
	defer func() {
		if !returned { // a hook or transport called runtime.Goexit
			op.abandon()
			end.call(public, op.err())
		}
	}()
	c.enqueueAndWait(op, invalid)
	err := op.err()
	returned = true
	end.call(public, err)
	op.rethrow(err)
	return public, err
}

// enqueueAndWait adds the call to the interface's lane and waits until each of its
// claims is accepted or decided, or the call's context ends.
func (c *Client) enqueueAndWait(op *operation, invalid *eni.Error) {
	switch {
	case invalid != nil:
		op.call.Refuse(invalid)
	case op.ctx.Err() != nil:
		c.askLane(op, dead(op.ctx, nil))
	default:
		c.calls.Add(1)
		defer c.calls.Add(-1)
		c.enqueue(op)
		op.awaitAnswer()
		op.forgetContext()
	}
}

// busy reports whether more than one caller calls or waits.
func (c *Client) busy() bool { return c.calls.Load()+c.waiting.Load() > 1 }

// enqueue adds the call to the lane of its interface.
func (c *Client) enqueue(op *operation) {
	c.mu.Lock()
	now := c.alarms.now()
	var burst time.Duration
	if c.calls.Load() > 1 && now-c.latest < burstSpan {
		burst = burstSpan
	}
	c.latest = now
	r := c.runners.use(op.id)
	c.mu.Unlock()
	defer c.runners.release(r)
	op.runner = r
	if deadline, ok := op.ctx.Deadline(); ok {
		op.call.Deadline = max(time.Until(deadline)+now, 1)
	}
	r.step(op, func(now time.Duration) {
		r.asker = op.ctx
		r.lane.Add(now, op.call, burst)
		r.late(now, op)
	})
}

// askLane decides a call whose context ended before it began. Nothing is sent for it.
func (c *Client) askLane(op *operation, e *eni.Error) {
	c.mu.Lock()
	r := c.runners.byID[op.id]
	c.mu.Unlock()
	if r == nil {
		op.call.Refuse(e)
		return
	}
	op.runner = r
	r.step(nil, func(now time.Duration) { r.lane.AddEnded(now, op.call, e) })
}
