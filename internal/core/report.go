package core

import (
	"context"
	"log/slog"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// report tells the logger and the hook about an attempt.
func (c *Client) report(ctx context.Context, f *flight, callers int, e *eni.Error) {
	attempt := eni.Attempt{
		Provider: c.cloud.Provider, Op: string(f.change.Verb), InterfaceID: f.change.InterfaceID,
		Items: max(len(f.wishes), 1), Callers: callers, RequestID: f.receipt.RequestID,
		Start: f.sent, Duration: time.Since(f.sent),
	}
	if e != nil {
		attempt.Err = e
	}
	if c.opts.OnAttempt != nil {
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
		slog.Int("callers", attempt.Callers),
		slog.String("request_id", attempt.RequestID),
		slog.Duration("duration", attempt.Duration),
	}
	if e != nil {
		message = "change refused"
		if c.opts.Retry.Retryable(e) {
			level, message = slog.LevelWarn, "change put back"
		}
		attrs = append(attrs, slog.Any("error", e))
	}
	c.opts.Logger.LogAttrs(ctx, level, message, attrs...)
}
