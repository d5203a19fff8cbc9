package core

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// The least and the greatest interval between two looks at an accepted change.
const (
	minLook = 250 * time.Millisecond
	maxLook = 5 * time.Second
)

// await looks at accepted changes of one interface until they have settled.
func (c *Client) await(ctx context.Context, l *lane, flights []*flight) *eni.Error {
	var last *eni.Error
	for {
		turn, settled := l.nextLook(flights)
		if settled {
			return nil
		}
		if sleep(ctx, time.Until(turn)) != nil {
			return c.underWay(ctx, l, flights, last)
		}
		if next, _ := l.nextLook(flights); next.After(turn) {
			continue // somebody else has looked meanwhile
		}
		err := c.settle(ctx, l, flights)
		if ctx.Err() != nil {
			return c.underWay(ctx, l, flights, last)
		}
		if last = err; err != nil && !c.opts.Retry.Retryable(err) {
			return err
		}
	}
}

// nextLook returns when to look next, and whether all has settled.
func (l *lane) nextLook(flights []*flight) (turn time.Time, settled bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range flights {
		if f.settled {
			continue
		}
		if at := f.nextLook(); turn.IsZero() || at.Before(turn) {
			turn = at
		}
	}
	return turn, turn.IsZero()
}

// nextLook grows with the age of the change. A task has only just begun when its
// change is accepted; without a task it is mostly over.
func (f *flight) nextLook() time.Time {
	if f.looked.IsZero() {
		if f.receipt.TaskID != "" {
			return f.accepted.Add(minLook)
		}
		return f.accepted
	}
	interval := min(max(f.looked.Sub(f.accepted)/4, minLook), maxLook)
	return f.looked.Add(interval + jitter(f.change.InterfaceID, f.looked, interval/5))
}

// jitter spreads those who began together. It is drawn from who and when, so that
// all who ask for the same turn get the same one.
func jitter(id string, at time.Time, most time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, id, at.UnixNano())
	return time.Duration(h.Sum32()) % most
}

// underWay is the error of a caller whose context ended before the change took
// effect.
func (c *Client) underWay(ctx context.Context, l *lane, flights []*flight, last *eni.Error) *eni.Error {
	if last != nil {
		return ended(ctx, last)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range flights {
		if !f.settled {
			return ended(ctx, &eni.Error{
				Kind: eni.ErrConflict, Message: f.standing(), RequestID: f.receipt.RequestID,
			})
		}
	}
	return ended(ctx, nil)
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

// settle looks once at accepted changes of one interface.
func (c *Client) settle(ctx context.Context, l *lane, flights []*flight) *eni.Error {
	defer l.sweep()
	l.mu.Lock()
	var waiting []*flight
	for _, f := range flights {
		if !f.settled {
			f.looked = time.Now()
			waiting = append(waiting, f)
		}
	}
	l.mu.Unlock()

	failed := make(map[*flight]string)
	var unsure []*flight
	for _, f := range waiting {
		status, err := c.task(ctx, l, f)
		switch {
		case err != nil:
			return err
		case status.State == TaskSucceeded:
			l.mu.Lock()
			f.settled = true
			l.mu.Unlock()
		case status.State == TaskFailed:
			failed[f] = status.Output
			unsure = append(unsure, f)
		case status.State == TaskUnknown:
			unsure = append(unsure, f)
		}
	}
	if len(unsure) == 0 {
		return nil
	}
	i, err := c.looks.one(ctx, l.id)
	if err != nil && err.Kind != eni.ErrNotFound {
		return err
	}
	for _, f := range l.see(unsure, failed, i, err) {
		c.sendAgain(ctx, l, f)
	}
	return nil
}

// see settles what the look decides, and returns the changes that are stuck.
func (l *lane) see(flights []*flight, failed map[*flight]string, i *eni.Interface, missing *eni.Error) []*flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	var stuck []*flight
	for _, f := range flights {
		if output, bad := failed[f]; bad && i != nil {
			f.fail(i, &eni.Error{
				Kind: eni.ErrUnknown, Code: "FAILED", Message: "the task failed: " + output,
				RequestID: f.receipt.RequestID,
			})
			continue
		}
		f.see(i, missing)
		if f.stuck(i) {
			f.patience *= 2
			f.again = time.Now().Add(f.patience)
			f.resent++
			stuck = append(stuck, f)
		}
	}
	return stuck
}

// stuck reports whether it is time to send a detach again, which is the cure that
// Alibaba Cloud documents for an interface that stays in Detaching.
func (f *flight) stuck(i *eni.Interface) bool {
	return !f.settled && f.change.Verb == Detach && i.State == eni.StateDetaching &&
		f.patience > 0 && !time.Now().Before(f.again)
}

// sendAgain sends a stuck detach once more. The interface's turn is still the
// stuck change's own. What the cloud answers shows in the next look.
func (c *Client) sendAgain(ctx context.Context, l *lane, f *flight) {
	if c.opts.Limiter != nil && c.opts.Limiter.Wait(ctx) != nil {
		return
	}
	again := &flight{change: f.change}
	_ = c.send(ctx, l, again, f.crew) //nolint:errcheck // it has been reported
}

// task asks for the task of an accepted change. Without tasks the state of the
// interface decides, as it does for a task that the cloud does not know.
func (c *Client) task(ctx context.Context, l *lane, f *flight) (TaskStatus, *eni.Error) {
	driver, ok := c.cloud.Driver.(Tasks)
	if !ok || f.receipt.TaskID == "" {
		return TaskStatus{State: TaskUnknown}, nil
	}
	if c.tasks.wait(ctx) != nil {
		return TaskStatus{}, ended(ctx, nil)
	}
	var status TaskStatus
	e := c.request(ctx, Observe, l.id, func(request context.Context) (err error) {
		status, err = driver.Task(request, f.receipt.TaskID)
		return err
	})
	return status, e
}

// see settles an accepted change when the interface shows its effect. The
// interface is nil where it no longer exists. The lane is locked.
func (f *flight) see(i *eni.Interface, missing *eni.Error) {
	if i == nil {
		if f.change.Verb == Detach {
			f.fail(nil, missing)
		}
		f.settled = true // its addresses have gone with it
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
	f.settled = true
}

// fail settles a change that did not take effect, or not in full.
func (f *flight) fail(i *eni.Interface, e *eni.Error) {
	for _, cl := range f.claims {
		it := &cl.call.items[cl.item]
		if i == nil && it.target.verb != Detach || i != nil && effected(it.target, i) {
			continue
		}
		it.outcome, it.late = eni.Refused, cl.call.own(e)
	}
	f.settled = true
}

// effected reports whether the interface shows that the target is reached. A
// detach is, too, when somebody has attached the interface elsewhere since.
func effected(t target, i *eni.Interface) bool {
	if t.verb == Detach {
		return i.State != eni.StateDetaching && i.InstanceID != t.instance
	}
	v, _ := judge(t, i) //nolint:errcheck // the reason is for those that stay
	return v == gone
}
