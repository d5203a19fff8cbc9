package enitest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// NewClient makes the client under test over a cloud. The client must send its
// requests inside the process (see [Transport]) and must pass opts on.
type NewClient func(t testing.TB, cloud *Cloud, opts *eni.Options) eni.Client

// Run checks that a client keeps the contract of package eni. Each check runs in
// virtual time. What a cloud has no form for (delegated prefixes, members of a
// trunk) is checked to be ErrUnsupported with nothing sent. A failed check says
// what was promised. The whole test of an adapter or of a wrapper is
//
//	func TestContract(t *testing.T) {
//		enitest.Run(t, func(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
//			client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
//			if err != nil {
//				t.Fatal(err)
//			}
//			return client
//		})
//	}
func Run(t *testing.T, newClient NewClient) {
	for _, promise := range promises {
		t.Run(promise.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				b := &bench{T: t, ctx: ctx, cloud: new(Cloud), newClient: newClient}
				b.cloud.Put(attached("eni-1", "i-1"))
				promise.check(b)
				b.ended()
			})
		})
	}
}

// patience bounds each check, so that a client that waits for what never happens
// fails it instead of hanging. It is far beyond what any of them takes.
const patience = 4 * time.Hour

// promises are the contract, each with its check.
var promises = []struct {
	name  string
	check func(*bench)
}{
	{"addresses are released and nothing else", releases},
	{"an address that is not assigned is absent", absent},
	{"a primary address is refused", primaryRefused},
	{"a bad address spoils no batch", mixedBatch},
	{"a bad address spoils no batch where the good part is released", mixedPartialBatch},
	{"a bad address spoils no batch where messages name nothing", mixedTerseBatch},
	{"a bad address spoils no batch where the good part is released and messages name nothing", mixedPartialTerseBatch},
	{"a stale batch is absent where messages name nothing", stalePartialTerseBatch},
	{"any number of addresses fits one call", manyAddresses},
	{"duplicates and order do not matter", duplicates},
	{"IPv6 addresses are released", ipv6},
	{"prefixes are released or unsupported", prefixes},
	{"an unknown interface is an error", unknownInterface},
	{"a bad request sends nothing", badRequests},
	{"a conflict is retried", retriesOf(Conflict, eni.ErrConflict)},
	{"a throttled change is retried", retriesOf(Throttled, eni.ErrThrottled)},
	{"an unavailable cloud is retried", retriesOf(Internal, eni.ErrUnavailable)},
	{"a denied change is sent once", denied},
	{"attempts are bounded", attemptsBounded},
	{"elapsed time is bounded", elapsedBounded},
	{"the caller's backoff and verdict are used", ownRetry},
	{"the caller's limiter paces changes", ownLimiter},
	{"a deadline keeps the last answer", deadlineKeepsAnswer},
	{"a cancelled caller returns at once", cancelInRequest},
	{"a dead context sends nothing", deadContext},
	{"a reset after the work is success", lostAnswer(Fault{Reset: true, After: true}, 1)},
	{"a reset before the work is sent again", lostAnswer(Fault{Reset: true}, 2)},
	{"an answer cut off is not sent again blindly", lostAnswer(Fault{Cut: true}, 1)},
	{"an error 500 after the work is success", lostAnswer(Fault{Reason: Internal, After: true}, 1)},
	{"an empty reply is not success", lostAnswer(Fault{Reply: &Reply{}}, 2)},
	{"an empty object is not success", lostAnswer(Fault{Reply: &Reply{Body: []byte(`{}`)}}, 2)},
	{"null is not success", lostAnswer(Fault{Reply: &Reply{Body: []byte(`null`)}}, 2)},
	{"HTML is not success", lostAnswer(Fault{Reply: &Reply{ContentType: "text/html", Body: []byte(`<html>busy</html>`)}}, 2)},
	{"HTML with status 502 is not success", lostAnswer(Fault{Reply: &Reply{Status: 502, Body: []byte(`<html>bad gateway</html>`)}}, 2)},
	{"a request that hangs is given up and looked after", lostAnswer(Fault{Delay: time.Hour}, 2)},
	{"waiting ends when the change has taken effect", waits},
	{"waiting ends with its context", waitEnds},
	{"a change that fails after all is no success", failsLater},
	{"blocking calls wait", blockingWaits},
	{"an attached interface is detached", detaches},
	{"a free interface is detached already", detachFree},
	{"an interface on another instance is left alone", detachElsewhere},
	{"a primary interface is left alone", detachPrimary},
	{"an interface that does not exist cannot be detached", detachUnknown},
	{"an interface deleted while it detaches is not found", detachDeleted},
	{"a member of a trunk is detached or unsupported", detachMember},
	{"a lost answer to a detach is looked after", detachLost},
	{"callers of one interface share changes", crowd},
	{"callers of one address share one release", sameAddress},
	{"one caller's bad address fails nobody else", neighbours},
	{"a caller leaves and the others travel on", leaves},
	{"a change goes on while one of its callers stays", stays},
	{"a detach keeps its place", detachInTurn},
	{"a nil operation is complete", nilOperation},
	{"interfaces are observed", observes},
}

