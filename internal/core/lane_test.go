package core_test

import (
	"context"
	"errors"
	"fmt"
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

// secondaries returns 10.0.0.2 and on, n of them.
func secondaries(n int) []netip.Addr {
	addresses := make([]netip.Addr, n)
	for i := range addresses {
		addresses[i] = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 2)})
	}
	return addresses
}

// attached is an interface with a primary address and n secondary ones.
func attached(id string, n int) eni.Interface {
	i := eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1"}
	i.Addresses = []eni.Address{{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true}}
	for _, a := range secondaries(n) {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a})
	}
	return i
}

func release(id string, addresses ...netip.Addr) eni.UnassignRequest {
	return eni.UnassignRequest{InterfaceID: id, Addresses: addresses}
}

var detach = eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"}

// inBubble runs a test in virtual time over a cloud with eni-1.
func inBubble(t *testing.T, test func(t *testing.T, cloud *enitest.Cloud, p *plain)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := new(enitest.Cloud)
		cloud.Put(attached("eni-1", 60))
		test(t, cloud, newPlain(cloud))
	})
}

// slowTurns is a limiter with a turn every ten seconds.
type slowTurns struct{}

func (slowTurns) Wait(ctx context.Context) error {
	select {
	case <-time.After(10 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestWhoComesWhileTheLimiterWaitsTravelsAlong(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Limiter: slowTurns{}})
		var wg sync.WaitGroup
		for n, a := range secondaries(10) {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 900 * time.Millisecond)
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
			t.Errorf("ten callers within one turn should share a change, got %d", got)
		}
	})
}

func TestWhoComesDuringABackOffTravelsAlong(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for n, a := range secondaries(10) {
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 20 * time.Millisecond)
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		calls := cloud.Calls(enitest.UnassignPrivateIps)
		if len(calls) != 2 || len(calls[1].Addresses) != 10 {
			t.Errorf("the second change should carry all ten, got %v", calls)
		}
	})
}

func TestTheLaneOfAnIdleInterfaceIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		for _, a := range secondaries(3) {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(2 * time.Second)
		if n := client.Lanes(); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}

func TestALaneRemembersAChangeUnderWayForAWhile(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		if _, err := client.Detach(t.Context(), detach); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := client.Lanes(); n != 1 {
			t.Errorf("a change is under way: want its lane, got %d", n)
		}
		time.Sleep(time.Minute)
		if n := client.Lanes(); n != 0 {
			t.Errorf("nobody asked any more: want no lane, got %d", n)
		}
	})
}

func TestLookBeforeResend(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
		client := core.New(plainCloud(p), nil)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		var order []enitest.Action
		for _, call := range cloud.Calls() {
			order = append(order, call.Action)
		}
		want := []enitest.Action{enitest.UnassignPrivateIps, enitest.Describe, enitest.UnassignPrivateIps}
		if fmt.Sprint(order) != fmt.Sprint(want) {
			t.Errorf("want %v, got %v", want, order)
		}
	})
}

// After a lost answer part of the addresses is gone: only the rest is sent again.
func TestResendLeavesOutWhatIsDone(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true, After: true})
		cloud.Inject(enitest.Describe, enitest.Fault{})
		client := core.New(plainCloud(p), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(15)...))
		if err != nil {
			t.Fatal(err)
		}
		calls := cloud.Calls(enitest.UnassignPrivateIps)
		if len(calls) != 2 || len(calls[0].Addresses) != 10 || len(calls[1].Addresses) != 5 {
			t.Errorf("want a change of ten and one of five, got %v", calls)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		for _, r := range op.Results() {
			if r.Outcome != eni.OutcomeReleased {
				t.Errorf("%s: want released, got %s", r.Prefix, r.Outcome)
			}
		}
	})
}

