// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// many returns mutants that differ in their line.
func many(n int) []*mutant {
	list := make([]*mutant, n)
	for i := range list {
		list[i] = &mutant{file: &source{path: "p.go"}, operator: "drop"}
		list[i].pos.Line = i
	}
	return list
}

func TestSample(t *testing.T) {
	all := many(100)
	few := sample(all, 10, 1)
	if len(few) != 10 {
		t.Fatalf("got %d mutants, want 10", len(few))
	}
	byLine := func(a, b *mutant) int { return a.pos.Line - b.pos.Line }
	if !slices.IsSortedFunc(few, byLine) || len(slices.Compact(slices.Clone(few))) != 10 {
		t.Errorf("out of order, or twice: %s", few)
	}
	if !slices.Equal(few, sample(all, 10, 1)) {
		t.Error("the same seed picks others")
	}
	if slices.Equal(few, sample(all, 10, 2)) {
		t.Error("another seed picks the same ones")
	}
	for _, n := range []int{0, 100, 101} {
		if got := sample(all, n, 1); !slices.Equal(got, all) {
			t.Errorf("a sample of %d has %d mutants, want all", n, len(got))
		}
	}
	// Each is as likely as any other: about 100 times out of 1,000.
	picked := map[*mutant]int{}
	for seed := range uint64(1000) {
		for _, m := range sample(all, 10, seed) {
			picked[m]++
		}
	}
	for _, m := range all {
		if n := picked[m]; n < 60 || n > 140 {
			t.Errorf("%s was picked %d times out of 1,000, want about 100", m, n)
		}
	}
}

func TestTryAll(t *testing.T) {
	all := many(20)
	var now atomic.Int32
	three := make(chan struct{})
	try := func(_ context.Context, m *mutant, number int) (outcome, error) {
		defer now.Add(-1)
		n := now.Add(1)
		if n > 3 {
			t.Errorf("%d are tried at the same time, want 3", n)
		}
		if n == 3 && number < 3 {
			close(three)
		}
		<-three // the first three wait for each other
		if m.pos.Line != number {
			t.Errorf("mutant %d has the number %d", m.pos.Line, number)
		}
		if number%2 == 0 {
			return unnoticed, nil
		}
		return noticed, nil
	}
	var progress strings.Builder
	results, err := tryAll(t.Context(), all, 3, &progress, try)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if want := []outcome{unnoticed, noticed}[i%2]; r.mutant != all[i] || r.outcome != want {
			t.Errorf("result %d: got %s %s, want %s", i, r.mutant, r.outcome, want)
		}
	}
	if n := strings.Count(progress.String(), "\n"); n != len(all) {
		t.Errorf("the progress has %d lines, want %d", n, len(all))
	}
}

// An error ends the whole run, and so does the end of the context.
func TestTryAllEnds(t *testing.T) {
	full := errors.New("the disk is full")
	tried := 0
	_, err := tryAll(t.Context(), many(1000), 1, io.Discard, func(context.Context, *mutant, int) (outcome, error) {
		tried++
		return "", full
	})
	if !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if tried == 1000 {
		t.Error("it went on to the end")
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = tryAll(ctx, many(1000), 1, io.Discard, func(ctx context.Context, _ *mutant, _ int) (outcome, error) {
		cancel()
		return noticed, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
