// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind classifies a failure in the same way on every cloud. A Kind is itself an
// error and a target for errors.Is: errors.Is(err, eni.ErrConflict). The zero Kind
// means no failure.
type Kind int

// The kinds. The clients of this module retry those marked "retried" within the
// caller's budget; see [Retry].
const (
	// ErrUnknown: the code in [Error.Code] has no rule; or, without a code, the
	// context had ended before the call.
	ErrUnknown Kind = iota + 1
	// ErrInvalid: the request can never succeed, for example for a primary address.
	ErrInvalid
	// ErrUnauthenticated: the credentials are wrong or expired, or the account does
	// not exist.
	ErrUnauthenticated
	// ErrPermission: the account may not do this.
	ErrPermission
	// ErrNotFound: the interface does not exist in this account and region. It is
	// never used for an instance or a task that is not found.
	ErrNotFound
	// ErrNotAssigned: the address is not on this interface. It is the kind of a raw
	// cloud error; clients report [OutcomeAbsent] instead.
	ErrNotAssigned
	// ErrState: the interface is in a state that does not pass by itself.
	ErrState
	// ErrConflict: another change is in progress, or the interface is in a state that
	// passes by itself, such as attaching (retried).
	ErrConflict
	// ErrThrottled: too many requests (retried, slower).
	ErrThrottled
	// ErrQuota: a limit that waiting does not lift.
	ErrQuota
	// ErrUnsupported: this cloud, region, account or interface type cannot do it.
	ErrUnsupported
	// ErrUnavailable: a 5xx status, a network error, a time-out of a request, or an
	// unreadable response (retried).
	ErrUnavailable
)

var kinds = [...]string{
	0:                  "none",
	ErrUnknown:         "unknown",
	ErrInvalid:         "invalid_argument",
	ErrUnauthenticated: "unauthenticated",
	ErrPermission:      "permission_denied",
	ErrNotFound:        "not_found",
	ErrNotAssigned:     "not_assigned",
	ErrState:           "invalid_state",
	ErrConflict:        "conflict",
	ErrThrottled:       "throttled",
	ErrQuota:           "quota_exceeded",
	ErrUnsupported:     "unsupported",
	ErrUnavailable:     "unavailable",
}

// Error returns the text of the kind, such as "not_found". The texts are stable;
// logs, metrics and machine-readable output use them.
func (k Kind) Error() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kinds[k]
}

// Error is a failure of one call on one interface. Only Kind is always set.
//
// Its text and its log fields never contain an access key, a signature, a string to
// sign or a session token.
type Error struct {
	Kind        Kind
	Provider    string // such as aliyun.Provider
	Op          string // such as OpDetach
	InterfaceID string // from the request; may be invalid
	Code        string // the cloud's code, unchanged
	Message     string // the cloud's message, or the client's if there is none
	RequestID   string
	HTTPStatus  int   // 0 if no response arrived
	Attempts    int   // changes sent so far, retries included
	Count       int   // addresses and prefixes that failed for this reason; 0 for a detach or a description
	Err         error // the cause: an SDK error, a context error, or nil
}

// Error returns one line: provider, operation, interface, kind, the cloud's code and
// message, and the details that the cloud's support needs.
func (e *Error) Error() string {
	var b strings.Builder
	for _, s := range []string{e.Provider, e.Op, e.InterfaceID} {
		if s != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(oneLine(s))
		}
	}
	for _, s := range []string{e.Kind.Error(), e.Code, e.Message} {
		if s != "" {
			if b.Len() > 0 {
				b.WriteString(": ")
			}
			b.WriteString(oneLine(s))
		}
	}
	var notes []string
	if e.Count > 1 {
		notes = append(notes, fmt.Sprintf("%d addresses", e.Count))
	}
	if e.HTTPStatus != 0 {
		notes = append(notes, fmt.Sprintf("http status %d", e.HTTPStatus))
	}
	if e.RequestID != "" {
		notes = append(notes, "request id "+oneLine(e.RequestID))
	}
	if e.Attempts > 1 {
		notes = append(notes, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
}

// oneLine quotes a text that would break the line or control the terminal.
func oneLine(s string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if strings.ContainsFunc(s, unprintable) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's Kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// LogValue returns a group of the fields that are not empty, for slog.
func (e *Error) LogValue() slog.Value { return slog.GroupValue(e.fields()...) }

func (e *Error) fields() []slog.Attr {
	attrs := []slog.Attr{slog.String("kind", e.Kind.Error())}
	for _, f := range []struct{ key, value string }{
		{"provider", e.Provider},
		{"op", e.Op},
		{"interface_id", e.InterfaceID},
		{"code", e.Code},
		{"message", e.Message},
		{"request_id", e.RequestID},
	} {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.key, f.value))
		}
	}
	for _, f := range []struct {
		key   string
		value int
	}{
		{"http_status", e.HTTPStatus},
		{"attempts", e.Attempts},
		{"count", e.Count},
	} {
		if f.value != 0 {
			attrs = append(attrs, slog.Int(f.key, f.value))
		}
	}
	return attrs
}

// KindOf returns the kind of the first error in err's tree that has one: an
// [*Error], or a Kind that another error wraps. It returns ErrUnknown for any other
// error and zero for nil. If the addresses of a call failed for different reasons, a
// retryable reason comes first.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	var e *Error
	if errors.As(err, &e) && e.Kind != 0 {
		return e.Kind
	}
	var k Kind
	if errors.As(err, &k) && k != 0 {
		return k
	}
	return ErrUnknown
}

// IsRetryable reports whether the same call can succeed later: its kind is
// ErrConflict, ErrThrottled or ErrUnavailable, and its context was not cancelled. The
// client has already used its own budget, so wait some seconds before the next call.
// The error of a call whose context had already ended is not retryable, so a loop on
// IsRetryable ends with its context.
func IsRetryable(err error) bool {
	switch KindOf(err) {
	case ErrConflict, ErrThrottled, ErrUnavailable:
		return !errors.Is(err, context.Canceled)
	default:
		return false
	}
}

// IgnoreNotFound returns nil if every reason in err is ErrNotFound, else err. Use it
// if the region and the account are known to be right and a missing interface counts
// as success.
func IgnoreNotFound(err error) error {
	if onlyNotFound(err) {
		return nil
	}
	return err
}

// onlyNotFound reports whether every reason in err's tree is ErrNotFound.
func onlyNotFound(err error) bool {
	if _, ok := err.(*Error); !ok { //nolint:errorlint // the tree is walked here
		if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // likewise
			for _, e := range many.Unwrap() {
				if !onlyNotFound(e) {
					return false
				}
			}
			return true
		}
	}
	return KindOf(err) == ErrNotFound
}
