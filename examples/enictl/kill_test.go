// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// TestKilledDelete kills deletes of 50 interfaces by SIGKILL, each at a step of its own:
// before a request reaches the cloud, when the cloud has carried it out and not
// answered, or behind the answer. The same command, run again, ends with all of them
// gone, each deleted once, and nothing else changed. "make kills N=200" plays more.
func TestKilledDelete(t *testing.T) {
	t.Parallel()
	rounds, seed := number(t, "KILLS", 20), number(t, "KILLS_SEED", 1)
	var killed atomic.Int64
	next := make(chan int)
	var workers sync.WaitGroup
	for range 8 { // most of the time is spent waiting
		workers.Go(func() {
			for n := range next {
				t.Run(fmt.Sprintf("seed %d", n), func(t *testing.T) {
					killed.Add(int64(killRound(t, n)))
				})
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

// doomed is the list of a round: 40 interfaces on i-1 and 10 that are free. Ten others
// are on i-1, ten on i-2, and ten free, and all of them stay.
func doomed() (ids []string) {
	for n := 1; n <= 40; n++ {
		ids = append(ids, fmt.Sprintf("eni-%d", n))
	}
	for n := 61; n <= 70; n++ {
		ids = append(ids, fmt.Sprintf("eni-%d", n))
	}
	return ids
}

// killRound is one list, and returns how often its runs were killed.
func killRound(t *testing.T, seed int) (kills int) {
	chance := rand.New(rand.NewPCG(uint64(seed), 0))
	provider := providerNames()[seed%2]
	after := []string{"0s", "5ms"}[chance.IntN(2)]
	fake := startFake(t, provider, "--enis", "60", "--per-instance", "50", "--leaked", "20", "--complete-after", after)
	proxy := newKiller(t, fake)
	list := filepath.Join(t.TempDir(), "node.csv")
	if err := os.WriteFile(list, []byte(strings.Join(doomed(), "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() *process {
		p := start(t, "", proxy.env, noTerminal, deleteENIs, "-f", list, "--instance", "i-1", "--rate", "10000", "-o", "json")
		proxy.victim.Store(p.cmd.Process)
		return p
	}

	// 40 detachments, 50 deletions and what describes them are more than a hundred requests.
	for _, at := range []int{1 + chance.IntN(110), 1 + chance.IntN(60)} {
		when := moments[chance.IntN(len(moments))]
		proxy.arm(at, when)
		p := run()
		p.end()
		if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			kills++
			t.Logf("%s: killed %s of request %d", provider, when, at)
		} else if p.cmd.ProcessState.ExitCode() != exitDone {
			t.Errorf("not killed %s of request %d: %s\n%s", when, at, p.cmd.ProcessState, p.all())
		}
	}
	proxy.arm(0, "")
	status, sum := exitUnfinished, summary{}
	for again := 0; status == exitUnfinished && again < 3; again++ { // a starved machine may lose answers
		status, sum = toTheEnd(run())
	}
	if status != exitDone || !sum.OK || sum.Released+sum.Absent != 50 {
		t.Errorf("in the end: exit status %d, %+v", status, sum)
	}
	if left := start(t, "", fake.env, noTerminal, "list", "-o", "json"); strings.Count(string(left.rest()), "\n") != 30 {
		t.Error("others are gone, or not all")
	}
	fake.stop()
	deleted, doom := make(map[string]int), make(map[string]bool)
	for _, id := range doomed() {
		doom[id] = true
	}
	for _, e := range readLines[fakecloud.Event](t, fake.history) {
		if !doom[e.ENI] {
			t.Errorf("%s of %s, which nobody asked for", e.Action, e.ENI)
		}
		if e.Deleted {
			deleted[e.ENI]++
		}
	}
	for id := range doom {
		if deleted[id] != 1 {
			t.Errorf("%s was deleted %d times", id, deleted[id])
		}
	}
	return kills
}

// toTheEnd reads a run to its end, and logs what went wrong in it.
func toTheEnd(p *process) (status int, sum summary) {
	p.Helper()
	for sum.Interfaces == 0 {
		var last struct{ Summary summary }
		line := p.line()
		if err := json.Unmarshal(line, &last); err != nil {
			p.Fatal(err)
		}
		if sum = last.Summary; strings.Contains(string(line), `"error":`) {
			p.Logf("%s", line)
		}
	}
	if status = p.status(); status != exitDone {
		p.Logf("exit status %d\n%s", status, p.all())
	}
	return status, sum
}

// rest is all that is left of standard output.
func (p *process) rest() (text []byte) {
	for p.stdout.Scan() {
		text = append(append(text, p.stdout.Bytes()...), '\n')
	}
	p.end()
	return text
}

// moment is when a process is killed, in the life of a request.
type moment string

const (
	beforeSending moment = "before the sending"
	beforeAnswer  moment = "before the answer"
	behindAnswer  moment = "behind the answer"
)

var moments = []moment{beforeSending, beforeAnswer, behindAnswer}

// killer stands between a process and its cloud, and kills it at a request.
type killer struct {
	env    []string // of the process
	victim atomic.Pointer[os.Process]

	mu   sync.Mutex
	left int // requests until it is killed; 0 or less: never
	when moment
}

func newKiller(t *testing.T, fake *fakeProcess) *killer {
	t.Helper()
	k := new(killer)
	const endpoint = "ENICTL_ENDPOINT="
	for _, pair := range fake.env {
		address, ok := strings.CutPrefix(pair, endpoint)
		if !ok {
			k.env = append(k.env, pair)
			continue
		}
		to, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(k.between(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // it is signed
		}, ErrorLog: log.New(io.Discard, "", 0)}))
		t.Cleanup(server.Close)
		k.env = append(k.env, endpoint+server.URL)
	}
	return k
}

// arm kills the next process at its nth request.
func (k *killer) arm(n int, when moment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left, k.when = n, when
}

// at reports whether a request is the one, and when.
func (k *killer) at() moment {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left--; k.left == 0 {
		return k.when
	}
	return ""
}

func (k *killer) kill() { _ = k.victim.Load().Kill() }

func (k *killer) between(cloud http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch k.at() {
		case beforeSending:
			k.kill()
			panic(http.ErrAbortHandler)
		case beforeAnswer:
			cloud.ServeHTTP(httptest.NewRecorder(), r)
			k.kill()
			panic(http.ErrAbortHandler)
		case behindAnswer:
			cloud.ServeHTTP(w, r)
			_ = http.NewResponseController(w).Flush()
			k.kill()
		default:
			cloud.ServeHTTP(w, r)
		}
	})
}
