// SPDX-License-Identifier: Apache-2.0

// Command live plays the contract against a real account, answers what the vendors'
// pages leave open, and deletes what it has created. README.md says how to run it.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// The exit statuses.
const (
	exitDone    = 0
	exitFailed  = 1 // a promise is broken, or the run ended early
	exitInvalid = 2 // the environment is wrong, or nobody said yes: nothing was sent
	exitLeft    = 3 // something may be left
)

func main() {
	ignoreBrokenPipe()
	os.Exit(program(os.Getenv, os.Stdin, term.IsTerminal(int(os.Stdin.Fd())), os.Stdout))
}

func program(getenv func(string) string, in io.Reader, onTerminal bool, out io.Writer) int {
	s, err := readSettings(getenv)
	if err != nil {
		fmt.Fprintf(out, "%v\nNothing was sent. internal/live/README.md says what is needed.\n", err)
		return exitInvalid
	}
	if s.clean {
		return cleanUp(&s, out)
	}
	if err := writePlan(out, &s); err != nil {
		fmt.Fprintln(out, err)
		return exitInvalid
	}
	if !s.yes && !confirm(in, out, onTerminal) {
		fmt.Fprintln(out, "Nothing was sent.")
		return exitInvalid
	}
	if s.dir != "" {
		s.dir = filepath.Join(s.dir, s.run)
	}
	ctx, cleaning, stop := signals()
	defer stop()
	r, err := run(ctx, cleaning, &s, transport(), out)
	if err != nil {
		fmt.Fprintln(out, err)
	}
	return conclude(&s, r, err, out)
}

// conclude says how a run ended.
func conclude(s *settings, r *report, err error, out io.Writer) int {
	switch {
	case r == nil:
		return exitFailed
	case r.left != nil:
		if r.ended != nil {
			fmt.Fprintf(out, "The run ended early: %v\n", r.ended)
		}
		fmt.Fprintf(out, "%v\nSomething may be left. Delete it with: make live CLEAN=1 RUN=%s\n", r.left, s.run)
		return exitLeft
	case r.ended != nil:
		fmt.Fprintf(out, "The run ended early: %v\nNothing is left.\n", r.ended)
		return exitFailed
	}
	fmt.Fprintf(out, "%d promises, %d broken; %d questions; %d requests. Nothing is left.\n",
		len(r.promises), r.broken(), len(r.answers), r.requests)
	if s.dir != "" {
		fmt.Fprintf(out, "The report and the recording are in %s. Read both before you pass them on.\n", s.dir)
	}
	if err != nil || !r.complete() {
		return exitFailed
	}
	return exitDone
}

// cleanUp deletes what runs have left behind.
func cleanUp(s *settings, out io.Writer) int {
	client, err := open(s, transport())
	if err != nil {
		fmt.Fprintln(out, err)
		return exitInvalid
	}
	which := "every run"
	if s.run != "" {
		which = "the run " + s.run
	}
	fmt.Fprintf(out, "Deleting what %s has left in %s: tagged %s, called %s…\n", which, s.region, tagKey, tagKey+"-")
	ctx, _, stop := signals()
	defer stop()
	c := &cleaner{settings: s, client: client, out: out}
	if err := c.clean(ctx); err != nil {
		fmt.Fprintln(out, err)
		return exitLeft
	}
	fmt.Fprintf(out, "%d deleted. Nothing is left.\n", c.deleted)
	return exitDone
}

// transport is for this program alone, without keep-alives beyond what it needs.
func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	return t.Clone()
}
