// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// hinted is an error of a driver with hints. The result of Explain has no hints, as with
// the drivers of this module.
type hinted struct {
	kind       eni.Kind
	text       string
	cause      error
	idle       bool
	tries      int
	retryAfter time.Duration
	notSent    bool
}

func (h *hinted) Error() string             { return h.text }
func (h *hinted) Unwrap() error             { return h.cause }
func (h *hinted) Reused() bool              { return h.idle }
func (h *hinted) MaxTries() int             { return h.tries }
func (h *hinted) RetryAfter() time.Duration { return h.retryAfter }

var errIdleLoss = &hinted{kind: eni.ErrUnavailable, text: "no answer: EOF", cause: io.EOF, idle: true}

// outspoken is a driver whose errors the test sets.
type outspoken struct {
	*plain

	send     func(context.Context, core.Change) error // nil error: the request is made
	after    func(core.Change) error                  // of a request that was made
	describe func(ctx context.Context, ids []string) error
}

func (d *outspoken) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	if d.send != nil {
		if err := d.send(ctx, change); err != nil {
			var h *hinted
			return core.Receipt{NotSent: errors.As(err, &h) && h.notSent}, err
		}
	}
	receipt, err := d.plain.Send(ctx, change)
	if err == nil && d.after != nil {
		err = d.after(change)
	}
	return receipt, err
}

func (d *outspoken) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	if d.describe != nil {
		if err := d.describe(ctx, ids); err != nil {
			return nil, err
		}
	}
	return d.plain.Describe(ctx, ids)
}

func (d *outspoken) Explain(op string, err error) *eni.Error {
	var h *hinted
	if !errors.As(err, &h) {
		return d.plain.Explain(op, err)
	}
	return &eni.Error{Kind: h.kind, Message: h.text, Err: h.cause}
}

// outspokenTasks is outspoken on a cloud with tasks.
type outspokenTasks struct {
	*outspoken

	task func() (core.TaskStatus, error) // nil: the cloud tells
}

func (d outspokenTasks) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	receipt, err := d.outspoken.Send(ctx, change)
	receipt.TaskID = receipt.RequestID
	return receipt, err
}

func (d outspokenTasks) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	if d.task != nil {
		return d.task()
	}
	return withTasks{d.plain}.Task(ctx, id)
}

// withHints runs a test on both kinds of cloud.
func withHints(t *testing.T, test func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener)) {
	t.Helper()
	for name, driver := range map[string]func(*outspoken) core.Driver{
		"without tasks": func(d *outspoken) core.Driver { return d },
		"with tasks":    func(d *outspoken) core.Driver { return outspokenTasks{outspoken: d} },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				d := &outspoken{plain: p}
				test(t, cloud, d, func(opts *eni.Options) *core.Client { return core.New(plainCloud(driver(d)), opts) })
			})
		})
	}
}

// times returns an error n times, and then nil.
func times(n int, err error) func() error {
	var mu sync.Mutex
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if n--; n >= 0 {
			return err
		}
		return nil
	}
}

// soon is the longest time of a call whose requests take no time: a few describes.
const soon = 300 * time.Millisecond

// After a change is lost on an idle connection there is one describe and a retry, without
// a pause and without a Backoff. The doubt about the lost change remains.
func TestAChangeLostOnAnIdleConnection(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		for _, done := range []bool{false, true} {
			for n, req := range []eni.UnassignRequest{release("eni-1", secondaries(9)[3]), release("eni-1", secondaries(2)...)} {
				cloud.Put(attached("eni-1", 60))
				lost := times(1, errIdleLoss)
				d.send = func(context.Context, core.Change) error { return lost() }
				d.after = nil
				if done {
					d.send, d.after = nil, func(core.Change) error { return lost() }
				}
				before, described, backoffs := sent(cloud, enitest.UnassignPrivateIps), sent(cloud, enitest.Describe), 0
				client := eni.Blocking(open(&eni.Options{Retry: eni.Retry{Backoff: func() eni.Backoff { backoffs++; return pauses(time.Hour) }}}))
				start := time.Now()
				op, err := client.UnassignPrivateIps(t.Context(), req)
				if took := time.Since(start); took > soon && !done || err != nil || op.Outcome() != eni.OutcomeReleased || backoffs > 0 {
					t.Errorf("done %t, call %d: %s after %s and %d backoffs: %v", done, n, op.Outcome(), took, backoffs, err)
				}
				if changes, attempts := sent(cloud, enitest.UnassignPrivateIps)-before, op.Attempts(); changes != 1 || attempts != 2 && !done || attempts != 1 && done {
					t.Errorf("done %t, call %d: %d changes and %d attempts", done, n, changes, attempts)
				}
				// One after the loss; a batch is described before too, and an acceptance after.
				if most := 2 + n; sent(cloud, enitest.Describe)-described > most {
					t.Errorf("done %t, call %d: %d descriptions", done, n, sent(cloud, enitest.Describe)-described)
				}
			}
		}
	})
}

// It counts as an attempt: with MaxAttempts 1 nothing is sent again, and the outcome is
// Unknown.
func TestALossOnAnIdleConnectionIsAnAttempt(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		tries := 0
		d.send = func(context.Context, core.Change) error { tries++; return errIdleLoss }
		op, err := open(&eni.Options{Retry: eni.Retry{MaxAttempts: 1}}).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if op.Outcome() != eni.OutcomeUnknown || !errors.Is(err, eni.ErrUnavailable) || tries != 1 || op.Attempts() != 1 {
			t.Errorf("%s after %d tries, %v", op.Outcome(), tries, err)
		}
	})
}

