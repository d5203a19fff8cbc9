// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// callKey is the key of the context value that identifies a call.
type callKey struct{}

// record has the reports to the hooks of one client.
type record struct {
	mu    sync.Mutex
	heard reports
}

// reports are what the hooks were told.
type reports struct {
	calls    []eni.Call
	ends     [][]eni.CallEnd // of each call
	attempts []eni.Attempt
	queries  []eni.Query
	load     eni.Load // the sums
	most     eni.Load
}

// reports returns a copy of what the hooks were told so far: a report can come from
// another goroutine after the call has returned.
func (r *record) reports() reports {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard := r.heard
	heard.calls, heard.attempts, heard.queries = slices.Clone(heard.calls), slices.Clone(heard.attempts), slices.Clone(heard.queries)
	heard.ends = nil
	for _, ends := range r.heard.ends {
		heard.ends = append(heard.ends, slices.Clone(ends))
	}
	return heard
}

// options are hooks that fill the record. The context of each call holds its number.
func (r *record) options() *eni.Options {
	return &eni.Options{
		OnCall: func(ctx context.Context, call eni.Call) (context.Context, func(eni.CallEnd)) {
			r.mu.Lock()
			defer r.mu.Unlock()
			n := len(r.heard.calls)
			r.heard.calls, r.heard.ends = append(r.heard.calls, call), append(r.heard.ends, nil)
			return context.WithValue(ctx, callKey{}, n), func(end eni.CallEnd) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.heard.ends[n] = append(r.heard.ends[n], end)
			}
		},
		OnAttempt: func(a eni.Attempt) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard.attempts = append(r.heard.attempts, a)
		},
		OnQuery: func(q eni.Query) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard.queries = append(r.heard.queries, q)
		},
		OnLoad: func(l eni.Load) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.heard.load.Lanes += l.Lanes
			r.heard.load.Pending += l.Pending
			r.heard.most.Lanes = max(r.heard.most.Lanes, r.heard.load.Lanes)
			r.heard.most.Pending = max(r.heard.most.Pending, r.heard.load.Pending)
		},
	}
}

// travellers lists the numbers of the calls of an attempt.
func travellers(a eni.Attempt) []int {
	var numbers []int
	for _, ctx := range a.Contexts {
		if n, ok := ctx.Value(callKey{}).(int); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}

func TestEveryCallBeginsAndEndsOnce(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	one := release("eni-1", secondaries(1)...)
	invalid := eni.UnassignRequest{InterfaceID: "eni-1"}
	half := release("eni-1", netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("2001:db8::1"))
	tests := []struct {
		name  string
		fault enitest.Fault
		items int
		call  func(context.Context, eni.Client) (*eni.Operation, error)
	}{
		{name: "accepted", items: 1, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(ctx, one)
		}},
		{name: "the same address twice", items: 1, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(ctx, release("eni-1", one.Addresses[0], one.Addresses[0]))
		}},
		{name: "nothing asked for", items: 0, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(ctx, invalid)
		}},
		{name: "an address of the other family", items: 2, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(ctx, half)
		}},
		{name: "no instance", items: 1, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.Detach(ctx, eni.DetachRequest{InterfaceID: "eni-1"})
		}},
		{name: "a detach", items: 1, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.Detach(ctx, detach)
		}},
		{name: "refused", fault: enitest.Fault{Reason: enitest.Denied}, items: 1, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(ctx, one)
		}},
		{name: "a context that has ended", items: 1, call: func(_ context.Context, c eni.Client) (*eni.Operation, error) {
			return c.UnassignPrivateIps(over, one)
		}},
		{name: "a context that ends in the air", fault: enitest.Fault{Delay: time.Hour}, items: 1, call: func(ctx context.Context, c eni.Client) (*eni.Operation, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return c.UnassignPrivateIps(ctx, one)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Inject(enitest.UnassignPrivateIps, tt.fault)
				var r record
				began := time.Now()
				op, err := tt.call(t.Context(), core.New(plainCloud(p), r.options()))
				took := time.Since(began)
				if len(r.reports().calls) != 1 || len(r.reports().ends[0]) != 1 {
					t.Fatalf("want one beginning and one end, got %v and %v", r.reports().calls, r.reports().ends)
				}
				call, end := r.reports().calls[0], r.reports().ends[0][0]
				if call.Provider != "plain" || call.Region != "here" || call.InterfaceID != "eni-1" || call.Items != tt.items {
					t.Errorf("the call is told as %+v", call)
				}
				if end.Operation != op || !errors.Is(end.Err, err) || end.Duration != took {
					t.Errorf("returned %v and %v after %v, told %+v", op, err, took, end)
				}
			})
		})
	}
}

func TestAWaitWithSomethingToWaitForIsACall(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
		var r record
		op, err := core.New(plainCloud(p), r.options()).Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second has nothing to wait for
			if err := op.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.reports().calls) != 2 || r.reports().calls[1].Op != "Wait" || len(r.reports().ends[1]) != 1 {
			t.Fatalf("want the detach and one wait, got %v and %v", r.reports().calls, r.reports().ends)
		}
		if end := r.reports().ends[1][0]; end.Duration < 2*time.Second || end.Err != nil || end.Operation.Attempts() != 1 {
			t.Errorf("the wait ended as %+v", end)
		}
	})
}

func TestACallGoesOnWithTheContextOfItsHook(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		client := core.New(plainCloud(p), &eni.Options{
			OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				return ctx, func(eni.CallEnd) { cancel() }
			},
		})
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hook's deadline should end the call, got %v", err)
		}
	})
}

func TestAHookNeedNotCareForTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{
			OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) { return ctx, nil },
		})
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Error(err)
		}
	})
}

// The log has the targets of changes and queries, and their errors.
func TestAttributesOfTheLog(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		client := core.New(plainCloud(p), &eni.Options{Logger: logger})
		for _, action := range []enitest.Action{enitest.UnassignPrivateIps, enitest.Describe} {
			cloud.Inject(action, enitest.Fault{Reason: enitest.Conflict, Delay: time.Second})
		}
		if err := errors.Join(releaseOne(t.Context(), client), describeOne(t.Context(), client)); err != nil {
			t.Fatal(err)
		}
		about := map[string]map[string]any{
			"change": {"provider": "plain", "op": "UnassignPrivateIps", "interface_id": "eni-1", "items": 1.0, "callers": 1.0},
			"query":  {"provider": "plain", "op": "Describe", "interfaces": 1.0},
		}
		seen := make(map[string]int)
		for line := range strings.Lines(out.String()) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatal(err)
			}
			message, _ := fields["msg"].(string)
			seen[message]++
			for key, want := range about[strings.Fields(message)[0]] {
				if fields[key] != want {
					t.Errorf("%s: %s is %v, want %v", message, key, fields[key], want)
				}
			}
			failed := message == "change requeued" || message == "query failed"
			if (fields["error"] != nil) != failed || (fields["duration"] == 1e9) != failed {
				t.Errorf("%s: error %v after %v", message, fields["error"], fields["duration"])
			}
		}
		if seen["change requeued"] != 1 || seen["change accepted"] != 1 || seen["query failed"] != 1 || seen["query answered"] == 0 {
			t.Errorf("got %v", seen)
		}
	})
}

// A canceled request that is answered nevertheless is no failure.
func TestAChangeThatIsAcceptedAfterItWasCut(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		logger, out := logged()
		var r record
		opts := r.options()
		opts.Logger, opts.Limiter = logger, slowLimiter{}
		client := core.New(plainCloud(stubborn{p}), opts)
		ctx, cancel := context.WithTimeout(t.Context(), 11*time.Second)
		defer cancel()
		began := time.Now()
		op, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || op.Outcome() != eni.OutcomeUnknown || took != 11100*time.Millisecond {
			t.Errorf("got %s, %v after %s", op.Outcome(), err, took)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(r.reports().attempts) != 1 || r.reports().attempts[0].Err != nil || r.reports().attempts[0].Duration != 10*time.Second || strings.Contains(out.String(), "canceled") {
			t.Errorf("got %+v, and the log %s", r.reports().attempts, out)
		}
		if r.reports().load != (eni.Load{}) || on(cloud, secondaries(1)[0]) {
			t.Errorf("%+v is pending, and the address is on: %t", r.reports().load, on(cloud, secondaries(1)[0]))
		}
	})
}

// stubborn is a driver whose changes take ten seconds, also when they are canceled.
type stubborn struct{ *plain }

func (d stubborn) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	time.Sleep(10 * time.Second)
	return d.plain.Send(context.WithoutCancel(ctx), c)
}

// A canceled request has the cancellation as its error, whatever the driver returns.
func TestTheHookReportsACanceledChange(t *testing.T) {
	withHints(t, func(t *testing.T, _ *enitest.Cloud, d *outspoken, open opener) {
		lost := &hinted{kind: eni.ErrUnavailable, text: "no answer"}
		d.send = func(ctx context.Context, _ core.Change) error {
			<-ctx.Done()
			return lost
		}
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		client := open(opts)
		ctx, cancel := context.WithTimeout(t.Context(), 11*time.Second)
		defer cancel()
		began := time.Now()
		op, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || op.Outcome() != eni.OutcomeUnknown || took != 11*time.Second {
			t.Errorf("got %s, %v after %s", op.Outcome(), err, took)
		}
		if len(r.reports().attempts) != 1 || !errors.Is(r.reports().attempts[0].Err, context.Canceled) || !errors.Is(r.reports().attempts[0].Err, eni.ErrUnavailable) {
			t.Errorf("got %+v", r.reports().attempts)
		}
	})
}

// A refusal after the end of the caller's context is no warning: the end of the context may
// be its reason.
func TestARefusalAfterTheCallersContextIsNoWarning(t *testing.T) {
	withHints(t, func(t *testing.T, _ *enitest.Cloud, d *outspoken, open opener) {
		d.send = func(context.Context, core.Change) error {
			time.Sleep(2 * time.Second)
			return &hinted{kind: eni.ErrPermission, text: "denied"}
		}
		logger, out := logged()
		client := open(&eni.Options{Logger: logger})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		if text := out.String(); !strings.Contains(text, "level=INFO msg=\"change canceled\"") {
			t.Errorf("got %s", text)
		}
	})
}

// A load report names its client, and is sent only if the load has changed.
func TestLoadReportsOnlyChanges(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		var told []eni.Load
		client := core.New(plainCloud(p), &eni.Options{OnLoad: func(l eni.Load) { told = append(told, l) }})
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...)); err != nil {
			t.Fatal(err)
		}
		want := []eni.Load{{Provider: "plain", Region: "here", Lanes: 1, Pending: 2}, {Provider: "plain", Region: "here", Lanes: -1, Pending: -2}}
		if !slices.Equal(told, want) {
			t.Errorf("got %+v", told)
		}
	})
}
