// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

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
