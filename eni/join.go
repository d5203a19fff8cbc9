package eni

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Errors is why several addresses of one call failed: one [*Error] for each
// different kind, code and message, those worth another try first. [Join] makes
// it; it has at least two elements. errors.Is and errors.As look at each.
type Errors []*Error

// spelled is how many reasons a text or a log record spells out.
const spelled = 4

// Error returns the reasons on one line. It spells the first few out and counts
// the others.
func (e Errors) Error() string {
	texts := make([]string, 0, spelled+1)
	for _, reason := range e[:min(len(e), spelled)] {
		texts = append(texts, reason.Error())
	}
	if more := len(e) - spelled; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more reasons", more))
	}
	return strings.Join(texts, "; ")
}

// Unwrap leads to each reason.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, reason := range e {
		all[i] = reason
	}
	return all
}

// LogValue gives slog the fields of the first reason, as that of an [*Error], and
// the next few as numbered groups below "more", with the number of "reasons".
func (e Errors) LogValue() slog.Value {
	if len(e) == 0 {
		return slog.Value{}
	}
	attrs := e[0].fields()
	if len(e) == 1 {
		return slog.GroupValue(attrs...)
	}
	more := make([]slog.Attr, 0, spelled)
	for i, reason := range e[1:min(len(e), spelled)] {
		more = append(more, slog.Attr{Key: fmt.Sprint(i + 2), Value: reason.LogValue()})
	}
	attrs = append(attrs, slog.Int("reasons", len(e)), slog.Attr{Key: "more", Value: slog.GroupValue(more...)})
	return slog.GroupValue(attrs...)
}

// Join makes one error of several. Those of the same kind, code and message
// become one, with their counts added up; those worth another try come first,
// because a caller who stopped at a hopeless one would give up the others. An
// error that is neither an [*Error] nor an [Errors] becomes an [*Error] that
// wraps it. The result is nil where all are nil, and an [*Error] where there is
// one reason. It is for those who implement [Client].
func Join(errs ...error) error {
	var retryable, final Errors
	known := make(map[reason]*Error)
	for _, err := range errs {
		for _, e := range reasons(err) {
			key := reason{e.Kind, e.Code, e.Message}
			if same := known[key]; same != nil {
				same.Count += e.Count
				same.Attempts = max(same.Attempts, e.Attempts)
				continue
			}
			own := *e
			known[key] = &own
			if IsRetryable(&own) {
				retryable = append(retryable, &own)
			} else {
				final = append(final, &own)
			}
		}
	}
	all := append(retryable, final...)
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	default:
		return all
	}
}

// reason is what makes two errors of one call the same.
type reason struct {
	kind          Kind
	code, message string
}

// reasons lists the errors that err is made of.
func reasons(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // what wraps an *Error is kept whole below
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case Errors:
		return e
	}
	foreign := &Error{Kind: KindOf(err), Message: err.Error(), Err: err}
	var e *Error
	if errors.As(err, &e) {
		foreign.Provider, foreign.Op, foreign.InterfaceID = e.Provider, e.Op, e.InterfaceID
	}
	return []*Error{foreign}
}
