// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Sweeper is the interface that [Sweep] needs. The clients of this module implement it.
type Sweeper interface {
	Lister
	Deleter
}

// SweepRequest says which interfaces [Sweep] deletes.
type SweepRequest struct {
	// Filter selects the candidates. At least one tag is required, so that a sweep
	// never deletes interfaces that somebody else created. State must be empty or
	// StateAvailable, and InstanceID must be empty: a sweep deletes only free
	// interfaces.
	Filter Filter

	// KeepTags protects an interface that has one of these tags; see
	// [DeleteRequest.KeepTags].
	KeepTags map[string]string

	// Grace is the minimum time between the two lists. An attachment in progress must
	// end within it. Zero means 10 minutes; negative is an error.
	Grace time.Duration

	// Max is the maximum number of interfaces to delete. The others are in no result;
	// the next sweep deletes them. Zero means 100; negative means no limit.
	Max int

	// Parallel is the maximum number of concurrent deletions. Zero means 16; negative
	// is an error.
	Parallel int

	// Report, if set, is called once with the list of interfaces to delete, which may
	// be empty, before the first deletion. If it returns an error, Sweep deletes
	// nothing and returns that error. For a dry run, print the list and return an
	// error.
	Report func(ctx context.Context, candidates []Interface) error
}

// The defaults of a SweepRequest.
const (
	sweepGrace    = 10 * time.Minute
	sweepMax      = 100
	sweepParallel = 16
)

// Swept is the result of one interface of a sweep.
type Swept struct {
	Interface Interface // from the second list
	Outcome   Outcome   // of its deletion
	Err       error     // why it was not deleted; nil if it is gone
}

// Sweep deletes orphaned interfaces: those that match a filter, that no cloud service
// manages, that no tag protects, and that two lists at least Grace apart showed free.
// Sweep never detaches. Each deletion describes its interface again first; if the
// interface is attached by then, it is not deleted and its result has [ErrState].
//
// Sweep takes at least Grace if there are candidates. It returns a result for each
// interface that it tried to delete, in no particular order. The error is not nil if
// ctx ended, a list failed or Report returned an error; failed deletions are only in
// the results. You can run several sweeps at once and repeat one after a crash.
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

// check sets the defaults and validates the request.
func (req *SweepRequest) check() error {
	switch {
	case len(req.Filter.Tags) == 0:
		return errors.New("eni: a sweep needs a filter with at least one tag")
	case req.Filter.State != "" && req.Filter.State != StateAvailable:
		return errors.New("eni: a sweep deletes only free interfaces: the filter's state must be empty or available")
	case req.Filter.InstanceID != "":
		return errors.New("eni: a sweep deletes only free interfaces: the filter's instance id must be empty")
	case req.Grace < 0:
		return errors.New("eni: the grace of a sweep is negative, want zero (10 minutes) or more")
	case req.Parallel < 0:
		return errors.New("eni: the parallelism of a sweep is negative, want zero (16) or more")
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

// candidates calls f for each interface that may be deleted, until f returns false.
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

// sweep deletes the interfaces found.
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
					err = nil // the lists showed it, so its absence is a success
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

// pause waits, or returns the error of a context that ends first.
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
