// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestUnroutedIsAProblem(t *testing.T) {
	f := newFake(t)
	tests := []struct {
		method, path  string
		status        int
		allow, detail string
	}{
		{http.MethodGet, "/", 404, "", "no such resource: /"},
		{http.MethodGet, "/v1/aliyun/cn-hangzhou", 404, "", "no such resource: /v1/aliyun/cn-hangzhou"},
		{http.MethodGet, interfacePath("aliyun", "eni-1/release"), 405, "POST", "GET is not for this resource: want POST"},
		{http.MethodPut, interfacePath("aliyun", "eni-1"), 405, "DELETE, GET, HEAD", "PUT is not for this resource: want DELETE, GET, HEAD"},
	}
	for _, test := range tests {
		got := f.serve(httptest.NewRequestWithContext(t.Context(), test.method, test.path, nil))
		if got.status != test.status || got.header.Get("Allow") != test.allow || got.Detail != test.detail || got.Type != "about:blank" {
			t.Errorf("%s %s: %d, Allow %q: %s", test.method, test.path, got.status, got.header.Get("Allow"), got.body)
		}
	}
}

func TestReadiness(t *testing.T) {
	f := newFake(t)
	if got := f.ask("/readyz", ""); got.status != http.StatusOK {
		t.Errorf("ready with %d", got.status)
	}
	f.service.ending.Store(true)
	if got := f.ask("/readyz", ""); got.status != http.StatusServiceUnavailable || got.Type != typeBase+"shutting_down" {
		t.Errorf("at the end: %d %s", got.status, got.body)
	}
	if got := f.ask("/livez", ""); got.status != http.StatusOK {
		t.Errorf("at the end: live with %d", got.status)
	}
	if n := len(f.clouds["aliyun"].Calls()); n > 0 {
		t.Errorf("the cloud was asked %d times", n)
	}
}
