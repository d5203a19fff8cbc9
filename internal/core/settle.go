package core

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// When an accepted change is looked at.
const (
	firstLook = 200 * time.Millisecond // at a task, which has only just begun
	minLook   = 50 * time.Millisecond  // the least interval
	maxLook   = 5 * time.Second        // the greatest
	lookPart  = 10                     // else this part of the change's age

	// A detach takes longer than a release, and nobody's next change waits for it
	// as a rule.
	minDetachLook  = 200 * time.Millisecond
	detachLookPart = 4

	// The interface shows what has taken effect, for a hundred interfaces in one
	// request. Only a task that goes on for longer than this is asked for its own
	// state, which tells of a failure.
	firstAsk = 2 * time.Second
)

// await looks at accepted changes of one interface until they have settled.
func (c *Client) await(ctx context.Context, l *lane, flights []*flight) *eni.Error {
	c.waiting.Add(1)
	defer c.waiting.Add(-1)
	var last *eni.Error
	for {
		turn, over := l.nextLook(flights)
		if over == nil {
			return nil
		}
		if !until(ctx, turn, over) {
			if ctx.Err() != nil {
				return underWay(ctx, l, flights, last)
			}
			continue // somebody else has seen it settle
		}
		if next, over := l.nextLook(flights); over == nil || next.After(turn) {
			continue // somebody else has looked meanwhile
		}
		err := c.settle(ctx, l, flights)
		if ctx.Err() != nil {
			return underWay(ctx, l, flights, last)
		}
		if last = err; err != nil && !c.opts.Retry.Retryable(err) {
			return err
		}
	}
}

// nextLook returns when to look next and what is closed when that change has
// settled before; nil when all have.
func (l *lane) nextLook(flights []*flight) (turn time.Time, over <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range flights {
		if f.settled {
			continue
		}
		if at := f.nextLook(l.client); over == nil || at.Before(turn) {
			if f.over == nil {
				f.over = make(chan struct{})
			}
			turn, over = at, f.over
		}
	}
	return turn, over
}

// until waits until then, and reports whether neither of the others came first.
func until(ctx context.Context, then time.Time, over <-chan struct{}) bool {
	timer := time.NewTimer(time.Until(then))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-over:
	case <-ctx.Done():
	}
	return false
}

// usual is how long changes have taken of late. The zero usual knows nothing yet.
type usual struct{ average atomic.Int64 }

// took adds a change. Two at once may lose one, which does not matter.
func (u *usual) took(d time.Duration) {
	if average := u.average.Load(); average > 0 {
		d = (7*time.Duration(average) + d) / 8
	}
	u.average.Store(int64(d))
}

// atMost is by when most changes are over.
func (u *usual) atMost() time.Duration {
	average := time.Duration(u.average.Load())
	if average == 0 {
		return time.Second
	}
	return min(average+average/4, maxLook)
}

// settle ends the wait for a change. The lane is locked.
func (f *flight) settle() {
	f.settled = true
	for _, cl := range f.claims {
		if it := &cl.call.items[cl.item]; it.outcome == eni.OutcomeAccepted {
			it.outcome = f.gone()
		}
	}
	if f.over != nil {
		close(f.over)
		f.over = nil
	}
}

// gone is the outcome of what a change has taken off, or somebody else's.
func (f *flight) gone() eni.Outcome {
	if f.foreign {
		return eni.OutcomeAbsent
	}
	return eni.OutcomeReleased
}

// nextLook grows with the age of the change. Without a task, a change is mostly
// over when it is accepted.
func (f *flight) nextLook(c *Client) time.Time {
	origin := c.began
	least, part := minLook, time.Duration(lookPart)
	if f.change.Action == Detach {
		least, part = minDetachLook, detachLookPart
	}
	if f.looked.IsZero() {
		if f.receipt.TaskID != "" {
			return tick(origin, f.accepted.Add(firstLook), least)
		}
		if f.change.Action == Detach && c.several() {
			// A node's detaches are accepted one by one, at the pace of the API.
			return tick(origin, f.accepted, least)
		}
		return f.accepted
	}
	interval := min(max(f.looked.Sub(f.accepted)/part, least), maxLook)
	return tick(origin, f.looked.Add(interval), interval)
}

// tick puts a look off to the next stroke of a clock that all changes of the same
// age share, so that one look serves them all. The clock begins with the client:
// those of other processes strike at other times.
func tick(origin, at time.Time, interval time.Duration) time.Time {
	stroke := minLook
	for 2*stroke <= interval {
		stroke *= 2
	}
	late := at.Sub(origin) % stroke
	if late <= 0 {
		return at
	}
	return at.Add(stroke - late)
}

// underWay is the error of a caller whose context ended before the change took
// effect.
func underWay(ctx context.Context, l *lane, flights []*flight, last *eni.Error) *eni.Error {
	if last == nil {
		last = l.standing(flights)
	}
	return ended(ctx, last)
}

// standing tells where the first of the changes is that has not settled, or nil.
func (l *lane) standing(flights []*flight) *eni.Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range flights {
		if !f.settled {
			return &eni.Error{Kind: eni.ErrConflict, Message: f.standing(), RequestID: f.receipt.RequestID}
		}
	}
	return nil
}

// standing tells where a change is that has not settled.
func (f *flight) standing() string {
	s := fmt.Sprintf("accepted at %s, %s ago, and still under way",
		f.accepted.UTC().Format(time.RFC3339), time.Since(f.accepted).Round(time.Millisecond))
	if f.seen != "" {
		s += ": the interface is " + f.seen
	}
	if f.resent > 0 {
		s = fmt.Sprintf("stuck: %s, although the detach was sent again %d times", s, f.resent)
	}
	return s
}

