// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// TestSignals runs the program, and ends it while a change is in progress.
func TestSignals(t *testing.T) {
	for name, signal := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(s *site) { endInRequest(s, signal) })
		})
	}
}

func endInRequest(s *site, signal os.Signal) {
	s.Helper()
	arrived := make(chan struct{})
	s.hang(enitest.UnassignPrivateIps, sync.OnceFunc(func() { close(arrived) }))

	// The program should end within a second; 30 allow for a busy machine. At the deadline
	// it is killed and has no exit status.
	ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, built(s.T), s.args(unassignIPs, "10.0.0.5")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	select {
	case <-arrived:
	case <-ctx.Done():
	}
	sent := time.Now()
	if err := cmd.Process.Signal(signal); err != nil {
		s.Error(err)
	}
	_ = cmd.Wait() // the exit status is checked below
	s.Logf("it ended after %s", time.Since(sent))

	p := printed{cmd.ProcessState.ExitCode(), stdout.String(), withoutProgress(stderr.String())}
	p.check(s.T, exitFailed, ""+
		"10.0.0.5   unknown   context canceled before the cloud answered\n"+
		"eni-1: 1 unknown\n", ""+
		"enictl: interrupted: "+s.provider+" UnassignPrivateIps eni-1: unavailable: context canceled before the cloud answered\n"+
		"enictl: run the same command again: it finds what has been done\n")
}

// withoutProgress removes lines of progress, which a slow machine may print.
func withoutProgress(stderr string) string {
	var rest strings.Builder
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "enictl: waiting, ") {
			rest.WriteString(line)
		}
	}
	return rest.String()
}

// TestSecondInterrupt ends a release at once, in the middle of its grace.
func TestSecondInterrupt(t *testing.T) {
	s := newSite(t, "aliyun")
	arrived := make(chan struct{})
	s.hang(enitest.UnassignPrivateIps, sync.OnceFunc(func() { close(arrived) }))
	args := s.flags("release", "-f", file(t, "eni-1,10.0.0.5\n"), "--grace", "1h")
	p := start(t, "", s.env(), noTerminal, args...)
	<-arrived
	p.signal(os.Interrupt)
	p.await("interrupt again to end at once")
	p.signal(os.Interrupt)
	p.end()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %s\n%s", p.cmd.ProcessState, &p.said)
	}
}

// TestBar checks the bar on a terminal, with and without colour, and that it is erased.
func TestBar(t *testing.T) {
	for _, test := range []struct {
		env    string
		colour bool
	}{{"TERM=xterm", true}, {"NO_COLOR=1", false}, {"TERM=dumb", false}} {
		s := newSite(t, "aliyun")
		p := start(t, "", append(s.env(), test.env), onTerminal, s.flags("release", "--yes", "-f", file(t, "eni-1,10.0.0.5\neni-1,10.0.0.1\n"))...)
		if got := string(p.line()); !strings.HasPrefix(got, "eni-1   10.0.0.1   refused   ") {
			t.Errorf("got %q", got)
		}
		p.end()
		said := p.said.String()
		bar, rest, _ := strings.Cut(said, "\renictl: ")
		if !strings.Contains(bar, "releasing") || !strings.Contains(bar, "2/2") || !strings.HasPrefix(rest, "invalid_argument (1): ") {
			t.Errorf("%s: %q", test.env, said)
		}
		if colour := strings.Contains(said, "\x1b[32m"); colour != test.colour {
			t.Errorf("%s: colour %t\n%q", test.env, colour, said)
		}
	}
}
