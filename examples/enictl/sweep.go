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

	"github.com/spf13/cobra"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// The defaults of a sweep, as eni.Sweep has them.
const (
	sweepGrace = 10 * time.Minute
	sweepMax   = 100
)

// sweepJob is the command line of sweep, understood. Its grace is that between the
// lists.
type sweepJob struct {
	bulkJob
	filterFlags
	keep     []string
	keepTags map[string]string
	max      int
	deletes  bool
}

func (p *program) sweepCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     sweepENIs + " --tag KEY[=VALUE]",
		Short:   "Find free interfaces that somebody has left behind, by their tags, and delete them",
		Long:    sweepHelp,
		Example: sweepExamples,
		Args:    cobra.NoArgs,
	}
	s := sweepJob{bulkJob: bulkJob{job: p.newJob(cmd)}}
	fs := cmd.Flags()
	fs.Lookup("timeout").Usage = "for each list, and for each deletion"
	s.register(fs)
	complete(cmd, "type", interfaceTypes...)
	keepTagFlag(fs, &s.keep)
	fs.BoolVar(&s.deletes, "delete", false, "delete what was found; else it is only shown")
	fs.DurationVar(&s.grace, "grace", sweepGrace, "the time between two lists that both must show an interface free, so that\nwhat is being attached is left alone")
	fs.IntVar(&s.max, "max", sweepMax, "interfaces that are deleted at most; the next sweep goes on. -1 is no bound")
	fs.BoolVarP(&s.yes, "yes", "y", false, "do not ask on a terminal")
	fs.IntVar(&s.parallel, "parallel", 32, "interfaces that are worked on at the same time")
	fs.Float64Var(&s.rate, "rate", 0, "deletions a second, where the account's quota is known; else what the cloud\ndocuments, and slower when it throttles")
	fs.StringVar(&s.journalFile, "journal", "", "`FILE` that remembers what became of each interface that was deleted")
	cmd.PreRunE = func(*cobra.Command, []string) error { return s.check() }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.sweep(cmd.Context(), s) }
	return cmd
}

func (s *sweepJob) check() error {
	if err := first(s.job.check, s.checkVersion, s.checkBulk, s.filterFlags.check); err != nil {
		return err
	}
	switch {
	case len(s.filter.Tags) == 0:
		return errors.New("no --tag: a sweep needs at least one, so that it leaves alone what others have made")
	case s.grace == 0:
		return errors.New("--grace 0s: want a duration above zero, such as 10m")
	case s.max == 0 || s.max < -1:
		return fmt.Errorf("--max %d: want 1 or more, or -1 for no bound", s.max)
	case s.journalFile != "" && !s.deletes:
		return errors.New("--journal is for --delete: a dry run has nothing to remember")
	}
	var err error
	s.keepTags, err = parseTags("--keep-tag", s.keep)
	return err
}

// errDryRun ends a sweep that is only to show what it would delete.
var errDryRun = errors.New("dry run")

// sweep carries out a sweep job. The error is about the command line and the files
// that it names.
func (p *program) sweep(ctx context.Context, s sweepJob) error {
	sent := new(tally)
	opts := options(*s.job, sent, p.person)
	opts.Rates.Delete = s.rate
	client, err := connect(*s.job, opts)
	if err != nil {
		return err
	}
	h := heading{Version: 1, Provider: s.provider, Region: s.region, Input: s.digest(), Command: sweepENIs}
	if _, _, err := readJournal(s.journalFile, h); err != nil {
		return err
	}
	s.introduceSweep(ctx, p.person)
	w := &sweeping{program: p, sweepJob: s, client: client, journal: new(journal), heading: h}
	unwatch := watch(w.sayf, sent.trouble)
	swept, err := eni.Sweep(ctx, w, eni.SweepRequest{
		Filter: s.filter, KeepTags: s.keepTags, Grace: s.grace, Max: s.max, Parallel: s.parallel, Report: w.report,
	})
	unwatch()
	if w.progress != nil {
		w.progress.close()
	}
	if err := w.journal.close(); err != nil {
		p.fail(err)
	}
	switch {
	case w.refused != nil:
		return w.refused
	case errors.Is(err, errDryRun):
	case err != nil && swept == nil:
		p.unswept(ctx, s, sent, err)
	default:
		w.sumUp(ctx, swept)
	}
	return nil
}

