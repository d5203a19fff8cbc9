// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

var (
	primary = netip.MustParseAddr("10.0.0.4")
	second  = netip.MustParseAddr("10.0.0.5")
	third   = netip.MustParseAddr("10.0.0.6")
	sixth   = netip.MustParseAddr("2001:db8::6")
)

func secondary(id string) eni.Interface {
	return eni.Interface{
		ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1", VPCID: "vpc-1",
		Addresses: []eni.Address{{Addr: primary, Primary: true}, {Addr: second}, {Addr: third}, {Addr: sixth}},
	}
}

func newServer(interfaces ...eni.Interface) *tencenttest.Server {
	server := tencenttest.NewServer(&enitest.Cloud{})
	server.Cloud.Put(interfaces...)
	return server
}

func newDriver(t *testing.T, cfg tencent.Config) tencent.Driver {
	t.Helper()
	d, err := tencent.NewDriver(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func unassign(id string, addresses ...netip.Addr) core.Change {
	return core.Change{Action: core.UnassignPrivateIps, InterfaceID: id, Addresses: addresses}
}

func TestChangesTakeEffect(t *testing.T) {
	server := newServer(secondary("eni-1"))
	d := newDriver(t, server.Config())
	for _, change := range []core.Change{
		unassign("eni-1", second),
		{Action: core.UnassignIpv6, InterfaceID: "eni-1", Addresses: []netip.Addr{sixth}},
	} {
		receipt, err := d.Send(t.Context(), change)
		if err != nil {
			t.Fatal(d.Explain(string(change.Action), err))
		}
		if receipt.RequestID == "" || receipt.TaskID != receipt.RequestID {
			t.Errorf("receipt %+v", receipt)
		}
	}
	want := secondary("eni-1")
	want.Addresses = []eni.Address{{Addr: primary, Primary: true}, {Addr: third}}
	if got, _ := server.Cloud.Get("eni-1"); !reflect.DeepEqual(got, want) {
		t.Errorf("after the unassigns: %+v", got)
	}
	if _, err := d.Send(t.Context(), core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "ins-1"}); err != nil {
		t.Fatal(d.Explain("Detach", err))
	}
	if got, _ := server.Cloud.Get("eni-1"); got.InstanceID != "" || got.State != eni.StateAvailable {
		t.Errorf("after the detach: %+v", got)
	}
}

func TestDescribeAgreesWithTheCloud(t *testing.T) {
	free := eni.Interface{ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable, Addresses: []eni.Address{{Addr: primary, Primary: true}}}
	main := eni.Interface{ID: "eni-3", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "ins-1", Addresses: []eni.Address{{Addr: primary, Primary: true}}}
	leaving := eni.Interface{ID: "eni-4", Type: eni.TypeSecondary, State: eni.StateDetaching, InstanceID: "ins-1", Addresses: []eni.Address{{Addr: primary, Primary: true}}}
	server := newServer(secondary("eni-1"), free, main, leaving)
	d := newDriver(t, server.Config())
	got, err := d.Describe(t.Context(), []string{"eni-1", "eni-2", "eni-3", "eni-4"})
	if want := []eni.Interface{secondary("eni-1"), free, main, leaving}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestMissingInterfaces(t *testing.T) {
	server := newServer(secondary("eni-1"))
	d := newDriver(t, server.Config())
	_, err := d.Describe(t.Context(), []string{"eni-1", "eni-gone"})
	if e := d.Explain(core.Describe, err); e.Kind != eni.ErrNotFound {
		t.Errorf("%+v", e)
	}
	server = newServer(secondary("eni-1"))
	server.MissingLeftOut = true
	d = newDriver(t, server.Config())
	if got, err := d.Describe(t.Context(), []string{"eni-1", "eni-gone"}); err != nil || len(got) != 1 || got[0].ID != "eni-1" {
		t.Errorf("%+v, %v", got, err)
	}
}

// In another region the interface is not found.
func TestOtherRegion(t *testing.T) {
	server := newServer(secondary("eni-1"))
	cfg := server.Config()
	cfg.Region = "ap-shanghai"
	d := newDriver(t, cfg)
	_, err := d.Send(t.Context(), unassign("eni-1", second))
	if e := d.Explain("UnassignPrivateIps", err); e.Kind != eni.ErrNotFound {
		t.Errorf("%+v", e)
	}
}

func TestRefusals(t *testing.T) {
	main := eni.Interface{ID: "eni-0", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "ins-1"}
	attaching := secondary("eni-2")
	attaching.State = eni.StateAttaching
	addresses := make([]netip.Addr, 11)
	for i := range addresses {
		addresses[i] = netip.AddrFrom4([4]byte{10, 0, 1, byte(i)})
	}
	absent := netip.MustParseAddr("10.0.0.99")
	tests := []struct {
		name   string
		change core.Change
		kind   eni.Kind
		code   string
	}{
		{"no such interface", unassign("eni-9", second), eni.ErrNotFound, "ResourceNotFound"},
		{"not assigned", unassign("eni-1", second, absent), eni.ErrNotAssigned, "UnsupportedOperation.AttachmentNotFound"},
		{"primary address", unassign("eni-1", primary), eni.ErrInvalid, "UnauthorizedOperation.PrimaryIp"},
		{"attaching", unassign("eni-2", second), eni.ErrState, "UnsupportedOperation.InvalidState"},
		{"eleven", unassign("eni-1", addresses...), eni.ErrInvalid, "InvalidParameterValue.LimitExceeded"},
		{"twice", unassign("eni-1", second, second), eni.ErrInvalid, "InvalidParameterValue.DuplicatePara"},
		{"odd id", unassign("vpc-1", second), eni.ErrInvalid, "InvalidParameterValue.Malformed"},
		{"wrong family", unassign("eni-1", sixth), eni.ErrInvalid, "InvalidParameterValue.Malformed"},
		{"nothing", unassign("eni-1"), eni.ErrInvalid, "MissingParameter"},
		{"primary interface", core.Change{Action: core.Detach, InterfaceID: "eni-0", InstanceID: "ins-1"}, eni.ErrUnsupported, "UnsupportedOperation"},
		{"other instance", core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "ins-2"}, eni.ErrState, "UnsupportedOperation.InvalidState"},
		{"no instance", core.Change{Action: core.Detach, InterfaceID: "eni-1"}, eni.ErrInvalid, "MissingParameter"},
	}
	server := newServer(main, secondary("eni-1"), attaching)
	server.Cloud.PutInstance(enitest.Instance{ID: "ins-2"})
	d := newDriver(t, server.Config())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			receipt, err := d.Send(t.Context(), test.change)
			e := d.Explain(string(test.change.Action), err)
			if e.Kind != test.kind || e.Code != test.code || e.HTTPStatus != http.StatusOK || e.RequestID == "" || e.Message == "" {
				t.Errorf("got %+v, want %v, %s", e, test.kind, test.code)
			}
			if receipt.RequestID != e.RequestID || receipt.TaskID != "" {
				t.Errorf("receipt %+v", receipt)
			}
		})
	}
	if len(server.Cloud.History()) != 0 {
		t.Errorf("%+v", server.Cloud.History())
	}
}