func TestACallerLeavesBeforeInAndAfterAChange(t *testing.T) {
	first := secondaries(1)[0]
	tests := map[string]struct {
		leave time.Duration
		want  eni.Outcome
		calls int
	}{
		"before": {5 * time.Second, eni.OutcomeNotTried, 0},
		"in":     {12 * time.Second, eni.OutcomeUnknown, 1},
		"after":  {16 * time.Second, eni.OutcomeAccepted, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.AnswerWhenComplete = true
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
				client := core.New(plainCloud(p), &eni.Options{Limiter: slowTurns{}})
				ctx, cancel := context.WithTimeout(t.Context(), test.leave)
				defer cancel()
				op, err := client.UnassignPrivateIps(ctx, release("eni-1", first))
				if left := test.want != eni.OutcomeAccepted; left != errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if got := op.Results()[0].Outcome; got != test.want {
					t.Errorf("want %s, got %s", test.want, got)
				}
				if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != test.calls {
					t.Errorf("want %d changes, got %d", test.calls, got)
				}
				time.Sleep(2 * time.Second)
				if client.Lanes() != 0 {
					t.Error("the lane is still there")
				}
			})
		})
	}
}

// A caller who comes for an address whose only caller has just left, while its
// change is in the air, gets a change of its own.
func TestAWishOutlivesItsFirstCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		client := core.New(plainCloud(p), nil)
		first := secondaries(1)[0]
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.UnassignPrivateIps(ctx, release("eni-1", first)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", first))
		if err != nil || op.Results()[0].Outcome != eni.OutcomeAccepted {
			t.Errorf("got %v, %v", op.Results(), err)
		}
	})
}

func TestAFailedLookIsRetried(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true, After: true})
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Throttled}, enitest.Fault{Reset: true})
		client := core.New(plainCloud(p), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 || op.Attempts() != 1 {
			t.Errorf("the change had been done: want one, got %d", got)
		}
	})
}

func TestALostAnswerWithoutSightIsUnknown(t *testing.T) {
	for name, fault := range map[string]enitest.Fault{
		"denied":      {Reason: enitest.Denied},
		"unavailable": {Reason: enitest.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action == enitest.Describe {
						return &fault
					}
					return nil
				}
				client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 4}})
				op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
				if err == nil {
					t.Fatal("want an error")
				}
				for _, r := range op.Results() {
					if r.Outcome != eni.OutcomeUnknown || r.Err == nil {
						t.Errorf("want unknown with a reason, got %s (%v)", r.Outcome, r.Err)
					}
				}
				if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
					t.Errorf("nothing may be sent again without a look, got %d changes", got)
				}
			})
		})
	}
}

// A cloud that refuses a batch for one address in words that nobody knows.
func TestAnUnexplainedBatchIsTakenApart(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		addresses := secondaries(4)
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if slices.Contains(call.Addresses, addresses[2]) {
				return &enitest.Fault{Code: "Weird", Message: "no"}
			}
			return nil
		}
		client := core.New(plainCloud(p), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", addresses...))
		if eni.KindOf(err) != eni.ErrUnknown || !strings.Contains(err.Error(), "Weird") {
			t.Errorf("want the cloud's own code, got %v", err)
		}
		for i, r := range op.Results() {
			want := eni.OutcomeAccepted
			if i == 2 {
				want = eni.OutcomeRefused
			}
			if r.Outcome != want {
				t.Errorf("%s: want %s, got %s (%v)", r.Prefix, want, r.Outcome, r.Err)
			}
		}
	})
}

func TestDifferentReasonsAreOneLineRetryableFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Terse = true
		primary := netip.MustParseAddr("10.0.0.1")
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.UnassignPrivateIps && len(cloud.Calls(call.Action)) > 1 {
				return &enitest.Fault{Reason: enitest.Throttled}
			}
			return nil
		}
		client := core.New(plainCloud(p), nil)
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", append(secondaries(2), primary)...))
		if !errors.Is(err, eni.ErrInvalid) || !errors.Is(err, eni.ErrThrottled) {
			t.Fatalf("both reasons should be found, got %v", err)
		}
		if eni.KindOf(err) != eni.ErrThrottled || !eni.IsRetryable(err) {
			t.Errorf("the retryable reason should come first, got %v", err)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("want one line, got %q", err)
		}
	})
}