// digest names what a sweep is about, for its journal.
func (s *sweepJob) digest() string {
	about := []target{{eni: "vpc " + s.filter.VPCID}, {eni: "subnet " + s.filter.SubnetID}, {eni: "type " + s.kind}}
	for key, value := range s.filter.Tags {
		about = append(about, target{eni: fmt.Sprintf("tag %q %q", key, value)})
	}
	return digest(about)
}

func (s *sweepJob) introduceSweep(ctx context.Context, person *console) {
	about := [][2]string{{"tags", tagWords(s.filter.Tags)}}
	for _, part := range [][2]string{{"vpc", s.filter.VPCID}, {"subnet", s.filter.SubnetID}, {"type", s.kind}, {"keep", tagWords(s.keepTags)}} {
		if part[1] != "" {
			about = append(about, part)
		}
	}
	action := "only show what would be deleted"
	if s.deletes {
		action = "delete what is found, " + s.most()
	}
	s.introduce(ctx, person, append(about, [2]string{"action", action})...)
}

// most says how many are deleted.
func (s *sweepJob) most() string {
	if s.max < 0 {
		return "without a bound"
	}
	return fmt.Sprintf("up to %d", s.max)
}

// unswept ends a sweep that has deleted nothing, because a list failed or ctx ended.
func (p *program) unswept(ctx context.Context, s sweepJob, sent *tally, err error) {
	p.status = exitFailed
	if ctx.Err() != nil || newFailure(err).passes() && !sent.neverReached() {
		p.status = exitUnfinished
	}
	if ctx.Err() != nil {
		p.person.sayf("interrupted: nothing was deleted")
	} else {
		explain(p.person, *s.job, err)
	}
	if s.output == jsonOutput {
		encode(p.stdout, map[string]summary{"summary": {Provider: s.provider, Region: s.region, Next: []string{}, Error: newFailure(err)}})
	}
}

// sweeping is a sweep under way: the client of eni.Sweep, which notes what becomes of
// each interface as it does.
type sweeping struct {
	*program
	sweepJob
	client   cloudeni.Client
	heading  heading
	journal  *journal
	progress progress
	refused  error // why nothing was deleted, which is about the command line
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

// List lists within the timeout, and says how long the pause between the lists is.
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

// report shows the candidates, and asks.
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

// show prints candidates: as the result of a dry run, else for the person who is asked.
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

// Delete deletes an interface within the timeout, waits until it is gone, and notes
// what became of it.
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
	return nil, err // it has been waited for, within the timeout
}

// over is why nothing more is deleted, or nil.
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
		w.broken = fmt.Errorf("the journal could not be written: %w", err)
	case isClosed(w.stdout.err):
		w.broken = errNoReader
	case r.Error != nil && (r.Error.kind == eni.ErrUnauthenticated || r.Error.kind == eni.ErrPermission):
		w.broken = errAccount
	}
}

// errAccount ends a sweep whose account may not delete.
var errAccount = errors.New("the account may not do this: no further deletion is begun")

// sumUp writes what became of everything and sets the exit status. An interface that
// the cloud or the rules keep is no failure of a sweep.
func (w *sweeping) sumUp(ctx context.Context, swept []eni.Swept) {
	s := summary{Provider: w.provider, Region: w.region, Interfaces: len(swept), Next: []string{}}
	became := make(map[string]record, len(w.latest))
	for _, r := range w.latest {
		became[r.ENI] = r
	}
	kinds := make(map[eni.Kind]int)
	var rows [][]string
	failed, unfinished, kept := 0, false, 0
	for _, one := range swept {
		r, tried := became[one.Interface.ID]
		if !tried {
			r = record{outcome: eni.OutcomeNotTried, target: target{eni: one.Interface.ID}}
		}
		s.count(r.outcome)
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
		s.Next = append(s.Next, fmt.Sprintf("%s left alone: in use, protected or managed by now", counted(kept, "interface was", "interfaces were")))
	}
	if len(swept) == w.max {
		s.Next = append(s.Next, fmt.Sprintf("there may be more: this sweep was to delete %d at most; run it again", w.max))
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
