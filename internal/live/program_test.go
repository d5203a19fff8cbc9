// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Before somebody has said yes, nothing is sent.
func TestNothingIsSentBeforeYes(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		st := newStage(t, provider)
		web := httptest.NewServer(st.server)
		t.Cleanup(web.Close)
		for name, change := range map[string]func(string) string{
			"nobody said yes": func(pair string) string { return strings.Replace(pair, "YES=1", "YES=0", 1) },
			"a wrong setting": func(pair string) string { return strings.Replace(pair, "LIVE_PATIENCE=200ms", "LIVE_PATIENCE=1h", 1) },
			"no key":          func(pair string) string { return strings.Replace(pair, st.secret, "", 1) },
		} {
			cmd, said := st.command(web.URL, false)
			for n := range cmd.Env {
				cmd.Env[n] = change(cmd.Env[n])
			}
			_ = cmd.Run() // the exit status is looked at
			if got := cmd.ProcessState.ExitCode(); got != exitInvalid || !strings.Contains(said.String(), "Nothing was sent.") {
				t.Errorf("%s: exit status %d\n%s", name, got, said)
			}
			if name == "nobody said yes" && (!strings.Contains(said.String(), "What it costs:") || !strings.Contains(said.String(), "Set YES=1")) {
				t.Errorf("%s:\n%s", name, said)
			}
		}
		if calls := st.cloud.Calls(); len(calls) > 0 {
			t.Errorf("sent: %v", calls)
		}
	})
}

func TestConfirm(t *testing.T) {
	for typed, want := range map[string]bool{"yes\n": true, "y\n": false, "no\n": false, "\n": false, "": false, "yes": false} {
		if got := confirm(strings.NewReader(typed), new(bytes.Buffer), true); got != want {
			t.Errorf("%q: got %t", typed, got)
		}
	}
	var said bytes.Buffer
	if confirm(strings.NewReader("yes\n"), &said, false) || !strings.Contains(said.String(), "Set YES=1") {
		t.Errorf("without a terminal: %s", said.String())
	}
}

// interrupted is a cloud that sends a signal to a process at some of its requests.
type interrupted struct {
	cloud   http.Handler
	at      int64
	again   atomic.Bool // and at each request from the second behind that on
	signal  os.Signal
	sent    atomic.Int64
	process chan *os.Process
}

func (i *interrupted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := i.sent.Add(1); n == i.at || i.again.Load() && n > i.at+1 {
		p := <-i.process
		_ = p.Signal(i.signal)
		i.process <- p
		panic(http.ErrAbortHandler)
	}
	i.cloud.ServeHTTP(w, r)
}

// Where nobody reads what the program prints any more, as with a tee that Ctrl-C has ended
// too, the program deletes what it has created all the same. The signal comes twice, as
// timeout(1) sends it.
func TestInterruptedWithoutReader(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, provider string) {
		st := newStage(t, provider)
		out, in, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		process := make(chan *os.Process, 1)
		var sent atomic.Int64
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sent.Add(1) == 30 {
				_ = out.Close()
				p := <-process
				_ = p.Signal(os.Interrupt)
				time.AfterFunc(50*time.Millisecond, func() { _ = p.Signal(os.Interrupt) })
			}
			st.server.ServeHTTP(w, r)
		}))
		t.Cleanup(web.Close)
		cmd, _ := st.command(web.URL, false)
		cmd.Stdout, cmd.Stderr = in, in
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = in.Close()
		process <- cmd.Process
		_ = cmd.Wait() // the exit status is looked at
		if got := cmd.ProcessState.ExitCode(); got != exitFailed {
			t.Errorf("exit status %s, want %d", cmd.ProcessState, exitFailed)
		}
		st.untouched()
	})
}

// The first signal ends a run, which deletes what it has created. A later one ends that
// too, and the program says what to do.
func TestSignals(t *testing.T) {
	t.Parallel()
	var runs sync.WaitGroup // most of the time is spent waiting
	for name, test := range map[string]struct {
		signal os.Signal
		at     int64
		again  bool
		status int
		said   string
	}{
		"interrupt":       {os.Interrupt, 30, false, exitFailed, "Nothing is left."},
		"terminate":       {syscall.SIGTERM, 31, false, exitFailed, "Nothing is left."},
		"hang up":         {syscall.SIGHUP, 32, false, exitFailed, "Nothing is left."},
		"interrupt twice": {os.Interrupt, 30, true, exitLeft, "make live CLEAN=1 RUN="},
	} {
		for _, provider := range providers {
			runs.Go(func() {
				t.Run(name+" on "+provider, func(t *testing.T) {
					st := newStage(t, provider)
					i := &interrupted{cloud: st.server, at: test.at, signal: test.signal, process: make(chan *os.Process, 1)}
					i.again.Store(test.again)
					web := httptest.NewServer(i)
					t.Cleanup(web.Close)
					cmd, said := st.command(web.URL, false)
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					i.process <- cmd.Process
					_ = cmd.Wait() // the exit status is looked at
					if got := cmd.ProcessState.ExitCode(); got != test.status || !strings.Contains(said.String(), test.said) {
						t.Errorf("exit status %d, want %d and %q\n%s", got, test.status, test.said, said)
					}
					if test.status == exitLeft {
						i.again.Store(false)
						cmd, said = st.command(web.URL, true)
						if err := cmd.Run(); err != nil {
							t.Errorf("the clean-up: %v\n%s", err, said)
						}
					}
					st.untouched()
				})
			})
		}
	}
	runs.Wait()
}

// The program itself, with sockets and in real time, from the plan to the report.
func TestProgram(t *testing.T) {
	t.Parallel()
	var runs sync.WaitGroup
	for _, provider := range providers {
		runs.Go(func() {
			t.Run(provider, func(t *testing.T) {
				st := newStage(t, provider)
				completes(20 * time.Millisecond)(st)
				web := httptest.NewServer(st.server)
				t.Cleanup(web.Close)
				dir := t.TempDir()
				cmd, said := st.command(web.URL, false)
				cmd.Env = append(cmd.Env, "LIVE_DIR="+dir, "RUN="+st.run)
				if err := cmd.Run(); err != nil {
					t.Errorf("%v\n%s", err, said)
				}
				st.untouched()
				report, err := os.ReadFile(filepath.Join(dir, st.run, "report.md"))
				if err != nil {
					t.Fatal(err)
				}
				for _, want := range []string{"| an address is released | kept |  |", "| a missing id in a description |", "| the quota | not met: LIVE_BURST is 0; nothing was throttled before |"} {
					if !strings.Contains(string(report), want) {
						t.Errorf("the report lacks %q:\n%s", want, report)
					}
				}
				searchIn(t, dir, []string{st.keyID, st.secret, st.token, "bp1account", "10.77.66."})
			})
		})
	}
	runs.Wait()
}