// The request's own time-out must not look like the end of the caller's context.
func TestARequestThatTimesOutIsNotTheCallersDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Control = func(enitest.Call) *enitest.Fault { return &enitest.Fault{Delay: time.Hour} }
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 2}})
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
		if eni.KindOf(err) != eni.ErrUnavailable || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("want unavailable and no context error, got %v", err)
		}
	})
}

func TestSomebodyElsesDetachServesAsWell(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.Detach, enitest.Fault{Reason: enitest.WrongState})
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.Describe && len(cloud.Calls(enitest.Detach)) == 1 {
				cloud.Update("eni-1", func(i *eni.Interface) { i.State = eni.StateDetaching })
			}
			if call.Action == enitest.Describe && len(cloud.Calls(enitest.Describe)) > 4 {
				cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
			}
			return nil
		}
		client := core.New(plainCloud(p), nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := op.Poll(t.Context()); done || err != nil {
			t.Errorf("want not done, got %t, %v", done, err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if got := op.Outcome(); got != eni.OutcomeAbsent {
			t.Errorf("no detach of ours was accepted: want absent, got %s", got)
		}
	})
}

func TestAChangeAfterADetachWaitsUntilItHasSettled(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 20 * time.Second }
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.Detach(t.Context(), detach); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			synctest.Wait()
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got != 1 {
			t.Errorf("want one change and no conflict, got %d", got)
		}
	})
}

func TestAStuckDetachIsSentAgainAtGrowingIntervals(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		stuck := enitest.Fault{Stuck: true}
		cloud.Inject(enitest.Detach, stuck, stuck, stuck)
		stuckAfter := plainCloud(p)
		stuckAfter.StuckAfter = 10 * time.Second
		client := core.New(stuckAfter, nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		err = op.Wait(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !eni.IsRetryable(err) {
			t.Errorf("want the context's end, got %v", err)
		}
		for _, want := range []string{"stuck", "detaching on i-1", "25s ago", "2000-01-01T00:00:00Z"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error should say %q: %v", want, err)
			}
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		calls := cloud.Calls(enitest.Detach)
		if len(calls) != 4 || op.Attempts() != 4 || len(op.RequestIDs()) != 4 {
			t.Fatalf("want four detaches, got %d, %d attempts, %q", len(calls), op.Attempts(), op.RequestIDs())
		}
		for n, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
			if gap := calls[n+1].Time.Sub(calls[n].Time); gap < want || gap > want+6*time.Second {
				t.Errorf("gap %d: want about %s, got %s", n, want, gap)
			}
		}
	})
}

func TestADetachThatIsNeverStuckIsSentOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Minute }
		client := core.New(plainCloud(p), nil) // StuckAfter is zero: a cloud without that cure
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(cloud.Calls(enitest.Detach)); n != 1 {
			t.Errorf("want one detach, got %d", n)
		}
	})
}

// An accepted change that never settles must not hold up the next one for ever.
func TestAnUnsettledChangeHoldsTheLaneForAWhileOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 24 * time.Hour }
		client := core.New(plainCloud(withTasks{p}), &eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)[1]))
		if !errors.Is(err, eni.ErrConflict) {
			t.Errorf("want the cloud's conflict, got %v", err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("want an answer within the budget, took %s", took)
		}
	})
}

// Ten goroutines on one interface, each releasing its addresses one by one: small
// and large changes must not alternate.
func TestCallersWhoComeBackTravelTogether(t *testing.T) {
	for name, cloudOf := range map[string]func(*plain) core.Cloud{
		"answered when done": func(p *plain) core.Cloud { p.cloud.AnswerWhenComplete = true; return plainCloud(p) },
		"tasks":              func(p *plain) core.Cloud { return plainCloud(withTasks{p}) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Put(attached("eni-1", 100))
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 500 * time.Millisecond }
				client := core.New(cloudOf(p), nil)
				all := secondaries(100)
				var wg sync.WaitGroup
				for n := range 10 {
					wg.Go(func() {
						for _, a := range all[10*n : 10*n+10] {
							if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", a)); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				if got := len(cloud.Calls(enitest.UnassignPrivateIps)); got > 12 {
					t.Errorf("a hundred addresses by ten callers: want hardly more than 10 changes, got %d", got)
				}
			})
		})
	}
}

