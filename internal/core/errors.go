// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// request makes one request of the driver, in its own time, explains its error,
// and tells the API's limiter how it fared. Where the error says that the
// credentials have expired and the driver has come by others since, it makes the
// request once more if permit gives it a permit of its own: the cloud did nothing.
// Where it gives none, renewed says that the request can be made anew.
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

// roundTrip makes a request with its context, which it may have cancelled.
type roundTrip func(request *timed) error

// attempt calls the driver with the time-out of one request. What panics below it
// is an error.
func (c *Client) attempt(ctx context.Context, do roundTrip) error {
	request := c.bounded(ctx)
	defer request.cancel()
	return guarded(func() error { return do(request) })
}

// explain has the driver explain an error, and adds who and what.
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
		// Nothing was answered: the context ended the request, and the SDK has hidden
		// that.
		e.Err = append(cut{ctx.Err(), context.Cause(ctx)}, causes(e.Err)...)
	case ctx.Err() == nil && (errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled)):
		// The request's own time-out ended it. To the caller, whose context is
		// alive, that is the network's failure and must not look like his own.
		e.Err = errors.New(e.Err.Error())
	}
	return e
}

// causes is a list with an error, if there is one.
func causes(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

// dead is the error of a call, a Poll or a Wait whose context had ended before it
// began. No call with this context can succeed, so that it is not retryable. The
// last is what is known of an accepted change, or nil.
func dead(ctx context.Context, last *eni.Error) *eni.Error {
	e := &eni.Error{
		Kind:    eni.ErrUnknown,
		Message: "the context had already ended: " + ctx.Err().Error(),
		Err:     cut{ctx.Err(), context.Cause(ctx)},
	}
	if last != nil {
		e.Message += "; " + last.Message
		e.RequestID = last.RequestID
	}
	return e
}

// ended is the error of a caller whose context ended. It matches the context's
// errors and holds the cloud's last answer, if there was one.
func ended(ctx context.Context, last *eni.Error) *eni.Error {
	if last == nil {
		return endedBefore(ctx, "")
	}
	e := *last
	if !errors.Is(last.Err, ctx.Err()) || !strings.Contains(last.Message, ctx.Err().Error()) {
		e.Message = ctx.Err().Error() + "; last answer: " + last.Message
	}
	e.Err = cut{ctx.Err(), context.Cause(ctx), last}
	return &e
}

// endedBefore is the error of a caller whose context ended before any answer. The
// text is what was waited for meanwhile, if that is known.
func endedBefore(ctx context.Context, awaited string) *eni.Error {
	e := &eni.Error{
		Kind:    eni.ErrUnavailable,
		Message: ctx.Err().Error() + " before the cloud answered",
		Err:     cut{ctx.Err(), context.Cause(ctx)},
	}
	if awaited != "" {
		e.Message += ": " + awaited
	}
	return e
}

// endedUnsent is the error of a caller whose context ended, and whose request was cut
// before anything had left. What the cut looks like to the driver is not the caller's
// context.
func endedUnsent(ctx context.Context, last *eni.Error, awaited string) *eni.Error {
	e := endedBefore(ctx, awaited)
	if awaited == "" {
		e.Message = ctx.Err().Error() + "; last answer: " + last.Message
	}
	return e
}

// tooLate is the error of a caller whose context would end before the permit.
func tooLate(delay time.Duration, last *eni.Error) *eni.Error {
	e := &eni.Error{Kind: eni.ErrThrottled}
	if last != nil {
		*e = *last
	}
	e.Message = "the next permit comes in " + delay.Round(time.Millisecond).String() + ", after the call's deadline"
	e.Err = cut{context.DeadlineExceeded, last}
	if last == nil {
		e.Err = context.DeadlineExceeded
	}
	return e
}

// longestID and longestText bound what is kept of a cloud's ids and texts.
const (
	longestID   = 128
	longestText = 2048
)

// bounded cuts a text that is longer than it should be.
func bounded(text string, most int) string {
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// cut is a context's error, its cause, and what the cloud had said until then.
type cut []error

func (c cut) Error() string   { return c[0].Error() }
func (c cut) Unwrap() []error { return c }
