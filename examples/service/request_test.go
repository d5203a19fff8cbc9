// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBodies(t *testing.T) {
	const release, detach = "release", "detach"
	tests := []struct {
		name, to, body string
		status         int
		flaws          []flaw
	}{
		{"empty", release, ``, 400, []flaw{{"", "the body is empty"}}},
		{"half", release, `{"addresses": ["10.0.0.5"`, 400, []flaw{{"", "the body ends too early"}}},
		{"no JSON", release, `{addresses}`, 400, []flaw{{"", "invalid character 'a' looking for beginning of object key string, at byte 2"}}},
		{"a list", release, `["10.0.0.5"]`, 400, []flaw{{"", "a JSON array, want an object"}}},
		{"a string for a list", release, `{"addresses": "10.0.0.5"}`, 400, []flaw{{"/addresses", "a JSON string, want a list of strings"}}},
		{"a number for an address", release, `{"addresses": [10]}`, 400, []flaw{{"/addresses", "a JSON number, want a string"}}},
		{"a member too many", release, `{"addresses": ["10.0.0.5"], "adresses": []}`, 400, []flaw{{"", `unknown field "adresses"`}}},
		{"two objects", release, `{"addresses": ["10.0.0.5"]} {}`, 400, []flaw{{"", "want nothing after the object"}}},
		{"a member twice", release, `{"addresses": ["10.0.0.5"], "addresses": ["10.0.0.6"]}`, 400, []flaw{{"/addresses", "the member occurs twice"}}},
		{"or nearly", detach, `{"instance_id": "i-1", "Instance_ID": "i-2"}`, 400, []flaw{{"/Instance_ID", "the member occurs twice"}}},
		{"nothing to do", release, `{"addresses": []}`, 400, []flaw{{"", "want at least one address or prefix"}}},
		{"null", release, `null`, 400, []flaw{{"", "want at least one address or prefix"}}},
		{"all that is wrong", release, `{"addresses": ["10.0.0.5", "10.0.0", "fe80::1%eth0"], "prefixes": ["10.1.0.1/28", "10.0.0.5/32", "x"]}`, 400, []flaw{
			{"/addresses/1", `"10.0.0" is not an address`},
			{"/addresses/2", `"fe80::1%eth0" is not an address`},
			{"/prefixes/0", `"10.1.0.1/28" is not a prefix such as 10.1.0.0/28`},
			{"/prefixes/1", `"10.0.0.5/32" is not a prefix such as 10.1.0.0/28`},
			{"/prefixes/2", `"x" is not a prefix such as 10.1.0.0/28`},
		}},
		{"too big", release, `{"addresses": ["` + strings.Repeat(" ", maxBody) + `"]}`, 413, nil},
		{"no instance", detach, `{}`, 400, []flaw{{"/instance_id", "want the instance id: an interface on another instance is not detached"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, interfacePath("aliyun", "eni-1/"+test.to), strings.NewReader(test.body))
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			got := f.serve(r)
			if got.status != test.status {
				t.Errorf("status %d, want %d: %s", got.status, test.status, got.body)
			}
			if len(got.Flaws) != len(test.flaws) {
				t.Fatalf("flaws %+v, want %+v", got.Flaws, test.flaws)
			}
			for i, want := range test.flaws {
				if got.Flaws[i] != want {
					t.Errorf("flaw %+v, want %+v", got.Flaws[i], want)
				}
			}
			if n := len(f.clouds["aliyun"].Calls()); n > 0 {
				t.Errorf("%d calls reached the cloud", n)
			}
		})
	}
}

func TestTerms(t *testing.T) {
	for query, detail := range map[string]string{
		"?timeout=":                    `timeout=: want a duration such as 30s, up to 1h0m0s`,
		"?timeout=30":                  `timeout=30: want a duration such as 30s, up to 1h0m0s`,
		"?timeout=-1s":                 `timeout=-1s: want a duration such as 30s, up to 1h0m0s`,
		"?timeout=61m":                 `timeout=61m: want a duration such as 30s, up to 1h0m0s`,
		"?timeout=1s&timeout=2s":       `timeout occurs 2 times: want it once`,
		"?wait=forever":                `wait=forever: want completed or accepted`,
		"?timout=30s":                  `unknown parameter timout`,
		"?wait=accepted&timeout=1h1ms": `timeout=1h1ms: want a duration such as 30s, up to 1h0m0s`,
	} {
		t.Run(query, func(t *testing.T) {
			f := newFake(t)
			got := f.ask(interfacePath("aliyun", "eni-1/release"+query), `{"addresses": ["10.0.0.5"]}`)
			if got.status != http.StatusBadRequest || got.Detail != detail {
				t.Errorf("status %d, detail %q", got.status, got.Detail)
			}
			if n := len(f.clouds["aliyun"].Calls()); n > 0 {
				t.Errorf("%d calls reached the cloud", n)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	f := newFake(t)
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, interfacePath("aliyun", "eni-1/release"),
			strings.NewReader(`{"addresses": ["10.0.0.5"]}`))
		r.Header.Set("Content-Type", media)
		if got := f.serve(r); got.status != http.StatusUnsupportedMediaType {
			t.Errorf("%q: status %d", media, got.status)
		}
	}
}
