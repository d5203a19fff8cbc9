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
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// shapes are the forms of the API's responses.
var shapes = map[string]func(*tencenttest.LegacyServer){
	"newer":                         func(*tencenttest.LegacyServer) {},
	"older":                         func(s *tencenttest.LegacyServer) { s.Strings, s.Flat = true, true },
	"strings":                       func(s *tencenttest.LegacyServer) { s.Strings = true },
	"flat, and missing is an error": func(s *tencenttest.LegacyServer) { s.Flat, s.MissingIsError = true, true },
}

// inEveryShape runs a test for each form, in virtual time.
func inEveryShape(t *testing.T, test func(t *testing.T, s *tencenttest.LegacyServer)) {
	t.Helper()
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newLegacyServer()
				shape(s)
				test(t, s)
			})
		})
	}
}

// newLegacyServer makes a server with eni-1, which has the primary address 10.0.0.1
// and others up to 10.0.0.60.
func newLegacyServer() *tencenttest.LegacyServer {
	s := tencenttest.NewLegacyServer(&enitest.Cloud{})
	i := eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1", VPCID: "vpc-1"}
	for _, a := range span(1, 60) {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a, Primary: a == span(1, 1)[0]})
	}
	s.Cloud.Put(i)
	return s
}

// span returns 10.0.0.first to 10.0.0.last.
func span(first, last byte) []netip.Addr {
	var all []netip.Addr
	for n := first; n <= last; n++ {
		all = append(all, netip.AddrFrom4([4]byte{10, 0, 0, n}))
	}
	return all
}

func release(addresses ...netip.Addr) eni.UnassignRequest {
	return eni.UnassignRequest{InterfaceID: "eni-1", Addresses: addresses}
}

func newLegacy(t *testing.T, cfg tencent.Config) *tencent.Client {
	t.Helper()
	client, err := tencent.NewLegacy(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// outcomes counts the results.
func outcomes(op *eni.Operation) map[eni.Outcome]int {
	count := make(map[eni.Outcome]int)
	for _, r := range op.Results() {
		count[r.Outcome]++
	}
	return count
}

// want checks the result of a call.
func want(t *testing.T, op *eni.Operation, err error, kind eni.Kind, count map[eni.Outcome]int) {
	t.Helper()
	if kind == 0 && err != nil || kind != 0 && !errors.Is(err, kind) {
		t.Errorf("want %v, got: %v", kind, err)
	}
	if got := outcomes(op); !reflect.DeepEqual(got, count) {
		t.Errorf("want %v, got %v", count, op.Results())
	}
}

// completed checks the outcomes of an accepted call after its completion.
func completed(t *testing.T, op *eni.Operation, err error, count map[eni.Outcome]int) {
	t.Helper()
	if err != nil {
		t.Errorf("want success, got: %v", err)
	}
	want(t, op, op.Wait(t.Context()), 0, count)
}

// checkReleased checks which addresses of eni-1 have been released.
func checkReleased(t *testing.T, cloud *enitest.Cloud, addresses ...netip.Addr) {
	t.Helper()
	gone := make(map[netip.Addr]int)
	for _, change := range cloud.History() {
		for _, p := range change.Released {
			gone[p.Addr()]++
		}
	}
	for _, a := range addresses {
		if gone[a] != 1 {
			t.Errorf("%s was released %d times", a, gone[a])
		}
		delete(gone, a)
	}
	if len(gone) > 0 {
		t.Errorf("nobody asked for %v", gone)
	}
}

func TestLegacyReleases(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 26)...))
		completed(t, op, err, map[eni.Outcome]int{eni.OutcomeReleased: 25})
		checkReleased(t, s.Cloud, span(2, 26)...)
		if changes := s.Cloud.Calls(enitest.UnassignPrivateIps); len(changes) != 3 || op.Attempts() != 3 {
			t.Errorf("%d changes and %d attempts for 25 addresses", len(changes), op.Attempts())
		}
	})
}

