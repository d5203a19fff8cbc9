// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// options are the values of the flags.
type options struct {
	pattern     string // of the package
	files       string
	tests       string
	run         string
	timeout     time.Duration
	memory      int
	jobs        int
	sample      int
	seed        uint64
	equivalents string
	cover       bool
	least       float64
	json        bool
	verbose     bool
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("mutants", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprintln(stderr, "usage: mutants [flags] package")
		set.PrintDefaults()
	}
	set.StringVar(&o.files, "files", "", "break only these `files` of the package, with commas between")
	set.StringVar(&o.tests, "tests", "", "run the tests of these `packages`, with commas between (default the package)")
	set.StringVar(&o.run, "run", "", "run only the tests that match this `pattern`")
	set.DurationVar(&o.timeout, "timeout", 0, "the processor's `time` for the tests of one package (default three times what they take)")
	set.IntVar(&o.memory, "memory", 1024, "the memory in `MiB` for the tests of one package")
	set.IntVar(&o.jobs, "j", 2, "try so `many` mutants at a time")
	set.IntVar(&o.sample, "sample", 0, "try only so `many` mutants, picked at random")
	set.Uint64Var(&o.seed, "seed", 1, "the `seed` of the sample")
	set.StringVar(&o.equivalents, "equivalent", "", "leave out the mutants that this `file` lists")
	set.BoolVar(&o.cover, "cover", false, "do not try mutants in statements that the tests never reach")
	set.Float64Var(&o.least, "min", 0, "fail when less than this `percentage` is noticed")
	set.BoolVar(&o.json, "json", false, "write the report as JSON")
	set.BoolVar(&o.verbose, "v", false, "say at once what came of each mutant")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() != 1 || o.jobs < 1 || o.memory < 1 {
		set.Usage()
		return o, errors.New("want one package, and at least one job and one MiB")
	}
	o.pattern = set.Arg(0)
	if o.tests == "" {
		o.tests = o.pattern
	}
	return o, nil
}

// run runs the program and returns its error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	s, err := load(ctx, o.pattern)
	if err != nil {
		return err
	}
	sources, err := s.choose(split(o.files))
	if err != nil {
		return err
	}
	mutants, broken, err := s.mutants(sources)
	if err != nil {
		return err
	}
	all := len(mutants)
	mutants, out, err := o.leaveOut(s, sources, mutants)
	if err != nil {
		return err
	}
	results, err := o.try(ctx, s, sample(mutants, o.sample, o.seed), stderr)
	if err != nil {
		return err
	}
	r := newReport(results, out)
	r.Package, r.All = s.path, all-r.Broken
	r.Broken += broken
	for _, f := range sources {
		r.Statements += countStatements(f.syntax)
	}
	if !o.json {
		r.write(stdout)
	} else if err := r.writeJSON(stdout); err != nil {
		return err
	}
	return r.check(o.least)
}

// split splits a list with commas.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// leaveOut removes the mutants that the file of equivalents lists.
func (o options) leaveOut(s *subject, sources []*source, mutants []*mutant) ([]*mutant, []leftOut, error) {
	if o.equivalents == "" {
		return mutants, nil, nil
	}
	list, err := readEquivalents(o.equivalents, s.root, sources)
	if err != nil {
		return nil, nil, err
	}
	return leaveOut(mutants, list)
}

// try runs the tests without a mutant, and then with each mutant.
func (o options) try(ctx context.Context, s *subject, mutants []*mutant, stderr io.Writer) (_ []result, err error) {
	scratch, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	r := &runner{scratch: scratch, pattern: o.run, timeout: o.timeout, memory: o.memory, variants: gather(s, mutants)}
	packages, err := list(ctx, append([]string{"--"}, split(o.tests)...)...)
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		r.suites = append(r.suites, &suite{path: p.ImportPath, dir: p.Dir})
	}
	if err := r.rehearse(ctx); err != nil {
		return nil, err
	}
	var c coverage
	if o.cover {
		if c, err = r.measure(ctx, s.path); err != nil {
			return nil, err
		}
	}
	progress := io.Discard
	if o.verbose {
		progress = stderr
	}
	return tryAll(ctx, mutants, o.jobs, progress, func(ctx context.Context, m *mutant, number int) (outcome, error) {
		if c.misses(s.path, m.pos) {
			return uncovered, nil
		}
		return r.try(ctx, m, number)
	})
}
