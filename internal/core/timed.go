package core

import (
	"context"
	"errors"
	"time"
)

// timed is the context of one request: it ends with the caller's, or when the time
// of the request is over. It is context.WithTimeout with the alarms of the client
// for its timer. A timer of its own costs more than the rest of what the core does
// for a request: the runtime looks for a thread to wait for it.
type timed struct {
	context.Context //nolint:containedctx // it is one

	end      context.CancelCauseFunc
	deadline time.Time
	alarm    alarm
}

// bounded is a context with the time-out of one request, if there is one.
func (c *Client) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.opts.RequestTimeout < 0 {
		return context.WithCancel(ctx)
	}
	now := c.alarms.now()
	at := saturate(now, c.opts.RequestTimeout)
	t := &timed{deadline: c.alarms.origin.Add(at)}
	if deadline, ok := ctx.Deadline(); ok && !deadline.After(t.deadline) {
		return context.WithCancel(ctx)
	}
	t.Context, t.end = context.WithCancelCause(ctx)
	t.alarm.rings = t
	c.alarms.put(&t.alarm, at)
	return t, func() {
		c.alarms.cancel(&t.alarm)
		t.end(nil)
	}
}

// ring ends the context when its time is over.
func (t *timed) ring() { t.end(context.DeadlineExceeded) }

// Deadline implements context.Context.
func (t *timed) Deadline() (time.Time, bool) { return t.deadline, true }

// Err implements context.Context. A context that is derived from this one is
// cancelled where this one is over its deadline, with the same cause.
func (t *timed) Err() error {
	err := t.Context.Err()
	if err != nil && errors.Is(context.Cause(t.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
