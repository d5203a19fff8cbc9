// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func inBubble(t *testing.T, test func(*fake)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newFake(t)) })
}

// always makes every call of an action fail with a fault.
func always(action enitest.Action, fault enitest.Fault) func(enitest.Call) *enitest.Fault {
	return func(call enitest.Call) *enitest.Fault {
		if call.Action == action {
			return &fault
		}
		return nil
	}
}

func TestReleaseOfBothFamilies(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		got := f.ask(interfacePath(provider, "eni-1/release"), `{"addresses": ["2001:db8::5", "10.0.0.5", "10.0.0.99", "10.0.0.5"]}`)
		got.check(f.T, http.StatusOK, "2001:db8::5 released, 10.0.0.5 released, 10.0.0.99 absent")
		if n := len(cloud.History()); n != 2 {
			f.Errorf("%d changes have taken effect, want one of each family", n)
		}
		if len(got.CloudRequestIDs) != got.Attempts || got.Attempts < 2 {
			f.Errorf("request ids %q for %d attempts", got.CloudRequestIDs, got.Attempts)
		}
	})
}

func TestReleaseOfPrefixes(t *testing.T) {
	inBubble(t, func(f *fake) {
		body := `{"prefixes": ["10.1.0.0/28"]}`
		f.ask(interfacePath("aliyun", "eni-1/release"), body).check(f.T, http.StatusOK, "10.1.0.0/28 released")
		f.ask(interfacePath("tencent", "eni-1/release"), body).check(f.T, http.StatusNotImplemented, "10.1.0.0/28 not_tried (unsupported)")
	})
}

// A partial result must not look complete to callers that check only the status.
func TestPartialReleaseIsAProblem(t *testing.T) {
	onBoth(t, func(f *fake, provider string, _ *enitest.Cloud) {
		got := f.ask(interfacePath(provider, "eni-1/release"), `{"addresses": ["10.0.0.1", "10.0.0.5", "2001:db8::5"]}`)
		got.check(f.T, http.StatusUnprocessableEntity, "10.0.0.1 refused (invalid_argument), 10.0.0.5 released, 2001:db8::5 released")
		if got.Retryable || got.header.Get("Retry-After") != "" {
			f.Error("a primary address is worth another try")
		}
		if n := unfinished(f.log.line(f.T, "request")); n != 1 {
			f.Errorf("the log has %d addresses as unfinished, want one", n)
		}
	})
}

func TestWaitForAcceptance(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		body := `{"addresses": ["10.0.0.5"]}`
		path := interfacePath(provider, "eni-1/release")
		f.ask(path+"?wait=accepted", body).check(f.T, http.StatusAccepted, "10.0.0.5 accepted")
		if len(cloud.History()) > 0 {
			f.Error("it has taken effect before the answer")
		}
		f.ask(path+"?wait=completed&timeout=2m", body).check(f.T, http.StatusOK, "10.0.0.5 absent")
		if !cloud.Has("eni-1", full("10.0.0.6")) || cloud.Has("eni-1", full("10.0.0.5")) {
			f.Error("the interface does not have what it should")
		}
	})
}

// The deadline also ends the wait for accepted changes, and the cloud's last error is kept.
func TestDeadline(t *testing.T) {
	tests := []struct {
		name   string
		mend   func(*enitest.Cloud)
		became string
	}{
		{"conflicts", func(c *enitest.Cloud) {
			c.Control = always(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		}, "10.0.0.5 refused (conflict)"},
		{"silence", func(c *enitest.Cloud) {
			c.Control = always(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		}, "10.0.0.5 unknown (unavailable)"},
		{"no effect", func(c *enitest.Cloud) {
			c.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		}, "10.0.0.5 accepted (conflict)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
				test.mend(cloud)
				began := time.Now()
				got := f.ask(interfacePath(provider, "eni-1/release?timeout=7s"), `{"addresses": ["10.0.0.5"]}`)
				got.check(f.T, http.StatusGatewayTimeout, test.became)
				if elapsed := time.Since(began); elapsed != 7*time.Second {
					f.Errorf("the answer elapsed %s, want 7s", elapsed)
				}
				if !got.Retryable || got.header.Get("Retry-After") != "5" {
					f.Errorf("retryable %t, Retry-After %q, want a try in 5 s", got.Retryable, got.header.Get("Retry-After"))
				}
				if test.name == "conflicts" && got.Results[0].Error.Code == "" {
					f.Error("the cloud's code is lost")
				}
			})
		})
	}
}

// An error that lasts longer than the library retries has the kind of the cloud's error.
func TestBudgetSpent(t *testing.T) {
	for reason, want := range map[enitest.Reason]struct {
		status     int
		retryAfter string
	}{
		enitest.Conflict:           {http.StatusConflict, "5"},
		enitest.Throttled:          {http.StatusServiceUnavailable, "60"},
		enitest.Internal:           {http.StatusServiceUnavailable, "10"},
		enitest.Denied:             {http.StatusBadGateway, ""},
		enitest.ExpiredCredentials: {http.StatusBadGateway, ""},
	} {
		t.Run(string(reason), func(t *testing.T) {
			onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
				cloud.Control = always(enitest.UnassignPrivateIps, enitest.Fault{Reason: reason})
				got := f.ask(interfacePath(provider, "eni-1/release?timeout=1h"), `{"addresses": ["10.0.0.5", "2001:db8::5"]}`)
				if got.status != want.status || got.header.Get("Retry-After") != want.retryAfter {
					f.Errorf("status %d, Retry-After %q: %s", got.status, got.header.Get("Retry-After"), got.body)
				}
				if got.Retryable != (want.retryAfter != "") {
					f.Errorf("retryable %t", got.Retryable)
				}
				if got.Results[1].Outcome != eni.OutcomeReleased.String() {
					f.Errorf("the other family suffers: %s", got.became())
				}
			})
		})
	}
}

