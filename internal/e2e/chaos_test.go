package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// TestChaos plays schedules of faults, callers and other actors on both clouds,
// through the vendors' SDKs and the wire servers, in virtual time. A schedule is
// drawn from its seed; one that fails prints how to play it again:
//
//	make chaos N=100000        plays seeds 1 to 100000
//	make chaos SEED=4711 N=1   plays that one
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

	mu    sync.Mutex
	asked map[string]bool // what callers asked for: interface and address, or interface and instance
	drawn map[string]uint64
	calm  bool // no more faults
	rate  float64
}

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
		asked: make(map[string]bool), drawn: make(map[string]uint64),
	}
	c.rate = c.rng.Float64() * 0.5
	slow := time.Duration(c.rng.Int64N(int64(4 * time.Second)))
	c.cloud = &enitest.Cloud{
		PartialBatches:     c.flip(),
		Terse:              c.flip(),
		AnswerWhenComplete: c.flip(),
		Control:            c.fault,
		CompletesAfter: func(call enitest.Call) time.Duration {
			return time.Duration(c.draw("completes " + call.InterfaceID).Int64N(int64(slow) + 1))
		},
	}
	for n := range 1 + c.rng.IntN(4) {
		i := attached(n, 5+c.rng.IntN(30))
		i.Prefixes = []netip.Prefix{prefix4, prefix6}
		switch c.rng.IntN(12) {
		case 0:
			i.Type = eni.TypePrimary
		case 1:
			i.InstanceID = otherInstance
		}
		c.cloud.Put(i)
	}
	c.server = v.start(c.cloud, &c.keys)
	transport := &http.Client{Transport: enitest.Transport(c.server)}
	client, err := v.client("http://cloud.test", transport, &c.keys, &eni.Options{
		Retry:  eni.Retry{MaxAttempts: 6, MaxElapsed: 2 * time.Minute, Backoff: func() eni.Backoff { return &doubling{} }},
		Logger: slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.client = client
	return c
}

const otherInstance = "i-other0001"

var (
	prefix4 = netip.MustParsePrefix("10.9.0.0/28")
	prefix6 = netip.MustParsePrefix("2001:db8:9::/80")
)

// doubling is a backoff without chance, so that a seed plays the same again.
type doubling struct{ last time.Duration }

func (d *doubling) Reset() { d.last = 0 }

func (d *doubling) NextBackOff() time.Duration {
	d.last = min(max(2*d.last, 200*time.Millisecond), 20*time.Second)
	return d.last
}

func (c *chaos) flip() bool { return c.rng.IntN(2) == 0 }

// draw returns the next source of chance for a purpose. It depends on the
// purpose's own history alone, not on the order among goroutines.
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

// faults is what can go wrong with a call.
var faults = []func(*rand.Rand) enitest.Fault{
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Delay: time.Duration(r.Int64N(int64(5 * time.Second)))}
	},
	func(r *rand.Rand) enitest.Fault { return enitest.Fault{Delay: 40 * time.Second, After: r.IntN(2) == 0} },
	func(r *rand.Rand) enitest.Fault { return enitest.Fault{Reset: true, After: r.IntN(2) == 0} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Cut: true} },
	func(r *rand.Rand) enitest.Fault {
		bodies := []string{"", "null", "{}", "[]", `{"Response":{}}`, `{"Code":404,"RequestId":1}`, "<html>", `{"Response":null}`, "\x00\xff", `{"RequestId":`}
		statuses := []int{200, 200, 302, 400, 403, 500, 502, 503}
		return enitest.Fault{After: r.IntN(2) == 0, Reply: &enitest.Reply{
			Status: statuses[r.IntN(len(statuses))], ContentType: "application/json", Body: []byte(bodies[r.IntN(len(bodies))]),
		}}
	},
	func(r *rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.Conflict} },
	func(r *rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.Conflict} },
	func(r *rand.Rand) enitest.Fault { return enitest.Fault{Reason: enitest.Throttled} },
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Reason: enitest.Internal, After: r.IntN(2) == 0}
	},
	func(r *rand.Rand) enitest.Fault {
		wrong := []enitest.Reason{enitest.Denied, enitest.ExpiredCredentials, enitest.NotFound, enitest.NotAssigned, enitest.WrongState, enitest.NotAttached, enitest.PrimaryAddress}
		return enitest.Fault{Reason: wrong[r.IntN(len(wrong))], After: r.IntN(4) == 0}
	},
	func(r *rand.Rand) enitest.Fault {
		return enitest.Fault{Code: "Weird.Code", Message: "what?", Status: 400 + r.IntN(120)}
	},
	func(*rand.Rand) enitest.Fault { return enitest.Fault{TaskOutput: "the host did not answer"} },
	func(*rand.Rand) enitest.Fault { return enitest.Fault{Stuck: true} },
}

