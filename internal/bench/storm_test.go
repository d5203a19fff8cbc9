// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The flags of TestStorm, which `make storm` sets. An empty choice means all.
var (
	playFlag   = flag.Bool("play", false, "play the storms")
	seedFlag   = flag.Int64("seed", 1, "what the cloud draws from")
	seedsFlag  = flag.Int("seeds", 1, "of how many seeds, from that on, the median and the worst are printed")
	jsonFlag   = flag.String("json", "", "the `file` for the figures")
	svgFlag    = flag.String("svg", "", "the `file` for the picture")
	onlyCloud  = flag.String("cloud", "", "aliyun or tencent")
	onlyStorm  = flag.String("storm", "", "crowd, queue, waiting, deadlines, clients, late or node; all for every one")
	onlyClient = flag.String("client", "", "a, b or c")
	onlyQuota  = flag.Int("quota", 0, "400 or 60 a minute, 10, 50 or 1000 a second")
)

// TestMain keeps the environment's proxies out: the Alibaba SDK would compile each
// entry of NO_PROXY as a regular expression for every request.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestStorm is make storm. Without -play it runs a very small storm, with its output in a
// temporary folder.
func TestStorm(t *testing.T) {
	size, small, out := theStorm, smallStorm, io.Writer(os.Stdout)
	if !*playFlag {
		size, small, out = teacup, teacup, io.Discard
		*jsonFlag, *svgFlag = filepath.Join(t.TempDir(), "storm.json"), filepath.Join(t.TempDir(), "storm.svg")
	}
	// The garbage is most of the work: a larger heap saves a quarter of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var list []scenario
	for n := range int64(*seedsFlag) {
		list = append(list, slices.DeleteFunc(scenarios(*seedFlag+n, size, small), func(s scenario) bool { return !s.wanted() })...)
	}
	all := playAll(t, list)
	if *seedsFlag == 1 {
		report(out, *seedFlag, all)
	} else {
		summarize(out, *seedsFlag, all)
	}
	if *jsonFlag != "" {
		writeJSON(t, *jsonFlag, all)
	}
	if *svgFlag != "" {
		if err := os.WriteFile(*svgFlag, picture(*seedFlag, all), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// playAll runs scenarios, several at a time.
func playAll(t *testing.T, scenarios []scenario) []figures {
	t.Helper()
	var mu sync.Mutex
	var all []figures
	t.Run("play", func(t *testing.T) {
		for _, s := range scenarios {
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				f := play(t, s)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, f)
			})
		}
	})
	return inOrder(all)
}

// A small storm of each kind tests the simulation.
func TestSmallStorms(t *testing.T) {
	small := size{interfaces: 4, addresses: 30, callers: 5}
	played := slices.DeleteFunc(scenarios(1, small, small), func(s scenario) bool {
		return !s.usual && (s.limit.window > 0 || s.storm == crowd || s.storm == queue)
	})
	all := playAll(t, played)
	for _, f := range all {
		// In so small a storm a deadline is two seconds, and a lost answer costs one.
		if f.GaveUp != 0 && f.Storm != deadlines {
			t.Errorf("%d callers gave up: %+v", f.GaveUp, f)
		}
		if f.Makespan <= 0 || f.P50 > f.P99 || f.P99 > f.Makespan {
			t.Errorf("the times contradict each other: %+v", f)
		}
		if f.Changes < f.Fewest || f.Changes != f.Accepted+f.Conflicts+f.Throttles+f.Lost+f.Refused {
			t.Errorf("the counts contradict each other: %+v", f)
		}
	}
	if want := len(played) + 2*2*3; len(all) != want { // those of a and b that stand for both
		t.Errorf("figures of %d storms, want %d", len(all), want)
	}
	svg := picture(1, all)
	for xmlText := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := xmlText.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is not well formed: %v", err)
		}
	}
	if len(svg) > 60_000 {
		t.Errorf("the picture has %d bytes", len(svg))
	}
}

// A node whose quota the client knows takes at most 15 % longer than the bound, with few
// descriptions: the median of five seeds, because the scheduler decides which goroutine
// sends first.
func TestNode(t *testing.T) {
	for cloud, most := range map[string]float64{"aliyun": 0.32, "tencent": 1.3} {
		var spans, described []float64
		for seed := range int64(5) {
			for _, s := range scenarios(seed+1, theStorm, smallStorm) {
				if s.client != "c" || s.storm != nodeGone || !s.configured || s.vendor.name != cloud {
					continue
				}
				f := play(t, s)
				spans, described = append(spans, f.Makespan/f.Bound), append(described, f.PerDetach)
			}
		}
		slices.Sort(spans)
		slices.Sort(described)
		if len(spans) != 5 || spans[2] > 1.15 || spans[4] > 1.25 || described[2] > most {
			t.Errorf("%s: %.3f of the bound, and %.2f descriptions an interface", cloud, spans, described)
		}
		t.Logf("%s: %.3f of the bound, and %.2f descriptions an interface", cloud, spans, described)
	}
}

// storm is one running scenario.
type storm struct {
	scenario
	t       *testing.T
	cloud   *enitest.Cloud
	network http.RoundTripper
	ledger  *ledger

	mu     sync.Mutex
	waits  []time.Duration // one for each address
	gaveUp int
	shares shares

	mostConflicts int // that one call of ours met
}

