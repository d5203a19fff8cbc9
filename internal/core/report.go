// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// ending calls the hook when a call ends. The zero ending calls none.
type ending struct {
	hook  func(eni.CallEnd)
	began time.Time
}

// begin calls the hook for the begin of a call, and returns the context for the rest of
// the call.
func (c *Client) begin(ctx context.Context, op, id string, items int) (context.Context, ending) {
	if c.opts.OnCall == nil {
		return ctx, ending{}
	}
	e := ending{began: time.Now()}
	ctx, e.hook = c.opts.OnCall(ctx, eni.Call{
		Provider: c.cloud.Provider, Region: c.cloud.Region, Op: op, InterfaceID: id, Items: items,
	})
	return ctx, e
}

// call calls the hook for the end of the call.
func (e ending) call(op *eni.Operation, err error) {
	if e.hook != nil {
		e.hook(eni.CallEnd{Operation: op, Err: err, Duration: time.Since(e.began)})
	}
}

// load returns how the lane's load has changed since the last report to the hook; zero
// without a hook. The lock is held.
func (r *runner) load() eni.Load {
	if r.client.opts.OnLoad == nil {
		return eni.Load{}
	}
	before, now := r.reported, r.lane.Pending()
	if r.reported = now; now == before {
		return eni.Load{}
	}
	return eni.Load{
		Provider: r.client.cloud.Provider, Region: r.client.cloud.Region,
		Lanes: min(now, 1) - min(before, 1), Pending: now - before,
	}
}

// report reports an attempt to the logger and the hook.
func (c *Client) report(ctx context.Context, r *runner, s *sending, p reply, v lane.Verdict) {
	if c.opts.OnAttempt == nil && c.opts.Logger == nil {
		return
	}
	ch := s.change
	attempt := eni.Attempt{
		Provider: c.cloud.Provider, Region: c.cloud.Region,
		Op: string(ch.Action), InterfaceID: r.id,
		Items: len(ch.Targets), RequestID: p.receipt.RequestID,
		Start: p.began, Duration: p.took,
		QueueWait: ch.QueueWait, PermitWait: ch.PermitWait,
		Contexts: s.contexts,
	}
	canceled := r.aborted(s)
	switch {
	case canceled && p.err != nil:
		e := *p.err
		e.Err = contextErrors{context.Canceled, p.err}
		attempt.Err = &e
	case p.err != nil:
		attempt.Err = p.err
	}
	if c.opts.OnAttempt != nil {
		c.opts.OnAttempt(attempt)
	}
	if c.opts.Logger == nil {
		return
	}
	level, message := severity(ch, p.err, v, canceled || ctx.Err() != nil)
	attrs := []slog.Attr{
		slog.String("provider", attempt.Provider),
		slog.String("op", attempt.Op),
		slog.String("interface_id", attempt.InterfaceID),
		slog.Int("items", attempt.Items),
		slog.Int("callers", len(ch.Calls)),
		slog.String("request_id", attempt.RequestID),
		slog.Duration("duration", attempt.Duration),
	}
	if p.err != nil {
		attrs = append(attrs, slog.Any("error", p.err))
	}
	c.opts.Logger.LogAttrs(ctx, level, message, attrs...)
}

// severity returns the level and the message for the answer to a change.
func severity(ch *lane.Change, e *eni.Error, v lane.Verdict, canceled bool) (slog.Level, string) {
	switch {
	case e == nil:
		return slog.LevelDebug, "change accepted"
	case canceled:
		return slog.LevelInfo, "change canceled"
	case v.Retry:
		return slog.LevelInfo, "change requeued"
	case e.Kind == eni.ErrNotAssigned || e.Kind == eni.ErrNotFound || len(ch.Targets) > 1 && spoilt[e.Kind]:
		return slog.LevelInfo, "change refused, the interface is described"
	default:
		return slog.LevelWarn, "change refused"
	}
}

// spoilt has the kinds with which one item may make the cloud refuse a batch, whose
// other items are sent again.
var spoilt = map[eni.Kind]bool{eni.ErrInvalid: true, eni.ErrUnknown: true}

// query makes a read request, and reports it to the logger and the hook.
func (c *Client) query(ctx context.Context, op string, interfaces int, request func() *eni.Error) *eni.Error {
	if c.opts.OnQuery == nil && c.opts.Logger == nil {
		return request()
	}
	q := eni.Query{
		Provider: c.cloud.Provider, Region: c.cloud.Region,
		Op: op, Interfaces: interfaces, Start: time.Now(), Context: ctx,
	}
	e := request()
	q.Duration = time.Since(q.Start)
	if e != nil {
		q.Err = e
	}
	if c.opts.OnQuery != nil {
		c.opts.OnQuery(q)
	}
	if c.opts.Logger == nil {
		return e
	}
	level, message := slog.LevelDebug, "query answered"
	attrs := []slog.Attr{
		slog.String("provider", q.Provider),
		slog.String("op", q.Op),
		slog.Int("interfaces", q.Interfaces),
		slog.Duration("duration", q.Duration),
	}
	if e != nil {
		level, message = slog.LevelWarn, "query refused"
		switch {
		case ctx.Err() != nil || errors.Is(e, context.Canceled):
			level, message = slog.LevelInfo, "query canceled"
		case e.Kind == eni.ErrNotFound || eni.IsRetryable(e):
			level, message = slog.LevelInfo, "query failed"
		}
		attrs = append(attrs, slog.Any("error", e))
	}
	c.opts.Logger.LogAttrs(ctx, level, message, attrs...)
	return e
}

// logPanic logs an error that holds a panic of the user's code for which no caller
// waits. It calls the user's logger.
func (c *Client) logPanic(err error) {
	p := panicOf(err)
	if p == nil {
		return
	}
	logger := c.opts.Logger
	if logger == nil {
		logger = slog.Default() // it must not be lost
	}
	_ = guarded(func() error { //nolint:errcheck // a panic of the logger cannot be logged
		logger.LogAttrs(context.Background(), slog.LevelError, "panic in the client's options or transport",
			slog.String("provider", c.cloud.Provider), slog.Any("panic", p.value), slog.String("stack", string(p.stack)))
		return nil
	})
}
