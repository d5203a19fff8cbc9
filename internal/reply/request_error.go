// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// triesBetween is how often a request is worth sending that somebody in between
// answers: a second time, because a portal or a firewall may be there for a moment.
const triesBetween = 2

// SignatureRefused replaces the cloud's message about a signature.
const SignatureRefused = "the signature does not match: the access key secret is wrong, or something changed the request on its way " +
	"(the cloud's message is left out, because it repeats the signed request)"

// RequestError is every error of a driver. Neither a text in it nor its cause holds a
// secret: whoever makes one redacts it, because the secrets are known only there.
//
// The core finds its methods in the chain of an error.
type RequestError struct {
	Kind      eni.Kind
	Status    int // 0 where no reply arrived
	Code      string
	Message   string
	RequestID string
	Cause     error

	NotSent bool           // no request left
	Expired *credcache.Set // those of the request, where the code says that they have expired

	retryAfter time.Duration
	reused     bool
	maxTries   int
}

// Error returns the message, or the code where there is none.
func (f *RequestError) Error() string { return cmp.Or(f.Message, f.Code) }

// Unwrap leads to the cause.
func (f *RequestError) Unwrap() error { return f.Cause }

// RetryAfter is the pause that the cloud asks for; zero is none.
func (f *RequestError) RetryAfter() time.Duration { return f.retryAfter }

// Reused reports whether the request was lost on a connection that had been idle
// for long: the next one goes over a new connection, so no pause is needed before
// it.
func (f *RequestError) Reused() bool { return f.reused }

// MaxTries is how often a request is worth sending that fails like this, the first
// time included; zero is no bound.
func (f *RequestError) MaxTries() int { return f.maxTries }

// Lost makes the error of a request for which no reply arrived.
func Lost(err error, secrets *redact.Secrets) *RequestError {
	f := &RequestError{Kind: eni.ErrUnavailable}
	var failed *transport.Error
	if errors.As(err, &failed) {
		failed = failed.Redacted(secrets)
		f.Cause, f.NotSent, f.reused = failed.Unwrap(), failed.NotSent, failed.Reused()
		f.Message = failed.Error()
		if failed.Permanent {
			f.Kind = eni.ErrInvalid
		}
		if failed.Refused {
			f.maxTries = triesBetween
		}
	} else {
		f.Cause = secrets.Error(redact.WithoutContextError(err))
		f.Message = "no answer: " + f.Cause.Error()
	}
	f.Message = redact.Clip(redact.OneLine(f.Message), redact.MaxMessage)
	return f
}

// BrokenOff makes the error of a reply that ended before its end. The ended error is
// that of the caller's context, or nil.
func (r *Reply) BrokenOff(ended, err error, secrets *redact.Secrets) *RequestError {
	if ended == nil {
		ended = redact.WithoutContextError(secrets.Error(err))
	}
	return &RequestError{
		Kind: eni.ErrUnavailable, Status: r.Status, retryAfter: r.RetryAfter,
		Message: redact.Clip("the reply broke off: "+redact.OneLine(ended.Error()), redact.MaxMessage),
		Cause:   ended,
	}
}

// Refused makes the error of a reply with an error code. All texts are redacted.
func (r *Reply) Refused(kind eni.Kind, code, message, requestID string, cause error) *RequestError {
	return &RequestError{
		Kind: kind, Status: r.Status, retryAfter: r.RetryAfter,
		Code: code, Message: message, RequestID: requestID, Cause: cause,
	}
}

// Unreadable makes the error of a reply that is neither a success nor a refusal, so
// that the change may have been made or not.
func (r *Reply) Unreadable(requestID, why string) *RequestError {
	f := &RequestError{
		Kind: eni.ErrUnavailable, Status: r.Status, retryAfter: r.RetryAfter, RequestID: requestID,
		Message: redact.Clip("unreadable reply: "+redact.OneLine(why), redact.MaxMessage),
	}
	if r.Status == http.StatusTooManyRequests {
		f.Kind = eni.ErrThrottled
	}
	if r.Foreign {
		f.maxTries = triesBetween
	}
	return f
}

// Explain turns an error of a driver into one of package eni. An error from
// elsewhere may hold anything.
func Explain(err error) *eni.Error {
	var f *RequestError
	if !errors.As(err, &f) {
		f = &RequestError{Kind: eni.KindOf(err), Message: cmp.Or(redact.Unknown(err.Error()), "the request failed")}
		var kind eni.Kind
		if ended := redact.ContextError(err); ended != nil {
			f.Kind, f.Cause = eni.ErrUnavailable, ended
		} else if errors.As(err, &kind) {
			f.Cause = kind
		}
	}
	return &eni.Error{
		Kind:       f.Kind,
		Code:       f.Code,
		Message:    f.Message,
		RequestID:  f.RequestID,
		HTTPStatus: f.Status,
		Err:        f.Cause,
	}
}

// NotSent reports whether an error says that no request left.
func NotSent(err error) bool {
	if err == nil {
		return false
	}
	var f *RequestError
	return errors.As(err, &f) && f.NotSent
}