// bench is what one check works with.
type bench struct {
	*testing.T
	ctx       context.Context //nolint:containedctx // what Context returns, as that of a testing.T
	cloud     *Cloud
	newClient NewClient

	mu       sync.Mutex
	attempts []eni.Attempt
	ends     []int // how often each call has ended, by the hook
}

// Context ends with the check, or when patience does.
func (b *bench) Context() context.Context { return b.ctx }

// client makes a client that notes its attempts and calls.
func (b *bench) client(opts eni.Options) eni.Client {
	b.Helper()
	opts.OnAttempt = func(a eni.Attempt) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.attempts = append(b.attempts, a)
	}
	opts.OnCall = func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
		b.mu.Lock()
		defer b.mu.Unlock()
		n := len(b.ends)
		b.ends = append(b.ends, 0)
		return ctx, func(eni.CallEnd) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.ends[n]++
		}
	}
	return b.newClient(b, b.cloud, &opts)
}

// ended checks that OnCall was told once of the end of each call.
func (b *bench) ended() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.ends {
		if n != 1 {
			b.Errorf("OnCall should have been told of the end of each call once, got: %v", b.ends)
			return
		}
	}
}

// attached is an interface with a primary address 10.0.0.1, secondary ones from
// 10.0.0.2 to 10.0.0.60, three IPv6 addresses and a prefix of each family.
func attached(id, instance string) eni.Interface {
	i := eni.Interface{
		ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: instance, VPCID: "vpc-1",
		Addresses: []eni.Address{{Addr: addr("10.0.0.1"), Primary: true}},
		Prefixes:  []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28"), netip.MustParsePrefix("2001:db8:1::/80")},
	}
	for _, a := range span(2, 60) {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a})
	}
	for n := 1; n <= 3; n++ {
		i.Addresses = append(i.Addresses, eni.Address{Addr: addr(fmt.Sprintf("2001:db8::%d", n))})
	}
	return i
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// span returns 10.0.0.first to 10.0.0.last.
func span(first, last byte) []netip.Addr {
	var all []netip.Addr
	for n := first; n <= last; n++ {
		all = append(all, netip.AddrFrom4([4]byte{10, 0, 0, n}))
	}
	return all
}

// release is the request for addresses of eni-1.
func release(addresses ...netip.Addr) eni.UnassignRequest {
	return eni.UnassignRequest{InterfaceID: "eni-1", Addresses: addresses}
}

var detachRequest = eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"}

// ok fails the check when err is not nil.
func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("want success, got: %v", err)
	}
}

// is fails the check when err does not match every target.
func (b *bench) is(err error, targets ...error) {
	b.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			b.Fatalf("want an error that is %q, got: %v", target, err)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		b.Fatalf("an error must be one line, got: %q", err)
	}
}

// outcomes checks the results, given as address → outcome. All others must be
// want's zero key, if it has one.
func (b *bench) outcomes(op *eni.Operation, want map[netip.Addr]eni.Outcome) {
	b.Helper()
	got := op.Results()
	if len(got) != len(want) {
		b.Fatalf("want one result for each of %d addresses, got %d: %v", len(want), len(got), got)
	}
	for _, r := range got {
		outcome, asked := want[r.Prefix.Addr()]
		switch {
		case !asked:
			b.Errorf("a result for %s, which nobody asked for", r.Prefix)
		case r.Outcome != outcome:
			b.Errorf("%s: want %s, got %s (%v)", r.Prefix, outcome, r.Outcome, r.Err)
		}
		if (r.Err != nil) != failed(r.Outcome) {
			b.Errorf("%s is %s: Result.Err should be nil exactly for accepted, released and absent, got: %v", r, r.Outcome, r.Err)
		}
	}
}

