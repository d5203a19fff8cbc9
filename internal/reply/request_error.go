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

// maxForeignTries is the maximum number of tries of a request that a proxy or a firewall
// answers. There is a second one, because the problem may be temporary.
const maxForeignTries = 2

// SignatureRefused replaces the cloud's message about a signature.
const SignatureRefused = "the signature does not match: the access key secret is wrong, or a proxy changed the request " +
	"(the cloud's message is omitted, because it repeats the signed request)"

// RequestError is the error of a driver. Its texts and its cause contain no secrets: the
// code that makes one redacts them, because only there the secrets are known.
//
// The core finds its methods in the chain of an error.
type RequestError struct {
	Kind      eni.Kind
	Status    int // 0 if no response arrived
	Code      string
	Message   string
	RequestID string
	Cause     error

	NotSent bool           // no part of the request was sent
	Expired *credcache.Set // the credentials of the request, if the code says that they have expired

	retryAfter time.Duration
	reused     bool
	maxTries   int
}

// Error returns the message, or the code if there is none.
func (f *RequestError) Error() string { return cmp.Or(f.Message, f.Code) }

// Unwrap returns the cause.
func (f *RequestError) Unwrap() error { return f.Cause }

// RetryAfter returns the pause that the cloud asks for; zero means none.
func (f *RequestError) RetryAfter() time.Duration { return f.retryAfter }

// Reused reports whether the request was lost on an idle connection. The next request
// uses a new connection, so it needs no pause.
func (f *RequestError) Reused() bool { return f.reused }

// MaxTries returns the maximum number of tries for a request with this error, the first
// included; zero means no limit.
func (f *RequestError) MaxTries() int { return f.maxTries }

// Lost makes the error of a request without a response.
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
			f.maxTries = maxForeignTries
		}
	} else {
		f.Cause = secrets.Error(redact.WithoutContextError(err))
		f.Message = "no answer: " + f.Cause.Error()
	}
	f.Message = redact.Clip(redact.OneLine(f.Message), redact.MaxMessage)
	return f
}

// BrokenOff makes the error of an incomplete response. The ended error is that of the
// caller's context, or nil.
func (r *Reply) BrokenOff(ended, err error, secrets *redact.Secrets) *RequestError {
	if ended == nil {
		ended = redact.WithoutContextError(secrets.Error(err))
	}
	return &RequestError{
		Kind: eni.ErrUnavailable, Status: r.Status, retryAfter: r.RetryAfter,
		Message: redact.Clip("incomplete reply: "+redact.OneLine(ended.Error()), redact.MaxMessage),
		Cause:   ended,
	}
}

// Refused makes the error of a response with an error code. The texts must be redacted.
func (r *Reply) Refused(kind eni.Kind, code, message, requestID string, cause error) *RequestError {
	return &RequestError{
		Kind: kind, Status: r.Status, retryAfter: r.RetryAfter,
		Code: code, Message: message, RequestID: requestID, Cause: cause,
	}
}

// Unreadable makes the error of a response that is neither a success nor a refusal. A
// change may have taken effect.
func (r *Reply) Unreadable(requestID, why string) *RequestError {
	f := &RequestError{
		Kind: eni.ErrUnavailable, Status: r.Status, retryAfter: r.RetryAfter, RequestID: requestID,
		Message: redact.Clip("unreadable reply: "+redact.OneLine(why), redact.MaxMessage),
	}
	if r.Status == http.StatusTooManyRequests {
		f.Kind = eni.ErrThrottled
	}
	if r.Foreign {
		f.maxTries = maxForeignTries
	}
	return f
}

// Explain converts an error of a driver into one of package eni. Any other error may
// contain secrets, so only its redacted text is used.
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

// NotSent reports whether an error says that no part of the request was sent.
func NotSent(err error) bool {
	if err == nil {
		return false
	}
	var f *RequestError
	return errors.As(err, &f) && f.NotSent
}
