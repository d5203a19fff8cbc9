// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Errors is the error of a call that failed for several reasons: one [*Error] for
// each different kind, code and message, the retryable ones first. [Join] makes it
// and it has at least two elements. errors.Is and errors.As search all of them.
type Errors []*Error

// maxReasons is how many reasons a text or a log record contains.
const maxReasons = 4

// Error returns the first four reasons and the number of the others, on one line.
func (e Errors) Error() string {
	texts := make([]string, 0, maxReasons+1)
	for _, reason := range e[:min(len(e), maxReasons)] {
		texts = append(texts, reason.Error())
	}
	if more := len(e) - maxReasons; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more reasons", more))
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns all reasons.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, reason := range e {
		all[i] = reason
	}
	return all
}

// LogValue returns a group for slog: the fields of the first reason, as
// [Error.LogValue] does; the number of "reasons"; and the next three reasons as
// numbered groups in "more".
func (e Errors) LogValue() slog.Value {
	if len(e) == 0 {
		return slog.Value{}
	}
	attrs := e[0].fields()
	if len(e) == 1 {
		return slog.GroupValue(attrs...)
	}
	more := make([]slog.Attr, 0, maxReasons)
	for i, reason := range e[1:min(len(e), maxReasons)] {
		more = append(more, slog.Attr{Key: fmt.Sprint(i + 2), Value: reason.LogValue()})
	}
	attrs = append(attrs, slog.Int("reasons", len(e)), slog.Attr{Key: "more", Value: slog.GroupValue(more...)})
	return slog.GroupValue(attrs...)
}

// Join makes one error of several, for implementers of [Client]. Errors of the same
// kind, code and message become one with the sum of their counts; the same [*Error]
// given twice counts once. Retryable errors come first, because a caller who reads a
// final one first would give up the others too. An error that is neither an [*Error]
// nor an [Errors] is wrapped in an [*Error]. The result is nil if all errors are nil,
// and an [*Error] if there is one reason. The arguments are not changed.
func Join(errs ...error) error {
	var j joined
	for _, err := range errs {
		for _, e := range reasons(err) {
			j.add(e)
		}
	}
	return j.err()
}

// joined is a set of errors, one for each reason.
type joined struct {
	all   Errors
	index map[reason]int // in all
	seen  map[*Error]bool
}

// reason identifies equal errors of one call.
type reason struct {
	kind          Kind
	code, message string
}

func (e *Error) reason() reason { return reason{e.Kind, e.Code, e.Message} }

// add adds an error, or its count to that of the same reason.
func (j *joined) add(e *Error) {
	if j.seen[e] {
		return
	}
	if j.seen == nil {
		j.seen, j.index = make(map[*Error]bool), make(map[reason]int)
	}
	j.seen[e] = true
	at, known := j.index[e.reason()]
	if !known {
		j.index[e.reason()] = len(j.all)
		j.all = append(j.all, e)
		return
	}
	sum := *j.all[at]
	sum.Count += e.Count
	sum.Attempts = max(sum.Attempts, e.Attempts)
	j.all[at] = &sum
}

// has reports whether an error of the same reason has been added.
func (j *joined) has(e *Error) bool {
	_, known := j.index[e.reason()]
	return known
}

func (j *joined) err() error {
	switch len(j.all) {
	case 0:
		return nil
	case 1:
		return j.all[0]
	}
	var retryable, final Errors
	for _, e := range j.all {
		if IsRetryable(e) {
			retryable = append(retryable, e)
		} else {
			final = append(final, e)
		}
	}
	return append(retryable, final...)
}

// reasons returns the errors that err consists of.
func reasons(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // what wraps an *Error is kept whole below
	case nil:
		return nil
	case *Error:
		if e == nil {
			return nil
		}
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
