package core_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// callKey is the key of a context's value that tells the calls apart.
type callKey struct{}

// record is what the hooks of one client were told.
type record struct {
	mu       sync.Mutex
	calls    []eni.Call
	ends     [][]eni.CallEnd // of each call
	attempts []eni.Attempt
	load     eni.Load // the sums
	most     eni.Load
}

// options are hooks that fill the record. The context of each call holds its number.
func (r *record) options() *eni.Options {
	return &eni.Options{
		OnCall: func(ctx context.Context, call eni.Call) (context.Context, func(eni.CallEnd)) {
			r.mu.Lock()
			defer r.mu.Unlock()
			n := len(r.calls)
			r.calls, r.ends = append(r.calls, call), append(r.ends, nil)
			return context.WithValue(ctx, callKey{}, n), func(end eni.CallEnd) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.ends[n] = append(r.ends[n], end)
			}
		},
		OnAttempt: func(a eni.Attempt) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.attempts = append(r.attempts, a)
		},
		OnLoad: func(l eni.Load) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.load.Lanes += l.Lanes
			r.load.Pending += l.Pending
			r.most.Lanes = max(r.most.Lanes, r.load.Lanes)
			r.most.Pending = max(r.most.Pending, r.load.Pending)
		},
	}
}

// outstanding is what the sums say now.
func (r *record) outstanding() eni.Load {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.load
}

// travellers lists the numbers of the calls that travelled in an attempt.
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
				if len(r.calls) != 1 || len(r.ends[0]) != 1 {
					t.Fatalf("want one beginning and one end, got %v and %v", r.calls, r.ends)
				}
				call, end := r.calls[0], r.ends[0][0]
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
		if len(r.calls) != 2 || r.calls[1].Op != "Wait" || len(r.ends[1]) != 1 {
			t.Fatalf("want the detach and one wait, got %v and %v", r.calls, r.ends)
		}
		if end := r.ends[1][0]; end.Duration < 2*time.Second || end.Err != nil || end.Operation.Attempts() != 1 {
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

// Of those who travel in a change, one leaves before its answer and one joins it.
func TestAnAttemptHasTheContextsOfAllWhoTravelledInIt(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 10 * time.Second})
		var r record
		client := core.New(plainCloud(p), r.options())
		var wg sync.WaitGroup
		call := func(ctx context.Context) {
			if _, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(2)...)); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
		wg.Go(func() { call(t.Context()) })
		synctest.Wait()
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			call(ctx)
		})
		synctest.Wait()
		time.Sleep(5 * time.Second)
		wg.Go(func() { call(t.Context()) })
		wg.Wait()
		if len(r.attempts) != 1 {
			t.Fatalf("want one attempt, got %v", r.attempts)
		}
		a := r.attempts[0]
		if got := travellers(a); !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("want the contexts of three calls, once each, got those of %v", got)
		}
		if a.Items != 2 || a.Region != "here" || a.Duration != 10*time.Second {
			t.Errorf("the attempt is told as %+v", a)
		}
	})
}

func TestTheAttemptThatALeavingCallerEndsHasItsContext(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		var r record
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := core.New(plainCloud(p), r.options()).UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
		synctest.Wait()
		if err == nil || len(r.attempts) != 1 || len(travellers(r.attempts[0])) != 1 {
			t.Errorf("returned %v, want one attempt with one context: %v", err, r.attempts)
		}
	})
}

func TestAnAttemptTellsHowLongItWaitedForWhat(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps,
			enitest.Fault{Delay: 7 * time.Second, Reason: enitest.Conflict}, enitest.Fault{Delay: 4 * time.Second})
		var r record
		opts := r.options()
		opts.Limiter = slowTurns{}
		opts.Retry.Backoff = func() eni.Backoff { return pauses(3 * time.Second) }
		client := core.New(plainCloud(p), opts)
		var wg sync.WaitGroup
		for n, at := range []time.Duration{0, 20 * time.Second} {
			wg.Go(func() {
				time.Sleep(at)
				// The second is of another form: it waits until the first is through.
				req := release("eni-1", secondaries(1)...)
				if n == 1 {
					req = eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28")}}
				}
				if _, err := client.UnassignPrivateIps(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// 0: queued, 10: sent, 17: conflict, 20: asks again, 30: sent, 34: accepted,
		// and then the second, which has come at 20.
		want := []struct{ queued, paced float64 }{{0, 10}, {3, 10}, {14, 10}} // in seconds
		if len(r.attempts) < len(want) {
			t.Fatalf("want %d attempts, got %v", len(want), r.attempts)
		}
		for i, w := range want {
			a := r.attempts[i]
			if got := a.QueueWait.Truncate(time.Second).Seconds(); got != w.queued {
				t.Errorf("attempt %d was queued for %v, want %v s", i, a.QueueWait, w.queued)
			}
			if got := a.PermitWait.Truncate(time.Second).Seconds(); got != w.paced {
				t.Errorf("attempt %d was paced for %v, want %v s", i, a.PermitWait, w.paced)
			}
		}
	})
}

// pauses is a backoff of equal pauses.
type pauses time.Duration

func (p pauses) NextBackOff() time.Duration { return time.Duration(p) }
func (p pauses) Reset()                     {}

func TestADetachSentAgainIsAnAttemptOfThoseWhoWait(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.Detach, enitest.Fault{Stuck: true})
		stuck := plainCloud(p)
		stuck.StuckAfter = 15 * time.Second
		var r record
		opts := r.options()
		opts.Limiter = slowTurns{}
		op, err := core.New(stuck, opts).Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.attempts) != 2 || !slices.Equal(travellers(r.attempts[1]), []int{0}) {
			t.Fatalf("want two attempts of the call, got %v", r.attempts)
		}
		if a := r.attempts[1]; a.QueueWait != 0 || a.PermitWait != 10*time.Second {
			t.Errorf("want only the limiter's 10s, got %v queued and %v paced", a.QueueWait, a.PermitWait)
		}
	})
}

