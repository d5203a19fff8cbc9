// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestRelease(t *testing.T) {
	onBoth(t, func(s *site) {
		s.run(s.Context(), unassignIPs, "10.0.0.16", "10.0.0.6", "10.0.0.6").check(s.T, exitDone, ""+
			"10.0.0.6    released\n"+
			"10.0.0.16   released\n"+
			"eni-1: 2 released\n", "")
		s.run(s.Context(), unassignIPs, "10.0.0.6", "10.0.0.7").check(s.T, exitDone, ""+
			"10.0.0.6   absent\n"+
			"10.0.0.7   released\n"+
			"eni-1: 1 absent, 1 released\n", "")
		s.run(s.Context(), unassignIPv6, "2001:db8::5").check(s.T, exitDone, ""+
			"2001:db8::5   released\n"+
			"eni-1: 1 released\n", "")
	})
}

func TestReleaseAsJSON(t *testing.T) {
	onBoth(t, func(s *site) {
		s.run(s.Context(), unassignIPs, "-output", "json", "10.0.0.16", "10.0.0.6").check(s.T, exitDone,
			`{"ok":true,"provider":"`+s.provider+`","operation":"unassign-ips","interface_id":"eni-1","outcome":"released",`+
				`"released":["10.0.0.6","10.0.0.16"],"accepted":[],"absent":[],`+
				`"results":[{"address":"10.0.0.6","outcome":"released"},{"address":"10.0.0.16","outcome":"released"}],`+
				`"request_ids":["ID"],"attempts":1}`+"\n", "")
	})
}

func TestManyAddresses(t *testing.T) {
	onBoth(t, func(s *site) {
		s.cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		args := s.args(unassignIPs, "-output", "json")
		for n := 2; n <= 26; n++ {
			args = append(args, fmt.Sprintf("10.0.0.%d", n))
		}
		var stdout, stderr bytes.Buffer
		if status := run(s.Context(), args, strings.NewReader(""), &stdout, &stderr); status != exitDone {
			s.Fatalf("exit status %d\n%s%s", status, &stdout, &stderr)
		}
		got := decode(s.T, stdout.String())
		if len(got.Released) != 25 || got.Attempts != 4 || len(got.RequestIDs) != 4 || !slices.IsSorted(got.RequestIDs) {
			s.Errorf("want 25 released in three changes and a conflict, got %s", &stdout)
		}
	})
}

// TestPartialFailure checks the lists and the error of a partial failure.
func TestPartialFailure(t *testing.T) {
	const primary = "10.0.0.1 is the primary address: it cannot be released"
	onBoth(t, func(s *site) {
		stderr := "enictl: " + s.provider + " UnassignPrivateIps eni-1: invalid_argument: " + primary + "\n" +
			"enictl: remove or correct this: the same request cannot succeed\n"
		s.run(s.Context(), unassignIPs, "10.0.0.99", "10.0.0.9", "10.0.0.1").check(s.T, exitFailed, ""+
			"10.0.0.1    refused   "+primary+"\n"+
			"10.0.0.9    released\n"+
			"10.0.0.99   absent\n"+
			"eni-1: 1 refused, 1 released, 1 absent\n", stderr)

		failure := `"error":{"kind":"invalid_argument","code":"","message":"` + primary + `","request_id":"","http_status":0,"retryable":false}`
		s.run(s.Context(), unassignIPs, "10.0.0.99", "10.0.0.8", "10.0.0.1", "-output=json").check(s.T, exitFailed,
			`{"ok":false,"provider":"`+s.provider+`","operation":"unassign-ips","interface_id":"eni-1","outcome":"refused",`+
				`"released":["10.0.0.8"],"accepted":[],"absent":["10.0.0.99"],`+
				`"results":[{"address":"10.0.0.1","outcome":"refused",`+failure+`},`+
				`{"address":"10.0.0.8","outcome":"released"},{"address":"10.0.0.99","outcome":"absent"}],`+
				`"request_ids":["ID","ID"],"attempts":2,`+failure+"}\n", stderr)
	})
}

