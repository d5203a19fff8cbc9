// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// endOf waits for a context and returns when and how it ended.
func endOf(ctx context.Context) (at time.Time, err, cause error) {
	<-ctx.Done()
	return time.Now(), ctx.Err(), context.Cause(ctx)
}

// The context of a request has a deadline, for the driver and in derived contexts.
func TestTheTimeOfARequest(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		c := New(Cloud{}, &eni.Options{RequestTimeout: time.Minute})
		until := time.Now().Add(time.Minute)
		request := c.bounded(context.WithValue(t.Context(), key{}, "value"))
		defer request.cancel()
		derived, cancelDerived := context.WithCancel(request)
		defer cancelDerived()
		if deadline, ok := derived.Deadline(); !ok || !deadline.Equal(until) || derived.Value(key{}) != "value" || request.Err() != nil {
			t.Errorf("deadline %s, value %v, error %v", deadline, derived.Value(key{}), request.Err())
		}
		if at, err, cause := endOf(request); !at.Equal(until) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(cause, context.DeadlineExceeded) {
			t.Errorf("it ended at %s with %v, %v", at, err, cause)
		}
		if at, err, cause := endOf(derived); !at.Equal(until) || err == nil || !errors.Is(cause, context.DeadlineExceeded) {
			t.Errorf("what is derived ended at %s with %v, %v", at, err, cause)
		}
	})
}

// If the caller's context ends earlier, the request ends with its error and cause.
func TestTheTimeOfACallerIsShorter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Cloud{}, &eni.Options{RequestTimeout: time.Minute})
		for _, own := range []time.Duration{time.Second, time.Hour} {
			began := time.Now()
			caller, leave := context.WithTimeout(t.Context(), own)
			request := c.bounded(caller)
			if deadline, _ := request.Deadline(); !deadline.Equal(began.Add(min(own, time.Minute))) {
				t.Errorf("%s: the deadline is after %s", own, deadline.Sub(began))
			}
			if at, err, _ := endOf(request); !at.Equal(began.Add(min(own, time.Minute))) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: it ended after %s with %v", own, at.Sub(began), err)
			}
			request.cancel()
			leave()
		}
		gone := errors.New("the caller has left")
		caller, leave := context.WithCancelCause(t.Context())
		request := c.bounded(caller)
		defer request.cancel()
		leave(gone)
		if _, err, cause := endOf(request); !errors.Is(err, context.Canceled) || !errors.Is(cause, gone) {
			t.Errorf("it ended with %v, %v", err, cause)
		}
	})
}

// A request that has ended leaves no state. Without a time-out no request ends.
func TestARequestThatHasEndedHasNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Cloud{}, &eni.Options{RequestTimeout: time.Minute})
		request := c.bounded(t.Context())
		request.cancel()
		request.cancel()
		if n := len(c.alarms.due); n != 0 || !errors.Is(request.Err(), context.Canceled) {
			t.Errorf("%d alarms, %v", n, request.Err())
		}
		time.Sleep(time.Hour)
		if !errors.Is(request.Err(), context.Canceled) || !errors.Is(context.Cause(request), context.Canceled) {
			t.Errorf("it is another error later: %v", request.Err())
		}
		c = New(Cloud{}, &eni.Options{RequestTimeout: -1})
		request = c.bounded(t.Context())
		defer request.cancel()
		time.Sleep(1000 * time.Hour)
		if _, ok := request.Deadline(); ok || request.Err() != nil {
			t.Errorf("without a time-out: %v", request.Err())
		}
	})
}