func (c *chaos) fault(call enitest.Call) *enitest.Fault {
	r := c.draw(fmt.Sprint("fault ", call.Action, call.InterfaceID))
	c.mu.Lock()
	calm := c.calm
	c.mu.Unlock()
	if calm || r.Float64() > c.rate {
		return nil
	}
	f := faults[r.IntN(len(faults))](r)
	switch {
	case f.Reason == enitest.NotFound && call.Action == enitest.Describe:
		return nil // against a cloud that denies what exists, nobody can tell the truth
	case f.TaskOutput != "" && c.vendor.name == "aliyun", f.Stuck && c.vendor.name == "tencent":
		return nil // there, a change that is accepted takes effect, sooner or later
	}
	return &f
}

// play runs the callers and the other actor, calms the cloud, lets everything
// complete, and checks what nobody may break.
func (c *chaos) play() {
	var wg sync.WaitGroup
	var callers []*caller
	for n := range 1 + c.rng.IntN(16) {
		callers = append(callers, c.newCaller(n))
	}
	for _, k := range callers {
		wg.Go(k.run)
	}
	wg.Go(c.otherActor)
	wg.Go(c.rotation)
	wg.Wait()
	c.mu.Lock()
	c.calm = true
	c.mu.Unlock()
	for _, k := range callers {
		k.finish()
	}
	c.nothingElseTouched()
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	if found := leaks(c.log.String()); len(found) > 0 {
		c.Errorf("%q in the log", found)
	}
}

// otherActor changes the same interfaces: it never assigns what a caller may ask
// for, and attaches only to another instance.
func (c *chaos) otherActor() {
	r := c.draw("other actor")
	for range r.IntN(6) {
		time.Sleep(time.Duration(r.Int64N(int64(3 * time.Second))))
		id := interfaceID(r.IntN(4))
		switch r.IntN(8) {
		case 0:
			if r.IntN(4) == 0 {
				c.cloud.Delete(id)
			}
		case 1:
			c.cloud.Update(id, func(i *eni.Interface) {
				if i.Type == eni.TypeSecondary && i.State == eni.StateAvailable {
					i.State, i.InstanceID = eni.StateInUse, otherInstance
				}
			})
		case 2:
			c.cloud.Update(id, func(i *eni.Interface) {
				if i.Type == eni.TypeSecondary && i.State == eni.StateInUse {
					i.State, i.InstanceID = eni.StateAvailable, ""
				}
			})
		default:
			c.cloud.Update(id, func(i *eni.Interface) {
				i.Addresses = slices.DeleteFunc(i.Addresses, func(a eni.Address) bool { return !a.Primary && r.IntN(5) == 0 })
			})
		}
	}
}

// rotation changes the credentials now and then. The account knows the new ones a
// moment before the client's provider does, or the other way round.
func (c *chaos) rotation() {
	r := c.draw("rotation")
	for range r.IntN(4) {
		time.Sleep(time.Duration(r.Int64N(int64(4 * time.Second))))
		var next keys
		next.generation.Store(c.keys.generation.Load() + 1)
		c.server.SetCredentials(next.current())
		c.keys.generation.Add(1)
	}
}

