// SPDX-License-Identifier: Apache-2.0

package nimbus_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/thirdcloud/nimbus"
	"github.com/cloudeni/cloudeni/examples/thirdcloud/nimbus/nimbustest"
)

var stale = eni.UnassignRequest{InterfaceID: "nic-1", Addresses: addresses(30)}

func addresses(n int) []netip.Addr {
	list := []netip.Addr{netip.MustParseAddr("10.0.0.2")}
	for len(list) < n {
		list = append(list, list[len(list)-1].Next())
	}
	return list
}

// newServer has one interface, with the addresses that are stale.
func newServer() *nimbustest.Server {
	cloud := new(enitest.Cloud)
	nic := eni.Interface{ID: "nic-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "vm-1"}
	for _, a := range stale.Addresses {
		nic.Addresses = append(nic.Addresses, eni.Address{Addr: a})
	}
	cloud.Put(nic)
	return nimbustest.NewServer(cloud)
}

func newClient(t *testing.T, cfg nimbus.Config, opts *eni.Options) *nimbus.Client {
	t.Helper()
	client, err := nimbus.New(cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// once lets a client send a change once, so that a test sees the error that the
// contract has it retry.
var once = &eni.Options{Retry: eni.Retry{MaxAttempts: 1}}

// What a faulty answer is taken for: success only where it says so, a refusal
// only with a code, and everything else for an answer that was lost. That the
// client then describes the interface before it sends again is checked by the contract.
func TestFaultyAnswers(t *testing.T) {
	tests := []struct {
		name   string
		fault  enitest.Fault
		kind   eni.Kind
		code   string
		status int
		cause  error
		text   string
	}{
		{name: "garbage", fault: body(200, "\x00\x01"), kind: eni.ErrUnavailable, status: 200, text: "not a JSON object"},
		{name: "nothing", fault: body(202, ""), kind: eni.ErrUnavailable, status: 202, text: "not a JSON object"},
		{name: "null", fault: body(202, "null"), kind: eni.ErrUnavailable, status: 202, text: "no job"},
		{name: "a job of another type", fault: body(202, `{"job":7}`), kind: eni.ErrUnavailable, status: 202, text: "another type"},
		{name: "an error that says success", fault: body(200, `{"job":"j","trace":"t","error":{"code":"interface.busy"}}`), kind: eni.ErrConflict, code: "interface.busy", status: 200},
		{name: "a success that says error", fault: body(500, `{"job":"j","trace":"t"}`), kind: eni.ErrUnavailable, status: 500, text: "no error code"},
		{name: "a gateway's page", fault: body(502, "<html>bad gateway</html>"), kind: eni.ErrUnavailable, status: 502, text: "not a JSON object"},
		{name: "a gateway that is throttled", fault: body(429, "slow down"), kind: eni.ErrThrottled, status: 429},
		{name: "a code that nobody knows", fault: enitest.Fault{Code: "tea.cold", Status: 418}, kind: eni.ErrUnknown, code: "tea.cold", status: 418},
		{name: "a 503 that never succeeds", fault: enitest.Fault{Code: "region.readonly", Status: 503}, kind: eni.ErrUnsupported, code: "region.readonly", status: 503},
		{name: "the cloud's own trouble", fault: enitest.Fault{Code: "nimbus.overloaded", Status: 503}, kind: eni.ErrUnavailable, code: "nimbus.overloaded", status: 503},
		{name: "a connection that was reset", fault: enitest.Fault{Reset: true}, kind: eni.ErrUnavailable, cause: syscall.ECONNRESET, text: "no answer"},
		{name: "an answer that breaks off", fault: enitest.Fault{Cut: true}, kind: eni.ErrUnavailable, text: "no answer: unexpected EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer()
				server.Cloud.Inject(enitest.UnassignPrivateIps, test.fault)
				first := make(chan error, 1) // of the first change; after a lost answer there may be more
				opts := *once
				opts.OnAttempt = func(a eni.Attempt) {
					select {
					case first <- a.Err:
					default:
					}
				}
				one := stale
				one.Addresses = one.Addresses[:1]
				_, _ = newClient(t, server.Config(), &opts).UnassignPrivateIps(t.Context(), one)
				var e *eni.Error
				if got := <-first; !errors.As(got, &e) {
					t.Fatalf("want an error, got %v", got)
				}
				if e.Kind != test.kind || e.Code != test.code || e.HTTPStatus != test.status || !strings.Contains(e.Message, test.text) {
					t.Errorf("got %v", e)
				}
				if test.cause != nil && !errors.Is(e, test.cause) {
					t.Errorf("%v should be found in %v", test.cause, e)
				}
			})
		})
	}
}

