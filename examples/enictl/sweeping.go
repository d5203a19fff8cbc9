// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// sweeping is a running sweep. It is the client for eni.Sweep, and records the outcome of
// each interface.
type sweeping struct {
	*program
	sweepJob
	client   cloudeni.Client
	heading  heading
	journal  *journal
	progress progress
	refused  error // why nothing was deleted; about the command line
	lists    int

	mu     sync.Mutex
	latest []record
	broken error // why nothing more is deleted
}

func (w *sweeping) sayf(format string, args ...any) {
	if w.progress != nil {
		w.progress.sayf(format, args...)
		return
	}
	w.person.sayf(format, args...)
}

// List lists within the timeout, and prints the pause between the lists.
func (w *sweeping) List(ctx context.Context, f eni.Filter) iter.Seq2[eni.Interface, error] {
	return func(yield func(eni.Interface, error) bool) {
		listing, cancel := context.WithTimeout(ctx, w.timeout)
		defer cancel()
		n := 0
		for i, err := range w.client.List(listing, f) {
			if !yield(i, err) || err != nil {
				return
			}
			if _, kept := i.Keeps(w.keepTags); !kept && i.Manager == "" {
				n++
			}
		}
		if w.lists++; w.lists == 1 && n > 0 {
			w.person.sayf("%s; listing them again in %s", counted(n, "free interface matches", "free interfaces match"), w.grace)
		}
	}
}

// report shows the candidates, and asks for confirmation.
func (w *sweeping) report(ctx context.Context, candidates []eni.Interface) error {
	if !w.deletes || w.output != jsonOutput && isTerminal(w.person.w) {
		w.show(candidates)
	}
	switch {
	case !w.deletes:
		w.explainDryRun(len(candidates))
		return errDryRun
	case len(candidates) == 0:
		return nil
	}
	if w.refused = w.confirm(ctx, w.bulkJob, deleteENIs); w.refused != nil {
		return w.refused
	}
	j, err := openJournal(w.journalFile, w.heading)
	if err != nil {
		w.refused = err
		return err
	}
	w.journal = j
	w.progress = newProgress(w.person, participles[w.command], len(candidates), 0)
	return nil
}

// show prints candidates: as the result of a dry run, or else before the confirmation.
func (w *sweeping) show(candidates []eni.Interface) {
	switch {
	case w.output == jsonOutput:
		for _, i := range candidates {
			encode(w.stdout, newShown(i))
		}
	case !w.deletes && len(candidates) > 0:
		(&alignedRows{w: w.stdout}).write(interfaceLines(candidates, withHeader)...)
	case !w.yes && len(candidates) > 0:
		(&alignedRows{w: w.person}).write(interfaceLines(candidates[:min(len(candidates), mostRows)], withHeader)...)
		if more := len(candidates) - mostRows; more > 0 {
			fmt.Fprintf(w.person, "… and %d more\n", more)
		}
	}
}

func (w *sweeping) explainDryRun(n int) {
	if w.output == jsonOutput {
		encode(w.stdout, map[string]any{"dry_run": map[string]int{"would_delete": n}})
		return
	}
	text := fmt.Sprintf("dry run, nothing was deleted: %d would be", n)
	if n > 0 {
		text += "; --delete deletes them"
	}
	fmt.Fprintln(w.stdout, text)
}

// Delete deletes an interface within the timeout, waits until it is gone, and records the
// outcome.
func (w *sweeping) Delete(ctx context.Context, req eni.DeleteRequest) (*eni.Operation, error) {
	if err := w.over(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	var e ending
	e.op, e.callErr = w.client.Delete(ctx, req)
	e.waitErr = e.op.Wait(ctx)
	err := e.err()
	if e.op.Outcome() == eni.OutcomeAbsent {
		err = eni.IgnoreNotFound(err) // the lists have shown it
	}
	r := record{
		Time: time.Now().UTC(), ENI: req.InterfaceID, Outcome: e.op.Outcome().String(), Error: newFailure(err), RequestIDs: e.op.RequestIDs(),
		target: target{eni: req.InterfaceID}, outcome: e.op.Outcome(),
	}
	w.note(r)
	return nil, err // the wait is over
}

// over returns why nothing more is deleted, or nil.
func (w *sweeping) over() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

func (w *sweeping) note(r record) {
	err := w.journal.add([]record{r})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.latest = append(w.latest, r); w.output == jsonOutput {
		encode(w.stdout, r)
	}
	w.progress.add(1)
	switch {
	case err != nil:
		w.broken = fmt.Errorf("cannot write the journal: %w", err)
	case isClosed(w.stdout.err):
		w.broken = errNoReader
	case r.Error != nil && (r.Error.kind == eni.ErrUnauthenticated || r.Error.kind == eni.ErrPermission):
		w.broken = errAccount
	}
}

// errAccount ends a sweep whose account may not delete.
var errAccount = errors.New("the account lacks a permission: no further deletion begins")

// sumUp writes the summary and sets the exit status. An interface that the cloud or the
// rules keep is no failure of a sweep.
func (w *sweeping) sumUp(ctx context.Context, swept []eni.Swept) {
	s := summary{Provider: w.provider, Region: w.region, Interfaces: len(swept), Next: []string{}}
	became := make(map[string]record, len(w.latest))
	for _, r := range w.latest {
		became[r.ENI] = r
	}
	count, kinds := make(map[eni.Outcome]int), make(map[eni.Kind]int)
	var rows [][]string
	failed, unfinished, kept := 0, false, 0
	for _, one := range swept {
		r, tried := became[one.Interface.ID]
		if !tried {
			r = record{outcome: eni.OutcomeNotTried, target: target{eni: one.Interface.ID}}
		}
		count[r.outcome]++
		switch {
		case r.done():
			continue
		case !tried:
			failed, unfinished = failed+1, true
			continue
		case r.outcome == eni.OutcomeRefused && r.Error != nil && r.Error.kind == eni.ErrState:
			kept++
		default:
			failed++
			if unfinished = unfinished || r.Error == nil || r.Error.passes() || r.outcome == eni.OutcomeUnknown; r.Error != nil {
				kinds[r.Error.kind]++
			}
		}
		rows = append(rows, failureRow(r.target, r.outcome, r.Error))
	}
	s = s.with(count)
	if s.OK = failed == 0; !s.OK {
		w.status = exitFailed
		if unfinished && !errors.Is(w.broken, errAccount) {
			w.status = exitUnfinished
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		s.Next = append(s.Next, fmt.Sprintf("%s (%d): %s", kind, kinds[kind], adviceFor(w.provider, kind)))
	}
	if kept > 0 {
		s.Next = append(s.Next, fmt.Sprintf("%s not deleted: now in use, protected, managed or without the tags", counted(kept, "interface was", "interfaces were")))
	}
	if len(swept) == w.max {
		s.Next = append(s.Next, fmt.Sprintf("there may be more: this sweep deletes at most %d; run it again", w.max))
	}
	if w.status == exitUnfinished {
		s.Next = append(s.Next, "run the same command again: it lists what is left")
	}
	if w.output == jsonOutput {
		encode(w.stdout, map[string]summary{"summary": s})
	} else {
		writeSome(w.stdout, rows)
		fmt.Fprintln(w.stdout, s)
	}
	if w.broken != nil {
		w.person.sayf("ended early: %v", w.broken)
	} else if ctx.Err() != nil {
		w.person.sayf("interrupted")
	}
	for _, line := range s.Next {
		w.person.sayf("%s", line)
	}
}
