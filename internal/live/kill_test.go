// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestKilled kills runs by SIGKILL, each at a request of its own: before it reaches the
// cloud, when the cloud has carried it out and not answered, or behind the answer. Some
// clean-ups are killed as well. A clean-up then leaves nothing of the run, and nothing of
// others is touched. "make live-kills N=50" plays more.
func TestKilled(t *testing.T) {
	t.Parallel()
	rounds, seed := number(t, "KILLS", 10), number(t, "KILLS_SEED", 1)
	var killed atomic.Int64
	next := make(chan int)
	var workers sync.WaitGroup
	for range 8 { // most of the time is spent waiting
		workers.Go(func() {
			for n := range next {
				t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) { killed.Add(int64(killRound(t, n))) })
			}
		})
	}
	for n := range rounds {
		next <- seed + n
	}
	close(next)
	workers.Wait()
	if n := int(killed.Load()); n < rounds {
		t.Errorf("%d kills in %d rounds", n, rounds)
	} else {
		t.Logf("%d kills in %d rounds", n, rounds)
	}
}

// number is a number of the environment, or another where it is not there.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killRound is one run, and returns how often its programs were killed.
func killRound(t *testing.T, seed int) (kills int) {
	chance := rand.New(rand.NewPCG(uint64(seed), 0x9e3779b97f4a7c15))
	st := newStage(t, providers[seed%2])
	completes([]time.Duration{0, 20 * time.Millisecond}[chance.IntN(2)])(st)
	k := &killer{cloud: st.server}
	web := httptest.NewServer(k)
	t.Cleanup(web.Close)
	start := func(at int, clean bool) (*exec.Cmd, *bytes.Buffer) {
		cmd, said := st.command(web.URL, clean)
		k.arm(at, moments[chance.IntN(len(moments))])
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		k.started(cmd.Process)
		_ = cmd.Wait() // the exit status is looked at
		return cmd, said
	}
	wasKilled := func(cmd *exec.Cmd) bool {
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	}

	at := 1 + chance.IntN(220)
	cmd, said := start(at, false)
	if !wasKilled(cmd) {
		t.Fatalf("the run was not killed at request %d: %s\n%s", at, cmd.ProcessState, said)
	}
	kills++
	created := len(st.left()) - len(st.others())
	for again := chance.IntN(2); again > 0; again-- {
		if cmd, _ := start(1+chance.IntN(6), true); wasKilled(cmd) {
			kills++
		}
	}
	cmd, said = start(0, true)
	if cmd.ProcessState.ExitCode() != exitDone || !strings.Contains(said.String(), "Nothing is left.") {
		t.Errorf("the clean-up ended with %s\n%s", cmd.ProcessState, said)
	}
	st.untouched()
	t.Logf("%s: killed %s of request %d, with %d interfaces", st.provider, k.when, at, created)
	return kills
}

var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "live")
	out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
})

// scratch is where the program is built, once for all tests.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "live"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

// command is the program itself, with the stage for its account.
func (st *stage) command(endpoint string, clean bool) (*exec.Cmd, *bytes.Buffer) {
	st.Helper()
	binary, err := build()
	if err != nil {
		st.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(st.Context(), 2*time.Minute)
	st.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary)
	v := vendors[st.provider]
	cmd.Env = []string{
		"HOME=" + st.TempDir(), "YES=1", "LIVE_PROVIDER=" + st.provider, "LIVE_REGION=" + st.region, "LIVE_SUBNET=" + st.subnet,
		"LIVE_SECURITY_GROUP=" + st.securityGroup, "LIVE_INSTANCE=" + st.instance, "LIVE_ENDPOINT=" + endpoint,
		"LIVE_PATIENCE=200ms", "LIVE_BURST=0", v.keyID + "=" + st.keyID, v.secret + "=" + st.secret, v.token[0] + "=" + st.token,
	}
	if clean {
		cmd.Env = append(cmd.Env, "CLEAN=1")
	}
	said := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = said, said
	return cmd, said
}

// moment is when a process is killed, in the life of a request.
type moment string

const (
	beforeSending moment = "before the sending"
	beforeAnswer  moment = "before the answer"
	behindAnswer  moment = "behind the answer"
)

var moments = []moment{beforeSending, beforeAnswer, behindAnswer}

// killer is a cloud that kills the process at one of its requests.
type killer struct {
	cloud http.Handler

	mu     sync.Mutex
	left   int // requests until it is killed; 0 or less: never
	when   moment
	victim chan *os.Process
}

// arm kills a process at its nth request, when it has started.
func (k *killer) arm(n int, when moment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.when, k.victim = n, when, make(chan *os.Process, 1)
}

func (k *killer) started(p *os.Process) { k.victim <- p }

// at reports whether a request is the one, and when.
func (k *killer) at() moment {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left--; k.left == 0 {
		return k.when
	}
	return ""
}

func (k *killer) kill() { _ = (<-k.victim).Kill() }

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch k.at() {
	case beforeSending:
		k.kill()
		panic(http.ErrAbortHandler)
	case beforeAnswer:
		k.cloud.ServeHTTP(httptest.NewRecorder(), r)
		k.kill()
		panic(http.ErrAbortHandler)
	case behindAnswer:
		k.cloud.ServeHTTP(w, r)
		_ = http.NewResponseController(w).Flush()
		k.kill()
	default:
		k.cloud.ServeHTTP(w, r)
	}
}
