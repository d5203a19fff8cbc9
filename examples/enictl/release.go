// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

// releaseJob is the parsed command line of release.
type releaseJob struct {
	bulkJob
	dryRun bool
}

func (p *program) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "release -f FILE",
		Short:   "Release thousands of addresses of many interfaces, with a journal to continue from",
		Long:    releaseHelp,
		Example: releaseExamples,
		Args:    noArguments,
	}
	r := releaseJob{bulkJob: bulkJob{job: p.newJob(cmd)}}
	fs := cmd.Flags()
	fs.Lookup("timeout").Usage = "for each change, which has up to 10 addresses of one interface"
	r.bulkFlags(fs)
	fs.Lookup("file").Usage = "`FILE` with interfaces and addresses, CSV or JSON; - is standard input"
	fs.BoolVar(&r.dryRun, "dry-run", false, "describe the interfaces and print what would be released; change nothing")
	cmd.PreRunE = func(*cobra.Command, []string) error { return r.check() }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.release(cmd.Context(), r) }
	return cmd
}

func (r releaseJob) check() error {
	if err := r.job.check(); err != nil {
		return err
	}
	if r.file == "" {
		return errors.New("no --file: want a file with lines such as eni-1,10.0.0.5, or - for standard input")
	}
	return r.checkBulk()
}

// release runs a release job. The error is about the command line and its files.
func (p *program) release(ctx context.Context, r releaseJob) error {
	targets, err := p.readTargets(ctx, r.file, &addressList)
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
	r.introduce(ctx, p.person, [2]string{"addresses", countedOn(targets, len(known.done))})
	if r.dryRun {
		p.printDryRun(ctx, r, client, sent, targets, known.done)
		return nil
	}
	if len(known.done) < len(targets) {
		if err := p.confirm(ctx, r.bulkJob, "release"); err != nil {
			return err
		}
	}
	j, err := openJournal(r.journalFile, h)
	if err != nil {
		return err
	}
	c := &campaign{program: p, bulkJob: r.bulkJob, client: client, sent: sent, journal: j, latest: make(map[target]record)}
	c.run(ctx, targets)
	if err := j.close(); err != nil {
		p.fail(err)
	}
	return nil
}