func TestPrefixes(t *testing.T) {
	s := newSite(t, "aliyun")
	s.run(t.Context(), unassignIPs, "10.1.0.0/28", "10.0.0.5/32", "-output", "json").check(t, exitDone,
		`{"ok":true,"provider":"aliyun","operation":"unassign-ips","interface_id":"eni-1","outcome":"released",`+
			`"released":["10.0.0.5","10.1.0.0/28"],"accepted":[],"absent":[],`+
			`"results":[{"address":"10.0.0.5","outcome":"released"},{"prefix":"10.1.0.0/28","outcome":"released"}],`+
			`"request_ids":["ID","ID"],"attempts":2}`+"\n", "")

	s = newSite(t, "tencent")
	s.run(t.Context(), unassignIPs, "10.1.0.0/28").check(t, exitFailed, ""+
		"10.1.0.0/28   not tried   this cloud cannot release a delegated prefix\n"+
		"eni-1: 1 not tried\n",
		"enictl: tencent UnassignPrivateIps eni-1: unsupported: this cloud cannot release a delegated prefix\n"+
			"enictl: remove this: the cloud, its region or this type of interface cannot do it\n")
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A prefix that the cloud does not support does not prevent the release of addresses.
func TestPrefixBesideAddresses(t *testing.T) {
	s := newSite(t, "tencent")
	s.run(t.Context(), unassignIPs, "10.0.0.5", "10.1.0.0/28", "10.0.0.6").check(t, exitFailed, ""+
		"10.0.0.5      released\n"+
		"10.0.0.6      released\n"+
		"10.1.0.0/28   not tried   this cloud cannot release a delegated prefix\n"+
		"eni-1: 2 released, 1 not tried\n",
		"enictl: tencent UnassignPrivateIps eni-1: unsupported: this cloud cannot release a delegated prefix\n"+
			"enictl: remove this: the cloud, its region or this type of interface cannot do it\n")
	p := s.run(t.Context(), unassignIPs, "10.0.0.7", "10.1.0.0/28", "-no-wait", "-o", "json")
	got := decode(t, p.stdout)
	if p.status != exitFailed || fmt.Sprint(got.Accepted) != "[10.0.0.7]" || got.Outcome != "not_tried" ||
		got.Attempts != 1 || len(got.RequestIDs) != 1 || len(got.Results) != 2 {
		t.Errorf("exit status %d\n%s", p.status, p.stdout)
	}
}

func TestUnknownInterface(t *testing.T) {
	onBoth(t, func(s *site) {
		p := s.run(s.Context(), unassignIPs, "-eni", "eni-2", "-output", "json", "10.0.0.5")
		got := decode(s.T, p.stdout)
		if p.status != exitFailed || got.OK || got.Error == nil || got.Error.Kind != "not_found" || got.Error.Code == "" || got.Error.RequestID != "ID" {
			s.Errorf("exit status %d, stdout %s", p.status, p.stdout)
		}
		if !strings.HasSuffix(p.stderr, "enictl: check the interface's id, --region and the account: a wrong region or account looks the same\n") {
			s.Errorf("stderr %s", p.stderr)
		}
	})
}

// completesAfter makes changes complete that long after their acceptance.
func (s *site) completesAfter(d time.Duration) {
	s.cloud.CompletesAfter = func(enitest.Call) time.Duration { return d }
}

func TestDetach(t *testing.T) {
	onBoth(t, func(s *site) {
		s.completesAfter(50 * time.Millisecond)
		s.run(s.Context(), detach, "-instance", "i-2").check(s.T, exitFailed,
			"eni-1   refused   it is attached to i-1, not to i-2\n",
			"enictl: "+s.provider+" Detach eni-1: invalid_state: it is attached to i-1, not to i-2\n"+
				"enictl: check the interface with enictl show: its state or attachment does not allow this\n")
		s.run(s.Context(), detach, "-instance", "i-1").check(s.T, exitDone, "eni-1   released   from i-1\n", "")
		if i, _ := s.cloud.Get("eni-1"); i.InstanceID != "" {
			s.Errorf("it is still attached to %s", i.InstanceID)
		}
		s.run(s.Context(), detach, "-instance", "i-1").check(s.T, exitDone, "eni-1   absent   from i-1\n", "")
		s.run(s.Context(), detach, "-instance", "i-1", "-output", "json").check(s.T, exitDone,
			`{"ok":true,"provider":"`+s.provider+`","operation":"detach","interface_id":"eni-1","outcome":"absent",`+
				`"released":[],"accepted":[],"absent":[],"results":[],"request_ids":[],"attempts":0}`+"\n", "")
	})
}

func TestDetachMember(t *testing.T) {
	onBoth(t, func(s *site) {
		s.cloud.Update("eni-1", func(i *eni.Interface) { i.Type, i.TrunkInterfaceID = eni.TypeMember, "eni-9" })
		p := s.run(s.Context(), detach, "-instance", "i-1", "-trunk", "eni-9")
		if s.provider == "aliyun" {
			p.check(s.T, exitDone, "eni-1   released   from i-1\n", "")
			return
		}
		p.check(s.T, exitFailed, "eni-1   not tried   this cloud cannot detach a member from a trunk\n", p.stderr)
		if n := s.requests.Load(); n != 0 {
			s.Errorf("%d requests were sent", n)
		}
	})
}

func TestNoWait(t *testing.T) {
	onBoth(t, func(s *site) {
		s.completesAfter(time.Hour)
		s.run(s.Context(), unassignIPs, "-no-wait", "10.0.0.5").check(s.T, exitDone, ""+
			"10.0.0.5   accepted\n"+
			"eni-1: 1 accepted\n", "")
	})
	onBoth(t, func(s *site) {
		s.completesAfter(time.Hour)
		s.run(s.Context(), detach, "-no-wait", "-instance", "i-1").check(s.T, exitDone, "eni-1   accepted\n", "")
	})
}

func TestFailureAfterAcceptance(t *testing.T) {
	s := newSite(t, "tencent")
	s.cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "no resources"})
	s.cloud.Inject(enitest.Detach, enitest.Fault{TaskOutput: "no resources"})
	p := s.run(t.Context(), unassignIPs, "10.0.0.5")
	p.check(t, exitFailed, ""+
		"10.0.0.5   refused   the task failed: no resources (FAILED)\n"+
		"eni-1: 1 refused\n", p.stderr)
	p = s.run(t.Context(), detach, "-instance", "i-1")
	p.check(t, exitFailed, "eni-1   refused   the task failed: no resources (FAILED)\n", p.stderr)
}