// play runs a scenario in virtual time.
func play(t *testing.T, s scenario) figures {
	t.Helper()
	var f figures
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(s.limit.delay(s.seed))
		rules := newRules(s)
		cloud := &enitest.Cloud{CompletesAfter: rules.completesAfter, Control: rules.control, AnswerWhenComplete: !s.vendor.tasks && s.effect == 0}
		for n := range s.size.interfaces {
			cloud.Put(newInterface(n, s.size.addresses))
		}
		ledger := newLedger()
		st := &storm{
			scenario: s, t: t, cloud: cloud, ledger: ledger,
			network: &network{vendor: s.vendor, cloud: enitest.Transport(s.vendor.server(cloud)), ledger: ledger},
		}
		client := clients[s.client](st)
		switch s.storm {
		case nodeGone:
		case queue, waitingQueue, lateEffect:
			client.queue()
		default:
			client.crowd()
		}
		released, described := time.Now(), ledger.sent(enitest.Describe)
		if s.storm == nodeGone {
			client.node()
		} else {
			client.detach()
		}
		f = st.figures(released, described)
		st.check()
	})
	f.Real = time.Since(began).Seconds()
	return f
}

// client is one of those that are compared. Its methods return when the last
// caller has its answer.
type client interface {
	crowd()
	queue()
	detach()
	node()
}

var clients = map[string]func(*storm) client{
	"a": func(s *storm) client { return today{s} },
	"b": func(s *storm) client { return byHand{today{s}} },
	"c": newOurs,
}

// apart is the time between the begins of two callers: practically at once, but in an
// order that does not depend on the scheduler.
const apart = 10 * time.Nanosecond

// atOnce runs the callers, in an order that the seed draws, until the last returns.
func (s *storm) atOnce(callers []func()) {
	order := rand.New(rand.NewPCG(uint64(s.seed), 0)).Perm(len(callers))
	var all sync.WaitGroup
	for n, call := range callers {
		all.Go(func() {
			time.Sleep(time.Duration(order[n]) * apart)
			call()
		})
	}
	all.Wait()
}

// served records that a caller has the result for its addresses.
func (s *storm) served(began time.Time, addresses int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.gaveUp++
	}
	for range addresses {
		s.waits = append(s.waits, time.Since(began))
	}
}

// detached records that a caller has the result of its detach.
func (s *storm) detached(err error) { s.served(time.Time{}, 0, err) }

// check compares the history of the cloud with the storm: each address is released once,
// each interface is detached once, and nothing else is done.
func (s *storm) check() {
	s.t.Helper()
	if s.gaveUp > 0 {
		return
	}
	times := make(map[string]int)
	changes := s.cloud.History()
	for _, c := range changes {
		if c.Detached {
			times[c.Call.InterfaceID]++
		}
		if c.Deleted {
			times[deletionOf(c.Call.InterfaceID)]++
			continue // what is on an interface goes with it
		}
		for _, p := range c.Released {
			times[c.Call.InterfaceID+" "+p.Addr().String()]++
		}
	}
	for n := range s.size.interfaces {
		id := interfaceID(n)
		wanted := []string{id}
		if s.storm == nodeGone {
			wanted = append(wanted, deletionOf(id))
		} else {
			for k := range s.size.addresses {
				wanted = append(wanted, id+" "+address(n, k).String())
			}
		}
		for _, what := range wanted {
			if times[what] != 1 {
				s.t.Errorf("%s: gone %d times", what, times[what])
			}
			delete(times, what)
		}
		if i, there := s.cloud.Get(id); there == (s.storm == nodeGone) || there && (len(i.Addresses) != 1 || i.InstanceID != "") {
			s.t.Errorf("%s is left as %+v", id, i)
		}
	}
	for what := range times {
		s.t.Errorf("%s is gone, which nobody asked for", what)
	}
	if known := s.ledger.changed(accepted); len(changes) < known || len(changes) > known+s.ledger.changed(lost) {
		s.t.Errorf("%d changes were accepted and %d answers lost, but %d took effect", known, s.ledger.changed(lost), len(changes))
	}
}

const instanceID = "i-storm001"

func interfaceID(n int) string { return fmt.Sprintf("eni-storm%03d", n) }

func address(n, k int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n), byte(k >> 8), byte(k + 2)})
}

// deletionOf names what check counts the deletions of an interface under.
func deletionOf(id string) string { return id + " deleted" }

// newInterface is attached, with a primary address and so many others.
func newInterface(n, addresses int) eni.Interface {
	i := eni.Interface{
		ID: interfaceID(n), Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: instanceID, VPCID: "vpc-storm001",
		Addresses: []eni.Address{{Addr: netip.AddrFrom4([4]byte{10, byte(n), 255, 1}), Primary: true}},
	}
	for k := range addresses {
		i.Addresses = append(i.Addresses, eni.Address{Addr: address(n, k)})
	}
	return i
}

// callersOf deals an interface's addresses out to the callers of a queue.
func (s size) callersOf(n int) [][]netip.Addr {
	var all []netip.Addr
	for k := range s.addresses {
		all = append(all, address(n, k))
	}
	return slices.Collect(slices.Chunk(all, s.addresses/s.callers))
}
