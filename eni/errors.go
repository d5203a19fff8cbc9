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

// Kind classifies a failure in the same words on every cloud. A Kind is itself
// an error and the target for errors.Is: errors.Is(err, eni.ErrConflict).
// The zero Kind is no failure.
type Kind int

// The kinds. Those marked "retried" are sent again by the clients of this module
// within the caller's budget; see [Retry].
const (
	// ErrUnknown: no rule for this code, which is kept in [Error.Code]; or, without
	// a code, the call's context had already ended.
	ErrUnknown Kind = iota + 1
	// ErrInvalid: can never succeed as written; a primary address.
	ErrInvalid
	// ErrUnauthenticated: credentials wrong or expired, or the account is gone.
	ErrUnauthenticated
	// ErrPermission: a known caller who is not allowed to do this.
	ErrPermission
	// ErrNotFound: the interface does not exist in this account and region, and
	// nothing else. An instance or a task that is not found is another kind.
	ErrNotFound
	// ErrNotAssigned: the address is not on this interface. Only for those who
	// classify a raw error: a client itself reports [OutcomeAbsent].
	ErrNotAssigned
	// ErrState: it exists, but in a state that does not pass by itself.
	ErrState
	// ErrConflict: another change is in progress, or a state that passes by
	// itself, such as attaching (retried).
	ErrConflict
	// ErrThrottled: too many requests (retried, slower).
	ErrThrottled
	// ErrQuota: a limit that waiting does not lift.
	ErrQuota
	// ErrUnsupported: this cloud, region, account or interface type cannot do it.
	ErrUnsupported
	// ErrUnavailable: 5xx, network, timeout on the way, unreadable reply (retried).
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

// Error returns the kind's text, such as "not_found". The texts are stable: they
// serve in logs, metrics and machine-readable output.
func (k Kind) Error() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kinds[k]
}

// Error is a failure of one call on one interface. Only Kind is always set.
//
// Neither its text nor its log fields ever hold an access key, a signature, a
// string to sign or a session token.
type Error struct {
	Kind        Kind
	Provider    string // such as aliyun.Provider
	Op          string // such as OpDetach
	InterfaceID string // as it was asked for, which may be invalid
	Code        string // the cloud's own code, as it was sent
	Message     string // the cloud's own words, or ours where it said nothing
	RequestID   string
	HTTPStatus  int   // 0 where no reply arrived
	Attempts    int   // changes sent until then, retries included
	Count       int   // addresses and prefixes that failed for this reason; 0 for a detach or a description
	Err         error // the cause: the SDK's own error, a context's, or nil
}

// Error returns one line: who, what, which interface, the kind, the cloud's code
// and words, and what its support asks for.
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

// oneLine quotes what would break the line or act on the terminal.
func oneLine(s string) string {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if strings.ContainsFunc(s, unprintable) || !utf8.ValidString(s) {
		return strconv.Quote(s)
	}
	return s
}

// Unwrap leads to the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's Kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// LogValue gives slog a group of fields instead of a text. Empty fields are left out.
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

// KindOf returns the kind of the first error in err's tree that has one, which
// is an [*Error] or a bare Kind wrapped by somebody else's error. It is
// ErrUnknown for any other error and zero for nil. Where several addresses of
// one call failed for different reasons, a retryable reason comes first.
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

// IsRetryable reports whether the same call can succeed later as it is written:
// its kind is ErrConflict, ErrThrottled or ErrUnavailable, and its context was
// not cancelled. A client has then already used up its own budget, so a caller's
// next try should be seconds away. A call whose context had already ended is not
// retryable, so that a loop on IsRetryable ends with its context.
func IsRetryable(err error) bool {
	switch KindOf(err) {
	case ErrConflict, ErrThrottled, ErrUnavailable:
		return !errors.Is(err, context.Canceled)
	default:
		return false
	}
}

// IgnoreNotFound returns nil when ErrNotFound is all that err says, else err. It
// is for callers who are sure of their region and account, and for whom an
// interface that is gone has nothing left to take off.
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
