// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"context"
	"errors"
	"net"
)

// hidden replaces an error that prints a secret. It neither wraps that error nor has it
// in a field, so it cannot be printed.
type hidden struct{ is func(target error) bool }

func (hidden) Error() string          { return "error text omitted: it contains a secret" }
func (h hidden) Is(target error) bool { return h.is(target) }

// ContextError returns the error of a context that err matches, or nil.
func ContextError(err error) error {
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, ended) {
			return ended
		}
	}
	return nil
}

// WithoutContextError returns an error that does not match a context error. The time-outs
// of net and net/http match context.DeadlineExceeded, which for a caller means that its
// own context has ended.
func WithoutContextError(err error) error {
	if ContextError(err) == nil {
		return err
	}
	var timeout net.Error
	return NetworkError{Text: OneLine(err.Error()), Late: errors.As(err, &timeout) && timeout.Timeout()}
}

// NetworkError is a network error without its causes.
type NetworkError struct {
	Text string
	Late bool // it is a time-out
}

var _ net.Error = NetworkError{}

func (e NetworkError) Error() string { return e.Text }

// Timeout implements net.Error.
func (e NetworkError) Timeout() bool { return e.Late }

// Temporary implements net.Error.
func (e NetworkError) Temporary() bool { return e.Late }