func TestLoadTellsWhatIsOutstanding(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Put(attached("eni-2", 9))
		var r record
		opts := r.options()
		opts.Limiter = slowTurns{}
		client := core.New(plainCloud(p), opts)
		var wg sync.WaitGroup
		for _, req := range []eni.UnassignRequest{
			release("eni-1", secondaries(3)...),
			release("eni-1", secondaries(5)...), // two more
			release("eni-2", secondaries(2)...),
		} {
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := r.outstanding(); got.Lanes != 2 || got.Pending != 7 {
			t.Errorf("want 2 lanes with 7 wishes, told %+v", got)
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			client.UnassignPrivateIps(ctx, release("eni-1", secondaries(9)...))
		})
		synctest.Wait()
		if got := r.outstanding(); got.Pending != 11 {
			t.Errorf("want 11 wishes while a fourth caller is there, told %+v", got)
		}
		time.Sleep(2 * time.Second)
		if got := r.outstanding(); got.Pending != 7 {
			t.Errorf("want 7 wishes when the fourth caller has left, told %+v", got)
		}
		wg.Wait()
		synctest.Wait()
		if got := r.outstanding(); got != (eni.Load{}) {
			t.Errorf("nothing is outstanding, told %+v", got)
		}
	})
}

// Callers come and leave at all times, answers are refused and lost, and in the
// end every call has ended and nothing is outstanding.
func TestTheHooksAddUpInAStorm(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		var calls atomic.Int64
		cloud.Control = func(enitest.Call) *enitest.Fault {
			return map[int64]*enitest.Fault{
				1: {Reason: enitest.Conflict}, 3: {Reset: true}, 4: {Delay: 3 * time.Second}, 5: {Reset: true, After: true},
			}[calls.Add(1)%7]
		}
		var r record
		client := core.New(plainCloud(p), r.options())
		var wg sync.WaitGroup
		for i := range 300 {
			wg.Go(func() {
				time.Sleep(time.Duration(i%37) * 100 * time.Millisecond)
				ctx := t.Context()
				if i%3 == 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, time.Duration(i%11)*200*time.Millisecond)
					defer cancel()
				}
				at := i % 55
				_, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(60)[at:at+i%5+1]...))
				if err != nil && ctx.Err() == nil && !eni.IsRetryable(err) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		for i, ends := range r.ends {
			if len(ends) != 1 {
				t.Errorf("call %d ended %d times", i, len(ends))
			}
		}
		if len(r.calls) != 300 || r.load != (eni.Load{}) || r.most.Lanes < 1 || r.most.Pending < 2 {
			t.Errorf("want 300 calls and nothing outstanding, got %d and %+v, at most %+v", len(r.calls), r.load, r.most)
		}
		for _, a := range r.attempts {
			if len(a.Contexts) == 0 || a.QueueWait < 0 || a.PermitWait < 0 {
				t.Errorf("an attempt of nobody, or before its time: %+v", a)
			}
		}
	})
}

// A hook that takes the locks itself would wait for ever if one were held.
func TestNoLockIsHeldWhileAHookRuns(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		var client *core.Client
		seen := make(map[string]int)
		var mu sync.Mutex
		look := func(hook string) {
			client.Pending()
			mu.Lock()
			defer mu.Unlock()
			seen[hook]++
		}
		client = core.New(plainCloud(p), &eni.Options{
			OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
				look("begin")
				return ctx, func(end eni.CallEnd) {
					end.Operation.Results()
					look("end")
				}
			},
			OnAttempt: func(eni.Attempt) { look("attempt") },
			OnLoad:    func(eni.Load) { look("load") },
		})
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)...))
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, hook := range []string{"begin", "end", "attempt", "load"} {
			if seen[hook] == 0 {
				t.Errorf("%s was not called", hook)
			}
		}
	})
}

func TestASecondCallerIsNotToldReleased(t *testing.T) {
	stale := netip.MustParseAddr("10.0.0.200")
	tests := []struct {
		name  string
		fault enitest.Fault
		leave time.Duration // when the first caller leaves
	}{
		{"after an accepted change", enitest.Fault{}, time.Hour},
		{"after a change whose caller left", enitest.Fault{Delay: 2 * time.Second, After: true}, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.PartialBatches, cloud.Terse = true, true
				cloud.Inject(enitest.UnassignPrivateIps, tt.fault)
				client := core.New(plainCloud(p), nil)
				first, second := secondaries(2), secondaries(3)[2]
				var wg sync.WaitGroup
				wg.Go(func() { // keeps the interface's lane
					time.Sleep(500 * time.Millisecond)
					_, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{
						InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28")},
					})
					if err != nil {
						t.Error(err)
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), tt.leave)
				defer cancel()
				if _, err := client.UnassignPrivateIps(ctx, release("eni-1", first...)); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", first[0], second, stale))
				if err != nil {
					t.Fatal(err)
				}
				wg.Wait()
				want := []eni.Outcome{eni.OutcomeAbsent, eni.OutcomeReleased, eni.OutcomeAbsent}
				for i, r := range op.Results() {
					if r.Outcome != want[i] {
						t.Errorf("%s: want %v, got %v", r.Prefix, want[i], r.Outcome)
					}
				}
			})
		})
	}
}
