package core

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// requestTimeout bounds one request. A reply that takes longer counts as lost.
const requestTimeout = 30 * time.Second

// crowdSpan is how close behind another that is under way a call must come for
// its idle lane to wait, for as long, for those who come at the same time.
const crowdSpan = time.Millisecond

// sweepEvery is how often interfaces of which nothing is left to know are forgotten.
const sweepEvery = 5 * time.Second

// changeAPIs name the limiters of changes.
var changeAPIs = [...]string{string(UnassignPrivateIps), string(UnassignIpv6), string(Detach)}

// Client is an eni.Client and an eni.Describer over a Cloud.
type Client struct {
	cloud     Cloud
	opts      eni.Options
	lane      lane.Config
	alarms    alarms
	describes describes
	limiters  map[string]*limiter // by Op, of every API that is called
	effect    effect

	mu      sync.Mutex
	runners map[string]*runner // by interface
	latest  time.Duration      // when the latest call came
	sweep   alarm              // of runners that are of no use any more
	swept   bool               // it is set

	calls   atomic.Int64 // that have no answer yet
	waiting atomic.Int64 // who waits for a change to complete
}

// New makes a Client. Nil opts mean the defaults. Nothing is sent and nothing
// runs until the first call.
func New(cloud Cloud, opts *eni.Options) *Client {
	c := &Client{cloud: cloud, opts: withDefaults(opts), runners: make(map[string]*runner), latest: -time.Hour}
	_, tasks := cloud.Driver.(Tasks)
	c.lane = lane.Config{
		PerChange: cloud.PerChange, Tasks: tasks, StuckAfter: cloud.StuckAfter,
		MaxAttempts: max(c.opts.Retry.MaxAttempts, 0), MaxElapsed: max(c.opts.Retry.MaxElapsed, 0),
		BoundsFirst: opts != nil && opts.Retry.MaxElapsed > 0,
	}
	c.alarms.origin = time.Now()
	c.describes = describes{client: c, began: -1}
	c.describes.alarm.run = c.describes.due
	c.sweep.run = c.forget
	rates, documented := c.opts.Rates, cloud.Rates
	c.limiters = map[string]*limiter{
		string(UnassignPrivateIps): newLimiter(&c.alarms, configured(rates.UnassignPrivateIps, documented.UnassignPrivateIps)),
		string(UnassignIpv6):       newLimiter(&c.alarms, configured(rates.UnassignIpv6, documented.UnassignIpv6)),
		string(Detach):             newLimiter(&c.alarms, configured(rates.Detach, documented.Detach)),
		Describe:                   newLimiter(&c.alarms, configured(rates.Describe, documented.Describe)),
		taskAPI:                    newLimiter(&c.alarms, configured(rates.Task, documented.Task)),
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
	return c.do(ctx, action, req.InterfaceID, targets, invalid)
}

// Detach implements eni.Client.
func (c *Client) Detach(ctx context.Context, req eni.DetachRequest) (*eni.Operation, error) {
	targets, invalid := c.cloud.checkDetach(req)
	return c.do(ctx, Detach, req.InterfaceID, targets, invalid)
}

// do carries out a call, between the hooks where there are any.
func (c *Client) do(ctx context.Context, action Action, id string, targets []lane.Target, invalid *eni.Error) (*eni.Operation, error) {
	ctx, end := c.begin(ctx, string(action), id, len(targets))
	op, err := c.enqueueAndWait(ctx, action, id, targets, invalid)
	end.call(op, err)
	return op, err
}

// enqueueAndWait hands the goals to the interface's lane and waits until the cloud
// has accepted or refused each of them, or ctx ends.
func (c *Client) enqueueAndWait(ctx context.Context, action Action, id string, targets []lane.Target, invalid *eni.Error) (*eni.Operation, error) {
	op := newOperation(ctx, c, action, id, targets)
	switch {
	case invalid != nil && len(targets) == 0:
		return nil, op.own(invalid)
	case invalid != nil:
		op.call.Refuse(invalid)
	case ctx.Err() != nil:
		c.askLane(op, dead(ctx, nil))
	default:
		c.calls.Add(1)
		defer c.calls.Add(-1)
		c.enqueue(op)
		op.awaitAnswer()
	}
	err := op.err()
	rethrow(err)
	return eni.NewOperation(op), err
}

// crowded reports whether more than one caller is about.
func (c *Client) crowded() bool { return c.calls.Load()+c.waiting.Load() > 1 }

// enqueue adds the call to the lane of its interface.
func (c *Client) enqueue(op *operation) {
	c.mu.Lock()
	now := c.alarms.now()
	var crowd time.Duration
	if c.calls.Load() > 1 && now-c.latest < crowdSpan {
		crowd = crowdSpan
	}
	c.latest = now
	r := c.runner(op.id)
	r.users++ // it is not forgotten meanwhile
	c.mu.Unlock()
	op.runner = r
	if deadline, ok := op.ctx.Deadline(); ok {
		op.call.Deadline = max(time.Until(deadline)+now, 1)
	}
	r.step(op, func(now time.Duration) { r.lane.Add(now, op.call, crowd) })
	c.mu.Lock()
	r.users--
	c.mu.Unlock()
}

// askLane decides a call whose context had ended: nothing is sent for it.
func (c *Client) askLane(op *operation, e *eni.Error) {
	c.mu.Lock()
	r := c.runners[op.id]
	c.mu.Unlock()
	if r == nil {
		op.call.Refuse(e)
		return
	}
	op.runner = r
	r.step(nil, func(now time.Duration) { r.lane.Ask(now, op.call, e) })
}

// runner returns the runner of an interface, a new one where there is none. The
// client's lock is held.
func (c *Client) runner(id string) *runner {
	r := c.runners[id]
	if r == nil {
		r = newRunner(c, id)
		c.runners[id] = r
		c.sweepLater()
	}
	return r
}

// sweepLater sees to it that runners that are of no use any more are forgotten.
// The client's lock is held.
func (c *Client) sweepLater() {
	if !c.swept {
		c.swept = true
		c.alarms.put(&c.sweep, c.alarms.now()+sweepEvery)
	}
}

// forget drops the runners whose lanes have nothing to tell the next caller.
func (c *Client) forget() {
	c.mu.Lock()
	all := make([]*runner, 0, len(c.runners))
	for _, r := range c.runners {
		all = append(all, r)
	}
	c.mu.Unlock()
	for _, r := range all {
		if r.idle() {
			c.mu.Lock()
			if r.users == 0 && c.runners[r.id] == r && r.idle() {
				delete(c.runners, r.id)
			}
			c.mu.Unlock()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.swept = false
	if len(c.runners) > 0 {
		c.sweepLater()
	}
}

// Describe implements eni.Describer.
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	for _, id := range interfaceIDs {
		if invalid := checkID("interface id", id); invalid != nil {
			invalid.Provider, invalid.Op, invalid.InterfaceID = c.cloud.Provider, Describe, id
			return nil, invalid
		}
	}
	if ctx.Err() != nil {
		e := dead(ctx, nil)
		e.Provider, e.Op = c.cloud.Provider, Describe
		return nil, e
	}
	found, e := c.persist(ctx, interfaceIDs)
	if e != nil {
		rethrow(e)
		e.Provider, e.Op = c.cloud.Provider, Describe
		return nil, e
	}
	return found, nil
}