// failed reports whether an outcome has a reason in Result.Err.
func failed(outcome eni.Outcome) bool {
	switch outcome {
	case eni.OutcomeAccepted, eni.OutcomeReleased, eni.OutcomeAbsent:
		return false
	default:
		return true
	}
}

func all(outcome eni.Outcome, addresses ...netip.Addr) map[netip.Addr]eni.Outcome {
	want := make(map[netip.Addr]eni.Outcome)
	for _, a := range addresses {
		want[a] = outcome
	}
	return want
}

// released checks that exactly these addresses of eni-1 have been taken off, each once.
func (b *bench) released(want ...netip.Addr) {
	b.Helper()
	count := make(map[netip.Addr]int)
	for _, change := range b.cloud.History() {
		for _, p := range change.Released {
			count[p.Addr()]++
		}
	}
	for _, a := range want {
		if count[a] != 1 {
			b.Errorf("%s should have been released once, was released %d times", a, count[a])
		}
		delete(count, a)
	}
	for a := range count {
		b.Errorf("%s was released, and nobody asked for it", a)
	}
}

// sent checks how many changes of an action reached the cloud.
func (b *bench) sent(action Action, want int) {
	b.Helper()
	if got := len(b.cloud.Calls(action)); got != want {
		b.Errorf("want %d calls of %s, got %d", want, action, got)
	}
}

func (b *bench) untouched() {
	b.Helper()
	if h := b.cloud.History(); len(h) != 0 {
		b.Errorf("nothing should have changed, got: %v", h)
	}
}

func releases(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
	b.released(span(2, 4)...)
	b.sent(UnassignPrivateIps, 1)
	if ids := op.RequestIDs(); len(ids) != 1 || ids[0] == "" || op.Attempts() != 1 {
		b.Errorf("want one attempt with a request id, got %d with %q", op.Attempts(), ids)
	}
}

func absent(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.99")))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeAbsent, addr("10.0.0.99")))
	b.untouched()
}

func primaryRefused(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(addr("10.0.0.1")))
	b.is(err, eni.ErrInvalid)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeRefused, addr("10.0.0.1")))
	b.untouched()
}

// mixedBatch is eight good addresses, a stale one and the primary one, in either
// order, because a cloud's message may name only the first bad one.
func mixedBatch(b *bench) {
	client := b.client(eni.Options{})
	primary, stale := addr("10.0.0.1"), addr("10.0.0.99")
	for n, asked := range [][]netip.Addr{
		append(span(2, 9), stale, primary),
		append([]netip.Addr{primary, stale}, span(12, 19)...),
	} {
		op, err := client.UnassignPrivateIps(b.Context(), release(asked...))
		b.is(err, eni.ErrInvalid)
		b.ok(op.Wait(b.Context()))
		good := span(byte(10*n+2), byte(10*n+9))
		want := all(eni.OutcomeReleased, good...)
		want[stale], want[primary] = eni.OutcomeAbsent, eni.OutcomeRefused
		b.outcomes(op, want)
	}
	b.released(append(span(2, 9), span(12, 19)...)...)
}

func mixedPartialBatch(b *bench) {
	b.cloud.PartialBatches = true
	mixedBatch(b)
}

func mixedTerseBatch(b *bench) {
	b.cloud.Terse = true
	mixedBatch(b)
}

func mixedPartialTerseBatch(b *bench) {
	b.cloud.PartialBatches, b.cloud.Terse = true, true
	mixedBatch(b)
}

func stalePartialTerseBatch(b *bench) {
	b.cloud.PartialBatches, b.cloud.Terse = true, true
	asked := span(80, 89)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(asked...))
	b.ok(err)
	b.outcomes(op, all(eni.OutcomeAbsent, asked...))
	b.untouched()
}

func manyAddresses(b *bench) {
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 51)...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 51)...))
	b.released(span(2, 51)...)
	if n := len(b.cloud.Calls(UnassignPrivateIps)); n >= 25 || n != op.Attempts() {
		b.Errorf("50 addresses should travel together, got %d changes and %d attempts", n, op.Attempts())
	}
}