// caller is one goroutine with one call.
type caller struct {
	*chaos

	wait     time.Duration // before it calls
	patience time.Duration // until its context ends; zero means for ever
	cancels  bool          // by a cancellation rather than a deadline
	waits    bool          // for the operation, with the same context
	id       string
	action   enitest.Action
	targets  []netip.Prefix
	instance string

	op  *eni.Operation
	err error
}

func (c *chaos) newCaller(n int) *caller {
	r := c.draw(fmt.Sprint("caller ", n))
	k := &caller{
		chaos: c, id: interfaceID(r.IntN(4)), instance: instanceID,
		wait: time.Duration(r.Int64N(int64(4 * time.Second))), cancels: r.IntN(2) == 0, waits: r.IntN(2) == 0,
	}
	if r.IntN(3) == 0 {
		k.patience = 1 + time.Duration(r.Int64N(int64(20*time.Second)))
	}
	switch r.IntN(8) {
	case 0, 1:
		k.action = enitest.Detach
		c.asked[k.id+" "+k.instance] = true
	case 2, 3:
		k.action = enitest.UnassignIpv6
		k.draw6(r)
	default:
		k.action = enitest.UnassignPrivateIps
		for range 1 + r.IntN(25) {
			k.targets = append(k.targets, full(v4(r.IntN(40))))
		}
		if r.IntN(6) == 0 {
			k.targets = append(k.targets, full(netip.MustParseAddr("10.0.0.1")))
		}
		if r.IntN(6) == 0 && c.vendor.name == "aliyun" {
			k.targets = append(k.targets, prefix4)
		}
	}
	for _, p := range k.targets {
		c.asked[k.id+" "+p.String()] = true
	}
	return k
}

func (k *caller) draw6(r *rand.Rand) {
	for range 1 + r.IntN(15) {
		k.targets = append(k.targets, full(v6(r.IntN(40))))
	}
	if r.IntN(6) == 0 && k.vendor.name == "aliyun" {
		k.targets = append(k.targets, prefix6)
	}
}

