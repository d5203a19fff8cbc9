package core

import (
	"context"
	"errors"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// step is what follows a refusal.
type step int

const (
	fail    step = iota // for good
	putBack             // back off and send again: the cloud did nothing
	resend              // back off, look, and send again what is still there: the answer was lost
	examine             // look now: whether it is a failure depends on the interface
)

// steps is the decision for each kind; a caller's Retryable may differ.
var steps = map[eni.Kind]step{
	eni.ErrConflict:    putBack,
	eni.ErrThrottled:   putBack,
	eni.ErrUnavailable: resend,

	eni.ErrNotAssigned: examine, // stale, primary, or released by the same batch
	eni.ErrNotFound:    examine, // the interface, or the instance that it has left
	eni.ErrState:       examine, // detached already, or being detached
	eni.ErrInvalid:     examine, // one bad address spoils a batch
	eni.ErrUnknown:     examine, // likewise, for all we know
	eni.ErrUnsupported: examine, // what Tencent Cloud says of a primary address

	eni.ErrUnauthenticated: fail,
	eni.ErrPermission:      fail,
	eni.ErrQuota:           fail,
}

// account are the kinds of what is true of the whole account: the other changes of
// a call would be refused likewise.
var account = map[eni.Kind]bool{
	eni.ErrUnauthenticated: true,
	eni.ErrPermission:      true,
	eni.ErrQuota:           true,
}

// partial are the kinds of a refusal after which part of a batch may have been
// carried out.
var partial = map[eni.Kind]bool{
	eni.ErrNotAssigned: true,
	eni.ErrNotFound:    true,
	eni.ErrState:       true,
	eni.ErrInvalid:     true,
	eni.ErrUnknown:     true,
}

// spoils are the kinds with which a cloud refuses a whole batch for one address.
var spoils = map[eni.Kind]bool{
	eni.ErrNotAssigned: true,
	eni.ErrInvalid:     true,
	eni.ErrUnknown:     true,
}

// after decides what follows a refusal.
func (c *Client) after(e *eni.Error) step {
	next := steps[e.Kind]
	retryable := c.opts.Retry.Retryable(e)
	switch {
	case retryable && (next == fail || next == examine):
		return putBack
	case !retryable && (next == putBack || next == resend):
		return fail
	}
	return next
}

// request makes one request of the driver, in its own time, explains its error,
// and tells the API's pace how it fared. Where the error says that the
// credentials have expired and the driver has come by others since, it makes the
// request once more: the cloud did nothing.
func (c *Client) request(ctx context.Context, pace *pace, op, id string, do func(context.Context) error) *eni.Error {
	for renewed := false; ; renewed = true {
		sent := time.Now()
		request, cancel := context.WithTimeout(ctx, requestTimeout)
		err := do(request)
		cancel()
		if err == nil {
			pace.answered(sent, nil, 0)
			return nil
		}
		e := c.explain(ctx, op, id, err)
		pace.answered(sent, e, retryAfter(err))
		renewer, ok := c.cloud.Driver.(Renewer)
		if renewed || !ok || e.Kind != eni.ErrUnauthenticated || !renewer.Renew(ctx, err) {
			return e
		}
	}
}

// retryAfter is the cloud's hint when to come back, or zero. More than a minute
// is cut to that: no window of these clouds is longer.
func retryAfter(err error) time.Duration {
	var hint interface{ RetryAfter() time.Duration }
	if !errors.As(err, &hint) {
		return 0
	}
	return min(max(hint.RetryAfter(), 0), time.Minute)
}

// explain has the driver explain an error, and adds who and what.
func (c *Client) explain(ctx context.Context, op, id string, err error) *eni.Error {
	e := c.cloud.Driver.Explain(op, err)
	e.Provider, e.Op, e.InterfaceID = c.cloud.Provider, op, id
	if ctx.Err() == nil && (errors.Is(e.Err, context.DeadlineExceeded) || errors.Is(e.Err, context.Canceled)) {
		// The request's own time-out ended it. To the caller, whose context is
		// alive, that is the network's failure and must not look like his own.
		e.Err = errors.New(e.Err.Error())
	}
	return e
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

// contradiction is the error for what the cloud refuses as not found, or as not
// assigned, and describes all the same: its parts do not agree yet.
func contradiction(e *eni.Error) *eni.Error {
	c := *e
	c.Kind = eni.ErrConflict
	c.Message = "refused as " + e.Kind.Error() + ", which the description contradicts: " + e.Message
	return &c
}

// unconfirmed is a refusal for the callers who leave before the interface has been
// looked at: what the cloud says is missing may be there.
func unconfirmed(e *eni.Error) *eni.Error {
	if e.Kind != eni.ErrNotFound && e.Kind != eni.ErrNotAssigned {
		return e
	}
	u := *e
	u.Kind = eni.ErrConflict
	return &u
}

// ended is the error of a caller whose context ended. It matches the context's
// errors and holds the cloud's last answer, if there was one.
func ended(ctx context.Context, last *eni.Error) *eni.Error {
	if last == nil {
		return &eni.Error{
			Kind:    eni.ErrUnavailable,
			Message: ctx.Err().Error() + " before the cloud answered",
			Err:     cut{ctx.Err(), context.Cause(ctx)},
		}
	}
	e := *last
	e.Message = ctx.Err().Error() + "; last answer: " + last.Message
	e.Err = cut{ctx.Err(), context.Cause(ctx), last}
	return &e
}

// tooLate is the error of a caller whose context would end before its turn.
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

// cut is a context's error, its cause, and what the cloud had said until then.
type cut []error

func (c cut) Error() string   { return c[0].Error() }
func (c cut) Unwrap() []error { return c }
