// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// mixed is an interface with addresses and prefixes of both families.
func mixed() (*enitest.Cloud, eni.Client) {
	cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return 3 * time.Second }}
	i := eni.Interface{ID: "eni-1", State: eni.StateInUse, InstanceID: "i-1"}
	for _, text := range []string{"10.0.0.2", "10.0.0.3", "2001:db8::2", "2001:db8::3"} {
		i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr(text)})
	}
	i.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28"), netip.MustParsePrefix("2001:db8:1::/80")}
	cloud.Put(i)
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
	if err != nil {
		panic(err)
	}
	return cloud, client
}

// lines returns one line for each result.
func lines(results []eni.Result) string {
	var all []string
	for _, r := range results {
		all = append(all, fmt.Sprint(r, " ", r.Outcome))
	}
	return strings.Join(all, ", ")
}

func TestUnassign(t *testing.T) {
	tests := []struct {
		name, ask, want string
		kind            eni.Kind
	}{
		{
			name: "both families, in the order asked, duplicates left out",
			ask:  "2001:db8::2 10.0.0.2 2001:db8::3 ::ffff:10.0.0.3 10.0.0.2 2001:db8:1::/80 10.1.0.0/28",
			want: "2001:db8::2 released, 10.0.0.2 released, 2001:db8::3 released, 10.0.0.3 released, 2001:db8:1::/80 released, 10.1.0.0/28 released",
		},
		{name: "IPv4 alone", ask: "10.0.0.3 10.0.0.2", want: "10.0.0.3 released, 10.0.0.2 released"},
		{name: "IPv6 alone", ask: "2001:db8::3 2001:db8:1::/80", want: "2001:db8::3 released, 2001:db8:1::/80 released"},
		{
			name: "one family with a primary address, the other with a stale one",
			ask:  "192.0.2.1 2001:db8::9 10.0.0.2 2001:db8::2", kind: eni.ErrInvalid,
			want: "192.0.2.1 refused, 2001:db8::9 absent, 10.0.0.2 released, 2001:db8::2 released",
		},
		{name: "nothing", kind: eni.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, client := mixed()
				addresses, prefixes, err := eni.ParseAddrs(strings.Fields(test.ask)...)
				if err != nil {
					t.Fatal(err)
				}
				op, err := eni.Unassign(t.Context(), eni.Blocking(client), "eni-1", addresses, prefixes)
				if eni.KindOf(err) != test.kind {
					t.Errorf("error: %v", err)
				}
				if got := lines(op.Results()); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				changes := cloud.Calls(enitest.UnassignPrivateIps, enitest.UnassignIpv6)
				if op.Attempts() != len(changes) || len(op.RequestIDs()) != len(changes) {
					t.Errorf("%d changes reached the cloud, the operation reports %d with the ids %q", len(changes), op.Attempts(), op.RequestIDs())
				}
				failed := slices.DeleteFunc(op.Results(), func(r eni.Result) bool { return r.Err == nil })
				if got := lines(op.Failed()); got != lines(failed) {
					t.Errorf("failed: got %q, want %q", got, lines(failed))
				}
			})
		})
	}
}

// A poll is done when both families are done.
func TestPollBothFamilies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, client := mixed()
		addresses, _, err := eni.ParseAddrs("2001:db8::2", "10.0.0.2")
		if err != nil {
			t.Fatal(err)
		}
		op, err := eni.Unassign(t.Context(), client, "eni-1", addresses, nil)
		if err != nil {
			t.Fatal(err)
		}
		if done, err := op.Poll(t.Context()); done || err != nil || len(op.Failed()) == 0 {
			t.Errorf("before its time: done %t, %v, %s", done, err, lines(op.Results()))
		}
		for time.Sleep(time.Minute); ; time.Sleep(time.Second) {
			done, err := op.Poll(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if done {
				break
			}
		}
		if got := lines(op.Results()); got != "2001:db8::2 released, 10.0.0.2 released" || len(op.Failed()) > 0 {
			t.Errorf("got %s, failed: %s", got, lines(op.Failed()))
		}
		if n := len(cloud.History()); n != 2 {
			t.Errorf("%d changes", n)
		}
	})
}

// calls is a client with one function for each family.
type calls struct {
	eni.Client
	v4, v6 func() (*eni.Operation, error)
}

func (c calls) UnassignPrivateIps(context.Context, eni.UnassignRequest) (*eni.Operation, error) {
	return c.v4()
}

func (c calls) UnassignIpv6(context.Context, eni.UnassignRequest) (*eni.Operation, error) {
	return c.v6()
}

// unassign releases one address of each family.
func (c calls) unassign(t *testing.T) (*eni.Operation, error) {
	return eni.Unassign(t.Context(), c, "eni-1", []netip.Addr{netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("10.0.0.2")}, nil)
}

func TestBothFamiliesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v4, v6 := make(chan bool), make(chan bool)
		c := calls{
			v4: func() (*eni.Operation, error) { v4 <- true; <-v6; return eni.NewOperation(nil), nil },
			v6: func() (*eni.Operation, error) { <-v4; v6 <- true; return eni.NewOperation(nil), nil },
		}
		if _, err := c.unassign(t); err != nil {
			t.Error(err)
		}
	})
}

// The errors of both families are joined, and results are available while one family
// is not done.
func TestErrorsOfBothFamilies(t *testing.T) {
	throttled, denied := failure(eni.ErrThrottled, "Throttling", 1), failure(eni.ErrPermission, "Denied", 1)
	slow := &pending{progress: progress{err: throttled}}
	c := calls{
		v4: func() (*eni.Operation, error) { return eni.NewOperation(progress{err: denied}), denied },
		v6: func() (*eni.Operation, error) { return eni.NewOperation(slow), nil },
	}
	op, err := c.unassign(t)
	if !errors.Is(err, eni.ErrPermission) {
		t.Errorf("error: %v", err)
	}
	if done, err := op.Poll(t.Context()); done || err != error(throttled) {
		t.Errorf("one family is not done: %t, %v", done, err)
	}
	slow.done = true
	for what, err := range map[string]error{"the poll": second(op.Poll(t.Context())), "the wait": op.Wait(t.Context())} {
		if !errors.Is(err, eni.ErrThrottled) || !errors.Is(err, eni.ErrPermission) {
			t.Errorf("%s: want both errors, got %v", what, err)
		}
	}
}

func second(_ bool, err error) error { return err }

type pending struct {
	progress
	done bool
}

func (p *pending) Poll(context.Context) (bool, error) { return p.done, p.err }

// A panic or Goexit on the goroutine of a call is repeated on the caller's.
func TestAPanicInOneFamily(t *testing.T) {
	nothing := func() (*eni.Operation, error) { return eni.NewOperation(nil), nil }
	for name, c := range map[string]calls{
		"IPv4": {v4: func() (*eni.Operation, error) { panic("broken") }, v6: nothing},
		"IPv6": {v4: nothing, v6: func() (*eni.Operation, error) { panic("broken") }},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := recover(); p != "broken" {
					t.Errorf("recovered %v", p)
				}
			}()
			c.unassign(t)
		})
	}
	ended := make(chan bool)
	go func() {
		returned := false
		defer func() { ended <- !returned }()
		calls{v4: nothing, v6: func() (*eni.Operation, error) { runtime.Goexit(); return eni.NewOperation(nil), nil }}.unassign(t)
		returned = true
	}()
	if !<-ended {
		t.Error("a goroutine that ended below the call looks like a success")
	}
}
