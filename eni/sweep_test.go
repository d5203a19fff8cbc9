// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/cloudeni/cloudeni/eni"
)

// A dangerous sweep is refused before anything is sent.
func TestSweepRequests(t *testing.T) {
	tagged := eni.Filter{Tags: map[string]string{"app": "x"}}
	inUse, attached := tagged, tagged
	inUse.State, attached.InstanceID = eni.StateInUse, "i-1"
	for _, req := range []eni.SweepRequest{
		{},
		{Filter: eni.Filter{VPCID: "vpc-1"}},
		{Filter: inUse},
		{Filter: attached},
		{Filter: tagged, Grace: -1},
		{Filter: tagged, Parallel: -1},
	} {
		if swept, err := eni.Sweep(t.Context(), nil, req); err == nil || swept != nil {
			t.Errorf("%+v: %v, %v", req, swept, err)
		}
	}
}

// leaks is a number of free interfaces.
type leaks int

func (n leaks) List(context.Context, eni.Filter) iter.Seq2[eni.Interface, error] {
	return func(yield func(eni.Interface, error) bool) {
		tags := map[string]string{"app": "x"}
		for k := range int(n) {
			if !yield(eni.Interface{ID: fmt.Sprintf("eni-%06d", k), Type: eni.TypeSecondary, State: eni.StateAvailable, Tags: tags}, nil) {
				return
			}
		}
	}
}

func (leaks) Delete(context.Context, eni.DeleteRequest) (*eni.Operation, error) {
	return eni.NewOperation(nil), nil
}

// weighed records the memory in use when the first deletion begins.
type weighed struct {
	leaks

	once  sync.Once
	inUse uint64
}

func (w *weighed) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	w.once.Do(func() { w.inUse = heap() })
	return w.leaks.Delete(ctx, req)
}

// heap returns the memory in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A sweep holds little memory for each candidate beside the list that it reports.
func BenchmarkSweep(b *testing.B) {
	const candidates = 10_000
	req := eni.SweepRequest{Filter: eni.Filter{Tags: map[string]string{"app": "x"}}, Max: -1, Grace: time.Nanosecond}
	for b.Loop() {
		before, w := heap(), &weighed{leaks: candidates}
		swept, err := eni.Sweep(b.Context(), w, req)
		if err != nil || len(swept) != candidates {
			b.Fatal(len(swept), err)
		}
		list := candidates * uint64(unsafe.Sizeof(eni.Interface{}))
		b.ReportMetric(float64(w.inUse-before-list)/candidates, "B/candidate")
	}
}

// The defaults: ten minutes, a hundred interfaces.
func TestSweepDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		swept, err := eni.Sweep(t.Context(), leaks(300), eni.SweepRequest{Filter: eni.Filter{Tags: map[string]string{"app": ""}}})
		if took := time.Since(began); err != nil || len(swept) != 100 || took != 10*time.Minute {
			t.Errorf("%d in %s, %v", len(swept), took, err)
		}
	})
}

// stubborn is a number of free interfaces, of which only the last can be deleted.
type stubborn struct {
	leaks

	deleted bool
}

func (s *stubborn) Delete(_ context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	if req.InterfaceID == fmt.Sprintf("eni-%06d", s.leaks-1) {
		s.deleted = true
		return eni.NewOperation(nil), nil
	}
	return nil, eni.ErrState
}

// Interfaces that cannot be deleted do not keep the others from being chosen.
func TestSweepReachesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stubborn{leaks: 5}
		req := eni.SweepRequest{Filter: eni.Filter{Tags: map[string]string{"app": "x"}}, Max: 2}
		for round := 0; !s.deleted; round++ {
			swept, err := eni.Sweep(t.Context(), s, req)
			if err != nil || len(swept) != 2 || swept[0].Interface.ID == swept[1].Interface.ID || round > 100 {
				t.Fatalf("round %d: %v, %v", round, swept, err)
			}
		}
	})
}

// throwing is a number of free interfaces; a function runs in the first deletion.
type throwing struct {
	leaks

	throw   func()
	begun   sync.Once
	deleted atomic.Int64
}

func (s *throwing) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	s.begun.Do(s.throw)
	s.deleted.Add(1)
	return s.leaks.Delete(ctx, req)
}

// A panic in a deletion is the caller's.
func TestSweepPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &throwing{leaks: 3, throw: func() { panic("a hook") }}
		defer func() {
			if v := recover(); v != "a hook" {
				t.Errorf("got the panic %v", v)
			}
		}()
		swept, err := eni.Sweep(t.Context(), s, eni.SweepRequest{Filter: eni.Filter{Tags: map[string]string{"app": "x"}}, Parallel: 2})
		t.Errorf("got %v, %v", swept, err)
	})
}

// A deletion that Goexit ends is no success, and the others go on.
func TestSweepOfDeletionsThatExit(t *testing.T) {
	for parallel, deleted := range map[int]int64{1: 0, 2: 2} {
		synctest.Test(t, func(t *testing.T) {
			s := &throwing{leaks: 3, throw: runtime.Goexit}
			swept, err := eni.Sweep(t.Context(), s, eni.SweepRequest{Filter: eni.Filter{Tags: map[string]string{"app": "x"}}, Parallel: parallel})
			failed := int64(0)
			for _, one := range swept {
				if one.Err != nil {
					failed++
				}
			}
			if err != nil || s.deleted.Load() != deleted || failed != 3-deleted {
				t.Errorf("%d at once: %d deleted, %d failed, %v", parallel, s.deleted.Load(), failed, err)
			}
		})
	}
}