// The good addresses of a batch are released, whatever the cloud reports for the bad
// ones.
func TestLegacyMixedBatch(t *testing.T) {
	for _, stale := range []string{"", "5000", "5100", "4000", "InvalidPrivateIpAddress.NeverSeen", "7003 NeverSeen", "7003"} {
		for _, partial := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, %t", stale, partial), func(t *testing.T) {
				inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
					s.StaleCode, s.Cloud.PartialBatches = stale, partial
					s.Cloud.Terse = stale == ""
					stray := netip.MustParseAddr("10.0.0.99")
					client := newLegacy(t, s.Config())
					op, err := client.UnassignPrivateIps(t.Context(), release(append(span(2, 9), stray, span(1, 1)[0])...))
					if err := op.Wait(t.Context()); err != nil {
						t.Error(err)
					}
					count := outcomes(op)
					if !errors.Is(err, eni.ErrInvalid) || count[eni.OutcomeRefused] != 1 || count[eni.OutcomeReleased]+count[eni.OutcomeAbsent] != 9 {
						t.Errorf("%v, %v", op.Results(), err)
					}
					if !partial && count[eni.OutcomeAbsent] != 1 {
						t.Errorf("%v", op.Results()) // of a part that was released nothing shows which it was
					}
					checkReleased(t, s.Cloud, span(2, 9)...)
				})
			})
		}
	}
}

// An accepted change is released only when its task succeeds.
func TestLegacyIsAcceptedFirst(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Minute }
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 2)...))
		want(t, op, err, 0, map[eni.Outcome]int{eni.OutcomeAccepted: 1})
		completed(t, op, err, map[eni.Outcome]int{eni.OutcomeReleased: 1})
	})
}

func TestLegacyPrimaryAddress(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(1, 1)...))
		want(t, op, err, eni.ErrInvalid, map[eni.Outcome]int{eni.OutcomeRefused: 1})
		checkReleased(t, s.Cloud)
	})
}

func TestLegacyRetries(t *testing.T) {
	for _, reason := range []enitest.Reason{enitest.Conflict, enitest.Throttled, enitest.Internal} {
		inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
			s.Cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: reason}, enitest.Fault{Reason: reason})
			op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
			completed(t, op, err, map[eni.Outcome]int{eni.OutcomeReleased: 2})
			if op.Attempts() != 3 {
				t.Errorf("%s: %d attempts", reason, op.Attempts())
			}
		})
	}
}

// If the description before a change fails, no change is sent.
func TestLegacyDescribeBeforeTheChangeFails(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.Inject(enitest.Describe, enitest.Fault{Reset: true}, enitest.Fault{Reason: enitest.Throttled})
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
		completed(t, op, err, map[eni.Outcome]int{eni.OutcomeReleased: 2})
		if op.Attempts() != 1 || len(s.Cloud.Calls(enitest.UnassignPrivateIps)) != 1 {
			t.Errorf("%d attempts", op.Attempts())
		}
	})
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Denied})
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 2)...))
		want(t, op, err, eni.ErrPermission, map[eni.Outcome]int{eni.OutcomeNotTried: 1})
		if op.Attempts() != 0 {
			t.Errorf("%d attempts", op.Attempts())
		}
	})
}

func TestLegacyTaskFails(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "the agent said no"})
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
		if err != nil {
			t.Fatal(err)
		}
		err = op.Wait(t.Context())
		if err == nil || !strings.Contains(err.Error(), "the agent said no") {
			t.Errorf("%v", err)
		}
		want(t, op, err, eni.ErrUnknown, map[eni.Outcome]int{eni.OutcomeRefused: 2})
	})
}

func TestLegacyTaskForgotten(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return 3 * time.Second }
		s.Cloud.ForgetTasks()
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
		completed(t, op, err, map[eni.Outcome]int{eni.OutcomeReleased: 2})
		checkReleased(t, s.Cloud, span(2, 3)...)
	})
}

