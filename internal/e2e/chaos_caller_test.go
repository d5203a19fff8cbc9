// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// target is the target of a goal.
type target struct {
	id       string
	action   enitest.Action
	prefix   netip.Prefix // of a release
	instance string       // of a detach
}

// whole reports whether the target is the whole interface and not an address.
func (t target) whole() bool { return t.action == enitest.Detach || t.action == enitest.Delete }

// wants reports whether the call has a target, or needs its detach for a deletion.
func (k *call) wants(t target) bool {
	first := k.targets[0]
	return slices.Contains(k.targets, t) ||
		first.action == enitest.Delete && t.action == enitest.Detach && first.id == t.id && k.instance == t.instance
}

func (t target) String() string {
	switch t.action {
	case enitest.Detach:
		return "the attachment of " + t.id + " to " + t.instance
	case enitest.Delete:
		return "the interface " + t.id
	default:
	}
	return t.prefix.String() + " of " + t.id
}

// mark is a point in time. In virtual time many things happen at the same time, so it
// also has the number of events and requests before it.
type mark struct {
	time     time.Time
	events   int // of the cloud
	requests int // that had reached the cloud
}

func (c *chaos) mark() mark {
	m := mark{time: time.Now(), events: len(c.cloud.Events())}
	c.mu.Lock()
	defer c.mu.Unlock()
	m.requests = len(c.requests)
	return m
}

// call is one call of the client, and what its caller does afterwards.
type call struct {
	*chaos

	name     string
	targets  []target
	instance string        // the instance of a deletion's detach
	patience time.Duration // until its context ends; zero means never, negative means before the call
	cancels  bool          // the context is canceled, it has no deadline
	then     func(*call, context.Context)

	began, answered mark
	last            mark          // when its caller last got a result
	accepted        bool          // that was: accepted; the client may send the change again
	told            []eni.Outcome // outcomes at toldAt, for the oracle: it judges each outcome once
	toldAt          mark
	op              *eni.Operation
	err             error
}

// saying is a result that one caller got at one time.
type saying struct {
	*call

	who      string // the call, Wait or Poll
	at       mark
	err      error
	done     bool // all accepted changes are complete
	outcomes []eni.Outcome
}

// caller is a goroutine that makes its calls one after another.
type caller struct {
	*chaos

	wait  time.Duration
	calls []*call
}

func (c *chaos) newCaller(n int) *caller {
	r := c.draw(fmt.Sprint("caller ", n))
	k := &caller{chaos: c, wait: time.Duration(r.Int64N(int64(c.span)))}
	targets := c.anyTargets(r)
	instance := ""
	if c.deletes && r.IntN(2) == 0 {
		targets = []target{{id: targets[0].id, action: enitest.Delete}}
		if r.IntN(4) > 0 {
			instance = instanceID
		}
	}
	for round := range 1 + r.IntN(2) {
		call := &call{
			chaos: c, name: fmt.Sprintf("caller %d, call %d", n, round), targets: targets, instance: instance, cancels: r.IntN(2) == 0,
			then: []func(*call, context.Context){(*call).nothing, (*call).wait, (*call).poll, (*call).wait}[r.IntN(4)],
		}
		switch r.IntN(16) {
		case 0:
			call.patience = -1
		case 1, 2, 3, 4, 5:
			call.patience = 1 + time.Duration(r.Int64N(int64(20*time.Second)))
		}
		k.calls = append(k.calls, call)
	}
	return k
}

// anyTargets chooses the targets of a caller: mostly few, on an interface that other
// callers also change.
func (c *chaos) anyTargets(r *rand.Rand) []target {
	id := interfaceID(r.IntN(c.interfaces))
	if r.IntN(30) == 0 {
		id = interfaceID(c.interfaces) // does not exist
	}
	var all []target
	add := func(action enitest.Action, p netip.Prefix) {
		for _, t := range all {
			if t.prefix == p {
				return
			}
		}
		all = append(all, target{id: id, action: action, prefix: p})
	}
	many := 1 + r.IntN(3)
	if r.IntN(3) == 0 {
		many = 1 + r.IntN(25)
	}
	prefixes := r.IntN(6) == 0 && c.vendor.name == "aliyun"
	what := r.IntN(8)
	if c.only >= 0 {
		what = 2 * c.only
	}
	switch what {
	case 0, 1:
		return []target{{id: id, action: enitest.Detach, instance: instanceID}}
	case 2:
		for range many {
			add(enitest.UnassignIpv6, full(v6(r.IntN(c.addresses+2))))
		}
		if prefixes {
			add(enitest.UnassignIpv6, prefix6)
		}
	default:
		for range many {
			add(enitest.UnassignPrivateIps, full(v4(r.IntN(c.addresses+2))))
		}
		if r.IntN(6) == 0 {
			add(enitest.UnassignPrivateIps, full(netip.MustParseAddr("10.0.0.1")))
		}
		if prefixes {
			add(enitest.UnassignPrivateIps, prefix4)
		}
	}
	return all
}