func duplicates(b *bench) {
	mapped := netip.AddrFrom16(addr("10.0.0.3").As16()) // ::ffff:10.0.0.3
	asked := []netip.Addr{addr("10.0.0.3"), addr("10.0.0.2"), mapped, addr("10.0.0.2")}
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(asked...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.outcomes(op, all(eni.OutcomeReleased, span(2, 3)...))
	b.released(span(2, 3)...)
}

func ipv6(b *bench) {
	asked := []netip.Addr{addr("2001:db8::1"), addr("2001:db8::2"), addr("2001:db8::99")}
	op, err := b.client(eni.Options{}).UnassignIpv6(b.Context(), release(asked...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	want := all(eni.OutcomeReleased, asked...)
	want[addr("2001:db8::99")] = eni.OutcomeAbsent
	b.outcomes(op, want)
	b.released(asked[:2]...)
}

func prefixes(b *bench) {
	client := b.client(eni.Options{})
	four, six := netip.MustParsePrefix("10.1.0.0/28"), netip.MustParsePrefix("2001:db8:1::/80")
	for _, try := range []struct {
		prefix netip.Prefix
		call   func(context.Context, eni.UnassignRequest) (*eni.Operation, error)
	}{{four, client.UnassignPrivateIps}, {six, client.UnassignIpv6}} {
		op, err := try.call(b.Context(), eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{try.prefix}})
		if errors.Is(err, eni.ErrUnsupported) {
			if calls := b.cloud.Calls(); len(calls) != 0 {
				b.Errorf("%s is unsupported, and still %v was sent", try.prefix, calls)
			}
			b.outcomes(op, all(eni.OutcomeNotTried, try.prefix.Addr()))
			continue
		}
		b.ok(err)
		b.ok(op.Wait(b.Context()))
		b.outcomes(op, all(eni.OutcomeReleased, try.prefix.Addr()))
		if b.cloud.Has("eni-1", try.prefix) {
			b.Errorf("%s is reported as released and is still there", try.prefix)
		}
	}
}

func unknownInterface(b *bench) {
	req := eni.UnassignRequest{InterfaceID: "eni-none", Addresses: span(2, 3)}
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), req)
	b.is(err, eni.ErrNotFound)
	b.ok(eni.IgnoreNotFound(err))
	for _, r := range op.Results() {
		if r.Outcome == eni.OutcomeReleased || r.Outcome == eni.OutcomeAbsent {
			b.Errorf("%s: a wrong region looks the same, so %s would be a guess", r.Prefix, r.Outcome)
		}
	}
}

func badRequests(b *bench) {
	client := b.client(eni.Options{})
	v4, v6 := addr("10.0.0.2"), addr("2001:db8::1")
	unassign := map[string]struct {
		call func(context.Context, eni.UnassignRequest) (*eni.Operation, error)
		req  eni.UnassignRequest
	}{
		"no interface":          {client.UnassignPrivateIps, eni.UnassignRequest{Addresses: []netip.Addr{v4}}},
		"a space in an id":      {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni 1", Addresses: []netip.Addr{v4}}},
		"no address":            {client.UnassignPrivateIps, release()},
		"the zero address":      {client.UnassignPrivateIps, release(v4, netip.Addr{})},
		"IPv6 to the IPv4 call": {client.UnassignPrivateIps, release(v4, v6)},
		"IPv4 to the IPv6 call": {client.UnassignIpv6, release(v6, v4)},
		"an address with zone":  {client.UnassignIpv6, release(v6.WithZone("eth0"))},
		"a prefix as address":   {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{full(v4)}}},
		"host bits":             {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.1/28")}}},
		"the zero prefix":       {client.UnassignPrivateIps, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{{}}}},
	}
	for name, bad := range unassign {
		op, err := bad.call(b.Context(), bad.req)
		if !errors.Is(err, eni.ErrInvalid) {
			b.Errorf("%s: want ErrInvalid, got: %v", name, err)
		}
		if got, want := len(op.Results()), len(bad.req.Addresses)+len(bad.req.Prefixes); got != want {
			b.Errorf("%s: %d of %d addresses are accounted for", name, got, want)
		}
	}
	for name, req := range map[string]eni.DetachRequest{
		"detach without interface": {InstanceID: "i-1"},
		"detach without instance":  {InterfaceID: "eni-1"},
	} {
		if _, err := client.Detach(b.Context(), req); !errors.Is(err, eni.ErrInvalid) {
			b.Errorf("%s: want ErrInvalid, got: %v", name, err)
		}
	}
	if calls := b.cloud.Calls(); len(calls) != 0 {
		b.Errorf("bad requests should send nothing, got: %v", calls)
	}
}

