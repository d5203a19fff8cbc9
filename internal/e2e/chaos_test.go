// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// TestChaos runs random schedules of faults, callers and other actors on both clouds,
// through the vendors' SDKs and the test servers, in virtual time. An oracle that knows
// only the history of the cloud checks the callers' results and the requests; see
// chaos_oracle_test.go. A schedule depends on its seed. A failing one prints how to run it
// again:
//
//	make chaos N=100000        runs seeds 1 to 100000
//	make chaos SEED=4711 N=1   runs one seed
//
// Goroutines at the same virtual time run in any order, so a few seeds do not fail each
// time.
func TestChaos(t *testing.T) {
	first, schedules := number(t, "CHAOS_SEED", 1), number(t, "CHAOS_N", 200)
	began := time.Now()
	for seed := first; seed < first+schedules; seed++ {
		v := vendors[seed%uint64(len(vendors))]
		ok := t.Run(fmt.Sprintf("%s/seed %d", v.name, seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newChaos(t, v, seed).play() })
		})
		if !ok {
			t.Fatalf("play it again: make chaos SEED=%d N=1", seed)
		}
	}
	t.Logf("seeds %d to %d in %s", first, first+schedules-1, time.Since(began).Round(time.Second))
}

func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// chaos is one schedule.
type chaos struct {
	*testing.T

	seed   uint64
	rng    *rand.Rand // of the schedule, used before it begins
	vendor vendor
	cloud  *enitest.Cloud
	keys   keys
	server server
	client eni.Client
	log    safeBuffer

	interfaces int
	addresses  int             // of each family that callers may release
	callers    int             // at most
	acts       int             // of the other actor, at most
	only       int             // the target of all callers, or -1; see anyTargets
	span       time.Duration   // in which callers begin
	slow       time.Duration   // the longest time of a change
	rate       float64         // part of the calls with a fault
	kinds      []int           // of faults
	lags       bool            // descriptions may lag behind assignments
	deletes    bool            // callers delete interfaces too
	kept       map[string]bool // interfaces that a tag keeps

	mu       sync.Mutex
	drawn    map[string]uint64
	calm     bool                 // no more faults
	hiccups  map[string]time.Time // the latest by interface
	requests []request            // all requests that reached the cloud
	calls    []*call              // all calls that began
	said     []saying             // all results of callers
}

// Retry of the clients under test.
const (
	maxAttempts = 6
	maxElapsed  = 2 * time.Minute
	maxSettle   = 5 * time.Minute
)