func full(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// run calls, and waits where this caller does.
func (k *caller) run() {
	time.Sleep(k.wait)
	ctx, end := k.Context(), time.Time{}
	if k.patience > 0 {
		end = time.Now().Add(k.patience)
		var cancel context.CancelFunc
		if k.cancels {
			ctx, cancel = context.WithCancel(ctx)
			time.AfterFunc(k.patience, cancel)
		} else {
			ctx, cancel = context.WithTimeout(ctx, k.patience)
		}
		defer cancel()
	}
	k.op, k.err = k.call(ctx)
	k.atOnce(end, k.err)
	k.check(k.err)
	if !k.waits || k.err != nil {
		return
	}
	waitCtx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	err := k.op.Wait(waitCtx)
	k.atOnce(end, err)
	k.check(err)
	if err == nil {
		k.gone("Wait has said so")
	}
}

func (k *caller) call(ctx context.Context) (*eni.Operation, error) {
	req := eni.UnassignRequest{InterfaceID: k.id}
	for _, p := range k.targets {
		if p.IsSingleIP() {
			req.Addresses = append(req.Addresses, p.Addr())
		} else {
			req.Prefixes = append(req.Prefixes, p)
		}
	}
	switch k.action {
	case enitest.Detach:
		return k.client.Detach(ctx, eni.DetachRequest{InterfaceID: k.id, InstanceID: k.instance})
	case enitest.UnassignIpv6:
		return k.client.UnassignIpv6(ctx, req)
	default:
		return k.client.UnassignPrivateIps(ctx, req)
	}
}

// atOnce checks that a caller whose context has ended came back at that moment.
func (k *caller) atOnce(end time.Time, err error) {
	if end.IsZero() {
		return
	}
	if late := time.Since(end); late > 0 {
		k.Errorf("%s of %s came back %s after its context had ended: %v", k.action, k.id, late, err)
	}
}

// check checks an error and the results beside it.
func (k *caller) check(err error) {
	if err != nil {
		var e *eni.Error
		if !errors.As(err, &e) || e.Kind == 0 || e.Provider != k.vendor.name || e.Op == "" {
			k.Errorf("an error without its who and what: %#v", err)
		}
		for _, text := range texts(err) {
			if found := leaks(text); len(found) > 0 {
				k.Errorf("%q in: %s", found, text)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			k.Errorf("more than one line: %q", err)
		}
		var several eni.Errors
		errors.As(err, &several)
		for _, e := range several {
			if e.Kind == 0 || e.Provider != k.vendor.name || e.Op == "" || e.InterfaceID != k.id {
				k.Errorf("a reason without its who and what: %#v", e)
			}
		}
		if _, exists := k.cloud.Get(k.id); exists && errors.Is(err, eni.ErrNotFound) {
			k.Errorf("%s exists, and the error says that it does not: %v", k.id, err)
		}
	}
	seen := make(map[netip.Prefix]int)
	for _, r := range k.op.Results() {
		seen[r.Prefix]++
		failed := r.Outcome == eni.OutcomeNotTried || r.Outcome == eni.OutcomeRefused || r.Outcome == eni.OutcomeUnknown
		if failed != (r.Err != nil) {
			k.Errorf("%s is %s with the reason %v", r, r.Outcome, r.Err)
		}
	}
	for _, p := range k.targets {
		if seen[p] != 1 {
			k.Errorf("%s is accounted for %d times", p, seen[p])
		}
	}
}

// gone checks that what the results call released or absent is not there.
func (k *caller) gone(who string) {
	for _, r := range k.op.Results() {
		if r.Err != nil && k.err == nil {
			k.Errorf("%s is %s, and there was no error", r.Prefix, r.Outcome)
		}
		if (r.Outcome == eni.OutcomeReleased || r.Outcome == eni.OutcomeAbsent) && k.cloud.Has(k.id, r.Prefix) {
			k.Errorf("%s is %s and still on %s, although %s", r.Prefix, r.Outcome, k.id, who)
		}
	}
	if k.action != enitest.Detach || k.err != nil {
		return
	}
	if i, exists := k.cloud.Get(k.id); exists && i.InstanceID == k.instance {
		k.Errorf("%s is still %s on %s, although %s", k.id, i.State, i.InstanceID, who)
	}
	if got := k.op.Outcome(); got != eni.OutcomeReleased && got != eni.OutcomeAbsent {
		k.Errorf("the detach of %s is %s, although %s", k.id, got, who)
	}
}

// finish waits for the operation when the cloud is calm, and checks its end.
func (k *caller) finish() {
	ctx, cancel := context.WithTimeout(k.Context(), 10*time.Minute)
	defer cancel()
	err := k.op.Wait(ctx)
	k.check(err)
	if err == nil {
		k.gone("it has completed")
	} else if errors.Is(err, context.DeadlineExceeded) && k.action == enitest.Detach {
		k.Errorf("a calm cloud and ten minutes did not complete the detach of %s: %v", k.id, err)
	}
}

// nothingElseTouched checks every change that the cloud saw against what was asked.
func (c *chaos) nothingElseTouched() {
	for _, call := range c.cloud.Calls(enitest.UnassignPrivateIps, enitest.UnassignIpv6, enitest.Detach) {
		if call.Action == enitest.Detach && !c.asked[call.InterfaceID+" "+call.InstanceID] {
			c.Errorf("nobody asked to detach %s from %s", call.InterfaceID, call.InstanceID)
		}
		for _, a := range call.Addresses {
			if !c.asked[call.InterfaceID+" "+full(a).String()] {
				c.Errorf("nobody asked for %s of %s", a, call.InterfaceID)
			}
		}
		for _, p := range call.Prefixes {
			if !c.asked[call.InterfaceID+" "+p.String()] {
				c.Errorf("nobody asked for %s of %s", p, call.InterfaceID)
			}
		}
	}
}
