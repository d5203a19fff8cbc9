package core

import (
	"context"
	"slices"
	"strings"
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
}

// unqueued is the lane of calls that have none yet, or never will: a lock, and
// nothing else.
var unqueued = new(lane)

// item is one wish of a call.
type item struct {
	target  target
	open    bool
	outcome eni.Outcome
	err     *eni.Error // why the cloud did not accept it
	late    *eni.Error // why it did not take effect although the cloud had accepted it
}

// reason is why the item is still there, or nil.
func (it item) reason() *eni.Error {
	if it.late != nil {
		return it.late
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

// err gathers why the cloud did not accept items of the call, and why those that
// it accepted did not take effect as far as that is known by now.
func (c *call) err() error {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	return c.reasons(item.reason)
}

// reasons gathers the errors of the items, each once, those worth another try
// first: a caller who stopped at a hopeless one would give up the others.
func (c *call) reasons(of func(item) *eni.Error) error {
	var all several
	for _, it := range c.items {
		if err := of(it); err != nil && !slices.Contains(all, error(err)) {
			all = append(all, err)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	default:
		hopeless := func(err error) bool { return !eni.IsRetryable(err) }
		sorted := slices.DeleteFunc(slices.Clone(all), hopeless)
		return append(sorted, slices.DeleteFunc(all, eni.IsRetryable)...)
	}
}

// several is more than one reason, on one line.
type several []error

func (s several) Error() string {
	texts := make([]string, len(s))
	for i, err := range s {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (s several) Unwrap() []error { return s }

// Poll implements eni.Progress.
func (c *call) Poll(ctx context.Context) (bool, error) {
	if flights := c.unsettled(); len(flights) > 0 {
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

// late gathers why accepted items did not take effect.
func (c *call) late() error {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	return c.reasons(func(it item) *eni.Error { return it.late })
}

func (c *call) mine(err *eni.Error) error {
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	return c.own(err)
}

// Results implements eni.Progress.
func (c *call) Results() []eni.Result {
	if c.action == Detach {
		return nil
	}
	c.lane.mu.Lock()
	defer c.lane.mu.Unlock()
	results := make([]eni.Result, len(c.items))
	for i, it := range c.items {
		results[i] = eni.Result{Prefix: it.target.prefix, Outcome: it.outcome}
		if reason := it.reason(); reason != nil {
			results[i].Err = reason
		}
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
