// SPDX-License-Identifier: Apache-2.0

package eni

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
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

	// Max is the maximum number of interfaces to delete. Sweep chooses them at random, so
	// that interfaces that cannot be deleted do not keep the others from being chosen.
	// The others are in no result. Zero means 100; negative means no limit.
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
// interface is attached by then, or lacks a tag of the filter, it is not deleted and its
// result has [ErrState].
//
// Sweep takes at least Grace if there are candidates. It returns a result for each
// interface that it tried to delete, in no particular order. The error is not nil if
// ctx ended, a list failed or Report returned an error; failed deletions are only in
// the results. If a method of client panics, Sweep panics when the other deletions have
// ended. You can run several sweeps at once and repeat one after a crash.
func Sweep(ctx context.Context, client Sweeper, req SweepRequest) ([]Swept, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	req.Filter.State = StateAvailable
	first := make(map[string]bool)
	err := req.candidates(ctx, client, func(i Interface) { first[i.ID] = true })
	if err != nil {
		return nil, err
	}
	var found []Interface
	if len(first) > 0 {
		if found, err = req.choose(ctx, client, first); err != nil {
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

// choose lists the interfaces again after the grace, and returns at most Max of those that
// were in the first list. Each of them is chosen with the same probability.
func (req *SweepRequest) choose(ctx context.Context, client Lister, first map[string]bool) ([]Interface, error) {
	if err := pause(ctx, req.Grace); err != nil {
		return nil, err
	}
	var found []Interface
	n := 0
	err := req.candidates(ctx, client, func(i Interface) {
		if !first[i.ID] {
			return
		}
		if n++; req.Max < 0 || len(found) < req.Max {
			found = append(found, i)
		} else if at := rand.IntN(n); at < req.Max {
			found[at] = i
		}
	})
	return found, err
}

// candidates calls f for each interface that may be deleted.
func (req *SweepRequest) candidates(ctx context.Context, client Lister, f func(Interface)) error {
	for i, err := range client.List(ctx, req.Filter) {
		if err != nil {
			return err
		}
		_, kept := i.Keeps(req.KeepTags)
		free := i.State == StateAvailable && i.InstanceID == "" && i.Type != TypePrimary
		if free && !kept && i.Manager == "" && req.Filter.Matches(&i) {
			f(i)
		}
	}
	return nil
}

// sweep deletes the interfaces found.
func (req *SweepRequest) sweep(ctx context.Context, client Deleter, found []Interface) []Swept {
	deleter := BlockingDeleter(client)
	swept := make([]Swept, len(found))
	for n := range found {
		swept[n] = Swept{Interface: found[n], Err: errNoDeletion}
	}
	var (
		next    atomic.Int64
		workers sync.WaitGroup
		thrown  atomic.Pointer[any]
	)
	for range min(req.Parallel, len(found)) {
		workers.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					thrown.CompareAndSwap(nil, &v)
				}
			}()
			for n := next.Add(1) - 1; n < int64(len(found)) && thrown.Load() == nil; n = next.Add(1) - 1 {
				swept[n] = req.delete(ctx, deleter, found[n])
			}
		})
	}
	workers.Wait()
	if v := thrown.Load(); v != nil {
		panic(*v)
	}
	return swept
}

// errNoDeletion is the error of an interface whose deletion did not return: Goexit has
// ended the goroutine.
var errNoDeletion = errors.New("eni: the deletion of this interface ended early")

// delete deletes an interface. The tags of the filter must still be there.
func (req *SweepRequest) delete(ctx context.Context, deleter Deleter, i Interface) Swept {
	op, err := deleter.Delete(ctx, DeleteRequest{InterfaceID: i.ID, KeepTags: req.KeepTags, RequireTags: req.Filter.Tags})
	if op.Outcome() == OutcomeAbsent {
		err = nil // the lists showed it, so its absence is a success
	}
	return Swept{Interface: i, Outcome: op.Outcome(), Err: err}
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
