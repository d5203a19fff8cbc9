// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// bulkJob is the command line of a task with a list and a journal: what release and
// delete have in common.
type bulkJob struct {
	*job
	file        string
	journalFile string
	noJournal   bool
	yes         bool
	parallel    int
	rate        float64
	grace       time.Duration
}

func (b *bulkJob) bulkFlags(fs *pflag.FlagSet) {
	fs.StringVarP(&b.file, "file", "f", "", "`FILE` with interfaces, CSV or JSON; - is standard input")
	fs.StringVar(&b.journalFile, "journal", "", "`FILE` that remembers what became of each line, so that a run which was\ninterrupted can go on; by default it is beside the list")
	fs.BoolVar(&b.noJournal, "no-journal", false, "remember nothing")
	fs.BoolVarP(&b.yes, "yes", "y", false, "do not ask on a terminal")
	fs.IntVar(&b.parallel, "parallel", 32, "interfaces that are worked on at the same time")
	fs.Float64Var(&b.rate, "rate", 0, "changes a second, where the account's quota is known; else what the cloud\ndocuments, and slower when it throttles")
	fs.DurationVar(&b.grace, "grace", 10*time.Second, "for what is under way, after an interrupt")
}

func (b *bulkJob) checkBulk() error {
	switch {
	case b.parallel < 1:
		return fmt.Errorf("--parallel %d: want 1 or more", b.parallel)
	case b.noJournal && b.journalFile != "":
		return errors.New("--journal and --no-journal exclude each other")
	case b.rate < 0:
		return fmt.Errorf("--rate %g: want a number of changes, or 0", b.rate)
	case b.grace < 0:
		return fmt.Errorf("--grace %s: want a duration such as 10s", b.grace)
	}
	return nil
}
