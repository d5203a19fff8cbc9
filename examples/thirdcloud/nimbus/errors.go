// SPDX-License-Identifier: Apache-2.0

package nimbus

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/cloudeni/cloudeni/eni"
)

// Codes that the driver asks for by name.
const (
	codeExpired = "token.expired"
	codeNoJob   = "job.unknown"
)

// rules has every code of the vendor's page (testdata/codes.txt), with a reason
// where the kind does not follow from its name.
var rules = map[string]struct {
	kind eni.Kind
	why  string
}{
	"interface.busy": {eni.ErrConflict, ""},
	"job.queue_full": {eni.ErrConflict, "the queue is that of the interface, and empties when its change is done"},

	"rate.exceeded":  {eni.ErrThrottled, ""},
	"quota.requests": {eni.ErrThrottled, "the prefix is about quotas; this one is of a minute, which waiting does lift"},
	"quota.jobs":     {eni.ErrQuota, "a number of jobs a day"},

	"interface.unknown": {eni.ErrNotFound, ""},
	"instance.unknown":  {eni.ErrState, "the interface may exist all the same: only a description tells"},
	"address.foreign":   {eni.ErrNotAssigned, "it is on another interface or on none"},
	"prefix.foreign":    {eni.ErrNotAssigned, "as address.foreign"},

	"interface.state":     {eni.ErrState, ""},
	"interface.attached":  {eni.ErrState, "it is deleted only when it is free: a description tells where it is"},
	"interface.members":   {eni.ErrState, "a trunk whose members a person has to take off first"},
	"interface.owned":     {eni.ErrState, "a service of the cloud manages it"},
	"interface.elsewhere": {eni.ErrState, "detached already, or on another instance: only a description tells"},

	"call.malformed":  {eni.ErrInvalid, ""},
	"call.too_large":  {eni.ErrInvalid, "more addresses than one change takes; it will not shrink by itself"},
	"address.fixed":   {eni.ErrInvalid, "a primary address leaves only with its interface"},
	"interface.main":  {eni.ErrInvalid, "a primary interface leaves only with its instance"},
	codeNoJob:         {eni.ErrInvalid, "says nothing about the interface; Task sees to it before the table does"},
	"call.unknown":    {eni.ErrUnsupported, "the endpoint is of an older release, which has no such call"},
	"region.readonly": {eni.ErrUnsupported, "a standby region, until somebody makes it the main one; the status 503 lies"},

	"token.missing":     {eni.ErrUnauthenticated, ""},
	"token.unknown":     {eni.ErrUnauthenticated, ""},
	codeExpired:         {eni.ErrUnauthenticated, "Renew asks for another one"},
	"policy.denied":     {eni.ErrPermission, ""},
	"account.suspended": {eni.ErrPermission, "the caller is known; its owner has to pay"},

	"nimbus.fault":      {eni.ErrUnavailable, ""},
	"nimbus.overloaded": {eni.ErrUnavailable, "unlike rate.exceeded it is not about the account, and the change may have been made"},
}

// classify returns the kind of a code. The status counts only where there is no
// rule: the cloud sends 409 for what is in conflict and for what never succeeds.
func classify(code string, status int) eni.Kind {
	rule, ok := rules[code]
	switch {
	case ok:
		return rule.kind
	case status == http.StatusTooManyRequests:
		return eni.ErrThrottled
	case status >= 500:
		return eni.ErrUnavailable
	default:
		return eni.ErrUnknown
	}
}

// failure is every error of the driver. No text in it, nor in its cause, holds
// the token: that is seen to where it is made, because only there it is known.
type failure struct {
	kind       eni.Kind
	status     int
	code       string
	message    string
	trace      string
	cause      error
	retryAfter time.Duration
	unsent     bool   // no request left
	token      string // of the request; never shown
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.cause }

// RetryAfter is the cloud's hint when to come back, for the core; zero is none.
func (f *failure) RetryAfter() time.Duration { return f.retryAfter }

// unreadable makes f the error of a reply that tells neither success nor refusal,
// so that the change may have been made or not.
func (f *failure) unreadable(why string) *failure {
	f.kind, f.message = eni.ErrUnavailable, "unreadable reply: "+why
	if f.status == http.StatusTooManyRequests {
		f.kind = eni.ErrThrottled
	}
	return f
}

// lost makes the error of a request whose answer did not arrive. The core tells
// the caller's deadline from the request's own.
func lost(ctx context.Context, err error, token string) *failure {
	var around *url.Error
	if errors.As(err, &around) {
		err = around.Err // without the method and the URL
	}
	cause := cmp.Or(ctx.Err(), err)
	if strings.Contains(cause.Error(), token) {
		cause = errors.New(show(cause.Error(), token))
	}
	return &failure{kind: eni.ErrUnavailable, message: "no answer: " + show(cause.Error(), token), cause: cause}
}

// withoutToken makes the error of a request that was not sent.
func withoutToken(ctx context.Context, err error) *failure {
	f := &failure{kind: eni.ErrUnauthenticated, message: "no token: " + show(err.Error(), ""), cause: err, unsent: true}
	if ended := ctx.Err(); ended != nil {
		f.kind, f.cause = eni.ErrUnavailable, ended
	}
	return f
}

// maxText has room for the names of a change's addresses: the core reads in the
// message which of them were bad.
const maxText = 1024

// show makes a text from outside fit to be shown: without the token, on one line,
// and not too long.
func show(text, token string) string {
	if token != "" {
		text = strings.ReplaceAll(text, token, "[redacted]")
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r)
	}), " ")
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}

// Explain implements core.Driver.
func (*driver) Explain(_ string, err error) *eni.Error {
	var f *failure
	if !errors.As(err, &f) {
		return &eni.Error{Kind: eni.KindOf(err), Message: err.Error(), Err: err}
	}
	return &eni.Error{
		Kind:       f.kind,
		Code:       f.code,
		Message:    f.message,
		RequestID:  f.trace,
		HTTPStatus: f.status,
		Err:        f.cause,
	}
}
