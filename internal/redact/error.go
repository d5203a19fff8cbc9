// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"context"
	"errors"
	"net"
)

// hidden replaces an error that prints a secret. It neither unwraps to that error
// nor holds it in a field, so that nobody prints it.
type hidden struct{ is func(target error) bool }

func (hidden) Error() string          { return "an error whose text holds a secret" }
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

// WithoutContextError keeps the time-outs of clients and sockets from matching
// context.DeadlineExceeded, as they do in net and net/http: for a caller that means
// that the context of the call has ended.
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
