// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// drive is a runner that a test controls, with the default timing.
type drive struct {
	*Lane
	t   *testing.T
	now time.Duration
}

func newDrive(t *testing.T, change func(*Config)) *drive {
	t.Helper()
	cfg := &Config{PerChange: 10, MaxAttempts: 12, MaxElapsed: 5 * time.Minute, StuckAfter: time.Minute}
	if change != nil {
		change(cfg)
	}
	return &drive{Lane: New(cfg), t: t}
}

func addr(n int) Target {
	a := netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)})
	return Target{Action: UnassignPrivateIps, Prefix: netip.PrefixFrom(a, 32)}
}

func addrs(n int) (list []Target) {
	for i := range n {
		list = append(list, addr(i+2))
	}
	return list
}

func addr6(n int) Target {
	a := netip.AddrFrom16([16]byte{0xfd, 15: byte(n)})
	return Target{Action: UnassignIpv6, Prefix: netip.PrefixFrom(a, 128)}
}

var fromI1 = Target{Action: Detach, InstanceID: "i-1"}

// with returns an interface that is attached to i-1, with these addresses and a primary
// one.
func with(list ...Target) *eni.Interface {
	i := &eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1"}
	i.Addresses = []eni.Address{{Addr: netip.MustParseAddr("10.1.0.1"), Primary: true}}
	for _, t := range list {
		if t.Prefix.IsSingleIP() {
			i.Addresses = append(i.Addresses, eni.Address{Addr: t.Prefix.Addr()})
		} else {
			i.Prefixes = append(i.Prefixes, t.Prefix)
		}
	}
	return i
}

func (d *drive) call(list ...Target) *Call {
	c := NewCall(list)
	d.Add(d.now, c, 0)
	return c
}

func (d *drive) callWith(terms Terms, list ...Target) *Call {
	c := NewCall(list)
	c.Terms = terms
	d.Add(d.now, c, 0)
	return c
}

func (d *drive) pass(length time.Duration) {
	d.now += length
	d.Tick(d.now)
}

// permits grants the wanted permits.
func (d *drive) permits() Todo {
	for {
		todo, granted := d.Next(d.now), false
		for i, p := range todo.Permits {
			if p.Wanted && d.Lane.permits[i].state != permitHeld {
				d.PermitGranted(d.now, Actions[i])
				granted = true
			}
		}
		if !granted {
			return todo
		}
	}
}

// send takes the change that the lane wants to send.
func (d *drive) send() *Change {
	d.t.Helper()
	todo := d.permits()
	if todo.Send == "" {
		d.t.Fatalf("nothing is sent: %+v", todo)
	}
	return d.Take(d.now, todo.Send)
}

// sendAfter is send after the describe that the lane wants.
func (d *drive) sendAfter(i *eni.Interface) *Change {
	d.t.Helper()
	if todo := d.permits(); !todo.Describe || todo.Send != "" {
		d.t.Fatalf("not described first: %+v", todo)
	}
	d.describe(i)
	return d.send()
}

func (d *drive) describe(i *eni.Interface) {
	d.Described(d.now, d.Began(d.now), i)
}

func (d *drive) accept() { d.Answered(d.now, Answer{RequestID: "r"}) }

func (d *drive) refuse(k eni.Kind, v Verdict) {
	d.Answered(d.now, Answer{Err: &eni.Error{Kind: k, Code: "cloud"}, Verdict: v, RequestID: "r"})
}

var retry = Verdict{Retry: true, Pause: time.Second}

// told checks the outcome and the error of all claims of a call.
func (d *drive) told(c *Call, outcome eni.Outcome, kind eni.Kind) {
	d.t.Helper()
	for i := range c.Claims {
		d.toldOf(c, i, outcome, kind)
	}
}

func (d *drive) toldOf(c *Call, i int, outcome eni.Outcome, kind eni.Kind) {
	d.t.Helper()
	cl := &c.Claims[i]
	got := eni.Kind(0)
	if cl.Err != nil {
		got = cl.Err.Kind
	}
	if cl.state == queued || cl.state == inProgress || cl.Outcome != outcome || got != kind {
		d.t.Errorf("%v: state %d, %v (%v), want %v (%v)", cl.Target, cl.state, cl.Outcome, got, outcome, kind)
	}
}

func (d *drive) open(c *Call) {
	d.t.Helper()
	if c.Answered() {
		d.t.Errorf("answered: %+v", c.Claims)
	}
}