func TestLegacyLostAnswers(t *testing.T) {
	html := &enitest.Reply{Status: 502, ContentType: "text/html", Body: []byte("<html>bad gateway</html>")}
	body := func(s string) *enitest.Reply { return &enitest.Reply{Body: []byte(s)} }
	for name, test := range map[string]struct {
		fault   enitest.Fault
		changes int
	}{
		"reset after":      {enitest.Fault{Reset: true, After: true}, 1},
		"reset before":     {enitest.Fault{Reset: true}, 2},
		"cut":              {enitest.Fault{Cut: true}, 1},
		"internal after":   {enitest.Fault{Reason: enitest.Internal, After: true}, 1},
		"replay":           {enitest.Fault{Code: "4500", After: true}, 1},
		"html":             {enitest.Fault{Reply: html}, 2},
		"html after":       {enitest.Fault{Reply: html, After: true}, 1},
		"nothing":          {enitest.Fault{Reply: body("")}, 2},
		"null":             {enitest.Fault{Reply: body("null")}, 2},
		"empty object":     {enitest.Fault{Reply: body("{}")}, 2},
		"no task":          {enitest.Fault{Reply: body(`{"code":0,"codeDesc":"Success","data":{}}`)}, 2},
		"API 3.0":          {enitest.Fault{Reply: body(`{"Response":{"RequestId":"r"}}`)}, 2},
		"a text for 0":     {enitest.Fault{Reply: body(`{"code":"","codeDesc":"Success","data":{"taskId":1}}`)}, 2},
		"takes for ever":   {enitest.Fault{Delay: time.Hour}, 2},
		"partly done":      {enitest.Fault{Code: "5400", After: true}, 1},
		"partly, not done": {enitest.Fault{Code: "5400"}, 3}, // each by itself
	} {
		t.Run(name, func(t *testing.T) {
			inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
				s.Cloud.Inject(enitest.UnassignPrivateIps, test.fault)
				op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
				if err != nil {
					t.Error(err)
				}
				if err := op.Wait(t.Context()); err != nil || outcomes(op)[eni.OutcomeReleased]+outcomes(op)[eni.OutcomeAbsent] != 2 {
					t.Errorf("%v, %v", op.Results(), err)
				}
				checkReleased(t, s.Cloud, span(2, 3)...)
				if n := len(s.Cloud.Calls(enitest.UnassignPrivateIps)); n != test.changes {
					t.Errorf("%d changes", n)
				}
			})
		})
	}
}

func TestLegacyUnknownInterface(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		req := eni.UnassignRequest{InterfaceID: "eni-none", Addresses: span(2, 3)}
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), req)
		want(t, op, err, eni.ErrNotFound, map[eni.Outcome]int{eni.OutcomeAbsent: 2})
		cfg := s.Config()
		cfg.Region = "sh" // another region answers the same
		op, err = newLegacy(t, cfg).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
		want(t, op, err, eni.ErrNotFound, map[eni.Outcome]int{eni.OutcomeAbsent: 2})
		if changes := s.Cloud.Calls(enitest.UnassignPrivateIps); len(changes) != 0 {
			t.Errorf("%v", changes)
		}
	})
}

// A VPC that is not found is not ErrNotFound, which IgnoreNotFound would turn into
// success.
func TestLegacyUnknownVPC(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action != enitest.UnassignPrivateIps {
				return nil
			}
			return &enitest.Fault{Code: "5000 InvalidVpc.NotFound", Message: "The VPC does not exist."}
		}
		op, err := newLegacy(t, s.Config()).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
		// A batch that is refused for a parameter may have been carried out in part.
		want(t, op, eni.IgnoreNotFound(err), eni.ErrInvalid, map[eni.Outcome]int{eni.OutcomeUnknown: 2})
	})
}

func TestLegacyUnsupported(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		client := newLegacy(t, s.Config())
		op, err := client.UnassignIpv6(t.Context(), release(netip.MustParseAddr("2001:db8::1")))
		want(t, op, err, eni.ErrUnsupported, map[eni.Outcome]int{eni.OutcomeNotTried: 1})
		op, err = client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{
			InterfaceID: "eni-1", Addresses: span(2, 2), Prefixes: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28")},
		})
		want(t, op, err, eni.ErrUnsupported, map[eni.Outcome]int{eni.OutcomeNotTried: 2})
		if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "ins-1"}); !errors.Is(err, eni.ErrUnsupported) {
			t.Error(err)
		}
		if calls := s.Cloud.Calls(); len(calls) != 0 {
			t.Errorf("sent: %v", calls)
		}
	})
}

