// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// bulkJob has the common parts of the command lines of release and delete: a list and a
// journal.
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
	fs.StringVar(&b.journalFile, "journal", "", "`FILE` that records the outcome of each line, so that an interrupted run can\ncontinue; by default beside the list")
	fs.BoolVar(&b.noJournal, "no-journal", false, "keep no journal")
	fs.BoolVarP(&b.yes, "yes", "y", false, "do not ask on a terminal")
	fs.IntVar(&b.parallel, "parallel", 32, "number of interfaces to work on at the same time")
	fs.Float64Var(&b.rate, "rate", 0, "changes a second, if you know the account's quota; by default the cloud's\ndocumented rate, and less when it throttles")
	fs.DurationVar(&b.grace, "grace", 10*time.Second, "time after an interrupt to finish changes in progress")
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
