// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestDelete(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.Put(newInterface("eni-2"))
		path := interfacePath(provider, "eni-1")
		f.delete(path).check(f.T, http.StatusConflict, "eni-1 refused (invalid_state)")
		f.delete(path+"?instance_id=i-2").check(f.T, http.StatusConflict, "eni-1 refused (invalid_state)")
		if n := len(cloud.History()); n > 0 {
			f.Errorf("%d changes, want none: it is on i-1", n)
		}
		got := f.delete(path + "?instance_id=i-1")
		got.check(f.T, http.StatusOK, "eni-1 released")
		if len(got.CloudRequestIDs) != 2 || got.Attempts != 2 {
			f.Errorf("request ids %q for %d attempts, want those of a detach and a deletion", got.CloudRequestIDs, got.Attempts)
		}
		if _, there := cloud.Get("eni-1"); there {
			f.Error("it is there")
		}
		// An interface that this request did not find may be in another region.
		f.delete(path+"?instance_id=i-1").check(f.T, http.StatusNotFound, "eni-1 absent (not_found)")
		if _, there := cloud.Get("eni-2"); !there {
			f.Error("another interface is gone")
		}
		if levels := f.log.all(f.T, "request"); levels[2]["level"] != "INFO" {
			f.Errorf("a deletion is logged at %v", levels[2]["level"])
		}
	})
}

// The caller chooses the protected interfaces: by a tag, or by a key with any value.
func TestDeleteKeeps(t *testing.T) {
	tests := []struct {
		query, became string
		status        int
	}{
		{"?instance_id=i-1&keep_tag=team=a", "eni-1 refused (invalid_state)", http.StatusConflict},
		{"?instance_id=i-1&keep_tag=owner&keep_tag=team", "eni-1 refused (invalid_state)", http.StatusConflict},
		{"?instance_id=i-1&keep_tag=team=b", "eni-1 released", http.StatusOK},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
				cloud.Update("eni-1", func(i *eni.Interface) { i.Tags = map[string]string{"team": "a"} })
				f.delete(interfacePath(provider, "eni-1")+test.query).check(f.T, test.status, test.became)
				i, there := cloud.Get("eni-1")
				if kept := test.status != http.StatusOK; there != kept || kept && i.InstanceID != "i-1" {
					f.Errorf("there %t, on %q", there, i.InstanceID)
				}
			})
		})
	}
}

func TestDeleteWaits(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.Update("eni-1", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
		path := interfacePath(provider, "eni-1")
		f.delete(path+"?wait=accepted").check(f.T, http.StatusAccepted, "eni-1 accepted")
		if _, there := cloud.Get("eni-1"); !there {
			f.Error("it is gone before the answer")
		}
		f.delete(path+"?wait=completed&timeout=2m").check(f.T, http.StatusOK, "eni-1 absent")
	})
}

func TestDeleteInDoubt(t *testing.T) {
	tests := []struct {
		name   string
		fault  enitest.Fault
		status int
		became string
	}{
		{"silence", enitest.Fault{Delay: time.Hour}, http.StatusGatewayTimeout, "eni-1 unknown (unavailable)"},
		{"denied", enitest.Fault{Reason: enitest.Denied}, http.StatusBadGateway, "eni-1 refused (permission_denied)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
				cloud.Control = always(enitest.Delete, test.fault)
				f.delete(interfacePath(provider, "eni-1?instance_id=i-1&timeout=20s")).check(f.T, test.status, test.became)
				if n := unfinished(f.log.line(f.T, "request")); n != 1 {
					f.Errorf("the log has %d as unfinished, want one", n)
				}
			})
		})
	}
}

// The restrictions of a deletion must not be ignored.
func TestDeletesThatCannotBe(t *testing.T) {
	for query, detail := range map[string]string{
		"?instance_id=":              "instance_id=: want a value, or remove the parameter",
		"?keep_tag=":                 "keep_tag=: want a tag such as key=value, or a key alone for any value",
		"?keep_tag==a":               "keep_tag==a: want a tag such as key=value, or a key alone for any value",
		"?keep_tag=a=1&keep_tag=a=2": "keep_tag=a=2: want each key once",
		"?keep_tag=a=":               "keep_tag=a=: want key=value, or the key alone for any value",
		"?keep_tags=a":               "unknown parameter keep_tags",
		"?instance_id=a;keep_tag=b":  "the query cannot be read: invalid semicolon separator in query",
		"?wait=for":                  "wait=for: want completed or accepted",
	} {
		t.Run(query, func(t *testing.T) {
			f := newFake(t)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, interfacePath("aliyun", "eni-1"), http.NoBody)
			r.URL.RawQuery = strings.TrimPrefix(query, "?")
			if got := f.serve(r); got.status != http.StatusBadRequest || got.Detail != detail {
				t.Errorf("status %d, detail %q", got.status, got.Detail)
			}
			checkNoCalls(t, f)
		})
	}
	t.Run("a body", func(t *testing.T) {
		f := newFake(t)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, interfacePath("aliyun", "eni-1"),
			strings.NewReader(`{"keep_tags": {"keep": ""}}`))
		if got := f.serve(r); got.status != http.StatusBadRequest || !strings.Contains(got.Detail, "in the query") {
			t.Errorf("status %d, detail %q", got.status, got.Detail)
		}
		checkNoCalls(t, f)
	})
}

func checkNoCalls(t *testing.T, f *fake) {
	t.Helper()
	if n := len(f.clouds["aliyun"].Calls()); n > 0 {
		t.Errorf("%d calls reached the cloud", n)
	}
}
