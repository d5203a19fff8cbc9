package core

import (
	"context"
	"fmt"
	"math/rand/v2"
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
		last = c.settle(ctx, l, flights)
		if last != nil && ctx.Err() == nil && !c.opts.Retry.Retryable(last) {
			return last
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
	return f.looked.Add(interval)
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
			age := time.Since(f.accepted).Round(time.Millisecond)
			return ended(ctx, &eni.Error{
				Kind:      eni.ErrConflict,
				Message:   fmt.Sprintf("accepted %s ago and still under way%s", age, f.seen),
				RequestID: f.receipt.RequestID,
			})
		}
	}
	return ended(ctx, nil)
}

// settle looks once at accepted changes of one interface.
func (c *Client) settle(ctx context.Context, l *lane, flights []*flight) *eni.Error {
	defer l.sweep()
	l.mu.Lock()
	var waiting []*flight
	for _, f := range flights {
		if !f.settled {
			// A little off, so that those who began together spread out.
			f.looked = time.Now().Add(rand.N(minLook / 5))
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
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range unsure {
		output, bad := failed[f]
		if bad {
			f.fail(i, &eni.Error{
				Kind: eni.ErrUnknown, Code: "FAILED", Message: "the task failed: " + output,
				RequestID: f.receipt.RequestID,
			})
			continue
		}
		f.see(i, err)
	}
	return nil
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
	request, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	status, err := driver.Task(request, f.receipt.TaskID)
	if err != nil {
		return status, c.explain(ctx, Observe, l.id, err)
	}
	return status, nil
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
	f.seen = fmt.Sprintf(": the interface is %s", i.State)
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
	v, _ := judge(t, i)
	return v == gone
}