func retriesOf(reason Reason, kind eni.Kind) func(*bench) {
	return func(b *bench) {
		b.cloud.Inject(UnassignPrivateIps, Fault{Reason: reason}, Fault{Reason: reason})
		op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 3)...))
		b.ok(err)
		b.outcomes(op, all(eni.OutcomeAccepted, span(2, 3)...))
		b.sent(UnassignPrivateIps, 3)
		if op.Attempts() != 3 {
			b.Errorf("want 3 attempts, got %d", op.Attempts())
		}
		if len(b.attempts) != 3 || !errors.Is(b.attempts[0].Err, kind) || b.attempts[2].Err != nil {
			b.Errorf("OnAttempt should have seen %q twice and then success, got: %v", kind, b.attempts)
		}
	}
}

func denied(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Reason: Denied})
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrPermission)
	b.sent(UnassignPrivateIps, 1)
	b.outcomes(op, all(eni.OutcomeRefused, span(2, 3)...))
	var e *eni.Error
	if !errors.As(err, &e) || e.Provider == "" || e.InterfaceID != "eni-1" || e.Code == "" || e.RequestID == "" || e.HTTPStatus == 0 {
		b.Errorf("the error should carry who, where, the code, the request id and the status, got %#v", e)
	}
}

// always makes every release of addresses meet the same fault.
func (b *bench) always(fault Fault) {
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != UnassignPrivateIps {
			return nil
		}
		return &fault
	}
}

func attemptsBounded(b *bench) {
	b.always(Fault{Reason: Conflict})
	client := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
	op, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrConflict)
	if errors.Is(err, context.DeadlineExceeded) {
		b.Errorf("no context has ended, got: %v", err)
	}
	b.sent(UnassignPrivateIps, 3)
	b.outcomes(op, all(eni.OutcomeRefused, span(2, 3)...))
}

func elapsedBounded(b *bench) {
	b.always(Fault{Reason: Conflict})
	client := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: -1, MaxElapsed: 10 * time.Second}})
	start := time.Now()
	_, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrConflict)
	if took := time.Since(start); took > 10*time.Second {
		b.Errorf("10s were allowed, took %s", took)
	}
	if n := len(b.cloud.Calls(UnassignPrivateIps)); n < 3 {
		b.Errorf("10s should do for several attempts, got %d", n)
	}
}

// fixed is a backoff of one second, three times.
type fixed struct{ left int }

func (f *fixed) Reset() { f.left = 3 }

func (f *fixed) NextBackOff() time.Duration {
	if f.left--; f.left < 0 {
		return -1
	}
	return time.Second
}

func ownRetry(b *bench) {
	b.always(Fault{Reason: Denied})
	client := b.client(eni.Options{Retry: eni.Retry{
		Backoff:   func() eni.Backoff { return &fixed{left: 3} },
		Retryable: func(err error) bool { return errors.Is(err, eni.ErrPermission) },
	}})
	start := time.Now()
	_, err := client.UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrPermission)
	b.sent(UnassignPrivateIps, 4)
	if took := time.Since(start); took != 3*time.Second {
		b.Errorf("want three pauses of a second, took %s", took)
	}
}

// everySecond is a limiter with a turn a second.
type everySecond struct{ turns atomic.Int64 }

func (l *everySecond) Wait(ctx context.Context) error {
	l.turns.Add(1)
	if !sleep(ctx, time.Second) {
		return ctx.Err()
	}
	return nil
}

func ownLimiter(b *bench) {
	limiter := new(everySecond)
	_, err := b.client(eni.Options{Limiter: limiter}).UnassignPrivateIps(b.Context(), release(span(2, 51)...))
	b.ok(err)
	if sent := len(b.cloud.Calls(UnassignPrivateIps)); limiter.turns.Load() != int64(sent) {
		b.Errorf("%d changes were sent and %d turns taken", sent, limiter.turns.Load())
	}
}

