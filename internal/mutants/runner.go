// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// outcome is the result for a mutant.
type outcome string

const (
	noticed   outcome = "noticed"
	timedOut  outcome = "timed out" // also detected
	unnoticed outcome = "not noticed"
	uncovered outcome = "not covered" // not detected, and not tried
	broken    outcome = "does not compile"
)

// suite has the tests of one package.
type suite struct {
	path   string
	dir    string
	binary string // with all variants
	stages []stage
}

// runner tries mutants: it builds the tests with the changed file and runs them.
type runner struct {
	scratch  string // a folder for what it builds
	suites   []*suite
	variants variants
	pattern  string        // the names of the tests to run; empty for all
	timeout  time.Duration // zero for one that follows from how long the tests take
	memory   int           // in MiB, for each test binary
}

// rehearse builds the tests with all variants and runs them without a mutant. They must
// pass. It records how long they take.
func (r *runner) rehearse(ctx context.Context) error {
	overlay, err := lay(r.variants.overlay, filepath.Join(r.scratch, "variants"))
	if err != nil {
		return err
	}
	for i, s := range r.suites {
		s.binary = filepath.Join(r.scratch, "tests"+strconv.Itoa(i))
		if out, err := build(ctx, s, s.binary, overlay); err != nil {
			return fmt.Errorf("the tests of %s do not build: %w\n%s", s.path, err, out)
		}
		if _, err := os.Stat(s.binary); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s has no tests", s.path)
		}
		var out bytes.Buffer
		cmd := r.command(ctx, s, attempt{binary: s.binary, dir: r.scratch}, rehearsal, "-test.v", "-test.run="+r.pattern)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", s.path, err, &out)
		}
		s.stages = stages(out.String(), r.pattern, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), r.timeout)
	}
	return nil
}

// attempt is one try of one mutant.
type attempt struct {
	binary  string // the tests
	dir     string // what they leave behind when they are killed lies there and goes with it
	variant int    // zero where the binary has one mutant, or none
}

// try returns the outcome of a mutant. The number distinguishes its files from those of
// other mutants that are tried at the same time.
func (r *runner) try(ctx context.Context, m *mutant, number int) (o outcome, err error) {
	a := attempt{dir: filepath.Join(r.scratch, strconv.Itoa(number)), variant: r.variants.numbers[m]}
	alone := map[string]string{m.file.name: string(m.code())}
	if a.variant > 0 {
		alone = nil
	}
	overlay, err := lay(alone, a.dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(a.dir)) }()
	for _, s := range r.suites {
		a.binary = s.binary
		if a.variant == 0 {
			a.binary = filepath.Join(a.dir, "tests")
			_, err := build(ctx, s, a.binary, overlay)
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			if err != nil {
				return broken, nil
			}
		}
		for _, g := range s.stages {
			o, err := r.run(ctx, s, g, a)
			if o != unnoticed || err != nil {
				return o, err
			}
		}
	}
	return unnoticed, nil
}

// run runs built tests. Their output is discarded, because a mutant may write without end.
func (r *runner) run(ctx context.Context, s *suite, g stage, a attempt) (outcome, error) {
	limit, cancel := context.WithTimeout(ctx, others*g.timeout)
	defer cancel()
	cmd := r.command(limit, s, a, g.timeout, g.args...)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	go endIdle(limit, cmd.Process.Pid, cancel)
	err := cmd.Wait()
	failed := new(exec.ExitError)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return unnoticed, nil
	case limit.Err() != nil:
		return timedOut, nil
	case errors.As(err, &failed):
		if failed.UserTime()+failed.SystemTime() >= g.timeout*9/10 { // the kernel counts in its own way
			return timedOut, nil
		}
		return noticed, nil
	default:
		return "", err // the tests did not start
	}
}

// endIdle ends tests that hang: they have used no processor time for some time.
func endIdle(ctx context.Context, pid int, end context.CancelFunc) {
	last, since := "", time.Now()
	for ticker := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			ticker.Stop()
			return
		case <-ticker.C:
		}
		spent, known := processorTime(pid)
		switch {
		case !known || spent != last:
			last, since = spent, time.Now()
		case time.Since(since) > longestIdle:
			end()
		}
	}
}

// command returns the command that runs built tests, like go test.
func (r *runner) command(ctx context.Context, s *suite, a attempt, processor time.Duration, args ...string) *exec.Cmd {
	args = append([]string{"-test.failfast", "-test.paniconexit0"}, args...)
	cmd := limited(ctx, r.memory, processor, a.binary, args...)
	cmd.Dir = s.dir
	cmd.Env = append(cmd.Env, "TMPDIR="+a.dir, activeName+"="+strconv.Itoa(a.variant))
	return cmd
}

// build compiles the tests of a package, without debugging information, which halves the
// time to link.
func build(ctx context.Context, s *suite, binary, overlay string) (out []byte, err error) {
	args := []string{"test", "-c", "-vet=off", "-p", "1", "-ldflags=-s -w", "-overlay=" + overlay, "-o", binary, s.path}
	return exec.CommandContext(ctx, "go", args...).CombinedOutput()
}

// lay writes replacement files into a folder, and the overlay file for the go command.
func lay(files map[string]string, dir string) (overlay string, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, text := range files {
		replace[name] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(replace[name], []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}
