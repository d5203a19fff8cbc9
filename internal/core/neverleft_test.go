// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// awaiting waits like a provider of credentials that hangs.
func awaiting(ctx context.Context) error {
	core.Awaits(ctx, "no credentials from provider slow yet")
	<-ctx.Done()
	return &hinted{kind: eni.ErrUnavailable, text: "no credentials from provider slow yet: " + ctx.Err().Error(), cause: ctx.Err(), notSent: true}
}

// notTried checks a call that sent nothing, and the reason in its error.
func notTried(t *testing.T, op *eni.Operation, err error, want error, says string) {
	t.Helper()
	if op.Outcome() != eni.OutcomeNotTried || op.Attempts() != 0 {
		t.Errorf("want nothing tried, got %s after %d attempts", op.Outcome(), op.Attempts())
	}
	for _, r := range op.Results() {
		if r.Outcome != eni.OutcomeNotTried {
			t.Errorf("%s: %s", r, r.Outcome)
		}
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "attempts") {
		t.Errorf("want %v and %q, got %v", want, says, err)
	}
	if errors.Is(want, context.DeadlineExceeded) && !strings.Contains(err.Error(), want.Error()) {
		t.Errorf("want the end of the context in the text, got %v", err)
	}
}

// Nothing is sent while there are no credentials: not in the first request, which the
// caller makes, nor in a later one or a describe.
func TestWhatWaitsForCredentialsIsNotTried(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		d.send = func(ctx context.Context, _ core.Change) error {
			if ctx.Err() != nil {
				t.Error("a change is made for a caller whose context has ended")
			}
			return awaiting(ctx)
		}
		d.describe = func(ctx context.Context, _ []string) error { return awaiting(ctx) }
		for _, limit := range []time.Duration{2 * time.Second, 45 * time.Second, 100 * time.Second} {
			for name, call := range calls(open(nil)) {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				start := time.Now()
				op, err := call(ctx)
				notTried(t, op, err, context.DeadlineExceeded, "no credentials from provider slow yet")
				if took := time.Since(start); took != limit {
					t.Errorf("%s: its context ends after %s, and it after %s", name, limit, took)
				}
				if !eni.IsRetryable(err) {
					t.Errorf("%s: a later call may have them: %v", name, err)
				}
				cancel()
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := open(nil).Describe(ctx, "eni-1"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no credentials from provider slow yet") {
			t.Errorf("a description: %v", err)
		}
		if n := len(cloud.Calls()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// calls returns calls of a client: for one address, for a batch, and a detach.
func calls(client eni.Client) map[string]func(context.Context) (*eni.Operation, error) {
	return map[string]func(context.Context) (*eni.Operation, error){
		"an address": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		},
		"a batch": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, release("eni-1", secondaries(25)...))
		},
		"a detach": func(ctx context.Context) (*eni.Operation, error) { return client.Detach(ctx, detach) },
	}
}

// A caller behind a change that waits for credentials gets that reason. When the last of
// the change's callers departs, the change is canceled, and the outcome is NotTried.
func TestCallersBehindWhatWaitsForCredentials(t *testing.T) {
	withHints(t, func(t *testing.T, _ *enitest.Cloud, d *outspoken, open opener) {
		d.send = func(ctx context.Context, _ core.Change) error { return awaiting(ctx) }
		client := open(nil)
		var wg sync.WaitGroup
		call := func(n int, limit time.Duration, check func(*eni.Operation, error)) {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				check(client.UnassignPrivateIps(ctx, release("eni-1", secondaries(2)[n])))
			})
			synctest.Wait()
		}
		isNotTried := func(op *eni.Operation, err error) {
			notTried(t, op, err, context.DeadlineExceeded, "no credentials from provider slow yet")
		}
		call(0, 10*time.Second, isNotTried) // in the air
		call(1, 5*time.Second, isNotTried)  // behind it
		call(0, 20*time.Second, func(op *eni.Operation, err error) {
			if op.Outcome() != eni.OutcomeUnknown || !strings.Contains(err.Error(), "no credentials from provider slow yet") {
				t.Errorf("the change can be sent for the other caller yet: got %s, %v", op.Outcome(), err)
			}
		})
		call(0, 25*time.Second, isNotTried)
		wg.Wait()
	})
}

// A RoundTripper that ignores its context does not delay a departing caller, and the
// outcome is Unknown.
func TestALeavingCallerWaitsForNoDeafRequest(t *testing.T) {
	withHints(t, func(t *testing.T, _ *enitest.Cloud, d *outspoken, open opener) {
		first := times(2, &hinted{kind: eni.ErrUnavailable, text: "connection refused", notSent: true}) // the third is made by no caller
		d.send = func(context.Context, core.Change) error {
			if err := first(); err != nil {
				return err
			}
			time.Sleep(time.Minute)
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		op, err := open(nil).UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		if took := time.Since(start); op.Outcome() != eni.OutcomeUnknown || !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second+soon {
			t.Errorf("%s after %s, %v", op.Outcome(), took, err)
		}
		time.Sleep(2 * time.Minute)
	})
}

// A request that fails before it is sent is retried if that can help, and its error is in
// the caller's error when the context ends.
func TestWhatDidNotLeaveSaysWhy(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		refused := &hinted{kind: eni.ErrUnavailable, text: "no connection to ecs.example: connection refused", notSent: true}
		d.send = func(context.Context, core.Change) error { return refused }
		d.describe = func(context.Context, []string) error { return refused }
		for _, call := range calls(open(nil)) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			op, err := call(ctx)
			notTried(t, op, err, context.DeadlineExceeded, "connection refused")
			cancel()
		}
		op, err := open(&eni.Options{Retry: eni.Retry{MaxAttempts: 3}}).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		notTried(t, op, err, eni.ErrUnavailable, "connection refused")

		lost := times(1, refused)
		d.describe, d.send = nil, func(context.Context, core.Change) error { return lost() }
		if op, err := open(nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil || op.Attempts() != 1 || sent(cloud, enitest.Describe) != 0 {
			t.Errorf("%d attempts and %d descriptions, %v", op.Attempts(), sent(cloud, enitest.Describe), err)
		}
	})
}

// A request that can never be sent is tried once, and no address is at fault.
func TestWhatCanNeverLeaveIsTriedOnce(t *testing.T) {
	withHints(t, func(t *testing.T, _ *enitest.Cloud, d *outspoken, open opener) {
		x509 := &hinted{kind: eni.ErrInvalid, text: "the certificate of ecs.example is not accepted: x509", notSent: true}
		tries := 0
		d.send = func(context.Context, core.Change) error { tries++; return x509 }
		for name, call := range calls(open(nil)) {
			tries = 0
			op, err := call(t.Context())
			notTried(t, op, err, eni.ErrInvalid, "x509")
			if tries != 1 {
				t.Errorf("%s: %d tries", name, tries)
			}
		}
		d.describe = func(context.Context, []string) error { tries++; return x509 }
		for name, call := range calls(open(nil)) {
			tries = 0
			op, err := call(t.Context())
			notTried(t, op, err, eni.ErrInvalid, "x509")
			if tries != 1 {
				t.Errorf("%s: %d tries", name, tries)
			}
		}
	})
}