func deadlineKeepsAnswer(b *bench) {
	b.always(Fault{Reason: Conflict})
	ctx, cancel := context.WithTimeout(b.Context(), 7*time.Second)
	defer cancel()
	start := time.Now()
	op, err := b.client(eni.Options{}).UnassignPrivateIps(ctx, release(span(2, 3)...))
	b.is(err, context.DeadlineExceeded, eni.ErrConflict)
	if took := time.Since(start); took != 7*time.Second {
		b.Errorf("the deadline was 7s away, took %s", took)
	}
	var e *eni.Error
	if !errors.As(err, &e) || e.Code == "" {
		b.Errorf("the cloud's last code should be there, got: %v", err)
	}
	b.outcomes(op, all(eni.OutcomeRefused, span(2, 3)...))
}

func cancelInRequest(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Delay: 20 * time.Second})
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(time.Second, cancel)
	start := time.Now()
	op, err := b.client(eni.Options{}).UnassignPrivateIps(ctx, release(span(2, 3)...))
	b.is(err, context.Canceled)
	if took := time.Since(start); took != time.Second {
		b.Errorf("a cancelled caller should return at once, took %s", took)
	}
	b.outcomes(op, all(eni.OutcomeUnknown, span(2, 3)...))
}

func deadContext(b *bench) {
	ctx, cancel := context.WithCancel(b.Context())
	cancel()
	client := b.client(eni.Options{})
	op, err := client.UnassignPrivateIps(ctx, release(span(2, 3)...))
	b.is(err, context.Canceled)
	b.outcomes(op, all(eni.OutcomeNotTried, span(2, 3)...))
	_, err = client.Detach(ctx, detachRequest)
	b.is(err, context.Canceled)
	if calls := b.cloud.Calls(); len(calls) != 0 {
		b.Errorf("nothing should have been sent, got: %v", calls)
	}
}

// lostAnswer checks that after the fault the addresses are gone, with this many
// changes sent.
func lostAnswer(fault Fault, changes int) func(*bench) {
	return func(b *bench) {
		b.cloud.Inject(UnassignPrivateIps, fault)
		op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
		b.ok(err)
		b.ok(op.Wait(b.Context()))
		b.outcomes(op, all(eni.OutcomeReleased, span(2, 4)...))
		b.released(span(2, 4)...)
		b.sent(UnassignPrivateIps, changes)
	}
}

// completesAfter makes every change take so long.
func (b *bench) completesAfter(d time.Duration) {
	b.cloud.CompletesAfter = func(Call) time.Duration { return d }
}

func waits(b *bench) {
	b.completesAfter(4 * time.Second)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.released(span(2, 4)...)
}

func waitEnds(b *bench) {
	b.completesAfter(time.Hour)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	ctx, cancel := context.WithTimeout(b.Context(), 90*time.Second)
	defer cancel()
	start := time.Now()
	err = op.Wait(ctx)
	b.is(err, context.DeadlineExceeded)
	if took := time.Since(start); took != 90*time.Second {
		b.Errorf("the deadline was 90s away, took %s", took)
	}
	if done, err := op.Poll(b.Context()); done || err != nil {
		b.Errorf("want a poll that says not yet, got %t, %v", done, err)
	}
}

func failsLater(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{TaskOutput: "the host did not answer"})
	b.completesAfter(time.Second)
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 4)...))
	b.ok(err)
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	if err = op.Wait(ctx); err == nil {
		b.Fatal("the change did not take effect, and Wait says that it did")
	}
	if !errors.Is(err, context.DeadlineExceeded) { // a cloud with tasks
		if !strings.Contains(err.Error(), "the host did not answer") {
			b.Errorf("the error should carry the task's output, got: %v", err)
		}
		b.outcomes(op, all(eni.OutcomeRefused, span(2, 4)...))
	}
	b.untouched()
}

func blockingWaits(b *bench) {
	b.completesAfter(3 * time.Second)
	client := eni.Blocking(b.client(eni.Options{}))
	_, err := client.UnassignPrivateIps(b.Context(), release(append(span(2, 3), addr("10.0.0.1"))...))
	b.is(err, eni.ErrInvalid)
	b.released(span(2, 3)...)
	_, err = client.UnassignIpv6(b.Context(), release(addr("2001:db8::1")))
	b.ok(err)
	_, err = client.Detach(b.Context(), detachRequest)
	b.ok(err)
	if i, _ := b.cloud.Get("eni-1"); i.State != eni.StateAvailable {
		b.Errorf("the interface should be free, is %s", i.State)
	}
}