func full(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func (k *caller) run() {
	time.Sleep(k.wait)
	for _, call := range k.calls {
		call.run()
	}
}

// run makes the call, and then waits or polls with the same context.
func (k *call) run() {
	ctx, cancelAtLast := context.WithTimeout(k.Context(), time.Hour) // a call that is still open then is a bug
	defer cancelAtLast()
	var end time.Time
	if k.patience != 0 {
		end = time.Now().Add(k.patience)
		var cancel context.CancelFunc
		if ctx, cancel = context.WithDeadline(ctx, end); k.cancels {
			ctx, cancel = context.WithCancel(k.Context())
			time.AfterFunc(k.patience, cancel)
			if k.patience < 0 {
				cancel()
			}
		}
		defer cancel()
	}
	k.make(ctx)
	k.atOnce(end)
	if k.err == nil || k.op.Outcome() == eni.OutcomeRefused {
		k.then(k, ctx)
		k.atOnce(end)
	}
}

// make makes the call.
func (k *call) make(ctx context.Context) {
	k.began = k.mark()
	k.mu.Lock()
	k.calls = append(k.calls, k)
	k.mu.Unlock()
	first := k.targets[0]
	req := eni.UnassignRequest{InterfaceID: first.id}
	for _, t := range k.targets {
		if t.prefix.IsSingleIP() {
			req.Addresses = append(req.Addresses, t.prefix.Addr())
		} else if t.prefix.IsValid() {
			req.Prefixes = append(req.Prefixes, t.prefix)
		}
	}
	var op *eni.Operation
	var err error
	switch first.action {
	case enitest.Detach:
		op, err = k.client.Detach(ctx, eni.DetachRequest{InterfaceID: first.id, InstanceID: first.instance})
	case enitest.Delete:
		op, err = k.client.(eni.Deleter).Delete(ctx, eni.DeleteRequest{InterfaceID: first.id, InstanceID: k.instance, KeepTags: keepTags}) //nolint:forcetypeassert // each cloud's client is one
	case enitest.UnassignIpv6:
		op, err = k.client.UnassignIpv6(ctx, req)
	default:
		op, err = k.client.UnassignPrivateIps(ctx, req)
	}
	k.op, k.err = op, err
	k.answered = k.say("the call", err, false)
}

// say records the result that the caller got.
func (k *call) say(who string, err error, done bool) mark {
	s := saying{call: k, who: who, err: err, done: done}
	if k.targets[0].whole() {
		s.outcomes = []eni.Outcome{k.op.Outcome()}
	}
	for _, r := range k.op.Results() {
		s.outcomes = append(s.outcomes, r.Outcome)
	}
	s.at = k.mark()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.said = append(k.said, s)
	k.last, k.accepted = s.at, slices.Contains(s.outcomes, eni.OutcomeAccepted)
	return s.at
}

// atOnce checks that a call returned at the time when its context ended.
func (k *call) atOnce(end time.Time) {
	if late := time.Since(end); !end.IsZero() && late > max(0, -k.patience) {
		k.Errorf("%s came back %s after its context had ended: %v", k.name, late, k.err)
	}
}

func (*call) nothing(context.Context) {}

func (k *call) wait(ctx context.Context) {
	began := time.Now()
	err := k.op.Wait(ctx)
	k.say("Wait", err, err == nil)
	if took := time.Since(began); took > maxSettle+time.Minute {
		k.Errorf("%s: Wait took %s although MaxSettle is %s: %v", k.name, took, maxSettle, err)
	}
}

// poll polls like a controller.
func (k *call) poll(ctx context.Context) {
	for n := range 8 {
		done, err := k.op.Poll(ctx)
		k.say("Poll", err, done && err == nil)
		if done || ctx.Err() != nil {
			return
		}
		select {
		case <-time.After(time.Duration(n+1) * time.Second):
		case <-ctx.Done():
			return
		}
	}
}
