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

// Codes that the driver compares.
const (
	codeExpired = "token.expired"
	codeNoJob   = "job.unknown"
)

// rules has every code of the vendor's page (testdata/codes.txt). A code whose kind is
// not obvious from its name has a reason.
var rules = map[string]struct {
	kind eni.Kind
	why  string
}{
	"interface.busy": {eni.ErrConflict, ""},
	"job.queue_full": {eni.ErrConflict, "the queue of the interface; it is free again when the change is done"},

	"rate.exceeded":  {eni.ErrThrottled, ""},
	"quota.requests": {eni.ErrThrottled, "a quota for each minute, so a later request can succeed"},
	"quota.jobs":     {eni.ErrQuota, "a number of jobs a day"},

	"interface.unknown": {eni.ErrNotFound, ""},
	"instance.unknown":  {eni.ErrState, "the interface may still exist: a describe decides"},
	"address.foreign":   {eni.ErrNotAssigned, "it is on another interface or on none"},
	"prefix.foreign":    {eni.ErrNotAssigned, "as address.foreign"},

	"interface.state":     {eni.ErrState, ""},
	"interface.attached":  {eni.ErrState, "it is deleted only if it is free: a describe shows where it is"},
	"interface.members":   {eni.ErrState, "a trunk: a person has to detach its members first"},
	"interface.owned":     {eni.ErrState, "a service of the cloud manages it"},
	"interface.elsewhere": {eni.ErrState, "already detached, or on another instance: a describe decides"},

	"call.malformed":  {eni.ErrInvalid, ""},
	"call.too_large":  {eni.ErrInvalid, "more addresses than one change may have: a retry cannot succeed"},
	"address.fixed":   {eni.ErrInvalid, "a primary address is released only with its interface"},
	"interface.main":  {eni.ErrInvalid, "a primary interface is deleted only with its instance"},
	codeNoJob:         {eni.ErrInvalid, "not about the interface; Task handles it before the table"},
	"call.unknown":    {eni.ErrUnsupported, "the endpoint is of an older release, which has no such call"},
	"region.readonly": {eni.ErrUnsupported, "a standby region refuses changes; the status 503 is misleading"},

	"token.missing":     {eni.ErrUnauthenticated, ""},
	"token.unknown":     {eni.ErrUnauthenticated, ""},
	codeExpired:         {eni.ErrUnauthenticated, "Renew gets another token"},
	"policy.denied":     {eni.ErrPermission, ""},
	"account.suspended": {eni.ErrPermission, "the credentials are valid; the owner has to pay"},

	"nimbus.fault":      {eni.ErrUnavailable, ""},
	"nimbus.overloaded": {eni.ErrUnavailable, "not about the account, unlike rate.exceeded; the change may have been made"},
}

// classify returns the kind of a code. The status decides only if there is no rule: the
// cloud sends 409 for conflicts and also for requests that can never succeed.
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

// failure is the type of all errors of the driver. No text in it or in its cause
// contains the token: the functions that create it redact the text.
type failure struct {
	kind       eni.Kind
	status     int
	code       string
	message    string
	trace      string
	cause      error
	retryAfter time.Duration
	unsent     bool   // no request was sent
	token      string // of the request, to redact it
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.cause }

// RetryAfter returns the cloud's hint when to retry, for the core; zero if there is none.
func (f *failure) RetryAfter() time.Duration { return f.retryAfter }

// unreadable makes f the error of a reply that is neither a success nor a refusal: the
// change may have been made.
func (f *failure) unreadable(why string) *failure {
	f.kind, f.message = eni.ErrUnavailable, "unreadable reply: "+why
	if f.status == http.StatusTooManyRequests {
		f.kind = eni.ErrThrottled
	}
	return f
}

// lost returns the error of a request without a reply. The core distinguishes the
// caller's deadline from the request's time-out.
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

// withoutToken returns the error of a request that was not sent because there was no
// token.
func withoutToken(ctx context.Context, err error) *failure {
	f := &failure{kind: eni.ErrUnauthenticated, message: "no token: " + show(err.Error(), ""), cause: err, unsent: true}
	if ended := ctx.Err(); ended != nil {
		f.kind, f.cause = eni.ErrUnavailable, ended
	}
	return f
}

// maxText has room for all addresses of a change, which a message may list.
const maxText = 1024

// show makes external text safe to show: it removes the token and line breaks, and
// truncates the text.
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