// settle looks once at accepted changes of one interface, and does what the look
// calls for: asks for a task that goes on for long, sends a stuck detach again.
func (c *Client) settle(ctx context.Context, l *lane, flights []*flight) *eni.Error {
	l.mu.Lock()
	for _, f := range flights {
		f.looked = time.Now()
	}
	l.mu.Unlock()
	i, missing := c.looks.one(ctx, l.id)
	if missing != nil && missing.Kind != eni.ErrNotFound {
		return missing
	}
	ask, again := l.see(flights, i, missing)
	for _, f := range again {
		c.sendAgain(ctx, l, f)
	}
	for _, f := range ask {
		if err := c.askTask(ctx, l, f); err != nil {
			return err
		}
	}
	return nil
}

// see settles what the look decides. It returns the changes whose task is to be
// asked for, and the detaches that are to be sent again.
func (l *lane) see(flights []*flight, i *eni.Interface, missing *eni.Error) (ask, again []*flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, f := range flights {
		if f.settled {
			continue
		}
		f.see(i, missing)
		switch {
		case f.settled && f.change.Action != Detach:
			l.client.usual.took(now.Sub(f.sent))
		case f.settled:
		case f.receipt.TaskID != "" && now.Sub(f.accepted) >= firstAsk && !now.Before(f.ask):
			f.ask = now.Add(max(firstAsk, now.Sub(f.accepted)/2))
			ask = append(ask, f)
		case f.stuck(i):
			f.patience *= 2
			f.again = now.Add(f.patience)
			f.resent++
			again = append(again, f)
		}
	}
	return ask, again
}

// askTask asks for the task of an accepted change. What the cloud does not know,
// or no longer does, the interface will show.
func (c *Client) askTask(ctx context.Context, l *lane, f *flight) *eni.Error {
	driver, ok := c.cloud.Driver.(Tasks)
	if !ok {
		return nil
	}
	if c.paces[task].wait(ctx, time.Now()) != nil {
		return ended(ctx, nil)
	}
	var status TaskStatus
	e := c.request(ctx, c.paces[task], Describe, l.id, func(request context.Context) (err error) {
		status, err = driver.Task(request, f.receipt.TaskID)
		return err
	})
	switch {
	case e != nil:
		return e
	case status.State == TaskSucceeded:
		l.mu.Lock()
		defer l.mu.Unlock()
		f.settle()
	case status.State == TaskFailed:
		return c.failed(ctx, l, f, status.Output)
	}
	return nil
}

// failed looks at what a task that failed has left behind.
func (c *Client) failed(ctx context.Context, l *lane, f *flight, output string) *eni.Error {
	i, missing := c.looks.one(ctx, l.id)
	if missing != nil && missing.Kind != eni.ErrNotFound {
		return missing
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.see(i, missing); !f.settled {
		f.fail(i, &eni.Error{
			Kind: eni.ErrUnknown, Code: "FAILED", Message: "the task failed: " + output,
			RequestID: f.receipt.RequestID,
		})
	}
	return nil
}

// stuck reports whether it is time to send a detach again, which is the cure that
// Alibaba Cloud documents for an interface that stays in Detaching.
func (f *flight) stuck(i *eni.Interface) bool {
	return !f.settled && f.change.Action == Detach && i.State == eni.StateDetaching &&
		f.patience > 0 && !time.Now().Before(f.again)
}

// sendAgain sends a stuck detach once more. The interface's turn is still the
// stuck change's own. What the cloud answers shows in the next look.
func (c *Client) sendAgain(ctx context.Context, l *lane, f *flight) {
	again := &flight{change: f.change, asked: time.Now()}
	if c.opts.Limiter != nil && c.opts.Limiter.Wait(ctx) != nil {
		return
	}
	_ = c.send(ctx, l, again, f.crew) //nolint:errcheck // it has been reported
}

// see settles an accepted change when the interface shows its effect. The
// interface is nil where it no longer exists. The lane is locked.
func (f *flight) see(i *eni.Interface, missing *eni.Error) {
	if i == nil {
		if f.change.Action == Detach {
			for _, cl := range f.claims {
				cl.call.fail(cl.item, f.gone(), missing)
			}
		}
		f.settle() // its addresses have gone with it
		return
	}
	f.seen = string(i.State)
	if i.InstanceID != "" {
		f.seen += " on " + i.InstanceID
	}
	for _, cl := range f.claims {
		if !effected(cl.call.items[cl.item].target, i) {
			return
		}
	}
	f.settle()
}

// fail settles a change that did not take effect, or not in full.
func (f *flight) fail(i *eni.Interface, e *eni.Error) {
	for _, cl := range f.claims {
		if !effected(cl.call.items[cl.item].target, i) {
			cl.call.fail(cl.item, eni.OutcomeRefused, e)
		}
	}
	f.settle()
}

// effected reports whether the interface shows that the target is reached. A
// detach is, too, when somebody has attached the interface elsewhere since. "In
// use" without an instance is not free.
func effected(t target, i *eni.Interface) bool {
	if t.action == Detach && i.InstanceID != "" {
		return i.InstanceID != t.instance
	}
	v, _ := judge(t, i) //nolint:errcheck // the reason is for those that stay
	return v == gone
}
