package core

import (
	"context"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// call is one caller's request and what has become of it; it is the progress of
// its eni.Operation.
type call struct {
	client   *Client
	action   Action
	id       string
	ctx      context.Context //nolint:containedctx // a wish lives as long as the context of a caller
	began    time.Time
	lane     *lane
	answered chan struct{} // closed when no item is open

	// The lane's lock guards the following.
	items      []item
	room       [1]item   // for the items, where they are one
	open       int       // items that the cloud has neither accepted nor refused for good
	flights    []*flight // accepted, not settled
	requestIDs []string
	attempts   int
	copies     map[*eni.Error]*eni.Error // an error that several calls share → this call's own
	merged     bool                      // items with the same reason share their error
}

// unqueued is the lane of calls that have none yet, or never will: a lock, and
// nothing else.
var unqueued = new(lane)

// item is one wish of a call.
type item struct {
	target  target
	open    bool
	late    bool // the cloud had accepted it before err
	outcome eni.Outcome
	err     *eni.Error // what went wrong, also where it is gone because its interface is
}

// reason is why the item is not known to be gone, or nil.
func (it item) reason() error {
	gone := it.outcome == eni.OutcomeReleased || it.outcome == eni.OutcomeAbsent
	if it.err == nil || gone || it.outcome == eni.OutcomeAccepted {
		return nil
	}
	return it.err
}

func newCall(ctx context.Context, c *Client, action Action, id string, targets []target) *call {
	call := &call{
		client: c, action: action, id: id, ctx: ctx, began: time.Now(),
		lane:     unqueued,
		answered: make(chan struct{}),
		open:     len(targets),
	}
	if call.items = call.room[:]; len(targets) != len(call.room) {
		call.items = make([]item, len(targets))
	}
	for i, t := range targets {
		call.items[i] = item{target: t, open: true}
	}
	return call
}

// decide closes an item. The lane is locked, or the call not yet queued.
func (c *call) decide(i int, outcome eni.Outcome, err *eni.Error) {
	it := &c.items[i]
	it.outcome, it.err, it.open = outcome, c.own(err), false
	c.merged = false
	if c.open--; c.open == 0 {
		close(c.answered)
	}
}

// refuseAll closes every item of a call from which nothing will be sent.
func (c *call) refuseAll(err *eni.Error) {
	for i := range c.items {
		c.decide(i, eni.OutcomeNotTried, err)
	}
}

// fail notes that an accepted item went wrong. The lane is locked.
func (c *call) fail(i int, outcome eni.Outcome, err *eni.Error) {
	it := &c.items[i]
	it.outcome, it.err, it.late = outcome, c.own(err), true
	c.merged = false
}

// own returns the call's own copy of an error, with its own attempts. Equal
// reasons stay equal.
func (c *call) own(err *eni.Error) *eni.Error {
	if err == nil {
		return nil
	}
	if mine := c.copies[err]; mine != nil {
		return mine
	}
	mine := *err
	mine.Provider, mine.Op, mine.InterfaceID = c.client.cloud.Provider, string(c.action), c.id
	mine.Attempts = c.attempts
	if c.copies == nil {
		c.copies = make(map[*eni.Error]*eni.Error)
	}
	c.copies[err] = &mine
	return &mine
}

// merge makes the items that failed for the same reason share one error, which
// counts them. The lane is locked.
func (c *call) merge() {
	if c.merged {
		return
	}
	c.merged = true
	type reason struct {
		kind          eni.Kind
		code, message string
		late          bool
	}
	var shared map[reason]*eni.Error
	for i := range c.items {
		it := &c.items[i]
		if it.err == nil {
			continue
		}
		key := reason{it.err.Kind, it.err.Code, it.err.Message, it.late}
		e := shared[key]
		if e == nil {
			first := *it.err
			first.Count, e = 0, &first
			if shared == nil {
				shared = make(map[reason]*eni.Error)
			}
			shared[key] = e
		}
		if c.action != Detach {
			e.Count++
		}
		e.Attempts = max(e.Attempts, it.err.Attempts)
		it.err = e
	}
}

// err is why the cloud did not accept items of the call, and why those that it
// accepted went wrong as far as that is known by now; nil where nothing did.
func (c *call) err() error { return c.joined(func(item) bool { return true }) }

// late is why accepted items went wrong.
func (c *call) late() error { return c.joined(func(it item) bool { return it.late }) }

// joined joins the errors of those items.
func (c *call) joined(of func(item) bool) error {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	c.merge()
	var errs []error
	for _, it := range c.items {
		if it.err != nil && of(it) {
			errs = append(errs, it.err)
		}
	}
	return eni.Join(errs...)
}

// Poll implements eni.Progress.
func (c *call) Poll(ctx context.Context) (bool, error) {
	if flights := c.unsettled(); len(flights) > 0 {
		if ctx.Err() != nil {
			return false, c.mine(dead(ctx, c.lane.standing(flights)))
		}
		if err := c.client.settle(ctx, c.lane, flights); err != nil {
			return false, c.mine(err)
		}
	}
	if len(c.unsettled()) > 0 {
		return false, nil
	}
	return true, c.late()
}

// Wait implements eni.Progress.
func (c *call) Wait(ctx context.Context) error {
	if len(c.unsettled()) == 0 {
		return c.late()
	}
	ctx, end := c.client.begin(ctx, wait, c.id, len(c.items))
	err := c.wait(ctx)
	end.call(eni.NewOperation(c), err)
	return err
}

func (c *call) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return c.mine(dead(ctx, c.lane.standing(c.unsettled())))
	}
	for {
		flights := c.unsettled()
		if len(flights) == 0 {
			return c.late()
		}
		if err := c.client.await(ctx, c.lane, flights); err != nil {
			return c.mine(err)
		}
	}
}

// unsettled drops the flights that have settled and returns the others.
func (c *call) unsettled() []*flight {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	c.flights = slices.DeleteFunc(c.flights, func(f *flight) bool { return f.settled })
	return slices.Clone(c.flights)
}

// mine is the call's own copy of why a Poll or Wait ended without done. It counts
// what is still accepted.
func (c *call) mine(err *eni.Error) error {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	e := *c.own(err)
	e.Count = 0
	for _, it := range c.items {
		if it.outcome == eni.OutcomeAccepted && c.action != Detach {
			e.Count++
		}
	}
	return &e
}

// Results implements eni.Progress.
func (c *call) Results() []eni.Result {
	if c.action == Detach {
		return nil
	}
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	c.merge()
	results := make([]eni.Result, len(c.items))
	for i, it := range c.items {
		results[i] = eni.Result{Prefix: it.target.prefix, Outcome: it.outcome, Err: it.reason()}
	}
	return results
}

// Outcome implements eni.Progress.
func (c *call) Outcome() eni.Outcome {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	return c.items[0].outcome
}

// RequestIDs implements eni.Progress.
func (c *call) RequestIDs() []string {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	return slices.Clone(c.requestIDs)
}

// Attempts implements eni.Progress.
func (c *call) Attempts() int {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	return c.attempts
}