func TestACallerWhoseTurnWouldComeTooLateIsToldAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{UnassignPrivateIps: 0.1}})
		addresses := secondaries(3)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", addresses[0])); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		op, err := client.UnassignPrivateIps(ctx, release("eni-1", addresses[1:]...))
		if !errors.Is(err, context.DeadlineExceeded) || eni.KindOf(err) != eni.ErrThrottled {
			t.Errorf("got %v", err)
		}
		if strings.Count(err.Error(), "the next permit comes") != 1 {
			t.Errorf("one reason for both addresses should be told once, got %v", err)
		}
		if took := time.Since(start); took > 100*time.Millisecond {
			t.Errorf("want an answer at once, took %s", took)
		}
		if got := op.Results()[0].Outcome; got != eni.OutcomeNotTried {
			t.Errorf("want not tried, got %s", got)
		}
	})
}

// Where changes go on as tasks, one whose answer was lost is not sent again while
// it may be under way.
func TestALostAnswerOfATaskIsWaitedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 500 * time.Millisecond }
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true, After: true})
		client := core.New(plainCloud(withTasks{p}), nil)
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
		if err != nil || op.Results()[0].Outcome != eni.OutcomeReleased {
			t.Fatalf("got %v, %v", op.Results(), err)
		}
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 1 {
			t.Errorf("want one change, got %d", n)
		}
	})
}

func TestADetachWhoseAnswerWasLostIsNotSentTwice(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		cloud.Inject(enitest.Detach, enitest.Fault{Reset: true, After: true})
		client := core.New(plainCloud(p), nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := op.Poll(t.Context()); done || err != nil {
			t.Errorf("it is under way: want not done, got %t, %v", done, err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(cloud.Calls(enitest.Detach)); n != 1 {
			t.Errorf("want one detach, got %d", n)
		}
	})
}

// A lost answer is an accident, two in a row are not: only then comes a pause.
func TestTheFirstLostAnswerCostsNoPause(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		reset := enitest.Fault{Reset: true}
		cloud.Inject(enitest.UnassignPrivateIps, reset, reset)
		client := core.New(plainCloud(p), nil)
		if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		calls := cloud.Calls(enitest.UnassignPrivateIps)
		if len(calls) != 3 {
			t.Fatalf("want three changes, got %d", len(calls))
		}
		if gap := calls[1].Time.Sub(calls[0].Time); gap > 100*time.Millisecond {
			t.Errorf("after the first: want no pause, got %s", gap)
		}
		if gap := calls[2].Time.Sub(calls[1].Time); gap < 200*time.Millisecond {
			t.Errorf("after the second: want a pause, got %s", gap)
		}
	})
}

// Who waits for a change learns at once what another's look has shown.
func TestWaitersLearnFromEachOthersLooks(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		const settle = time.Hour + 100*time.Millisecond // between two looks of the waiter
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return settle }
		client := core.New(plainCloud(p), nil)
		op, err := client.Detach(t.Context(), detach)
		if err != nil {
			t.Fatal(err)
		}
		var back time.Time
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := op.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			back = time.Now()
		})
		time.Sleep(settle + time.Millisecond)
		if done, err := op.Poll(t.Context()); !done || err != nil {
			t.Errorf("want done, got %t, %v", done, err)
		}
		seen := time.Now()
		wg.Wait()
		if !back.Equal(seen) {
			t.Errorf("the waiter came back %s after it was known", back.Sub(seen))
		}
	})
}