func body(status int, text string) enitest.Fault {
	return enitest.Fault{Reply: &enitest.Reply{Status: status, Body: []byte(text)}}
}

// A description that cannot be read must not show an address as gone.
func TestADescriptionThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"no list":                 `{"trace":"t"}`,
		"an address that is none": `{"interfaces":[{"id":"nic-1","addresses":[{"ip":"10.0.0"}]}]}`,
		"an address left out":     `{"interfaces":[{"id":"nic-1","addresses":[{"ip":""}]}]}`,
		"an interface without id": `{"interfaces":[{"role":"extra"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newServer()
				fault := body(200, text)
				server.Cloud.Control = func(enitest.Call) *enitest.Fault { return &fault }
				found, err := newClient(t, server.Config(), once).Describe(t.Context(), "nic-1")
				if !errors.Is(err, eni.ErrUnavailable) || !strings.Contains(err.Error(), "unreadable reply") {
					t.Errorf("got %v, %v", found, err)
				}
			})
		})
	}
}

func TestRetryAfterIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer()
		server.RetryAfter = 20 * time.Second
		server.Cloud.Inject(enitest.Detach, enitest.Fault{Reason: enitest.Throttled})
		start := time.Now()
		req := eni.DetachRequest{InterfaceID: "nic-1", InstanceID: "vm-1"}
		if _, err := newClient(t, server.Config(), nil).Detach(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < server.RetryAfter {
			t.Errorf("the cloud said to come back in %s, and it took %s", server.RetryAfter, waited)
		}
	})
}

func TestAnExpiredTokenIsReplaced(t *testing.T) {
	server := newServer()
	cfg := server.Config()
	first, _ := server.Token(t.Context())
	server.Expire()
	asked := 0
	cfg.Token = func(ctx context.Context) (string, error) {
		if asked++; asked == 1 {
			return first, nil
		}
		return server.Token(ctx)
	}
	if _, err := newClient(t, cfg, nil).Describe(t.Context(), "nic-1"); err != nil {
		t.Error(err)
	}
	cfg.Token = func(context.Context) (string, error) { return first, nil }
	if _, err := newClient(t, cfg, nil).Describe(t.Context(), "nic-1"); !errors.Is(err, eni.ErrUnauthenticated) {
		t.Errorf("the same token again cannot help, got: %v", err)
	}
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	server := newServer()
	cfg := server.Config()
	for name, source := range map[string]func(context.Context) (string, error){
		"a source that fails":     func(context.Context) (string, error) { return "", errors.New("the vault is sealed") },
		"a source without tokens": func(context.Context) (string, error) { return "", nil },
	} {
		cfg.Token = source
		op, err := newClient(t, cfg, nil).UnassignPrivateIps(t.Context(), stale)
		if !errors.Is(err, eni.ErrUnauthenticated) || op.Attempts() != 0 {
			t.Errorf("%s: %d attempts, got: %v", name, op.Attempts(), err)
		}
	}
	if calls := server.Cloud.Calls(); len(calls) != 0 {
		t.Errorf("sent %v", calls)
	}
}

// To follow one would send the change again, to whoever the reply names.
func TestRedirectsAreNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer()
		sent := 0
		cfg := server.Config()
		cfg.HTTPClient.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				sent++
			}
			return &http.Response{
				StatusCode: http.StatusTemporaryRedirect,
				Header:     http.Header{"Location": {"https://elsewhere.invalid/"}},
				Body:       http.NoBody,
				Request:    r,
			}, nil
		})
		one := stale
		one.Addresses = one.Addresses[:1]
		_, err := newClient(t, cfg, once).UnassignPrivateIps(t.Context(), one)
		if sent != 1 || !errors.Is(err, eni.ErrUnavailable) {
			t.Errorf("sent %d times, got: %v", sent, err)
		}
	})
}

// A cloud forgets its jobs after a while. What became of one is then up to the
// interface.
func TestAJobThatIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer()
		server.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		server.Cloud.ForgetTasks()
		op, err := newClient(t, server.Config(), nil).Detach(t.Context(), eni.DetachRequest{InterfaceID: "nic-1", InstanceID: "vm-1"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if done, err := op.Poll(t.Context()); done || err != nil {
			t.Errorf("halfway: want not done, got %t, %v", done, err)
		}
		if err := op.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		if asked := server.Cloud.Calls(enitest.DescribeTask); len(asked) == 0 {
			t.Error("nobody asked for the job")
		}
	})
}

// The cloud, or something on the way, may repeat what it was sent.
func TestTheTokenIsNeverShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer()
		token, _ := server.Token(t.Context())
		server.Cloud.Inject(enitest.Describe, enitest.Fault{Code: "never." + token, Message: "who is\n" + token + "?"})
		cfg := server.Config()
		client := newClient(t, cfg, nil)
		_, echoed := client.Describe(t.Context(), "nic-1")
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("cannot send " + r.Header.Get("Authorization"))
		})}
		_, broken := newClient(t, cfg, once).Describe(t.Context(), "nic-1")
		for _, err := range []error{echoed, broken} {
			for ; err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%q", err)
				}
			}
		}
		if echoed == nil || broken == nil {
			t.Error("want two errors")
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Thirty addresses make two changes of this cloud, where ten in one make three
// elsewhere.
func TestTwentyInAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer()
		if _, err := newClient(t, server.Config(), nil).UnassignPrivateIps(t.Context(), stale); err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, call := range server.Cloud.Calls(enitest.UnassignPrivateIps) {
			sizes = append(sizes, len(call.Addresses))
		}
		if len(sizes) != 2 || sizes[0] != 20 || sizes[1] != 10 {
			t.Errorf("want changes of 20 and 10, got %v", sizes)
		}
	})
}

func TestConfig(t *testing.T) {
	token := func(context.Context) (string, error) { return "t", nil }
	for name, cfg := range map[string]nimbus.Config{
		"no region":      {Token: token},
		"no token":       {Region: "north"},
		"no scheme":      {Region: "north", Token: token, Endpoint: "api.nimbus.example"},
		"another scheme": {Region: "north", Token: token, Endpoint: "ftp://api.nimbus.example"},
		"a path":         {Region: "north", Token: token, Endpoint: "https://api.nimbus.example/v2"},
		"a user":         {Region: "north", Token: token, Endpoint: "https://me:secret@api.nimbus.example"},
		"no URL":         {Region: "north", Token: token, Endpoint: "https://me:secret@%"},
	} {
		if _, err := nimbus.New(cfg, nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := nimbus.New(nimbus.Config{Region: "north", Token: token}, nil); err != nil {
		t.Error(err)
	}
}

// The instance that a detach names may be gone while the interface is there: that must
// not be ignored as an interface that does not exist.
func TestAnUnknownInstanceIsNoUnknownInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newServer()
		server.Cloud.Inject(enitest.Detach, enitest.Fault{Code: "instance.unknown", Status: http.StatusNotFound})
		op, err := newClient(t, server.Config(), nil).Detach(t.Context(), eni.DetachRequest{InterfaceID: "nic-1", InstanceID: "vm-1"})
		if !errors.Is(err, eni.ErrState) || eni.IgnoreNotFound(err) == nil || op.Outcome() != eni.OutcomeRefused {
			t.Errorf("got %s, %v", op.Outcome(), err)
		}
	})
}
