// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Sweeper is what [Sweep] needs of a client. The clients of this module are Sweepers.
type Sweeper interface {
	Lister
	Deleter
}

// SweepRequest says which interfaces [Sweep] deletes, and how carefully.
type SweepRequest struct {
	// Filter picks the candidates. At least one tag is required, so that a sweep
	// never deletes what somebody else made. State must be empty or StateAvailable,
	// and InstanceID must be empty: a sweep deletes free interfaces alone.
	Filter Filter

	// KeepTags protects an interface that has one of these tags; see
	// [DeleteRequest.KeepTags].
	KeepTags map[string]string

	// Grace is the least time between the two lists that must both show a candidate
	// free. An attachment that is under way ends within it. Zero means 10 minutes;
	// negative is refused.
	Grace time.Duration

	// Max bounds how many interfaces are deleted. The rest is left for the next
	// sweep, and is in no result. Zero means 100; negative means no bound.
	Max int

	// Parallel bounds how many deletions are under way at once. Zero means 16.
	Parallel int

	// Report, where set, is called once with what will be deleted, before anything
	// is, also with an empty list. An error ends the sweep: nothing is deleted, and
	// Sweep returns the error. A tool's dry run is a Report that prints the list and
	// returns an error of its own.
	Report func(ctx context.Context, candidates []Interface) error
}

// The defaults of a SweepRequest.
const (
	sweepGrace    = 10 * time.Minute
	sweepMax      = 100
	sweepParallel = 16
)

// Swept is what became of one interface that a sweep was to delete.
type Swept struct {
	Interface Interface // as the second list showed it
	Outcome   Outcome   // of its deletion
	Err       error     // why it was not deleted; nil when it is gone
}

// Sweep deletes interfaces that somebody has left behind: free ones that match a
// filter, are not managed by a service of the cloud, are protected by no tag, and
// were seen free in two lists at least Grace apart. It never detaches. Each
// deletion describes its interface once more, so what was attached meanwhile is
// left alone, with [ErrState].
//
// Sweep takes at least Grace. It returns a result for each interface that it was to
// delete, in no promised order, and an error when ctx ended, a list failed or
// Report refused; failed deletions are in the results alone. It is safe to run
// several sweeps at once, and to run one again after a crash.
func Sweep(ctx context.Context, client Sweeper, req SweepRequest) ([]Swept, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	req.Filter.State = StateAvailable
	first := make(map[string]bool)
	err := req.candidates(ctx, client, func(i Interface) bool {
		first[i.ID] = true
		return true
	})
	if err != nil {
		return nil, err
	}
	var found []Interface
	if len(first) > 0 {
		if err := pause(ctx, req.Grace); err != nil {
			return nil, err
		}
		err = req.candidates(ctx, client, func(i Interface) bool {
			if first[i.ID] {
				found = append(found, i)
			}
			return req.Max < 0 || len(found) < req.Max
		})
		if err != nil {
			return nil, err
		}
	}
	if req.Report != nil {
		if err := req.Report(ctx, found); err != nil {
			return nil, err
		}
	}
	return req.sweep(ctx, client, found), ctx.Err()
}

// check fills in the defaults, and refuses what is dangerous.
func (req *SweepRequest) check() error {
	switch {
	case len(req.Filter.Tags) == 0:
		return errors.New("eni: a sweep needs a filter with at least one tag")
	case req.Filter.State != "" && req.Filter.State != StateAvailable:
		return errors.New("eni: a sweep deletes free interfaces alone: the filter's state must be empty or available")
	case req.Filter.InstanceID != "":
		return errors.New("eni: a sweep deletes free interfaces alone: the filter's instance id must be empty")
	case req.Grace < 0:
		return errors.New("eni: the grace of a sweep is negative, want zero for 10 minutes or more than zero")
	case req.Parallel < 0:
		return errors.New("eni: the parallel deletions of a sweep are negative, want zero for 16 or more than zero")
	}
	if req.Grace == 0 {
		req.Grace = sweepGrace
	}
	if req.Max == 0 {
		req.Max = sweepMax
	}
	if req.Parallel == 0 {
		req.Parallel = sweepParallel
	}
	return nil
}

// candidates calls f for each interface that may be deleted, until f says no.
func (req *SweepRequest) candidates(ctx context.Context, client Lister, f func(Interface) bool) error {
	for i, err := range client.List(ctx, req.Filter) {
		if err != nil {
			return err
		}
		_, kept := i.Keeps(req.KeepTags)
		free := i.State == StateAvailable && i.InstanceID == "" && i.Type != TypePrimary
		if free && !kept && i.Manager == "" && req.Filter.Matches(&i) && !f(i) {
			return nil
		}
	}
	return nil
}

// sweep deletes what was found.
func (req *SweepRequest) sweep(ctx context.Context, client Deleter, found []Interface) []Swept {
	deleter := BlockingDeleter(client)
	swept := make([]Swept, len(found))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(req.Parallel, len(found)) {
		workers.Go(func() {
			for n := range next {
				op, err := deleter.Delete(ctx, DeleteRequest{InterfaceID: found[n].ID, KeepTags: req.KeepTags})
				if op.Outcome() == OutcomeAbsent {
					err = nil // the lists have seen it
				}
				swept[n] = Swept{Interface: found[n], Outcome: op.Outcome(), Err: err}
			}
		})
	}
	for n := range found {
		next <- n
	}
	close(next)
	workers.Wait()
	return swept
}

// pause waits, or returns why the context ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
