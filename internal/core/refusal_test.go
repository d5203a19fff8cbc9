// SPDX-License-Identifier: Apache-2.0

package core_test

import (
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

// A cloud refuses a batch because of one address, with an unknown code: the others are
// sent without it, and the doubt about a partial change ends only with time.
func TestAnUnexplainedBatchIsTakenApart(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		addresses := secondaries(4)
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if slices.Contains(call.Addresses, addresses[2]) {
				return &enitest.Fault{Code: "Weird", Message: "no"}
			}
			return nil
		}
		client := eni.Blocking(core.New(plainCloud(p), nil))
		op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", addresses...))
		if eni.KindOf(err) != eni.ErrUnknown || !strings.Contains(err.Error(), "Weird") {
			t.Errorf("want the cloud's own code, got %v", err)
		}
		for i, r := range op.Results() {
			want := eni.OutcomeReleased
			if i == 2 {
				want = eni.OutcomeUnknown
			}
			if r.Outcome != want {
				t.Errorf("%s: want %s, got %s (%v)", r, want, r.Outcome, r.Err)
			}
		}
	})
}

// A thousand addresses with a wrong secret: one change, and one error.
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

// The same with retries, as soon as they are used up.
func TestARetriedDenialEndsTheCallWhenItsBudgetIsUsedUp(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied})
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{
			MaxAttempts: 3, Retryable: func(err error) bool { return errors.Is(err, eni.ErrPermission) },
		}})
		_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(10)...))
		if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 3 {
			t.Errorf("want the three attempts of one change, got %d", n)
		}
		if eni.KindOf(err) != eni.ErrPermission {
			t.Errorf("got %v", err)
		}
	})
}

// A caller continues if another call for the same address has ended.
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

// An unsupported form is not sent again, and the other form is sent.
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

// A refusal because of a transient state is a conflict, also if a describe shows the state
// only later. A batch may have been done in part.
func TestARefusalForAPassingStateIsAConflict(t *testing.T) {
	for _, state := range []eni.InterfaceState{eni.StateAttaching, "creating", "pending", "deleting"} {
		for addresses, want := range map[int]eni.Outcome{1: eni.OutcomeRefused, 2: eni.OutcomeUnknown} {
			t.Run(fmt.Sprintf("%s, %d addresses", state, addresses), func(t *testing.T) {
				inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
					cloud.Update("eni-1", func(i *eni.Interface) { i.State = state })
					client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
					op, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(addresses)...))
					var e *eni.Error
					if !errors.As(err, &e) || e.Kind != eni.ErrConflict || e.Code == "" || op.Outcome() != want {
						t.Errorf("want %s and a conflict with the cloud's code, got %s, %v", want, op.Outcome(), err)
					}
					if n := len(cloud.Calls(enitest.UnassignPrivateIps)); n != 3 {
						t.Errorf("want three attempts, got %d", n)
					}
				})
			})
		}
	}
}

// An unknown error for an interface that no describe shows means that the interface is
// missing.
func TestAnUnknownRefusalOfAMissingInterface(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		always(cloud, enitest.UnassignPrivateIps, enitest.Fault{Code: "Weird", Message: "no"})
		op, err := core.New(plainCloud(p), nil).UnassignPrivateIps(t.Context(), release("eni-none", secondaries(1)...))
		if eni.KindOf(err) != eni.ErrNotFound || op.Outcome() != eni.OutcomeAbsent {
			t.Errorf("want not found, got %s, %v", op.Outcome(), err)
		}
	})
}

// A batch is refused but done in part, which a later describe shows: the addresses that
// existed before are Released.
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
