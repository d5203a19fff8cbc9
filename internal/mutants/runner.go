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

// outcome is what came of a mutant.
type outcome string

const (
	noticed   outcome = "noticed"
	timedOut  outcome = "timed out" // noticed, too
	unnoticed outcome = "not noticed"
	uncovered outcome = "not covered" // not noticed, without a try
	broken    outcome = "does not compile"
)

// suite is the tests of one package.
type suite struct {
	path    string
	dir     string
	timeout time.Duration
}

// runner tries mutants: it builds the tests with the broken file in place of the
// real one and runs them.
type runner struct {
	scratch string // a folder for what it builds
	suites  []*suite
	pattern string        // the names of the tests to run; empty for all
	timeout time.Duration // zero for one that follows from how long the tests take
	memory  int           // in MiB, for each test binary
}

// Tests that take much longer than without a mutant will not end. Other programs
// may take the processor away for a while.
const (
	patience     = 5
	leastTimeout = 10 * time.Second
)

// rehearse runs the tests without a mutant: they have to pass. It learns how long
// they take.
func (r *runner) rehearse(ctx context.Context) error {
	for _, s := range r.suites {
		binary := filepath.Join(r.scratch, "rehearsal")
		if out, err := build(ctx, s, binary, ""); err != nil {
			return fmt.Errorf("the tests of %s do not build: %w\n%s", s.path, err, out)
		}
		if _, err := os.Stat(binary); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s has no tests", s.path)
		}
		var out bytes.Buffer
		cmd := r.command(ctx, s, binary)
		cmd.Stdout, cmd.Stderr = &out, &out
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", s.path, err, &out)
		}
		s.timeout = r.timeout
		if s.timeout == 0 {
			s.timeout = max(patience*time.Since(began), leastTimeout)
		}
		if err := os.Remove(binary); err != nil {
			return err
		}
	}
	return nil
}

// try tells what the tests say of a mutant. The number keeps its files apart from
// those of others that are tried at the same time.
func (r *runner) try(ctx context.Context, m *mutant, number int) (o outcome, err error) {
	dir := filepath.Join(r.scratch, strconv.Itoa(number))
	overlay, err := lay(m, dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, s := range r.suites {
		binary := filepath.Join(dir, "tests")
		_, err := build(ctx, s, binary, overlay)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			return broken, nil
		}
		o, err := r.run(ctx, s, binary)
		if o != unnoticed || err != nil {
			return o, err
		}
	}
	return unnoticed, nil
}

// run runs built tests. They write nowhere: a mutant may write without end.
func (r *runner) run(ctx context.Context, s *suite, binary string) (outcome, error) {
	limit, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err := r.command(limit, s, binary).Run()
	failed := new(exec.ExitError)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return unnoticed, nil
	case limit.Err() != nil:
		return timedOut, nil
	case errors.As(err, &failed):
		return noticed, nil
	default:
		return "", err // the tests did not start
	}
}

// command is the command that runs built tests, as go test would. What they leave
// behind when they are killed lies beside the binary and goes with it.
func (r *runner) command(ctx context.Context, s *suite, binary string) *exec.Cmd {
	cmd := limited(ctx, r.memory, binary, "-test.failfast", "-test.run="+r.pattern, "-test.paniconexit0")
	cmd.Dir = s.dir
	cmd.Env = append(cmd.Env, "TMPDIR="+filepath.Dir(binary))
	return cmd
}

// build compiles the tests of a package. Without its debugging information the
// binary takes half the time to link.
func build(ctx context.Context, s *suite, binary, overlay string) (out []byte, err error) {
	args := []string{"test", "-c", "-p", "1", "-ldflags=-s -w", "-overlay=" + overlay, "-o", binary, s.path}
	return exec.CommandContext(ctx, "go", args...).CombinedOutput() //nolint:gosec // the package is the user's choice
}

// lay writes the mutant's file into a folder, and beside it the file that tells
// the go command to read it in place of the real one.
func lay(m *mutant, dir string) (overlay string, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	code := filepath.Join(dir, filepath.Base(m.file.name))
	if err := os.WriteFile(code, m.code(), 0o600); err != nil { //nolint:gosec // the scratch folder is our own
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {m.file.name: code}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}
