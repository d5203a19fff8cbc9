package core

import (
	"context"
	"log/slog"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// wait is the Op of a Wait, for the hooks.
const wait = "Wait"

// ending is what has to be told when a call ends. The zero ending tells nobody.
type ending struct {
	hook  func(eni.CallEnd)
	began time.Time
}

// begin tells the hook that a call begins, and returns the context to go on with.
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

// call tells the hook that the call has ended.
func (e ending) call(op *eni.Operation, err error) {
	if e.hook != nil {
		e.hook(eni.CallEnd{Operation: op, Err: err, Duration: time.Since(e.began)})
	}
}

// tell tells the hook how the lane's load has changed since the last time.
func (l *lane) tell() {
	hook := l.client.opts.OnLoad
	if hook == nil {
		return
	}
	l.mu.Lock()
	now := eni.Load{Pending: len(l.queue)}
	if l.running {
		now.Lanes = 1
	}
	before := l.told
	l.told = now
	l.mu.Unlock()
	if now == before {
		return
	}
	hook(eni.Load{
		Provider: l.client.cloud.Provider, Region: l.client.cloud.Region,
		Lanes: now.Lanes - before.Lanes, Pending: now.Pending - before.Pending,
	})
}

// report tells the logger and the hook about an attempt, and who travelled in it.
func (c *Client) report(ctx context.Context, f *flight, callers []*call, e *eni.Error) {
	attempt := eni.Attempt{
		Provider: c.cloud.Provider, Region: c.cloud.Region,
		Op: string(f.change.Action), InterfaceID: f.change.InterfaceID,
		Items: max(len(f.wishes), 1), RequestID: f.receipt.RequestID,
		Start: f.sent, Duration: time.Since(f.sent),
		QueueWait: f.queued, PermitWait: f.sent.Sub(f.asked),
	}
	if e != nil {
		attempt.Err = e
	}
	if c.opts.OnAttempt != nil {
		attempt.Contexts = make([]context.Context, 0, len(callers))
		for _, call := range callers {
			attempt.Contexts = append(attempt.Contexts, call.ctx)
		}
		c.opts.OnAttempt(attempt)
	}
	if c.opts.Logger == nil {
		return
	}
	level, message := slog.LevelDebug, "change accepted"
	attrs := []slog.Attr{
		slog.String("provider", attempt.Provider),
		slog.String("op", attempt.Op),
		slog.String("interface_id", attempt.InterfaceID),
		slog.Int("items", attempt.Items),
		slog.Int("callers", len(callers)),
		slog.String("request_id", attempt.RequestID),
		slog.Duration("duration", attempt.Duration),
	}
	if e != nil {
		message = "change refused"
		if c.opts.Retry.Retryable(e) {
			level, message = slog.LevelWarn, "change requeued"
		}
		attrs = append(attrs, slog.Any("error", e))
	}
	c.opts.Logger.LogAttrs(ctx, level, message, attrs...)
}
