// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// request calls the driver with a time-out, explains its error, and reports the result
// to the API's limiter. If the credentials have expired and the driver has new ones,
// it calls the driver once more, with a new permit from the function permit. If that
// returns false, renewed says that the request can be made again.
func (c *Client) request(ctx context.Context, l *limiter, op, id string, permit func() bool, do roundTrip) (e *eni.Error, renewed bool) {
	for {
		sent := l.sends()
		err := c.attempt(ctx, do)
		if err == nil {
			l.answered(sent, nil, 0)
			return nil, false
		}
		again := false
		thrown := guarded(func() error {
			e = c.explain(ctx, op, id, err)
			l.answered(sent, e, retryAfter(err))
			renewer, ok := c.cloud.Driver.(Renewer)
			again = !renewed && ok && e.Kind == eni.ErrUnauthenticated && renewer.Renew(ctx, err)
			return nil
		})
		switch {
		case thrown != nil:
			return c.lost(op, id, thrown), false
		case !again:
			return e, false
		case !permit():
			return e, true
		}
		renewed = true
	}
}

// roundTrip makes a request with its context.
type roundTrip func(request *timed) error

// attempt calls the driver with the time-out of one request. A panic becomes an error.
func (c *Client) attempt(ctx context.Context, do roundTrip) error {
	request := c.bounded(ctx)
	defer request.cancel()
	return guarded(func() error { return do(request) })
}

// explain converts an error of the driver, and adds the provider, operation and
// interface.
func (c *Client) explain(ctx context.Context, op, id string, err error) *eni.Error {
	if thrown(err) {
		return c.lost(op, id, err)
	}
	e := c.cloud.Driver.Explain(op, err)
	e.Provider, e.Op, e.InterfaceID = c.cloud.Provider, op, id
	e.Code, e.RequestID = bounded(e.Code, longestID), bounded(e.RequestID, longestID)
	e.Message = bounded(e.Message, longestText)
	switch {
	case ctx.Err() != nil && e.Kind == eni.ErrUnavailable && e.HTTPStatus == 0 && !errors.Is(e.Err, ctx.Err()):
		// The context ended the request, and the SDK has hidden that.
		e.Err = append(contextErrors{ctx.Err(), context.Cause(ctx)}, causes(e.Err)...)
	case ctx.Err() == nil && (errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled)):
		// The request's time-out ended it. The caller's context has not ended, so the
		// error must not match the context's errors.
		e.Err = errors.New(e.Err.Error())
	}
	return e
}

// causes returns a list with the error; nil if the error is nil.
func causes(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

// dead returns the error of a call, Poll or Wait whose context ended before it began.
// It is not retryable, because no call with this context can succeed. Last is the
// error of an accepted change, or nil.
func dead(ctx context.Context, last *eni.Error) *eni.Error {
	e := &eni.Error{
		Kind:    eni.ErrUnknown,
		Message: "the context had already ended: " + ctx.Err().Error(),
		Err:     contextErrors{ctx.Err(), context.Cause(ctx)},
	}
	if last != nil {
		e.Message += "; " + last.Message
		e.RequestID = last.RequestID
	}
	return e
}

// ended returns the error of a caller whose context has ended. It matches the
// context's errors and holds the cloud's last error; last may be nil.
func ended(ctx context.Context, last *eni.Error) *eni.Error {
	if last == nil {
		return endedBefore(ctx, "")
	}
	e := *last
	if !errors.Is(last.Err, ctx.Err()) || !strings.Contains(last.Message, ctx.Err().Error()) {
		e.Message = ctx.Err().Error() + "; last answer: " + last.Message
	}
	e.Err = contextErrors{ctx.Err(), context.Cause(ctx), last}
	return &e
}

// endedBefore returns the error of a caller whose context ended before any answer.
// The text is what the request waited for; "" if that is not known.
func endedBefore(ctx context.Context, awaited string) *eni.Error {
	e := &eni.Error{
		Kind:    eni.ErrUnavailable,
		Message: ctx.Err().Error() + " before the cloud answered",
		Err:     contextErrors{ctx.Err(), context.Cause(ctx)},
	}
	if awaited != "" {
		e.Message += ": " + awaited
	}
	return e
}

// endedUnsent returns the error of a caller whose context ended, and whose request was
// canceled before it was sent. The driver's error is about the cancellation, so it is
// used only if the driver did not say what it waited for.
func endedUnsent(ctx context.Context, last *eni.Error, awaited string) *eni.Error {
	e := endedBefore(ctx, awaited)
	if awaited == "" {
		e.Message = ctx.Err().Error() + "; last answer: " + last.Message
	}
	return e
}

// tooLate returns the error of a caller whose deadline is before the permit.
func tooLate(delay time.Duration, last *eni.Error) *eni.Error {
	e := &eni.Error{Kind: eni.ErrThrottled}
	if last != nil {
		*e = *last
	}
	e.Message = "the next permit comes in " + delay.Round(time.Millisecond).String() + ", after the call's deadline"
	e.Err = contextErrors{context.DeadlineExceeded, last}
	if last == nil {
		e.Err = context.DeadlineExceeded
	}
	return e
}

// longestID and longestText are the most bytes that are kept of a cloud's ids and texts.
const (
	longestID   = 128
	longestText = 2048
)

// bounded truncates a text to a limit in bytes.
func bounded(text string, limit int) string {
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

// contextErrors has a context's error, its cause, and the cloud's last error.
type contextErrors []error

func (c contextErrors) Error() string   { return c[0].Error() }
func (c contextErrors) Unwrap() []error { return c }
