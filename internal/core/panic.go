// SPDX-License-Identifier: Apache-2.0

package core

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/cloudeni/cloudeni/eni"
)

// Code of the client's user (Options, transports, credential providers) runs
// outside of every lock and in one of the functions below. What it throws belongs
// to the callers who wait for it, not to the goroutine that it runs on.

// guarded calls a function that may run code of the client's user. A panic becomes
// an error. [runtime.Goexit] still ends the goroutine: see [finally].
func guarded(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value: value, stack: debug.Stack()}
		}
	}()
	return f()
}

// finally calls a function that may run code of the client's user, and then calls
// another one with its error, however the first one ends. After [errGoexit] the
// goroutine ends: what has to go on needs another one.
func finally(f func() error, then func(error)) {
	err := errGoexit
	defer func() { then(err) }()
	err = guarded(f)
}

// contained calls a function on a goroutine of its own, so that whatever it throws
// is an error.
func contained(f func() error) error {
	ended := make(chan error, 1)
	go finally(f, func(err error) { ended <- err })
	return <-ended
}

// errGoexit is the error of a function whose goroutine was ended below it.
var errGoexit = errors.New("runtime.Goexit was called in the client's options or transport")

// panicked is a panic in the code of the client's user.
type panicked struct {
	value any
	stack []byte
}

// Error returns one line. The stack is for those who meet the panic itself.
func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// thrown reports whether an error is what the code of the client's user threw.
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

// rethrow panics if an error holds a panic of the user's code: the caller who
// waited for it is the one whom it belongs to.
func rethrow(err error) {
	if p := panicOf(err); p != nil {
		panic(&rethrown{p})
	}
}

// rethrown is the value that a caller panics with: what was thrown, and the stack
// of where that was.
type rethrown struct{ *panicked }

func (r *rethrown) Error() string { return fmt.Sprintf("%v\n\n%s", r.value, r.stack) }

// Unwrap returns what was thrown, where that was an error.
func (r *rethrown) Unwrap() error {
	err, _ := r.value.(error) //nolint:errcheck // anything can be thrown
	return err
}

// lost is the error of a request in which the user's code threw something: whether
// the cloud has carried it out is not known.
func (c *Client) lost(op, id string, err error) *eni.Error {
	return &eni.Error{
		Kind: eni.ErrUnavailable, Provider: c.cloud.Provider, Op: op, InterfaceID: id,
		Message: bounded(err.Error(), longestText), Err: err,
	}
}