// A load balancer that has dropped the connections of many callers is no outage: it uses
// nothing of the budget of retries.
func TestLossesOnIdleConnectionsTakeNothingFromTheStock(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var lost sync.Map
		d := &outspoken{plain: p}
		d.send = func(_ context.Context, change core.Change) error {
			if _, again := lost.LoadOrStore(change.InterfaceID, true); !again {
				return errIdleLoss
			}
			return &hinted{kind: eni.ErrPermission, text: "no"} // a request that gets through would refill it
		}
		client := core.New(plainCloud(d), &eni.Options{
			Rates: eni.Rates{UnassignPrivateIps: -1},
			Retry: eni.Retry{MaxAttempts: 3, Backoff: func() eni.Backoff { return pauses(0) }},
		})
		start := time.Now()
		var wg sync.WaitGroup
		for n := range 150 {
			id := fmt.Sprintf("eni-lost-%d", n)
			cloud.Put(attached(id, 2))
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...)); !errors.Is(err, eni.ErrPermission) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took > soon {
			t.Errorf("150 callers took %s", took)
		}
		d.send = func(context.Context, core.Change) error { return &hinted{kind: eni.ErrUnavailable, text: "500"} }
		start = time.Now()
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if took := time.Since(start); err == nil || op.Attempts() != 3 || took > soon {
			t.Errorf("want three attempts and no second between them, got %d after %s: %v", op.Attempts(), took, err)
		}
	})
}

// If the losses continue it is an outage, with pauses.
func TestLossesInARowHavePauses(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		tries := 0
		d.send = func(context.Context, core.Change) error { tries++; return errIdleLoss }
		client := open(&eni.Options{Retry: eni.Retry{MaxAttempts: -1, MaxElapsed: time.Minute, Backoff: func() eni.Backoff { return pauses(10 * time.Second) }}})
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err == nil || tries > 8 {
			t.Errorf("%d changes in a minute: %v", tries, err)
		}
	})
}

// If the pool cannot be closed, each dead connection costs a describe and no pause. If
// that never ends, there are pauses again.
func TestDescriptionsUseUpIdleConnections(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		lost := times(30, errIdleLoss)
		d.describe = func(context.Context, []string) error { return lost() }
		start := time.Now()
		if op, err := open(nil).Detach(t.Context(), detach); err != nil || op.Outcome() != eni.OutcomeAccepted || time.Since(start) > 2*time.Second {
			t.Errorf("%s, %v after %s", op.Outcome(), err, time.Since(start))
		}
		start = time.Now()
		lost = times(30, errIdleLoss)
		if found, err := open(nil).Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 || time.Since(start) > 2*time.Second {
			t.Errorf("%v, %v after %s", found, err, time.Since(start))
		}
		n := 0
		d.describe = func(context.Context, []string) error { n++; return errIdleLoss }
		if _, err := open(&eni.Options{Retry: eni.Retry{MaxElapsed: 5 * time.Minute}}).Detach(t.Context(), detach); err == nil || n > 60 {
			t.Errorf("%d descriptions in five minutes: %v", n, err)
		}
	})
}

// An unreadable reply of a gateway is retried once, whatever the policy says. The next
// call has its own two tries.
func TestMaxTries(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		page := &hinted{kind: eni.ErrUnavailable, text: "unreadable reply: a page of squid/5.7", tries: 2}
		tries := 0
		d.send = func(context.Context, core.Change) error { tries++; return page }
		client := open(&eni.Options{Retry: eni.Retry{Retryable: func(error) bool { return true }}})
		for range 2 {
			tries = 0
			op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
			if tries != 2 || op.Outcome() != eni.OutcomeUnknown || !errors.Is(err, eni.ErrUnavailable) || !strings.Contains(err.Error(), "squid/5.7") {
				t.Errorf("%s after %d tries: %v", op.Outcome(), tries, err)
			}
		}
		// Other failures between them are counted separately.
		failures := []error{page, &hinted{kind: eni.ErrThrottled, text: "slow"}, page, nil}
		d.send = func(context.Context, core.Change) error {
			err := failures[0]
			failures = failures[1:]
			return err
		}
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)[1])); err != nil {
			t.Error(err)
		}
		d.send = nil
		client = open(nil)
		for range 2 {
			described := 0
			d.describe = func(context.Context, []string) error { described++; return page }
			op, err := client.Detach(t.Context(), detach)
			if described != 2 || op.Outcome() != eni.OutcomeNotTried || err == nil || !strings.Contains(err.Error(), "squid/5.7") {
				t.Errorf("%s after %d descriptions: %v", op.Outcome(), described, err)
			}
			described = 0
			if _, err := open(nil).Describe(t.Context(), "eni-1"); described != 2 || err == nil || !strings.Contains(err.Error(), "squid/5.7") {
				t.Errorf("%v after %d descriptions", err, described)
			}
		}
	})
}

// The cloud's retry hint for a conflict holds the interface, also if the caller's error
// does not show it.
func TestAConflictsHintHoldsTheInterface(t *testing.T) {
	withHints(t, func(t *testing.T, cloud *enitest.Cloud, d *outspoken, open opener) {
		busy := times(1, &hinted{kind: eni.ErrConflict, text: "busy", retryAfter: 20 * time.Second})
		d.send = func(context.Context, core.Change) error { return busy() }
		start := time.Now()
		_, err := open(nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if took := time.Since(start); err != nil || took < 20*time.Second || took > 21*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}
