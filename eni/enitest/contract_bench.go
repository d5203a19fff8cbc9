// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// bench has the cloud and the client of one check.
type bench struct {
	*testing.T
	ctx       context.Context //nolint:containedctx // for Context, as in a testing.T
	cloud     *Cloud
	newClient NewClient

	mu       sync.Mutex
	attempts []eni.Attempt
	ends     []int // how often the end function of each call was called
}

// Context ends with the check, or after checkTimeout.
func (b *bench) Context() context.Context { return b.ctx }

// client makes a client whose attempts and calls are recorded.
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

// ended checks that the end function of each call was called once.
func (b *bench) ended() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.ends {
		if n != 1 {
			b.Errorf("the function of OnCall should be called once for each call, got: %v", b.ends)
			return
		}
	}
}

// attached is the interface eni-1 with a primary address 10.0.0.1, secondary ones from
// 10.0.0.2 to 10.0.0.60, three IPv6 addresses and a prefix of each family.
func attached(instance string) eni.Interface {
	i := eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: instance, VPCID: "vpc-1",
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

// ok fails the check if err is not nil.
func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("want success, got: %v", err)
	}
}

// is fails the check if err does not match every target.
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

// wait waits for an operation. Unlike ok it may be called on any goroutine.
func (b *bench) wait(op *eni.Operation) {
	b.Helper()
	if err := op.Wait(b.Context()); err != nil {
		b.Errorf("the wait should succeed, got: %v", err)
	}
}

// outcome checks the outcome of an operation as a whole.
func (b *bench) outcome(op *eni.Operation, want eni.Outcome) {
	b.Helper()
	if got := op.Outcome(); got != want {
		b.Errorf("want an operation that is %s, got %s", want, got)
	}
}

// outcomes checks the outcome of each address.
func (b *bench) outcomes(op *eni.Operation, want map[netip.Addr]eni.Outcome) {
	b.Helper()
	got := op.Results()
	if len(got) != len(want) {
		b.Errorf("want one result for each of %d addresses, got %d: %v", len(want), len(got), got)
	}
	for _, r := range got {
		outcome, asked := want[r.Prefix.Addr()]
		switch {
		case !asked:
			b.Errorf("a result for %s, which no caller asked for", r)
		case r.Outcome != outcome:
			b.Errorf("%s: want %s, got %s (%v)", r, outcome, r.Outcome, r.Err)
		}
		if (r.Err != nil) != failed(r.Outcome) {
			b.Errorf("%s is %s: Result.Err should be nil exactly for accepted, released and absent, got: %v", r, r.Outcome, r.Err)
		}
	}
}

// failed reports whether an outcome has an error in Result.Err.
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

// released checks that exactly these addresses of eni-1 were released, each once.
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
		b.Errorf("%s was released, and no caller asked for it", a)
	}
}

// sent checks the number of calls of an action that the cloud received.
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

// always injects the same fault into every call of an action.
func (b *bench) always(action Action, fault Fault) {
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != action {
			return nil
		}
		return &fault
	}
}

// afterwards injects a fault into every description after the first change.
func (b *bench) afterwards(action Action, fault Fault) {
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != Describe || len(b.cloud.Calls(action)) == 0 {
			return nil
		}
		return &fault
	}
}

// holdsTrue checks, after all changes have completed, that the addresses reported as not
// tried or refused still exist.
func (b *bench) holdsTrue(op *eni.Operation) {
	b.Helper()
	time.Sleep(time.Minute)
	tookOff := make(map[netip.Prefix]bool)
	for _, change := range b.cloud.History() {
		for _, p := range change.Released {
			tookOff[p] = true
		}
	}
	for _, r := range op.Results() {
		if (r.Outcome == eni.OutcomeNotTried || r.Outcome == eni.OutcomeRefused) && tookOff[r.Prefix] {
			b.Errorf("%s is %s, but a change of the client released it", r, r.Outcome)
		}
	}
}

// completesAfter sets the duration of every change.
func (b *bench) completesAfter(d time.Duration) {
	b.cloud.CompletesAfter = func(Call) time.Duration { return d }
}