// TestInterruptBeforeCompletion checks that an accepted address is not reported as
// released.
func TestInterruptBeforeCompletion(t *testing.T) {
	onBoth(t, func(s *site) {
		s.completesAfter(time.Hour)
		p := s.run(s.interruptedAfter(enitest.UnassignPrivateIps), unassignIPs, "10.0.0.5")
		if p.status != exitFailed || !strings.HasPrefix(p.stdout, "10.0.0.5   accepted   context canceled; ") ||
			!strings.HasSuffix(p.stdout, "\neni-1: 1 accepted\n") || !strings.HasPrefix(p.stderr, "enictl: interrupted: ") {
			s.Errorf("exit status %d\n%s\n%s", p.status, p.stdout, p.stderr)
		}
	})
	onBoth(t, func(s *site) {
		s.completesAfter(time.Hour)
		p := s.run(s.interruptedAfter(enitest.UnassignPrivateIps), unassignIPs, "10.0.0.5", "-output", "json")
		got := decode(s.T, p.stdout)
		if p.status != exitFailed || got.OK || got.Error == nil || got.Outcome != "accepted" ||
			!slices.Equal(got.Accepted, []string{"10.0.0.5"}) || len(got.Released) > 0 || got.Results[0].Error == nil {
			s.Errorf("want an error beside what is accepted, exit status %d\n%s", p.status, p.stdout)
		}
	})
	onBoth(t, func(s *site) {
		s.completesAfter(time.Hour)
		p := s.run(s.interruptedAfter(enitest.Detach), detach, "-instance", "i-1")
		if p.status != exitFailed || !strings.HasPrefix(p.stdout, "eni-1   accepted   context canceled; ") {
			s.Errorf("exit status %d\n%s\n%s", p.status, p.stdout, p.stderr)
		}
	})
}

// interruptedAfter returns a context that ends when the first describe after the change
// arrives, which gets no answer.
func (s *site) interruptedAfter(change enitest.Action) context.Context {
	ctx, interrupt := context.WithCancel(s.Context())
	s.Cleanup(interrupt)
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.Action == change || len(s.cloud.Calls(change)) == 0 {
			return nil
		}
		interrupt()
		return &enitest.Fault{Delay: time.Hour}
	})
	return ctx
}

