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

// The defaults of eni.Sweep.
const (
	sweepGrace = 10 * time.Minute
	sweepMax   = 100
)

// sweepJob is the parsed command line of sweep. Its grace is the time between the lists.
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
		Short:   "Find unused interfaces by their tags, and delete them",
		Long:    sweepHelp,
		Example: sweepExamples,
		Args:    noArguments,
	}
	s := sweepJob{bulkJob: bulkJob{job: p.newJob(cmd)}}
	fs := cmd.Flags()
	fs.Lookup("timeout").Usage = "for each list, and for each deletion"
	s.register(fs)
	complete(cmd, "type", interfaceTypes...)
	keepTagFlag(fs, &s.keep)
	fs.BoolVar(&s.deletes, "delete", false, "delete the interfaces; without it, only show them")
	fs.DurationVar(&s.grace, "grace", sweepGrace, "time between two lists that must both show an interface free")
	fs.IntVar(&s.max, "max", sweepMax, "most interfaces to delete; the next sweep continues. -1 means no bound")
	fs.BoolVarP(&s.yes, "yes", "y", false, "do not ask on a terminal")
	fs.IntVar(&s.parallel, "parallel", 32, "interfaces that are worked on at the same time")
	fs.Float64Var(&s.rate, "rate", 0, "deletions a second, if you know the account's quota; by default the cloud's\ndocumented rate, and less when it throttles")
	fs.StringVar(&s.journalFile, "journal", "", "`FILE` that records the outcome of each deletion")
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
		return errors.New("no --tag: want at least one, so that a sweep deletes only interfaces with it")
	case s.grace == 0:
		return errors.New("--grace 0s: want a positive duration such as 10m")
	case s.max == 0 || s.max < -1:
		return fmt.Errorf("--max %d: want 1 or more, or -1 for no bound", s.max)
	case s.journalFile != "" && !s.deletes:
		return errors.New("--journal needs --delete: a dry run has no outcomes")
	}
	var err error
	s.keepTags, err = parseTags("--keep-tag", s.keep)
	return err
}

// errDryRun ends a sweep that only shows what it would delete.
var errDryRun = errors.New("dry run")

// sweep runs a sweep job. The error is about the command line and its files.
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

// digest identifies a sweep, for its journal.
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

// most returns how many interfaces are deleted at most, as text.
func (s *sweepJob) most() string {
	if s.max < 0 {
		return "without a bound"
	}
	return fmt.Sprintf("up to %d", s.max)
}

// unswept ends a sweep that deleted nothing, because a list failed or ctx ended.
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