func TestChangesOfTheSameAgeAreLookedAtTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for n := range 50 {
			id := fmt.Sprintf("eni-%d", n)
			cloud.Put(attached(id, 1))
			wg.Go(func() {
				time.Sleep(time.Duration(n) * 13 * time.Millisecond)
				req := eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}
				if _, err := eni.Blocking(client).Detach(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(cloud.Calls(enitest.Describe)); n > 100 {
			t.Errorf("fifty detaches of a minute: want few looks, got %d", n)
		}
	})
}

// The detaches of a node, accepted one after another at the quota's pace, share
// their looks; that of a caller who is alone is looked at when it is accepted.
func TestAcceptedDetachesAreLookedAtTogether(t *testing.T) {
	for _, tt := range []struct{ interfaces, most int }{{1, 2}, {100, 20}} {
		t.Run(fmt.Sprint(tt.interfaces), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action == enitest.Detach {
						return &enitest.Fault{Delay: 500 * time.Millisecond}
					}
					return nil
				}
				client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Detach: 50}})
				began := time.Now()
				var wg sync.WaitGroup
				for n := range tt.interfaces {
					id := fmt.Sprintf("eni-%d", n)
					cloud.Put(attached(id, 1))
					wg.Go(func() {
						req := eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"}
						if _, err := eni.Blocking(client).Detach(t.Context(), req); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := len(cloud.Calls(enitest.Describe)); n > tt.most {
					t.Errorf("want %d looks at most, got %d", tt.most, n)
				}
				if took := time.Since(began); tt.interfaces == 1 && took > 510*time.Millisecond {
					t.Errorf("alone, and still it took %v", took)
				}
			})
		})
	}
}

// The same address is one wish, however many there are in the queue and however
// they came into it.
func TestTheSameWishOfSeveralCallersIsOne(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 10 * time.Second})
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		for _, n := range []int{10, 20, 40, 40} {
			wg.Go(func() {
				if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(n)...)); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if n := client.Pending(); n != 40 {
			t.Errorf("want 40 wishes, got %d", n)
		}
		wg.Wait()
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 4 {
			t.Errorf("want 4 changes, got %d", n)
		}
	})
}

// Those who wait for changes under way look together, once a stroke. When they have
// gone, a caller who is alone waits for nobody.
func TestThoseWhoWaitLookTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		settle := 3 * time.Second
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return settle }
		client := core.New(plainCloud(p), nil)
		detach := func(id string) *eni.Operation {
			cloud.Put(attached(id, 1))
			op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: "i-1"})
			if err != nil {
				t.Error(err)
			}
			return op
		}
		ops := make([]*eni.Operation, 50)
		for n := range ops {
			ops[n] = detach(fmt.Sprintf("eni-%d", n))
		}
		before := len(cloud.Calls(enitest.Describe))
		var wg sync.WaitGroup
		for _, op := range ops {
			wg.Go(func() {
				if err := op.Wait(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(cloud.Calls(enitest.Describe)) - before; n > 15 {
			t.Errorf("want a look for each stroke of three seconds, got %d", n)
		}

		settle = 0
		time.Sleep(1030 * time.Millisecond)
		began := time.Now()
		if err := detach("eni-alone").Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 50*time.Millisecond { // between its two looks
			t.Errorf("alone, and still it took %v", took)
		}
	})
}

// A release has mostly taken effect when it is accepted: it is looked at then, but
// for a moment, also where others are about.
func TestAnAcceptedReleaseIsLookedAtSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Put(attached("eni-2", 1))
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 10 * time.Second})
		client := eni.Blocking(core.New(plainCloud(p), nil))
		var wg sync.WaitGroup
		defer wg.Wait()
		call := func(id string) {
			if _, err := client.UnassignPrivateIps(t.Context(), release(id, secondaries(1)...)); err != nil {
				t.Error(err)
			}
		}
		wg.Go(func() { call("eni-2") })
		time.Sleep(1030 * time.Millisecond) // between two strokes
		began := time.Now()
		call("eni-1")
		if took := time.Since(began); took > 5*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}