func TestFaults(t *testing.T) {
	tests := map[string]struct {
		fault  enitest.Fault
		kind   eni.Kind
		status int
	}{
		"conflict":   {enitest.Fault{Reason: enitest.Conflict}, eni.ErrConflict, 200},
		"throttled":  {enitest.Fault{Reason: enitest.Throttled}, eni.ErrThrottled, 200},
		"denied":     {enitest.Fault{Reason: enitest.Denied}, eni.ErrPermission, 200},
		"expired":    {enitest.Fault{Reason: enitest.ExpiredCredentials}, eni.ErrUnauthenticated, 200},
		"internal":   {enitest.Fault{Reason: enitest.Internal}, eni.ErrUnavailable, 200},
		"reset":      {enitest.Fault{Reset: true}, eni.ErrUnavailable, 0},
		"cut":        {enitest.Fault{Cut: true}, eni.ErrUnavailable, 200},
		"html":       {enitest.Fault{Reply: &enitest.Reply{Status: 502, ContentType: "text/html", Body: []byte("<html>")}}, eni.ErrUnavailable, 502},
		"null":       {enitest.Fault{Reply: &enitest.Reply{Body: []byte("null")}}, eni.ErrUnavailable, 200},
		"other code": {enitest.Fault{Code: "NeverSeen", Message: "x"}, eni.ErrUnknown, 200},
	}
	inProcess := func(s *tencenttest.Server) tencent.Config { return s.Config() }
	loopback := func(s *tencenttest.Server) tencent.Config {
		web := httptest.NewServer(s)
		t.Cleanup(web.Close)
		cfg := s.Config()
		cfg.Endpoint, cfg.HTTPClient = web.URL, web.Client()
		return cfg
	}
	for name, config := range map[string]func(*tencenttest.Server) tencent.Config{"in process": inProcess, "loopback": loopback} {
		for what, test := range tests {
			t.Run(name+"/"+what, func(t *testing.T) {
				server := newServer(secondary("eni-1"))
				d := newDriver(t, config(server))
				server.Cloud.Inject(enitest.UnassignPrivateIps, test.fault)
				_, err := d.Send(t.Context(), unassign("eni-1", second))
				e := d.Explain("UnassignPrivateIps", err)
				if name == "loopback" && test.fault.Cut {
					e.HTTPStatus = test.status // whether the head still got out is the kernel's affair
				}
				if e.Kind != test.kind || e.HTTPStatus != test.status {
					t.Errorf("got %+v, want %v with %d", e, test.kind, test.status)
				}
				if _, err := d.Send(t.Context(), unassign("eni-1", third)); err != nil {
					t.Errorf("the next request: %v", err)
				}
			})
		}
	}
}

func TestTaskLifeCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(secondary("eni-1"))
		server.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		d := newDriver(t, server.Config())
		receipt, err := d.Send(t.Context(), unassign("eni-1", second))
		if err != nil {
			t.Fatal(err)
		}
		want := func(id string, state core.TaskState, output string) {
			t.Helper()
			got, err := d.Task(t.Context(), id)
			if err != nil || got != (core.TaskStatus{State: state, Output: output}) {
				t.Errorf("got %+v, %v", got, err)
			}
		}
		want(receipt.TaskID, core.TaskRunning, "")
		if _, err := d.Send(t.Context(), unassign("eni-1", third)); d.Explain("", err).Kind != eni.ErrConflict {
			t.Errorf("a second change on a busy interface: %v", err)
		}
		time.Sleep(10 * time.Second)
		want(receipt.TaskID, core.TaskSucceeded, "")
		want("no-such-task", core.TaskUnknown, "")

		server.Cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "no luck"})
		if receipt, err = d.Send(t.Context(), unassign("eni-1", third)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		want(receipt.TaskID, core.TaskFailed, "no luck")
		server.Cloud.ForgetTasks()
		want(receipt.TaskID, core.TaskUnknown, "")
	})
}

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer(secondary("eni-1"))
		server.Cloud.Control = func(enitest.Call) *enitest.Fault { return &enitest.Fault{Delay: time.Hour} }
		d := newDriver(t, server.Config())
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := d.Send(ctx, unassign("eni-1", second))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Over real sockets, in the middle of a body that never ends.
func TestCancelOverSockets(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"Response":{`)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		cancel()
		<-r.Context().Done()
	}))
	defer web.Close()
	cfg := newServer().Config()
	cfg.Endpoint, cfg.HTTPClient = web.URL, nil
	_, err := newDriver(t, cfg).Send(ctx, unassign("eni-1", second))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestOneDriverManyCallers(t *testing.T) {
	server := tencenttest.NewServer(&enitest.Cloud{})
	d := newDriver(t, server.Config())
	var wg sync.WaitGroup
	for n := range 64 {
		id := fmt.Sprintf("eni-%d", n)
		server.Cloud.Put(secondary(id))
		wg.Go(func() {
			receipt, err := d.Send(t.Context(), unassign(id, second))
			if err != nil {
				t.Error(err)
			}
			if status, err := d.Task(t.Context(), receipt.TaskID); err != nil || status.State != core.TaskSucceeded {
				t.Errorf("%+v, %v", status, err)
			}
			if got, err := d.Describe(t.Context(), []string{id}); err != nil || len(got) != 1 || len(got[0].Addresses) != 3 {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := d.Send(t.Context(), unassign(id, second)); d.Explain("UnassignPrivateIps", err).Kind != eni.ErrNotAssigned {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