func detaches(b *bench) {
	b.completesAfter(3 * time.Second)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	if done, err := op.Poll(b.Context()); done || err != nil {
		b.Errorf("a poll before the change has taken effect: want not done, got %t, %v", done, err)
	}
	b.ok(op.Wait(b.Context()))
	if done, err := op.Poll(b.Context()); !done || err != nil {
		b.Errorf("a poll after Wait: want done, got %t, %v", done, err)
	}
	b.sent(Detach, 1)
	if i, _ := b.cloud.Get("eni-1"); i.State != eni.StateAvailable || i.InstanceID != "" {
		b.Errorf("the interface should be free, is %s on %q", i.State, i.InstanceID)
	}
	if len(op.Results()) != 0 {
		b.Errorf("a detach has no results, got: %v", op.Results())
	}
}

func detachFree(b *bench) {
	b.cloud.Put(eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable})
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.sent(Detach, 0)
}

func detachElsewhere(b *bench) {
	b.cloud.Put(attached("eni-1", "i-other"))
	_, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrState)
	if !strings.Contains(err.Error(), "i-other") {
		b.Errorf("the error should name the instance that has the interface, got: %v", err)
	}
	b.untouched()
	b.sent(Detach, 0)
}

func detachPrimary(b *bench) {
	b.cloud.Update("eni-1", func(i *eni.Interface) { i.Type = eni.TypePrimary })
	_, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.is(err, eni.ErrInvalid)
	b.sent(Detach, 0)
}

func detachUnknown(b *bench) {
	_, err := b.client(eni.Options{}).Detach(b.Context(), eni.DetachRequest{InterfaceID: "eni-none", InstanceID: "i-1"})
	b.is(err, eni.ErrNotFound)
}

func detachDeleted(b *bench) {
	b.completesAfter(time.Minute)
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.cloud.Delete("eni-1")
	b.cloud.ForgetTasks()
	b.is(op.Wait(b.Context()), eni.ErrNotFound)
}

func detachMember(b *bench) {
	b.cloud.Update("eni-1", func(i *eni.Interface) {
		i.Type, i.TrunkInterfaceID = eni.TypeMember, "eni-trunk"
	})
	req := detachRequest
	req.TrunkInterfaceID = "eni-trunk"
	op, err := b.client(eni.Options{}).Detach(b.Context(), req)
	if errors.Is(err, eni.ErrUnsupported) {
		if calls := b.cloud.Calls(); len(calls) != 0 {
			b.Errorf("unsupported, and still %v was sent", calls)
		}
		return
	}
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	if i, _ := b.cloud.Get("eni-1"); i.InstanceID != "" {
		b.Errorf("the member should be free, is on %s", i.InstanceID)
	}
}

func detachLost(b *bench) {
	b.cloud.Inject(Detach, Fault{Reset: true, After: true})
	op, err := b.client(eni.Options{}).Detach(b.Context(), detachRequest)
	b.ok(err)
	b.ok(op.Wait(b.Context()))
	b.sent(Detach, 1)
}

func crowd(b *bench) {
	b.completesAfter(500 * time.Millisecond)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	for _, a := range span(2, 51) {
		wg.Go(func() {
			op, err := client.UnassignPrivateIps(b.Context(), release(a))
			if err != nil {
				b.Errorf("%s: %v", a, err)
			}
			b.ok(op.Wait(b.Context()))
			b.outcomes(op, all(eni.OutcomeReleased, a))
		})
	}
	wg.Wait()
	b.released(span(2, 51)...)
	if n := len(b.cloud.Calls(UnassignPrivateIps)); n > 10 {
		b.Errorf("50 callers of one interface should share changes, got %d", n)
	}
}

func sameAddress(b *bench) {
	b.completesAfter(time.Second)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
			if err != nil {
				b.Errorf("a caller among five: %v", err)
			}
			b.ok(op.Wait(b.Context()))
			for _, r := range op.Results() {
				if r.Outcome != eni.OutcomeReleased && r.Outcome != eni.OutcomeAbsent {
					b.Errorf("want released or absent, got %s", r.Outcome)
				}
			}
		})
	}
	wg.Wait()
	b.released(addr("10.0.0.2"))
	b.sent(UnassignPrivateIps, 1)
}

