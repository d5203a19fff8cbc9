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
	jsonFlag   = flag.String("json", "", "the `file` for the figures")
	svgFlag    = flag.String("svg", "", "the `file` for the picture")
	onlyCloud  = flag.String("cloud", "", "aliyun or tencent")
	onlyStorm  = flag.String("storm", "", "crowd or queue")
	onlyClient = flag.String("client", "", "a, b or c")
	onlyQuota  = flag.Int("quota", 0, "50 or 1000")
)

// size is how much there is to release.
type size struct {
	interfaces, addresses int // addresses per interface
	callers               int // per interface, in a queue
}

// theStorm is the one that the figures are about.
var theStorm = size{interfaces: 100, addresses: 100, callers: 10}

// teacup is the smallest one.
var teacup = size{interfaces: 2, addresses: 12, callers: 2}

// scenario is one storm, one cloud's rules and one client.
type scenario struct {
	vendor     vendor
	storm      string // crowd or queue
	quota      int
	configured bool // the client knows the quota
	client     string
	size       size
	seed       int64
}

func (s scenario) String() string {
	return fmt.Sprintf("%s/%s/%d %s/%s", s.vendor.name, s.storm, s.quota, rateText(s.configured), s.client)
}

// scenarios lists what TestStorm plays, those first that take the longest.
func scenarios(seed int64, size size) []scenario {
	var list []scenario
	for _, client := range []string{"a", "b", "c"} {
		for _, quota := range []int{50, 1000} {
			for _, v := range vendors {
				for _, storm := range []string{"crowd", "queue"} {
					s := scenario{vendor: v, storm: storm, quota: quota, client: client, size: size, seed: seed}
					// Where the ENIs bind, a client that does not know of the large quota
					// would keep to the vendor's documented rate, which is a tenth of it.
					s.configured = quota == 1000
					list = append(list, s)
					if client == "c" && quota == 50 {
						s.configured = true
						list = append(list, s)
					}
				}
			}
		}
	}
	return list
}

// wanted reports whether the flags choose the scenario.
func (s scenario) wanted() bool {
	return (*onlyCloud == "" || *onlyCloud == s.vendor.name) &&
		(*onlyStorm == "" || *onlyStorm == s.storm) &&
		(*onlyClient == "" || *onlyClient == s.client) &&
		(*onlyQuota == 0 || *onlyQuota == s.quota)
}

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

// TestStorm is make storm. Without -play it rehearses: a storm in a teacup, with
// its files written where nobody keeps them.
func TestStorm(t *testing.T) {
	size, out := theStorm, io.Writer(os.Stdout)
	if !*playFlag {
		size, out = teacup, io.Discard
		*jsonFlag, *svgFlag = filepath.Join(t.TempDir(), "storm.json"), filepath.Join(t.TempDir(), "storm.svg")
	}
	// The garbage is most of the work: a larger heap saves a quarter of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	all := playAll(t, slices.DeleteFunc(scenarios(*seedFlag, size), func(s scenario) bool { return !s.wanted() }))
	report(out, *seedFlag, all)
	if *jsonFlag != "" {
		writeJSON(t, *jsonFlag, all)
	}
	if *svgFlag != "" {
		if err := os.WriteFile(*svgFlag, picture(*seedFlag, all), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// playAll plays scenarios, several at a time.
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

// A small storm of each kind keeps the simulation from rotting.
func TestSmallStorms(t *testing.T) {
	all := playAll(t, scenarios(1, size{interfaces: 10, addresses: 30, callers: 5}))
	for _, f := range all {
		if f.GaveUp != 0 {
			t.Errorf("%d callers gave up: %+v", f.GaveUp, f)
		}
		if f.Makespan <= 0 || f.P50 > f.P99 || f.P99 > f.Makespan {
			t.Errorf("the times contradict each other: %+v", f)
		}
		if f.Changes < f.Fewest || f.Changes != f.Accepted+f.Conflicts+f.Throttles+f.Lost+f.Refused {
			t.Errorf("the counts contradict each other: %+v", f)
		}
	}
	if want := 2 * 2 * 3 * 3; len(all) != want { // clouds, storms, rules, clients
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

// storm is one scenario while it is played.
type storm struct {
	scenario
	t       *testing.T
	cloud   *enitest.Cloud
	network http.RoundTripper
	ledger  *ledger

	mu     sync.Mutex
	waits  []time.Duration // one for each address
	gaveUp int
}

// play plays a scenario in virtual time.
func play(t *testing.T, s scenario) figures {
	t.Helper()
	var f figures
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		rules := newRules(s.seed, s.quota)
		cloud := &enitest.Cloud{CompletesAfter: rules.completesAfter, Control: rules.control, AnswerWhenComplete: !s.vendor.tasks}
		for n := range s.size.interfaces {
			cloud.Put(newInterface(n, s.size.addresses))
		}
		ledger := newLedger()
		st := &storm{
			scenario: s, t: t, cloud: cloud, ledger: ledger,
			network: &network{vendor: s.vendor, cloud: enitest.Transport(s.vendor.server(cloud)), ledger: ledger},
		}
		client := clients[s.client](st)
		if s.storm == "crowd" {
			client.crowd()
		} else {
			client.queue()
		}
		released, described := time.Now(), ledger.sent(enitest.Describe)
		client.detach()
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
}

var clients = map[string]func(*storm) client{
	"a": func(s *storm) client { return today{s} },
	"b": func(s *storm) client { return byHand{today{s}} },
	"c": newOurs,
}

// apart is how far apart the callers of a storm begin: so near that they are there
// all at once, and not so near that the scheduler decides who was first.
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

// served notes that a caller has the answer about its addresses, after it began.
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

// detached notes that a caller has the answer about its detach.
func (s *storm) detached(err error) { s.served(time.Time{}, 0, err) }

// check compares what the cloud has done with what it was to do: each address
// released once, each interface detached once, and nothing else.
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
		for _, p := range c.Released {
			times[c.Call.InterfaceID+" "+p.Addr().String()]++
		}
	}
	for n := range s.size.interfaces {
		id := interfaceID(n)
		wanted := []string{id}
		for k := range s.size.addresses {
			wanted = append(wanted, id+" "+address(n, k).String())
		}
		for _, what := range wanted {
			if times[what] != 1 {
				s.t.Errorf("%s: gone %d times", what, times[what])
			}
			delete(times, what)
		}
		if i, _ := s.cloud.Get(id); len(i.Addresses) != 1 || i.InstanceID != "" {
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
