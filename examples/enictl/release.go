package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// releaseJob is the command line of release, understood.
type releaseJob struct {
	*job
	file        string
	journalFile string
	noJournal   bool
	yes         bool
	dryRun      bool
	parallel    int
	rate        float64
	grace       time.Duration
}

func (p *program) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "release -f FILE",
		Short:   "Release thousands of addresses of many interfaces, with a journal to go on from",
		Long:    releaseHelp,
		Example: releaseExamples,
		Args:    cobra.NoArgs,
	}
	r := releaseJob{job: p.newJob(cmd)}
	fs := cmd.Flags()
	fs.Lookup("timeout").Usage = "for each change, which has up to 10 addresses of one interface"
	fs.StringVarP(&r.file, "file", "f", "", "`FILE` with interfaces and addresses, CSV or JSON; - is standard input")
	fs.StringVar(&r.journalFile, "journal", "", "`FILE` that remembers what became of each address, so that a run which was\ninterrupted can go on; by default it is beside the list")
	fs.BoolVar(&r.noJournal, "no-journal", false, "remember nothing")
	fs.BoolVarP(&r.yes, "yes", "y", false, "do not ask on a terminal")
	fs.BoolVar(&r.dryRun, "dry-run", false, "describe the interfaces and print what would be released; change nothing")
	fs.IntVar(&r.parallel, "parallel", 32, "interfaces that are worked on at the same time")
	fs.Float64Var(&r.rate, "rate", 0, "changes a second, where the account's quota is known; else what the cloud\ndocuments, and slower when it throttles")
	fs.DurationVar(&r.grace, "grace", 10*time.Second, "for what is under way, after an interrupt")
	cmd.PreRunE = func(*cobra.Command, []string) error { return r.check() }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.release(cmd.Context(), r) }
	return cmd
}

func (r releaseJob) check() error {
	if err := r.job.check(); err != nil {
		return err
	}
	switch {
	case r.file == "":
		return errors.New("no --file: want a file with lines such as eni-1,10.0.0.5, or - for standard input")
	case r.parallel < 1:
		return fmt.Errorf("--parallel %d: want 1 or more", r.parallel)
	case r.noJournal && r.journalFile != "":
		return errors.New("--journal and --no-journal exclude each other")
	case r.rate < 0:
		return fmt.Errorf("--rate %g: want a number of changes, or 0", r.rate)
	case r.grace < 0:
		return fmt.Errorf("--grace %s: want a duration such as 10s", r.grace)
	}
	return nil
}

// release carries out a release job. The error is about the command line and the
// files that it names.
func (p *program) release(ctx context.Context, r releaseJob) error {
	targets, err := p.readTargets(ctx, r.file)
	if err != nil {
		return err
	}
	sent := new(tally)
	opts := options(*r.job, sent, p.person)
	opts.Rates.UnassignPrivateIps, opts.Rates.UnassignIpv6 = r.rate, r.rate
	client, err := connect(*r.job, opts)
	if err != nil {
		return err
	}
	h := heading{Version: 1, Provider: r.provider, Region: r.region, Input: digest(targets)}
	r.journalFile = r.journalName(h)
	known, _, err := readJournal(r.journalFile, h)
	if err != nil {
		return err
	}
	r.introduce(ctx, p.person, targets, r.journalFile, len(known.done))
	if r.dryRun {
		p.printDryRun(ctx, r, client, sent, targets, known.done)
		return nil
	}
	if len(known.done) < len(targets) {
		if err := p.confirm(ctx, r); err != nil {
			return err
		}
	}
	j, err := openJournal(r.journalFile, h)
	if err != nil {
		return err
	}
	c := &campaign{program: p, releaseJob: r, client: client, sent: sent, journal: j, latest: make(map[target]record)}
	c.run(ctx, targets)
	if err := j.close(); err != nil {
		p.fail(err)
	}
	return nil
}

// campaign is a release job under way.
type campaign struct {
	*program
	releaseJob
	client   cloudeni.Client
	sent     *tally
	journal  *journal
	progress progress

	mu     sync.Mutex
	latest map[target]record // of this run
}

// perChange is how many addresses both clouds take off in one change. A call for
// that many ends with one change, and its outcomes are in the journal after it.
const perChange = 10

// batch is what one call releases: addresses of one interface and one family, or
// prefixes of one length. A cloud that has no form for prefixes refuses a call
// with one, so that no address may be in it.
type batch []target

func (b batch) command() string {
	if b[0].prefix.Addr().Is6() {
		return unassignIPv6
	}
	return unassignIPs
}

// byBatch orders targets, and is zero for two that one batch may hold.
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