func neighbours(b *bench) {
	b.completesAfter(time.Second)
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	for n, a := range span(1, 9) {
		wg.Go(func() {
			op, err := client.UnassignPrivateIps(b.Context(), release(a))
			if primary := n == 0; primary != (err != nil) {
				b.Errorf("%s: %v", a, err)
			}
			b.ok(op.Wait(b.Context()))
		})
	}
	wg.Wait()
	b.released(span(2, 9)...)
}

func leaves(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Delay: 10 * time.Second})
	client := b.client(eni.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(time.Second, cancel)
	var wg sync.WaitGroup
	for n, a := range span(2, 6) {
		ctx := ctx
		if n > 0 {
			ctx = b.Context()
		}
		wg.Go(func() {
			start := time.Now()
			_, err := client.UnassignPrivateIps(ctx, release(a))
			switch {
			case n > 0 && err != nil:
				b.Errorf("a caller who stayed: %v", err)
			case n == 0 && !errors.Is(err, context.Canceled):
				b.Errorf("the caller who left: want context.Canceled, got: %v", err)
			case n == 0 && time.Since(start) != time.Second:
				b.Errorf("the caller who left should return at once, took %s", time.Since(start))
			}
		})
	}
	wg.Wait()
	for _, a := range span(3, 6) {
		if b.cloud.Has("eni-1", full(a)) {
			b.Errorf("%s was asked for and is still there", a)
		}
	}
}

func stays(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Delay: 10 * time.Second})
	client := b.client(eni.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(time.Second, cancel)
	var wg sync.WaitGroup
	for _, ctx := range []context.Context{ctx, b.Context()} {
		wg.Go(func() {
			_, err := client.UnassignPrivateIps(ctx, release(addr("10.0.0.2")))
			if left := ctx.Err() != nil; left != (err != nil) {
				b.Errorf("left %t, got: %v", left, err)
			}
		})
	}
	wg.Wait()
	b.released(addr("10.0.0.2"))
	b.sent(UnassignPrivateIps, 1)
}

func detachInTurn(b *bench) {
	b.completesAfter(time.Second)
	b.cloud.AnswerWhenComplete = true
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	begin := func(call func() (*eni.Operation, error)) {
		wg.Go(func() {
			if _, err := call(); err != nil {
				b.Errorf("%v", err)
			}
		})
		synctest.Wait()
	}
	begin(func() (*eni.Operation, error) {
		return client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.2")))
	})
	begin(func() (*eni.Operation, error) { return client.Detach(b.Context(), detachRequest) })
	begin(func() (*eni.Operation, error) {
		return client.UnassignIpv6(b.Context(), release(addr("2001:db8::1")))
	})
	wg.Wait()
	var order []Action
	for _, change := range b.cloud.History() {
		order = append(order, change.Call.Action)
	}
	if want := []Action{UnassignPrivateIps, Detach, UnassignIpv6}; !slices.Equal(order, want) {
		b.Errorf("want %v, got %v", want, order)
	}
}

func nilOperation(b *bench) {
	var op *eni.Operation
	done, err := op.Poll(b.Context())
	if !done || err != nil || op.Wait(b.Context()) != nil || op.Results() != nil || op.RequestIDs() != nil || op.Attempts() != 0 {
		b.Error("a nil operation should be empty and complete")
	}
}

func observes(b *bench) {
	observer, ok := b.client(eni.Options{}).(eni.Describer)
	if !ok {
		return // it is an interface of its own
	}
	for n := range 230 {
		b.cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-free-%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1"})
	}
	ids := []string{"eni-1", "eni-none", "eni-1"}
	for n := range 230 {
		ids = append(ids, fmt.Sprintf("eni-free-%d", n))
	}
	found, err := observer.Describe(b.Context(), ids...)
	b.ok(err)
	if len(found) != 231 {
		b.Fatalf("want 231 interfaces, got %d", len(found))
	}
	at := slices.IndexFunc(found, func(i eni.Interface) bool { return i.ID == "eni-1" })
	got, want := found[at], attached("eni-1", "i-1")
	if got.State != want.State || got.Type != want.Type || got.InstanceID != want.InstanceID || got.VPCID != want.VPCID {
		b.Errorf("want %+v, got %+v", want, got)
	}
	for _, a := range want.Addresses {
		if !slices.Contains(got.Addresses, a) {
			b.Errorf("address %+v is missing in %+v", a, got.Addresses)
		}
	}
}
