// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// scratch is where the program is built, once for all tests.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(asCurl) != "" {
		os.Exit(runCurl(os.Args[1:], os.Stdout, os.Stderr))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "enictl"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "enictl")
	out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

// built returns the program itself, as it is installed.
func built(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is the running program. The test reads its standard output, and a goroutine,
// which ends with the program, reads its standard error.
type process struct {
	*testing.T

	cmd      *exec.Cmd
	stdout   *bufio.Scanner
	terminal *os.File // where it has one

	mu     sync.Mutex
	said   bytes.Buffer
	more   sync.Cond // said has grown, or is complete
	closed bool
}

// start runs the program in a folder with the environment of a fake. On a terminal, standard
// input and standard error are that.
func start(t *testing.T, dir string, env []string, where terminal, args ...string) *process {
	t.Helper()
	return startCommand(t, exec.CommandContext(t.Context(), built(t), args...), dir, env, where)
}

// startCommand runs a command like start. Where its standard output is set, the
// test does not read it.
func startCommand(t *testing.T, cmd *exec.Cmd, dir string, env []string, where terminal) *process {
	t.Helper()
	p := &process{T: t, cmd: cmd}
	p.more.L = &p.mu
	p.cmd.Dir = dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm"}, env...)
	var err error
	if cmd.Stdout == nil {
		var stdout io.Reader
		if stdout, err = p.cmd.StdoutPipe(); err != nil {
			t.Fatal(err)
		}
		p.stdout = bufio.NewScanner(stdout)
	}
	var stderr io.Reader
	if where == onTerminal {
		p.terminal, err = pty.Start(p.cmd)
		stderr = p.terminal
	} else {
		stderr, err = p.cmd.StderrPipe()
		if err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if p.terminal != nil {
		// Otherwise Ctrl-C may discard output of the program.
		quiet := exec.CommandContext(t.Context(), "stty", "noflsh")
		quiet.Stdin = p.terminal
		if out, err := quiet.CombinedOutput(); err != nil {
			t.Fatalf("stty: %v\n%s", err, out)
		}
	}
	go p.listen(stderr)
	return p
}

type terminal bool

const (
	onTerminal terminal = true
	noTerminal terminal = false
)

func (p *process) listen(stderr io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := stderr.Read(buffer)
		p.mu.Lock()
		p.said.Write(buffer[:n])
		p.closed = err != nil
		p.more.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until the program has printed a text.
func (p *process) await(words string) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !strings.Contains(p.said.String(), words) {
		if p.closed {
			p.Fatalf("it ended without saying %q:\n%s", words, &p.said)
		}
		p.more.Wait()
	}
}

// line returns the next line of standard output.
func (p *process) line() []byte {
	p.Helper()
	if !p.stdout.Scan() {
		p.Fatalf("standard output has ended: %v\n%s", p.stdout.Err(), p.end().said.String())
	}
	return p.stdout.Bytes()
}

func (p *process) signal(signal os.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.Error(err)
	}
}

// press presses Ctrl-C on the terminal.
func (p *process) press() {
	p.Helper()
	p.enter("\x03")
}

// enter types on the terminal.
func (p *process) enter(text string) {
	p.Helper()
	if _, err := p.terminal.WriteString(text); err != nil {
		p.Error(err)
	}
}

// status returns the exit status after the end; -1 means a signal.
func (p *process) status() int { return p.end().cmd.ProcessState.ExitCode() }

// all returns everything that it has printed.
func (p *process) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// end waits until the program has ended and its output is complete.
func (p *process) end() *process {
	for p.stdout != nil && p.stdout.Scan() {
		continue // the program must not wait for a reader
	}
	p.mu.Lock()
	for !p.closed {
		p.more.Wait()
	}
	p.mu.Unlock()
	_ = p.cmd.Wait() // the exit status is for the test to check
	if p.terminal != nil {
		_ = p.terminal.Close()
	}
	return p
}

// fakeProcess is a running "enictl fake" with one cloud.
type fakeProcess struct {
	*process
	env              []string
	targets, history string
}

func startFake(t *testing.T, provider string, args ...string) *fakeProcess {
	t.Helper()
	f := &fakeProcess{targets: filepath.Join(t.TempDir(), "targets.jsonl"), history: filepath.Join(t.TempDir(), "history.jsonl")}
	f.process = start(t, "", nil, noTerminal, append([]string{
		"fake", "--provider", provider, "--targets", f.targets, "--history", f.history, "-o", "json",
	}, args...)...)
	var printed fakePrinted
	if err := json.Unmarshal(f.line(), &printed); err != nil || len(printed.Clouds) != 1 {
		t.Fatalf("%d clouds, %v", len(printed.Clouds), err)
	}
	s := printed.Clouds[0]
	f.env = []string{"ENICTL_PROVIDER=" + s.Provider, "ENICTL_REGION=" + s.Region, "ENICTL_ENDPOINT=" + s.Endpoint, "ENICTL_FAKE=" + printed.Control}
	for key, value := range s.Env {
		f.env = append(f.env, key+"="+value)
	}
	return f
}

// stop ends the fake and returns how often each address was released.
func (f *fakeProcess) stop() map[string]int {
	f.Helper()
	f.signal(syscall.SIGINT)
	if f.end(); f.cmd.ProcessState.ExitCode() != exitDone {
		f.Errorf("the fake ended with %s\n%s", f.cmd.ProcessState, &f.said)
	}
	released := make(map[string]int)
	for _, e := range readLines[fakecloud.Event](f.T, f.history) {
		for _, address := range e.Released {
			released[e.ENI+" "+address]++
		}
	}
	return released
}

// readLines reads a file with an object on each line.
func readLines[T any](t *testing.T, file string) []T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	for line := range bytes.Lines(text) {
		var object T
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatalf("%s: %v: %s", file, err, line)
		}
		all = append(all, object)
	}
	return all
}
