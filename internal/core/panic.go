// SPDX-License-Identifier: Apache-2.0

package core

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/cloudeni/cloudeni/eni"
)

// The user's code (options, transports, credential providers) runs without any lock
// and in one of the functions below. Its panics go to the callers who wait for it, not
// to the goroutine on which it runs.

// guarded calls a function that may run the user's code. A panic becomes an error.
// [runtime.Goexit] still ends the goroutine: see [finally].
func guarded(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value: value, stack: debug.Stack()}
		}
	}()
	return f()
}

// finally calls f, which may run the user's code, and then calls then with its error,
// however f ends. After [errGoexit] the goroutine ends: further work needs another one.
func finally(f func() error, then func(error)) {
	err := errGoexit
	defer func() { then(err) }()
	err = guarded(f)
}

// contained calls a function on its own goroutine, so that a panic and
// [runtime.Goexit] both become errors.
func contained(f func() error) error {
	ended := make(chan error, 1)
	go finally(f, func(err error) { ended <- err })
	return <-ended
}

// errGoexit is the error of a function that called runtime.Goexit.
var errGoexit = errors.New("runtime.Goexit was called in the client's options or transport")

// panicked is a panic in the user's code.
type panicked struct {
	value any
	stack []byte
}

// Error returns one line, without the stack.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// thrown reports whether an error holds a panic or [runtime.Goexit] of the user's code.
func thrown(err error) bool { return panicOf(err) != nil || errors.Is(err, errGoexit) }

// panicOf returns the panic that an error holds, or nil.
func panicOf(err error) *panicked {
	if err == nil {
		return nil
	}
	var p *panicked
	errors.As(err, &p)
	return p
}

// rethrow panics if an error holds a panic of the user's code. It runs on the goroutine
// of the caller.
func rethrow(err error) {
	if p := panicOf(err); p != nil {
		panic(&rethrown{p})
	}
}

// rethrown is the value of a caller's panic: the original value, and the stack of the
// original panic.
type rethrown struct{ *panicked }

func (r *rethrown) Error() string { return fmt.Sprintf("%v\n\n%s", r.value, r.stack) }

// Unwrap returns the original value if it is an error.
func (r *rethrown) Unwrap() error {
	err, _ := r.value.(error) //nolint:errcheck // the value may have any type
	return err
}

// lost returns the error of a request in which the user's code panicked: the effect of
// the request is unknown.
func (c *Client) lost(op, id string, err error) *eni.Error {
	return &eni.Error{
		Kind: eni.ErrUnavailable, Provider: c.cloud.Provider, Op: op, InterfaceID: id,
		Message: bounded(err.Error(), longestText), Err: err,
	}
}