// safeBuffer is a buffer that several goroutines write to.
type safeBuffer struct {
	bytes.Buffer

	mu sync.Mutex
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func newChaos(t *testing.T, v vendor, seed uint64) *chaos {
	t.Helper()
	c := &chaos{
		T: t, seed: seed, vendor: v, rng: rand.New(rand.NewPCG(seed, 1)),
		drawn: make(map[string]uint64), hiccups: make(map[string]time.Time), kept: make(map[string]bool),
	}
	c.size()
	c.cloud = &enitest.Cloud{
		PartialBatches:     c.flip(),
		Terse:              c.flip(),
		AnswerWhenComplete: c.flip(),
		Control:            c.fault,
		CompletesAfter: func(call enitest.Call) time.Duration {
			return time.Duration(c.draw("completes " + call.InterfaceID).Int64N(int64(c.slow) + 1))
		},
	}
	for n := range c.interfaces {
		i := attached(n, c.addresses)
		i.Prefixes = []netip.Prefix{prefix4, prefix6}
		switch c.rng.IntN(12) {
		case 0:
			i.Type = eni.TypePrimary
		case 1:
			i.InstanceID = otherInstance
		}
		if c.deletes && c.rng.IntN(8) == 0 {
			i.Tags, c.kept[i.ID] = keepTags, true
		}
		c.cloud.Put(i)
	}
	c.server = v.start(c.cloud, &c.keys)
	client, err := v.client("http://cloud.test", clientOver(enitest.Transport(c.server)), &c.keys, c.options())
	if err != nil {
		t.Fatal(err)
	}
	c.client = client
	return c
}

// size chooses the size of a schedule. Every second schedule has a few callers with the
// same target on one interface, which the other actor changes all the time: there
// concurrent events are most frequent.
func (c *chaos) size() {
	c.rate = c.rng.Float64() * 0.5
	for range 1 + c.rng.IntN(6) {
		c.kinds = append(c.kinds, c.rng.IntN(len(faults)))
	}
	switch c.rng.IntN(8) {
	case 0, 1:
		c.kinds = nil // all of them
	case 2:
		c.kinds, c.rate = c.kinds[:1], 0.5+c.rate
	case 3:
		c.kinds, c.rate = []int{lateAnswers}, 0.5+c.rate
	}
	c.interfaces, c.addresses, c.callers, c.acts, c.only = 1+c.rng.IntN(3), 1+c.rng.IntN(4), 12, 12, -1
	if c.rng.IntN(4) == 0 {
		c.addresses = 30
	}
	c.span = time.Duration(1+c.rng.IntN(40)) * time.Second
	if c.flip() {
		c.interfaces, c.addresses, c.callers, c.acts, c.only = 1, 1+c.rng.IntN(2), 6, 60, c.rng.IntN(3)
	}
	c.slow = time.Duration(c.rng.Int64N(int64(4 * time.Second)))
	if c.rng.IntN(4) == 0 {
		c.slow = time.Duration(c.rng.Int64N(int64(45 * time.Second)))
	}
	c.lags = c.rng.IntN(4) == 0
	c.deletes = c.rng.IntN(3) == 0
}

// options returns the client's options: the budgets are the same in all schedules, the
// limiters are slow in some, and in a few a user's policy retries everything.
func (c *chaos) options() *eni.Options {
	opts := &eni.Options{
		Retry:  eni.Retry{MaxAttempts: maxAttempts, MaxElapsed: maxElapsed, MaxSettle: maxSettle, Backoff: func() eni.Backoff { return &doubling{} }},
		Logger: slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if c.rng.IntN(8) == 0 {
		opts.Rates = eni.Rates{UnassignPrivateIps: 0.1, UnassignIpv6: 0.5, Detach: 0.1, Describe: 1, Task: 0.5}
	}
	if c.rng.IntN(16) == 0 {
		opts.Retry.Retryable = func(error) bool { return true }
	}
	return opts
}

const otherInstance = "i-other0001"

// keepTags protect an interface from the calls that delete.
var keepTags = map[string]string{"keep": "yes"}

var (
	prefix4 = netip.MustParsePrefix("10.9.0.0/28")
	prefix6 = netip.MustParsePrefix("2001:db8:9::/80")
)

// doubling is a backoff without randomness, so that a seed always runs the same.
type doubling struct{ last time.Duration }

func (d *doubling) Reset() { d.last = 0 }

func (d *doubling) NextBackOff() time.Duration {
	d.last = min(max(2*d.last, 200*time.Millisecond), 20*time.Second)
	return d.last
}

func (c *chaos) flip() bool { return c.rng.IntN(2) == 0 }

// draw returns the next source of randomness for a purpose. It depends only on the
// history of the purpose, not on the order of goroutines.
func (c *chaos) draw(purpose string) *rand.Rand {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drawn[purpose]++
	h := c.seed*0x9e3779b97f4a7c15 + c.drawn[purpose]
	for _, b := range []byte(purpose) {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	return rand.New(rand.NewPCG(h, 2))
}

// play runs the callers and the other actors. Then the faults end: changes in progress
// complete, and new calls for all targets must succeed. At last the oracle judges.
func (c *chaos) play() {
	time.Sleep(time.Minute) // so that no address is recently assigned
	var wg sync.WaitGroup
	for n := range 1 + c.rng.IntN(c.callers) {
		k := c.newCaller(n)
		wg.Go(k.run)
	}
	wg.Go(c.otherActor)
	wg.Go(c.rotation)
	wg.Wait()
	c.mu.Lock()
	c.calm = true
	c.mu.Unlock()
	for _, k := range c.calls {
		k.finish()
	}
	c.lastCalls()
	time.Sleep(2 * time.Minute) // every change has ended
	c.judge()
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	if found := leaks(c.log.String()); len(found) > 0 {
		c.Errorf("%q in the log", found)
	}
	if c.Failed() {
		c.Log(c.story())
	}
}