// run works through the targets, and sums up. When ctx ends, no further call is
// made, and those under way have the grace.
func (c *campaign) run(ctx context.Context, targets []target) {
	c.progress = newProgress(c.person, "releasing", len(targets), len(c.journal.done))
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

// withGrace returns a context that ends when the grace after the end of ctx does,
// or with end.
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
		c.progress.sayf("interrupted: what is under way has %s to end; interrupt again to end at once", c.grace)
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

// carryOut makes one call and notes what became of its targets. The error, if any,
// is why no other call needs to be made.
func (c *campaign) carryOut(ctx context.Context, b batch) error {
	j := job{command: b.command(), interfaceID: b[0].eni}
	for _, t := range b {
		if t.prefix.IsSingleIP() {
			j.addresses = append(j.addresses, t.prefix.Addr())
		} else {
			j.prefixes = append(j.prefixes, t.prefix)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	e := perform(ctx, c.client, j)
	if err := c.note(records(b, e)); err != nil {
		return err
	}
	switch kind := eni.KindOf(e.err()); {
	case kind == eni.ErrUnauthenticated,
		kind == eni.ErrUnavailable && !errors.Is(ctx.Err(), context.Canceled) && c.sent.neverReached():
		return e.err() // all others would end like this
	}
	return nil
}

// records has a record for each target of a batch.
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

// errNoReader ends a run whose standard output nobody reads any more.
var errNoReader = errors.New("standard output is closed: no further change is begun")

// note puts records where they belong, the journal first. The error is why no other
// call needs to be made.
func (c *campaign) note(records []record) error {
	if err := c.journal.add(records); err != nil {
		return fmt.Errorf("the journal could not be written: %w", err)
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

// summary is the last line of release -o json. Its numbers are addresses, those
// of earlier runs by the same journal included.
type summary struct {
	OK         bool     `json:"ok"`
	Provider   string   `json:"provider"`
	Region     string   `json:"region"`
	Interfaces int      `json:"interfaces"`
	Addresses  int      `json:"addresses"`
	Before     int      `json:"done_before"` // by the journal
	Released   int      `json:"released"`
	Accepted   int      `json:"accepted"`
	Absent     int      `json:"absent"`
	Refused    int      `json:"refused"`
	Unknown    int      `json:"unknown"`
	NotTried   int      `json:"not_tried"`
	Next       []string `json:"next"` // what a person should do now
}

// sumUp writes what became of everything and sets the exit status. The cause is
// why the run ended early, or nil.
func (c *campaign) sumUp(targets []target, cause error) {
	count := make(map[eni.Outcome]int)
	kinds := make(map[eni.Kind]int)
	interfaces := make(map[string]bool)
	var rows [][]string
	interrupted := errors.Is(cause, context.Canceled) || errors.Is(cause, errNoReader)
	unreached := cause != nil && !interrupted && c.sent.neverReached()
	failed, unfinished := 0, false
	for _, t := range targets {
		interfaces[t.eni] = true
		outcome, before := c.journal.done[t]
		r, tried := c.latest[t]
		if !before {
			outcome = r.outcome
		}
		count[outcome]++
		if before || r.done() {
			continue
		}
		failed++
		switch {
		case !tried:
			unfinished = unfinished || interrupted
			continue
		case unreached && r.Error != nil:
			kinds[r.Error.kind]++ // the same command again would end like this
		case r.Error == nil, r.Error.passes():
			unfinished = true
		default:
			kinds[r.Error.kind]++
			unfinished = unfinished || outcome == eni.OutcomeAccepted || outcome == eni.OutcomeUnknown
		}
		rows = append(rows, []string{t.eni, name(t.prefix), word(outcome), r.Error.brief()})
	}
	switch {
	case unfinished:
		c.status = exitUnfinished
	case failed > 0:
		c.status = exitFailed
	}

	next := []string{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		advice := adviceFor(c.provider, kind)
		if unreached && kind == eni.ErrUnavailable {
			advice = "check --endpoint, --region and the network: the cloud has answered nothing"
		}
		next = append(next, fmt.Sprintf("%s (%d): %s", kind, kinds[kind], advice))
	}
	switch {
	case unfinished && c.journalFile != "":
		next = append(next, "run the same command again: it goes on where it stopped, by the journal")
	case unfinished:
		next = append(next, "run the same command again: it finds what has been done; with a journal it would know")
	case len(c.journal.done) == len(targets):
		next = append(next, "nothing was sent: the journal says that all is done; --no-journal asks the cloud")
	case cause != nil && !interrupted:
		next = append(next, "then run the same command again for the rest")
	}
	s := summary{
		OK: failed == 0, Provider: c.provider, Region: c.region,
		Interfaces: len(interfaces), Addresses: len(targets), Before: len(c.journal.done),
		Released: count[eni.OutcomeReleased], Accepted: count[eni.OutcomeAccepted], Absent: count[eni.OutcomeAbsent],
		Refused: count[eni.OutcomeRefused], Unknown: count[eni.OutcomeUnknown], NotTried: count[eni.OutcomeNotTried], Next: next,
	}
	if c.output == jsonOutput {
		encode(c.stdout, map[string]summary{"summary": s})
	} else {
		writeSome(c.stdout, rows)
		fmt.Fprintln(c.stdout, s)
	}
	if cause != nil && !errors.Is(cause, context.Canceled) {
		c.person.sayf("ended early: %v", cause)
	}
	for _, line := range next {
		c.person.sayf("%s", line)
	}
}

// String sums up for a person.
func (s summary) String() string {
	var counts []string
	for _, part := range []struct {
		n       int
		outcome eni.Outcome
	}{
		{s.Released, eni.OutcomeReleased},
		{s.Accepted, eni.OutcomeAccepted},
		{s.Absent, eni.OutcomeAbsent},
		{s.Refused, eni.OutcomeRefused},
		{s.Unknown, eni.OutcomeUnknown},
		{s.NotTried, eni.OutcomeNotTried},
	} {
		if part.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", part.n, word(part.outcome)))
		}
	}
	text := fmt.Sprintf("%s on %s: %s", counted(s.Addresses, "address", "addresses"),
		counted(s.Interfaces, "interface", "interfaces"), strings.Join(counts, ", "))
	if s.Before > 0 {
		text += fmt.Sprintf(" (%d of them before, by the journal)", s.Before)
	}
	return text
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// mostRows is how many failures a person is shown. All of them are in the journal.
const mostRows = 20

func writeSome(w *output, rows [][]string) {
	writeTable(w, rows[:min(len(rows), mostRows)])
	if more := len(rows) - mostRows; more > 0 {
		fmt.Fprintf(w, "… and %d more; the journal and -o json have all of them\n", more)
	}
}