func TestLegacyDescribe(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		free := eni.Interface{ID: "eni-2", Type: eni.TypePrimary, State: eni.StateAvailable, VPCID: "vpc-2", Addresses: []eni.Address{{Addr: span(70, 70)[0], Primary: true}}}
		s.Cloud.Put(free)
		used, _ := s.Cloud.Get("eni-1")
		got, err := newLegacy(t, s.Config()).Describe(t.Context(), "eni-1", "eni-2", "eni-none")
		if err != nil || !reflect.DeepEqual(got, []eni.Interface{used, free}) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestLegacyCancellation(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		for _, action := range []enitest.Action{enitest.Describe, enitest.UnassignPrivateIps} {
			s.Cloud.Inject(action, enitest.Fault{Delay: time.Hour})
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			start := time.Now()
			op, err := newLegacy(t, s.Config()).UnassignPrivateIps(ctx, release(span(2, 2)...))
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
				t.Errorf("%s: %v after %s", action, err, time.Since(start))
			}
			wanted := eni.OutcomeUnknown
			if action == enitest.Describe {
				wanted = eni.OutcomeNotTried // the VPC is asked for before the change is sent
			}
			if outcomes(op)[wanted] != 1 {
				t.Errorf("%s: %v", action, op.Results())
			}
		}
	})
}

// The vendor repeats the string to sign in the message.
func TestLegacyWrongKey(t *testing.T) {
	inEveryShape(t, func(t *testing.T, s *tencenttest.LegacyServer) {
		s.Token = "token/with+signs=="
		cfg := s.Config()
		cfg.Credentials = common.NewTokenCredential(s.SecretID, "another-secret-key", s.Token)
		_, err := newLegacy(t, cfg).UnassignPrivateIps(t.Context(), release(span(2, 3)...))
		if !errors.Is(err, eni.ErrUnauthenticated) {
			t.Error(err)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, s.SecretID) || strings.Contains(text, s.Token) || strings.Contains(text, "another") {
				t.Errorf("a secret in %s", text)
			}
		}
	})
}

func TestLegacyOverSockets(t *testing.T) {
	s := newLegacyServer()
	web := httptest.NewServer(s)
	defer web.Close()
	for n, endpoint := range []string{web.URL, web.URL + "/v2/index.php"} {
		cfg := s.Config()
		cfg.Endpoint, cfg.HTTPClient = endpoint, nil
		client := newLegacy(t, cfg)
		var callers sync.WaitGroup
		for i := range 8 {
			id := fmt.Sprintf("eni-%d-%d", n, i)
			s.Cloud.Put(eni.Interface{ID: id, State: eni.StateAvailable, VPCID: "vpc-1", Addresses: []eni.Address{{Addr: span(2, 2)[0]}}})
			callers.Go(func() {
				op, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: id, Addresses: span(2, 2)})
				completed(t, op, err, map[eni.Outcome]int{eni.OutcomeReleased: 1})
				if i, _ := s.Cloud.Get(id); s.Cloud.Has(id, netip.PrefixFrom(span(2, 2)[0], 32)) {
					t.Errorf("%s still has %v", id, i.Addresses)
				}
			})
		}
		callers.Wait()
	}
	cfg := s.Config()
	cfg.Endpoint, cfg.HTTPClient = web.URL+"/v3", nil
	once, err := tencent.NewLegacy(cfg, &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var e *eni.Error
	if _, err := once.Describe(t.Context(), "eni-1"); !errors.As(err, &e) || e.Kind != eni.ErrUnavailable || e.HTTPStatus != http.StatusNotFound {
		t.Errorf("another path: %v", err)
	}
}
