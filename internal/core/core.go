package core

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// requestTimeout bounds one request. A reply that takes longer counts as lost.
const requestTimeout = 30 * time.Second

// Client is an eni.Client and an eni.Describer over a Cloud.
type Client struct {
	cloud Cloud
	opts  eni.Options
	looks looks
	began time.Time
	usual usual            // time that a release takes
	paces map[string]*pace // by Op, of every API that is called

	mu     sync.Mutex
	lanes  map[string]*lane // by interface; those with wishes, or something to tell the next one
	latest time.Time        // when the latest call was queued

	sweeping bool // a sweep of the lanes is due

	calls   atomic.Int64 // queued and not answered
	waiting atomic.Int64 // who waits for a change to settle
}

// New makes a Client. Nil opts mean the defaults. Nothing is sent and nothing
// runs until the first call.
func New(cloud Cloud, opts *eni.Options) *Client {
	c := &Client{cloud: cloud, opts: withDefaults(opts), lanes: make(map[string]*lane)}
	c.looks.client = c
	c.looks.deserted = make(chan struct{}, 1)
	c.began = time.Now()
	c.paces = map[string]*pace{
		string(UnassignPrivateIps): {told: rate(c.opts.Rates.UnassignPrivateIps, cloud.Rates.UnassignPrivateIps)},
		string(UnassignIpv6):       {told: rate(c.opts.Rates.UnassignIpv6, cloud.Rates.UnassignIpv6)},
		string(Detach):             {told: rate(c.opts.Rates.Detach, cloud.Rates.Detach)},
		Describe:                   {told: rate(c.opts.Rates.Describe, cloud.Rates.Describe)},
		task:                       {told: rate(c.opts.Rates.Task, cloud.Rates.Task)},
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
func (c *Client) do(ctx context.Context, action Action, id string, targets []target, invalid *eni.Error) (*eni.Operation, error) {
	ctx, end := c.begin(ctx, string(action), id, len(targets))
	op, err := c.reach(ctx, action, id, targets, invalid)
	end.call(op, err)
	return op, err
}

// reach hands the wishes to the interface's lane and waits until the cloud has
// accepted or refused each of them, or ctx ends.
func (c *Client) reach(ctx context.Context, action Action, id string, targets []target, invalid *eni.Error) (*eni.Operation, error) {
	call := newCall(ctx, c, action, id, targets)
	switch {
	case invalid != nil && len(targets) == 0:
		return nil, call.own(invalid)
	case invalid != nil:
		call.refuseAll(invalid)
	case ctx.Err() != nil:
		call.refuseAll(dead(ctx, nil))
	default:
		c.enqueue(call) //nolint:contextcheck // a lane serves many callers, and outlives each
		defer c.calls.Add(-1)
		call.lane.tell()
		select {
		case <-call.answered:
		case <-ctx.Done():
			call.lane.withdraw(call)
			call.lane.tell()
		}
	}
	return eni.NewOperation(call), call.err()
}

// several reports whether more than one caller is about.
func (c *Client) several() bool { return c.calls.Load()+c.waiting.Load() > 1 }

// enqueue adds the call's wishes to the interface's lane, and starts the lane
// where there is none.
func (c *Client) enqueue(call *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	l := c.lanes[call.id]
	if l == nil {
		l = &lane{client: c, id: call.id}
		c.lanes[call.id] = l
		if c.calls.Load() > 0 && now.Sub(c.latest) < crowded {
			l.company = gathering{wishes: c.cloud.PerChange, patience: crowded}
		}
	}
	c.latest = now
	c.calls.Add(1)
	l.add(call)
}

// Describe implements eni.Describer.
func (c *Client) Describe(ctx context.Context, interfaceIDs ...string) ([]eni.Interface, error) {
	for _, id := range interfaceIDs {
		if invalid := checkID("interface id", id); invalid != nil {
			invalid.Provider, invalid.Op, invalid.InterfaceID = c.cloud.Provider, Describe, id
			return nil, invalid
		}
	}
	found, err := c.persist(ctx, interfaceIDs)
	if err != nil {
		err.Provider, err.Op = c.cloud.Provider, Describe
		return nil, err
	}
	return found, nil
}

// persist asks until the cloud describes the interfaces or refuses for good, the
// budget is used up, or ctx ends.
func (c *Client) persist(ctx context.Context, interfaceIDs []string) ([]eni.Interface, *eni.Error) {
	if ctx.Err() != nil {
		return nil, dead(ctx, nil)
	}
	began, backoff := time.Now(), c.opts.Retry.Backoff()
	var last *eni.Error
	for tries := 1; ; tries++ {
		found, err := c.looks.ask(ctx, interfaceIDs)
		if err == nil {
			return found, nil
		}
		if ctx.Err() == nil || !errors.Is(err, ctx.Err()) { // an answer of the cloud
			last = err
			last.Attempts = tries
		}
		pause := backoff.NextBackOff()
		if ctx.Err() == nil && (pause < 0 || !c.opts.Retry.Retryable(err) || c.spent(tries, began, pause)) {
			return nil, last
		}
		if sleep(ctx, pause) != nil {
			return nil, ended(ctx, last)
		}
	}
}
