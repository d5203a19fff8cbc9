package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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

// many returns n addresses from 10.8.0.2 on.
func many(n int) []netip.Addr {
	list := []netip.Addr{netip.MustParseAddr("10.8.0.2")}
	for len(list) < n {
		list = append(list, list[len(list)-1].Next())
	}
	return list
}

// always makes every call of an action meet the same fault.
func always(cloud *enitest.Cloud, action enitest.Action, fault enitest.Fault) {
	cloud.Control = func(call enitest.Call) *enitest.Fault {
		if call.Action != action {
			return nil
		}
		return &fault
	}
}

// One address and a thousand are logged in the same words and fields, and no record
// is large, however many addresses it is about.
func TestTheLogOfARefusedCallHasOneShape(t *testing.T) {
	for name, fault := range map[string]enitest.Fault{
		"denied":   {Reason: enitest.Denied},
		"conflict": {Reason: enitest.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			var shapes []string
			for _, n := range []int{1, 1000} {
				inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
					always(cloud, enitest.UnassignPrivateIps, fault)
					var out bytes.Buffer
					logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
					client := core.New(plainCloud(p), &eni.Options{Logger: logger, Retry: eni.Retry{MaxAttempts: 2}})
					_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", many(n)...))
					logger.Error("release failed", "error", err)

					records := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
					t.Logf("%d addresses, %d records; the first and the last:\n%s\n%s", n, len(records), records[0], records[len(records)-1])
					shape := make(map[string]bool)
					for _, record := range records {
						if len(record) > 2000 {
							t.Errorf("a record of %d bytes: %s", len(record), record)
						}
						shape[shapeOf(t, record)] = true
					}
					shapes = append(shapes, strings.Join(slices.Sorted(maps.Keys(shape)), "\n"))
				})
			}
			if shapes[0] != shapes[1] {
				t.Errorf("one address is logged as\n%s\nand a thousand as\n%s", shapes[0], shapes[1])
			}
		})
	}
}

// shapeOf is a record's message and the names of its fields.
func shapeOf(t *testing.T, record []byte) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(record, &fields); err != nil {
		t.Fatal(err)
	}
	nested, ok := fields["error"].(map[string]any)
	if !ok {
		t.Errorf("the error is no object: %s", record)
	}
	return fmt.Sprint(fields["msg"], slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(nested)))
}

// A thousand addresses with a wrong secret: one change, and one reason.
func TestWhatIsTrueOfTheAccountEndsTheCall(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.ExpiredCredentials})
		op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), release("eni-1", many(1000)...))
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 1 {
			t.Errorf("want one change, got %d", n)
		}
		var e *eni.Error
		if !errors.As(err, &e) || e.Kind != eni.ErrUnauthenticated || e.Count != 1000 || len(err.Error()) > 200 {
			t.Errorf("want one short reason of a thousand addresses, got %v", err)
		}
		for i, r := range op.Results() {
			want := eni.OutcomeNotTried
			if i < 10 {
				want = eni.OutcomeRefused
			}
			if r.Outcome != want || !errors.Is(r.Err, e) {
				t.Fatalf("%s: want %s and the error of the call, got %s, %v", r, want, r.Outcome, r.Err)
			}
		}
	})
}

// The same holds when the caller has it sent again, as soon as that has not helped.
func TestARetriedDenialEndsTheCallWhenItsBudgetIsUsedUp(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied})
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{
			MaxAttempts: 3, Retryable: func(err error) bool { return errors.Is(err, eni.ErrPermission) },
		}})
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", many(100)...))
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 3 {
			t.Errorf("want the three attempts of one change, got %d", n)
		}
		if eni.KindOf(err) != eni.ErrPermission {
			t.Errorf("got %v", err)
		}
	})
}

// A caller whose address is one that an ended call wanted too goes on.
func TestADeniedCallLeavesWhatOthersWant(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Second, Reason: enitest.Denied})
		client := core.New(plainCloud(p), nil)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)...)); !errors.Is(err, eni.ErrPermission) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)[15:]...))
		if err != nil || op.Outcome() != eni.OutcomeAccepted {
			t.Errorf("want the five released, got %s, %v", op.Outcome(), err)
		}
		wg.Wait()
	})
}

// What a cloud has no form for is not sent once more, and the other form is.
func TestUnsupportedEndsTheChangesOfTheSameForm(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		prefix := netip.MustParsePrefix("10.1.0.0/28")
		cloud.Update("eni-1", func(i *eni.Interface) { i.Prefixes = append(i.Prefixes, prefix) })
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if len(call.Addresses) > 0 {
				return &enitest.Fault{Code: "unsupported", Message: "this type of interface cannot do that"}
			}
			return nil
		}
		req := release("eni-1", secondaries(40)...)
		req.Prefixes = []netip.Prefix{prefix}
		op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), req)
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 2 {
			t.Errorf("want a change of addresses and one of the prefix, got %d", n)
		}
		var e *eni.Error
		if !errors.As(err, &e) || e.Kind != eni.ErrUnsupported || e.Count != 40 {
			t.Errorf("want one reason of forty addresses, got %v", err)
		}
		var got [eni.OutcomeUnknown + 1]int
		for _, r := range op.Results() {
			got[r.Outcome]++
		}
		if got[eni.OutcomeRefused] != 10 || got[eni.OutcomeNotTried] != 30 || got[eni.OutcomeAccepted] != 1 {
			t.Errorf("want ten refused, thirty not tried and the prefix accepted, got %v", op.Results())
		}
	})
}

