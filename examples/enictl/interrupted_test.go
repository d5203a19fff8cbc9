// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestInterruptedRelease interrupts the release of 5,000 addresses over 200
// interfaces twice, the second time by Ctrl-C on a terminal, and goes on each time
// by the journal. In the end each address was released, and none was asked for
// when it was gone already.
//
// It stops reading before it interrupts, so that the program waits for a reader
// and cannot be done before it is interrupted, however fast it is.
func TestInterruptedRelease(t *testing.T) {
	for _, provider := range providerNames() {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			fake := startFake(t, provider, "--enis", "200", "--addresses", "25")
			journal := filepath.Join(t.TempDir(), "run.jsonl")
			release := func(where terminal) *process {
				return start(t, "", fake.env, where, "release", "-f", fake.targets, "--journal", journal, "--rate", "10000", "-o", "json", "--yes")
			}

			first := release(noTerminal)
			known := outcomes(first, 1000, nil)
			first.signal(syscall.SIGINT)
			first.await("interrupted: waiting up to 10s for changes in progress")
			known = interruptedAt(first, known)

			second := release(onTerminal)
			more := outcomes(second, 1000, known)
			second.press()
			second.await("interrupted: waiting up to 10s for changes in progress")
			second.await("releasing") // the bar
			known = interruptedAt(second, more)

			third := release(noTerminal)
			sum := remaining(third, known)
			if third.end(); third.cmd.ProcessState.ExitCode() != exitDone {
				t.Errorf("%s\n%s", third.cmd.ProcessState, &third.said)
			}
			if !sum.OK || sum.Released != 5000 || sum.Absent != 0 || sum.Before < 2000 || sum.Before >= 5000 {
				t.Errorf("in the end: %+v", sum)
			}

			released := fake.stop()
			for _, target := range readLines[record](t, fake.targets) {
				if n := released[target.ENI+" "+target.Address]; n != 1 {
					t.Errorf("%s %s was released %d times", target.ENI, target.Address, n)
				}
			}
			if len(released) != 5000 {
				t.Errorf("%d addresses were released", len(released))
			}
		})
	}
}

// outcomes reads n outcomes and adds them to those known before. None of them is
// about an address of which an outcome was known.
func outcomes(p *process, n int, before map[string]bool) map[string]bool {
	p.Helper()
	known := make(map[string]bool)
	for key := range before {
		known[key] = true
	}
	for range n {
		note(p, p.line(), known)
	}
	return known
}

func note(p *process, line []byte, known map[string]bool) {
	p.Helper()
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		p.Fatalf("%v: %s", err, line)
	}
	if key := r.ENI + " " + r.Address; r.Outcome != "released" || known[key] {
		p.Errorf("known before: %t; %s", known[key], line)
	} else {
		known[key] = true
	}
}

// remaining reads the outcomes up to the summary.
func remaining(p *process, known map[string]bool) summary {
	p.Helper()
	for {
		line := p.line()
		if !strings.HasPrefix(string(line), `{"summary":`) {
			note(p, line, known)
			continue
		}
		var last struct{ Summary summary }
		if err := json.Unmarshal(line, &last); err != nil {
			p.Fatal(err)
		}
		return last.Summary
	}
}

// interruptedAt reads what is left of an interrupted run, and returns all
// outcomes that were known.
func interruptedAt(p *process, known map[string]bool) map[string]bool {
	p.Helper()
	sum := remaining(p, known)
	if p.end(); p.cmd.ProcessState.ExitCode() != exitUnfinished {
		p.Errorf("it ended with %s\n%s", p.cmd.ProcessState, &p.said)
	}
	if sum.OK || sum.Released != len(known) || sum.NotTried != 5000-len(known) || sum.NotTried == 0 {
		p.Errorf("%d known, and %+v", len(known), sum)
	}
	return known
}

// TestKilledRelease kills a release, so that its journal may miss what the cloud
// has done, and may end within a line. The next run finds out.
func TestKilledRelease(t *testing.T) {
	t.Parallel()
	fake := startFake(t, "aliyun", "--enis", "200", "--addresses", "10")
	journal := filepath.Join(t.TempDir(), "run.jsonl")
	args := []string{"release", "-f", fake.targets, "--journal", journal, "-o", "json"}

	killed := start(t, "", fake.env, noTerminal, args...)
	known := outcomes(killed, 100, nil)
	killed.signal(syscall.SIGKILL)
	killed.end()

	again := start(t, "", fake.env, noTerminal, args...)
	for sum := new(summary); sum.Addresses == 0; {
		line := again.line()
		var r struct {
			record
			Summary *summary
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Summary == nil && known[r.ENI+" "+r.Address]:
			t.Errorf("asked for again: %s", line)
		case r.Summary != nil:
			sum = r.Summary
			if !sum.OK || sum.Released+sum.Absent != 2000 || sum.Before < 100 {
				t.Errorf("in the end: %+v", sum)
			}
		}
	}
	if again.end(); again.cmd.ProcessState.ExitCode() != exitDone {
		t.Errorf("%s\n%s", again.cmd.ProcessState, &again.said)
	}
	for address, n := range fake.stop() {
		if n != 1 {
			t.Errorf("%s was released %d times", address, n)
		}
	}
}