func TestTimeoutInRequest(t *testing.T) {
	onBoth(t, func(s *site) {
		s.hang(enitest.UnassignPrivateIps, func() {})
		s.run(s.Context(), unassignIPs, "-timeout", "900ms", "10.0.0.5").check(s.T, exitFailed, ""+
			"10.0.0.5   unknown   context deadline exceeded before the cloud answered\n"+
			"eni-1: 1 unknown\n", ""+
			"enictl: timed out after 900ms: "+s.provider+" UnassignPrivateIps eni-1: unavailable: context deadline exceeded before the cloud answered\n"+
			"enictl: run the same command again: it finds what has been done\n")
	})
}

func TestInterruptInDetach(t *testing.T) {
	onBoth(t, func(s *site) {
		ctx, interrupt := context.WithCancel(s.Context())
		defer interrupt()
		s.hang(enitest.Detach, interrupt)
		p := s.run(ctx, detach, "-instance", "i-1")
		p.check(s.T, exitFailed, "eni-1   unknown   context canceled before the cloud answered\n", p.stderr)
	})
}

// TestTimeoutBetweenRequests checks that a change with an answer is not unknown.
func TestTimeoutBetweenRequests(t *testing.T) {
	s := newSite(t, "aliyun")
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.Action == enitest.Describe {
			return nil
		}
		return &enitest.Fault{Reason: enitest.Conflict}
	})
	for _, args := range [][]string{{unassignIPs, "10.0.0.5"}, {detach, "-instance", "i-1"}} {
		p := s.run(t.Context(), args[0], append(args[1:], "-timeout", "900ms")...)
		if p.status != exitFailed || !strings.Contains(p.stdout, "   refused   context deadline exceeded; last answer: ") {
			t.Errorf("exit status %d\n%s\n%s", p.status, p.stdout, p.stderr)
		}
	}
}

// hang makes the cloud answer an action after an hour, and call arrived at once.
func (s *site) hang(action enitest.Action, arrived func()) {
	s.setControl(func(call enitest.Call) *enitest.Fault {
		if call.Action != action {
			return nil
		}
		arrived()
		return &enitest.Fault{Delay: time.Hour}
	})
}

// TestInterruptInDescribe interrupts a detach before its change is sent.
func TestInterruptInDescribe(t *testing.T) {
	onBoth(t, func(s *site) {
		ctx, interrupt := context.WithCancel(s.Context())
		defer interrupt()
		s.hang(enitest.Describe, interrupt)
		s.run(ctx, detach, "-instance", "i-1").check(s.T, exitFailed, ""+
			"eni-1   not tried   context canceled before the cloud answered\n", ""+
			"enictl: interrupted: "+s.provider+" Detach eni-1: unavailable: context canceled before the cloud answered\n"+
			"enictl: run the same command again: it finds what has been done\n")
	})
}

func TestSessionToken(t *testing.T) {
	onBoth(t, func(s *site) {
		s.setToken("session-token-1234567890")
		p := s.run(s.Context(), unassignIPs, "10.0.0.5")
		if p.status != exitFailed || !strings.Contains(p.stderr, "unauthenticated") {
			s.Errorf("without the token: exit status %d\n%s", p.status, p.stderr)
		}
		for _, variable := range tokens[s.provider] {
			s.Run(variable, func(t *testing.T) {
				t.Setenv(variable, "session-token-1234567890")
				if p := s.run(t.Context(), unassignIPs, "10.0.0.5"); p.status != exitDone {
					t.Errorf("exit status %d\n%s", p.status, p.stderr)
				}
			})
		}
	})
}

