// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// litter puts interfaces into a cloud and returns those that a sweep for app=x must
// delete. Each of the others differs in one property.
func litter(cloud *enitest.Cloud, matching int) (leaked []string) {
	put := func(kind string, n int, change func(*eni.Interface)) {
		for k := range n {
			i := eni.Interface{
				ID: fmt.Sprintf("eni-%s-%04d", kind, k), Type: eni.TypeSecondary, State: eni.StateAvailable,
				Tags: map[string]string{"app": "x"},
			}
			if kind == "leaked" {
				leaked = append(leaked, i.ID)
			}
			change(&i)
			cloud.Put(i)
		}
	}
	put("leaked", matching, func(*eni.Interface) {})
	put("untagged", 20, func(i *eni.Interface) { i.Tags = nil })
	put("other", 20, func(i *eni.Interface) { i.Tags = map[string]string{"app": "y"} })
	put("kept", 20, func(i *eni.Interface) { i.Tags["keep"] = "" })
	put("used", 20, func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-1" })
	put("managed", 20, func(i *eni.Interface) { i.Manager = "eks" })
	put("attaching", 20, func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAttaching, "i-1" })
	return leaked
}

var sweep = eni.SweepRequest{
	Filter: eni.Filter{Tags: map[string]string{"app": "x"}}, KeepTags: map[string]string{"keep": ""}, Max: -1,
}

// deletedBy checks that exactly these interfaces were deleted by a client.
func deletedBy(t *testing.T, cloud *enitest.Cloud, want []string) {
	t.Helper()
	gone := make(map[string]bool)
	for _, change := range cloud.History() {
		if !change.Deleted {
			t.Errorf("a sweep made the change %s", change.Call.Action)
		}
		gone[change.Call.InterfaceID] = true
	}
	if got := slices.Sorted(maps.Keys(gone)); !slices.Equal(got, want) {
		t.Errorf("%d were deleted, want %d", len(got), len(want))
	}
}

// Of 5,000 interfaces 300 match, and 20 of these are attached between the two lists:
// exactly the other 280 go.
func TestSweep(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			leaked := litter(cloud, 300)
			for k := range 4580 {
				cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-z-%04d", k), Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-2"})
			}
			time.AfterFunc(5*time.Minute, func() {
				for _, id := range leaked[:20] {
					cloud.Update(id, func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-3" })
				}
				// A new interface is left for the next sweep.
				cloud.Put(eni.Interface{ID: "eni-new", Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: map[string]string{"app": "x"}})
			})
			began := time.Now()
			var reported []eni.Interface
			req := sweep
			req.Report = func(_ context.Context, candidates []eni.Interface) error {
				reported = candidates
				if len(cloud.History()) != 0 {
					t.Error("deleted before the report")
				}
				return nil
			}
			swept, err := eni.Sweep(t.Context(), v.sweeper(t, cloud), req)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range swept {
				if s.Err != nil || s.Outcome != eni.OutcomeReleased {
					t.Errorf("%s: %s, %v", s.Interface.ID, s.Outcome, s.Err)
				}
			}
			deletedBy(t, cloud, leaked[20:])
			if len(reported) != 280 || len(swept) != 280 || time.Since(began) < 10*time.Minute {
				t.Errorf("%d reported, %d swept in %s", len(reported), len(swept), time.Since(began))
			}
		})
	})
}

// An interface that is attached or loses its tag before its deletion is not deleted, and is
// reported.
func TestSweepOfWhatIsAttachedLate(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			leaked := litter(cloud, 10)
			req := sweep
			req.Report = func(context.Context, []eni.Interface) error {
				cloud.Update(leaked[0], func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-3" })
				cloud.Delete(leaked[1])
				cloud.Update(leaked[2], func(i *eni.Interface) { delete(i.Tags, "app") })
				return nil
			}
			swept, err := eni.Sweep(t.Context(), v.sweeper(t, cloud), req)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range swept {
				want, kind := eni.OutcomeReleased, eni.Kind(0)
				switch s.Interface.ID {
				case leaked[0], leaked[2]:
					want, kind = eni.OutcomeRefused, eni.ErrState
				case leaked[1]:
					want = eni.OutcomeAbsent
				}
				if s.Outcome != want || s.Err != nil && eni.KindOf(s.Err) != kind || (s.Err == nil) != (kind == 0) {
					t.Errorf("%s: %s, %v", s.Interface.ID, s.Outcome, s.Err)
				}
			}
			deletedBy(t, cloud, leaked[3:])
		})
	})
}

// A Report that returns an error, a list that fails and a context that ends delete nothing.
func TestSweepThatEnds(t *testing.T) {
	errDry := errors.New("a dry run")
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			litter(cloud, 10)
			client := v.sweeper(t, cloud)
			dry := sweep
			dry.Report = func(_ context.Context, candidates []eni.Interface) error {
				if len(candidates) != 10 {
					t.Errorf("%d candidates", len(candidates))
				}
				return errDry
			}
			if _, err := eni.Sweep(t.Context(), client, dry); !errors.Is(err, errDry) {
				t.Error(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := eni.Sweep(ctx, client, sweep); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cloud.Inject(enitest.List, enitest.Fault{}, enitest.Fault{Reason: enitest.Denied})
			if _, err := eni.Sweep(t.Context(), client, sweep); !errors.Is(err, eni.ErrPermission) {
				t.Error(err)
			}
			deletedBy(t, cloud, nil)
			few := sweep
			few.Max, few.Grace = 3, time.Second
			swept, err := eni.Sweep(t.Context(), client, few)
			if err != nil || len(swept) != 3 || len(cloud.History()) != 3 {
				t.Errorf("%d, %v", len(swept), err)
			}
		})
	})
}

// sweeper returns a client of a cloud in this process.
func (v vendor) sweeper(t testing.TB, cloud *enitest.Cloud) eni.Sweeper {
	t.Helper()
	k := new(keys)
	return v.at(t, "https://cloud.invalid", &http.Client{Transport: enitest.Transport(v.start(cloud, k))}, nil).(eni.Sweeper) //nolint:forcetypeassert // each cloud's client is one
}