// "In use" without an instance is not free, neither at first nor when a detach is
// waited for.
func TestInUseWithoutAnInstanceIsNotFree(t *testing.T) {
	inUse := func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "" }
	t.Run("at first", func(t *testing.T) {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Update("eni-1", inUse)
			op, err := core.New(plainCloud(p), nil).Detach(t.Context(), detach)
			if !errors.Is(err, eni.ErrState) || op.Outcome() != eni.OutcomeRefused {
				t.Errorf("want the cloud's refusal, got %s, %v", op.Outcome(), err)
			}
		})
	})
	t.Run("afterwards", func(t *testing.T) {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
			op, err := core.New(plainCloud(p), nil).Detach(t.Context(), detach)
			if err != nil {
				t.Fatal(err)
			}
			cloud.Update("eni-1", inUse)
			if done, err := op.Poll(t.Context()); done || err != nil || op.Outcome() != eni.OutcomeAccepted {
				t.Errorf("want not done, got %t, %s, %v", done, op.Outcome(), err)
			}
		})
	})
}

// A refusal for a state that passes by itself is a conflict also when the state is
// only seen after it.
func TestARefusalForAPassingStateIsAConflict(t *testing.T) {
	for _, state := range []eni.InterfaceState{eni.StateAttaching, "creating", "pending", "deleting"} {
		t.Run(string(state), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				cloud.Update("eni-1", func(i *eni.Interface) { i.State = state })
				client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
				op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
				var e *eni.Error
				if !errors.As(err, &e) || e.Kind != eni.ErrConflict || e.Code == "" || op.Outcome() != eni.OutcomeRefused {
					t.Errorf("want a conflict with the cloud's code, got %s, %v", op.Outcome(), err)
				}
				if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 3 {
					t.Errorf("want three attempts, got %d", n)
				}
			})
		})
	}
}

// Failures of tasks that are known when the call returns, and those that the wait
// finds, are counted once each.
func TestFailedTasksAreCountedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		fails := enitest.Fault{TaskOutput: "the host did not answer"}
		cloud.Inject(enitest.UnassignPrivateIps, fails, fails)
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
		client := eni.Blocking(core.New(plainCloud(withTasks{p}), nil))
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(20)...))
		var e *eni.Error
		if !errors.As(err, &e) || e.Count != 20 || !strings.Contains(e.Message, "the host did not answer") {
			t.Errorf("want one reason of twenty addresses, got %v", err)
		}
		for _, r := range op.Results() {
			if r.Outcome != eni.OutcomeRefused || !errors.Is(r.Err, e) {
				t.Fatalf("%s: want refused with the error of the call, got %s, %v", r, r.Outcome, r.Err)
			}
		}
	})
}

// The caller whose budget is used up keeps the outcome of a change that may act yet
// for a minute, and no longer.
func TestALostAnswerIsForgottenAfterAMinute(t *testing.T) {
	for after, want := range map[time.Duration]eni.Outcome{
		10 * time.Second: eni.OutcomeUnknown,
		2 * time.Minute:  eni.OutcomeRefused,
	} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reset: true})
			always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
			client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: -1}})
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			op, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
			if op.Outcome() != want || !errors.Is(err, eni.ErrConflict) {
				t.Errorf("after %s: want %s, got %s, %v", after, want, op.Outcome(), err)
			}
		})
	}
}

// A refusal that nobody can read, of an interface that is not described, says that
// there is no such interface, with the cloud's code.
func TestAnUnknownRefusalOfAMissingInterface(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Code: "Weird", Message: "no"})
		op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), release("eni-none", secondaries(1)...))
		var e *eni.Error
		if !errors.As(err, &e) || e.Kind != eni.ErrNotFound || e.Code != "Weird" || op.Outcome() != eni.OutcomeAbsent {
			t.Errorf("want not found with the cloud's code, got %s, %v", op.Outcome(), err)
		}
	})
}

// A batch that was refused and carried out in part, and seen only later: what was
// there before it is released by it.
func TestABatchCarriedOutInPartIsReleasedWhenItIsSeenLater(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.PartialBatches, cloud.Terse = true, true
		cloud.Inject(enitest.Describe, enitest.Fault{}, enitest.Fault{Reason: enitest.Throttled})
		stale := netip.MustParseAddr("10.0.0.200")
		op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)[0], stale))
		if err != nil {
			t.Fatal(err)
		}
		if r := op.Results(); r[0].Outcome != eni.OutcomeReleased || r[1].Outcome != eni.OutcomeAbsent {
			t.Errorf("want the first released and the second absent, got %v", r)
		}
	})
}
