// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"time"
)

// timed is the context of one request: it ends with its parent or at the request's
// time-out. It is context.WithTimeout with the client's alarms instead of a timer for
// each request, which would cost more than everything else that the core does for it.
type timed struct {
	context.Context //nolint:containedctx // it is one

	end      context.CancelCauseFunc
	alarms   *alarms
	alarm    alarm
	deadline time.Time // of the request; zero if the parent's is earlier or there is none
}

// bounded returns a context with the time-out of one request, if there is one. It must
// be canceled.
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

// Err implements context.Context. After the request's time-out it returns
// DeadlineExceeded; a derived context returns Canceled, with the same cause.
func (t *timed) Err() error {
	err := t.Context.Err()
	if err != nil && errors.Is(context.Cause(t.Context), context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}