// TestSecrets checks that no credentials are printed when the cloud does not accept them,
// and when it cannot be reached, which is an error with the URL.
func TestSecrets(t *testing.T) {
	const token = "session-token-1234567890"
	onBoth(t, func(s *site) {
		s.Setenv(tokens[s.provider][0], token)
		s.setToken(token)
		s.setSecret("another secret")
		closed := httptest.NewServer(http.NotFoundHandler())
		closed.Close()
		for _, rest := range [][]string{
			{"10.0.0.5"},
			{"-output", "json", "10.0.0.5"},
			{"-endpoint", closed.URL, "-timeout", "500ms", "10.0.0.5"},
			{"-endpoint", closed.URL, "-timeout", "500ms", "-output", "json", "10.0.0.5"},
		} {
			p := s.run(s.Context(), unassignIPs, append(rest, "-v")...)
			if p.status != exitFailed || !strings.Contains(p.stderr, "msg=") {
				s.Errorf("%q: exit status %d, and logged:\n%s", rest, p.status, p.stderr)
			}
			for _, secret := range append(s.secrets, token) {
				if strings.Contains(p.stdout+p.stderr, secret) {
					s.Errorf("%q: %s is in\n%s\n%s", rest, secret, p.stdout, p.stderr)
				}
			}
		}
	})
}

func TestBadCredentials(t *testing.T) {
	s := newSite(t, "tencent")
	s.setSecret("another secret")
	p := s.run(t.Context(), unassignIPs, "10.0.0.5")
	if p.status != exitFailed || !strings.HasSuffix(p.stderr,
		"enictl: check the credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN\n") {
		t.Errorf("exit status %d\n%s", p.status, p.stderr)
	}
}

// Keys with a line break are an error with the name of their field before anything is sent.
func TestPaddedCredentials(t *testing.T) {
	onBoth(t, func(s *site) {
		variable, field := "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "access key secret"
		if s.provider == "tencent" {
			variable, field = "TENCENTCLOUD_SECRET_KEY", "access key secret (SecretKey)"
		}
		s.Setenv(variable, os.Getenv(variable)+"\n")
		p := s.run(s.Context(), unassignIPs, "10.0.0.5")
		if p.status != exitFailed || !strings.Contains(p.stderr, ": "+field+" ends with white space") ||
			!strings.HasSuffix(p.stderr, "enictl: check the credentials: "+providers[s.provider].keys+"\n") {
			s.Errorf("exit status %d\n%s", p.status, p.stderr)
		}
		if n := s.requests.Load(); n != 0 {
			s.Errorf("%d requests were sent", n)
		}
	})
}

// full is a writer like a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestResultCannotBeWritten(t *testing.T) {
	s := newSite(t, "aliyun")
	for _, test := range []struct {
		args []string
		want int
	}{
		{s.args(unassignIPs, "10.0.0.5"), exitFailed},
		{s.args(unassignIPs, "-output", "json", "10.0.0.6"), exitFailed},
		{s.args(detach, "-instance", "i-1"), exitFailed},
		{s.args(unassignIPs, "-output", "json"), exitMisuse},
		{[]string{"-h"}, exitFailed},
	} {
		var stderr strings.Builder
		if status := run(t.Context(), test.args, strings.NewReader(""), full{}, &stderr); status != test.want ||
			!strings.HasSuffix(stderr.String(), "enictl: cannot write the result: no space left\n") {
			t.Errorf("%q: exit status %d, stderr %s", test.args, status, &stderr)
		}
	}
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		sent := new(tally)
		unwatch := watch((&console{w: &out}).sayf, sent.String)
		time.Sleep(2 * time.Second)
		sent.attempt(eni.Attempt{Err: &eni.Error{Kind: eni.ErrConflict, Code: "Operation.Conflict"}})
		time.Sleep(5 * time.Second)
		sent.attempt(eni.Attempt{})
		time.Sleep(5 * time.Second)
		unwatch()
		time.Sleep(time.Hour)
		const want = "" +
			"enictl: waiting, 1s: no response to a change yet\n" +
			"enictl: waiting, 6s: changes answered: 1, the latest: conflict (Operation.Conflict)\n" +
			"enictl: waiting, 11s: the latest change was accepted\n"
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", &out, want)
		}
	})
}

func TestNoProgressOfWhatIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		unwatch := watch((&console{w: &out}).sayf, new(tally).String)
		time.Sleep(firstWord - time.Nanosecond)
		unwatch()
		if out.Len() > 0 {
			t.Errorf("got %s", &out)
		}
	})
}

func decode(t *testing.T, stdout string) report {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	var r report
	if err := d.Decode(&r); err != nil {
		t.Fatalf("stdout is not a report: %v\n%s", err, stdout)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("stdout has more than one object:\n%s", stdout)
	}
	return r
}
