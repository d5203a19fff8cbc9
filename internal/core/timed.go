// SPDX-License-Identifier: Apache-2.0

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
	alarms   *alarms
	alarm    alarm
	deadline time.Time // of the request; zero where only the caller's counts
}

// bounded is a context with the time-out of one request, if there is one. It has to
// be cancelled.
func (c *Client) bounded(ctx context.Context) *timed {
	t := &timed{alarms: &c.alarms}
	t.Context, t.end = context.WithCancelCause(ctx)
	if c.opts.RequestTimeout < 0 {
		return t
	}
	at := saturate(c.alarms.now(), c.opts.RequestTimeout)
	over := c.alarms.origin.Add(at)
	if deadline, ok := ctx.Deadline(); ok && !deadline.After(over) {
		return t
	}
	t.deadline, t.alarm.rings = over, t
	c.alarms.put(&t.alarm, at)
	return t
}

// cancel ends the context, if it has not ended.
func (t *timed) cancel() {
	t.alarms.cancel(&t.alarm)
	t.end(nil)
}

// ring ends the context when its time is over.
func (t *timed) ring() { t.end(context.DeadlineExceeded) }

// Deadline implements context.Context.
func (t *timed) Deadline() (time.Time, bool) {
	if t.deadline.IsZero() {
		return t.Context.Deadline()
	}
	return t.deadline, true
}

// Err implements context.Context. A context that is derived from this one is
// cancelled where this one is over its deadline, with the same cause.
func (t *timed) Err() error {
	err := t.Context.Err()
	if err != nil && errors.Is(context.Cause(t.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
