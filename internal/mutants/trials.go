// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// result is the outcome of one mutant, and how long it took.
type result struct {
	mutant  *mutant
	outcome outcome
	took    time.Duration
}

// sample picks n mutants at random, with equal probability, and keeps their order. The
// same seed picks the same ones.
func sample(mutants []*mutant, n int, seed uint64) []*mutant {
	if n <= 0 || n >= len(mutants) {
		return mutants
	}
	picked := rand.New(rand.NewPCG(seed, 0)).Perm(len(mutants))[:n]
	slices.Sort(picked)
	few := make([]*mutant, n)
	for i, at := range picked {
		few[i] = mutants[at]
	}
	return few
}

// tryAll tries several mutants at a time, and returns the results in the order of the
// mutants. It passes each result to progress.
func tryAll(ctx context.Context, mutants []*mutant, jobs int, progress io.Writer,
	try func(context.Context, *mutant, int) (outcome, error),
) ([]result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]result, len(mutants))
	next := make(chan int)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range jobs {
		workers.Go(func() {
			for i := range next {
				began := time.Now()
				o, err := try(ctx, mutants[i], i)
				if err != nil {
					cancel(fmt.Errorf("%s: %w", mutants[i], err))
					continue
				}
				results[i] = result{mutants[i], o, time.Since(began)}
				mu.Lock()
				fmt.Fprintf(progress, "%s: %s\n", mutants[i], o)
				mu.Unlock()
			}
		})
	}
	for i := range mutants {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return results, context.Cause(ctx)
}