func TestUnknownInterface(t *testing.T) {
	onBoth(t, func(f *fake, provider string, _ *enitest.Cloud) {
		f.ask(interfacePath(provider, "eni-9"), "").check(f.T, http.StatusNotFound, "")
		for path, body := range map[string]string{"eni-9/release": `{"addresses": ["10.0.0.5"]}`, "eni-9/detach": `{"instance_id": "i-1"}`} {
			got := f.ask(interfacePath(provider, path), body)
			if got.status != http.StatusNotFound || !strings.HasSuffix(got.became(), " (not_found)") {
				f.Errorf("%s: %d %s", path, got.status, got.became())
			}
			lines := f.log.all(f.T, "request")
			if n := unfinished(lines[len(lines)-1]); n != 1 {
				f.Errorf("%s: the log has %d as unfinished, want one", path, n)
			}
		}
	})
}

func TestDetach(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		path := interfacePath(provider, "eni-1/detach")
		f.ask(path, `{"instance_id": "i-2"}`).check(f.T, http.StatusConflict, "eni-1 refused (invalid_state)")
		f.ask(path, `{"instance_id": "i-1"}`).check(f.T, http.StatusOK, "eni-1 released")
		f.ask(path, `{"instance_id": "i-1"}`).check(f.T, http.StatusOK, "eni-1 absent")
		if n := len(cloud.History()); n != 1 {
			f.Errorf("%d changes, want one", n)
		}
	})
}

func TestDetachInDoubt(t *testing.T) {
	tests := []struct {
		name   string
		mend   func(*enitest.Cloud)
		status int
		became string
	}{
		{"accepted", func(c *enitest.Cloud) {
			c.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		}, http.StatusGatewayTimeout, "eni-1 accepted (conflict)"},
		{"silence", func(c *enitest.Cloud) {
			c.Control = always(enitest.Detach, enitest.Fault{Delay: time.Hour})
		}, http.StatusGatewayTimeout, "eni-1 unknown (unavailable)"},
		{"denied", func(c *enitest.Cloud) {
			c.Control = always(enitest.Detach, enitest.Fault{Reason: enitest.Denied})
		}, http.StatusBadGateway, "eni-1 refused (permission_denied)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
				test.mend(cloud)
				f.ask(interfacePath(provider, "eni-1/detach?timeout=5s"), `{"instance_id": "i-1"}`).check(f.T, test.status, test.became)
			})
		})
	}
}

func TestDescription(t *testing.T) {
	onBoth(t, func(f *fake, provider string, _ *enitest.Cloud) {
		got := f.ask(interfacePath(provider, "eni-1"), "")
		got.check(f.T, http.StatusOK, "")
		for _, part := range []string{
			`"id":"eni-1"`, `"type":"secondary"`, `"state":"in_use"`, `"instance_id":"i-1"`,
			`{"address":"10.0.0.1","primary":true}`, `{"address":"2001:db8::5","primary":false}`,
		} {
			if !strings.Contains(got.body, part) {
				f.Errorf("%s is missing in %s", part, got.body)
			}
		}
	})
}

func TestDescriptionRefused(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.Control = always(enitest.Describe, enitest.Fault{Reason: enitest.Denied})
		got := f.ask(interfacePath(provider, "eni-1"), "")
		got.check(f.T, http.StatusBadGateway, "")
		if got.Cause == nil || got.Cause.Kind != eni.ErrPermission.Error() || got.Cause.Code == "" || got.Cause.RequestID == "" {
			f.Errorf("the cause is %+v", got.Cause)
		}
	})
}

// When a caller disconnects, work for no other caller ends, and the log has the results.
func TestCallerDisconnects(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.Control = always(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		ctx, disconnect := context.WithCancel(f.Context())
		defer time.AfterFunc(3*time.Second, disconnect).Stop()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, interfacePath(provider, "eni-1/release"),
			strings.NewReader(`{"addresses": ["10.0.0.5"]}`))
		r.Header.Set("Content-Type", "application/json")
		f.serve(r).check(f.T, statusClientGone, "10.0.0.5 refused (conflict)")
		if n := unfinished(f.log.line(f.T, "request")); n != 1 {
			f.Errorf("the log has %d addresses as unfinished, want one", n)
		}
	})
}

func TestPlaceThatIsNotServed(t *testing.T) {
	inBubble(t, func(f *fake) {
		got := f.ask("/v1/aliyun/cn-beijing/interfaces/eni-1/release", `{"addresses": ["10.0.0.5"]}`)
		got.check(f.T, http.StatusNotFound, "")
		if got.Detail != "aliyun/cn-beijing is not served here" {
			f.Errorf("detail %q", got.Detail)
		}
	})
}
