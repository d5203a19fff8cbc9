// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// participles has the participle of each command, for its progress.
var participles = map[string]string{releaseList: "releasing", deleteENIs: "deleting", sweepENIs: "deleting"}

// campaign is a running job with a list and a journal.
type campaign struct {
	*program
	bulkJob
	keepTags       map[string]string
	ignoreNotFound bool

	client   cloudeni.Client
	sent     *tally
	journal  *journal
	progress progress

	mu     sync.Mutex
	latest map[target]record // of this run
}

// perChange is the number of addresses in one change of both clouds. A call for that
// many needs one change, and then its outcomes are in the journal.
const perChange = 10

// batch has the targets of one call: addresses of one interface and one family, or
// prefixes of one length, or one interface to delete. Prefixes are not in one call with
// addresses, because a cloud without prefixes refuses the whole call.
type batch []target

func (b batch) command() string {
	if b[0].prefix.Addr().Is6() {
		return unassignIPv6
	}
	return unassignIPs
}

// byBatch orders targets. It returns zero for two that may be in one batch.
func byBatch(a, b target) int {
	return cmp.Or(
		cmp.Compare(a.prefix.Addr().BitLen(), b.prefix.Addr().BitLen()),
		cmp.Compare(b.prefix.Bits(), a.prefix.Bits()),
	)
}

// plan returns the batches of each interface, both in the order of the targets.
func plan(targets []target, done map[target]eni.Outcome) [][]batch {
	var interfaces []string
	byInterface := make(map[string][]target)
	for _, t := range targets {
		if _, ok := done[t]; ok {
			continue
		}
		if byInterface[t.eni] == nil {
			interfaces = append(interfaces, t.eni)
		}
		byInterface[t.eni] = append(byInterface[t.eni], t)
	}
	all := make([][]batch, len(interfaces))
	for n, id := range interfaces {
		slices.SortStableFunc(byInterface[id], byBatch)
		var last batch
		for _, t := range byInterface[id] {
			if len(last) == perChange || len(last) > 0 && byBatch(last[0], t) != 0 {
				all[n], last = append(all[n], last), nil
			}
			last = append(last, t)
		}
		all[n] = append(all[n], last)
	}
	return all
}

// run processes the targets, and sums up. When ctx ends, no further call begins, and
// calls in progress have the grace to end.
func (c *campaign) run(ctx context.Context, targets []target) {
	c.progress = newProgress(c.person, participles[c.command], len(targets), len(c.journal.done))
	begin, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	unwatch := watch(c.progress.sayf, c.sent.trouble)
	work, endGrace := c.withGrace(ctx)

	queue := make(chan []batch)
	var workers sync.WaitGroup
	for range c.parallel {
		workers.Go(func() {
			for batches := range queue {
				for _, b := range batches {
					if begin.Err() != nil {
						break
					}
					if err := c.carryOut(work, b); err != nil {
						stop(err)
					}
				}
			}
		})
	}
	for _, batches := range plan(targets, c.journal.done) {
		select {
		case queue <- batches:
			continue
		case <-begin.Done():
		}
		break
	}
	close(queue)
	workers.Wait()
	endGrace()
	unwatch()
	c.progress.close()
	c.sumUp(targets, context.Cause(begin))
}

// withGrace returns a context that ends the grace after ctx, or with end.
func (c *campaign) withGrace(ctx context.Context) (work context.Context, end func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	finished := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		defer cancel()
		select {
		case <-finished:
			return
		case <-ctx.Done():
		}
		c.progress.sayf("interrupted: waiting up to %s for changes in progress; interrupt again to end at once", c.grace)
		timer := time.NewTimer(c.grace)
		defer timer.Stop()
		select {
		case <-finished:
		case <-timer.C:
		}
	})
	return work, func() {
		close(finished)
		watching.Wait()
	}
}

// carryOut makes one call and records the outcomes of its targets. With an error, no
// other call is made.
func (c *campaign) carryOut(ctx context.Context, b batch) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var e ending
	var became []record
	if b[0].isInterface() {
		e = c.deletion(ctx, b[0].eni)
		became = []record{c.deleted(b[0], e)}
	} else {
		e = perform(ctx, c.client, b.release())
		became = records(b, e)
	}
	if err := c.note(became); err != nil {
		return err
	}
	switch kind := eni.KindOf(e.err()); {
	case kind == eni.ErrUnauthenticated,
		kind == eni.ErrUnavailable && !errors.Is(ctx.Err(), context.Canceled) && c.sent.neverReached():
		return e.err() // all others would fail like this
	}
	return nil
}

// release returns the job that releases a batch of addresses.
func (b batch) release() job {
	j := job{command: b.command(), interfaceID: b[0].eni}
	for _, t := range b {
		if t.prefix.IsSingleIP() {
			j.addresses = append(j.addresses, t.prefix.Addr())
		} else {
			j.prefixes = append(j.prefixes, t.prefix)
		}
	}
	return j
}

// records returns a record for each address of a batch.
func records(b batch, e ending) []record {
	results := make(map[netip.Prefix]eni.Result, len(b))
	for _, r := range e.op.Results() {
		results[r.Prefix] = r
	}
	var all []record
	for _, t := range b {
		r, ok := results[t.prefix]
		if !ok {
			r = eni.Result{Outcome: eni.OutcomeNotTried, Err: e.err()}
		}
		all = append(all, record{
			Time: time.Now().UTC(), ENI: t.eni, Address: name(t.prefix), Outcome: r.Outcome.String(),
			Error: newFailure(e.reason(r)), RequestIDs: e.op.RequestIDs(),
			target: t, outcome: r.Outcome,
		})
	}
	return all
}

// errNoReader ends a run whose standard output is closed.
var errNoReader = errors.New("standard output is closed: no further change begins")

// note writes records to the journal first, and then to the other places. With an error,
// no other call is made.
func (c *campaign) note(records []record) error {
	if err := c.journal.add(records); err != nil {
		return fmt.Errorf("cannot write the journal: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range records {
		c.latest[r.target] = r
		if c.output == jsonOutput {
			encode(c.stdout, r)
		}
	}
	c.progress.add(len(records))
	if isClosed(c.stdout.err) {
		return errNoReader
	}
	return nil
}
