// SPDX-License-Identifier: Apache-2.0

package sdkparity

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// client is the type that the clouds' New functions return.
type client interface {
	eni.Client
	eni.Describer
	eni.Deleter
	eni.Lister
}

// list lists the interfaces that match a filter.
func list(t *testing.T, c client, f eni.Filter) error {
	t.Helper()
	for _, err := range c.List(t.Context(), f) {
		return err
	}
	return nil
}

// newCloud returns a cloud with one interface that has a target of each kind. With trunk
// set, it is a trunk member.
func newCloud(trunk string) *enitest.Cloud {
	cloud := new(enitest.Cloud)
	reset(cloud, trunk)
	return cloud
}

// reset restores the interface.
func reset(cloud *enitest.Cloud, trunk string) {
	i := eni.Interface{
		ID:               "eni-1",
		Type:             eni.TypeSecondary,
		State:            eni.StateInUse,
		InstanceID:       "i-1",
		TrunkInterfaceID: trunk,
		VPCID:            "vpc-1",
		Addresses: []eni.Address{
			{Addr: netip.MustParseAddr("10.0.0.10"), Primary: true},
			{Addr: netip.MustParseAddr("10.0.0.11")},
			{Addr: netip.MustParseAddr("10.0.0.12")},
			{Addr: netip.MustParseAddr("2001:db8::11")},
			{Addr: netip.MustParseAddr("2001:db8::12")},
		},
		Prefixes: []netip.Prefix{
			netip.MustParsePrefix("10.0.1.0/28"),
			netip.MustParsePrefix("10.0.1.16/28"),
			netip.MustParsePrefix("2001:db8:1::/80"),
		},
	}
	if trunk != "" {
		i.Type = eni.TypeMember
	}
	cloud.Put(i)
}

func addresses(texts ...string) []netip.Addr {
	addrs := make([]netip.Addr, len(texts))
	for i, text := range texts {
		addrs[i] = netip.MustParseAddr(text)
	}
	return addrs
}

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// request has the comparable parts of an HTTP request: "method", "url",
// "query PrivateIpAddress.1", "header Content-Type", "body".
type request map[string]string

// tap is a RoundTripper that records requests.
type tap struct {
	next   http.RoundTripper
	action func(request) string // the vendor's name for the call

	mu       sync.Mutex
	requests map[string][]request // by action
}

func (t *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	seen := request{
		"method": r.Method,
		"url":    r.URL.Scheme + "://" + r.URL.Host + r.URL.Path,
		"host":   r.Host,
	}
	for key, values := range r.URL.Query() {
		for _, value := range values {
			seen["query "+key] += value
		}
	}
	for key, values := range r.Header {
		for _, value := range values {
			seen["header "+http.CanonicalHeaderKey(key)] += value
		}
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen["body"] = canonical(body)
	}
	t.mu.Lock()
	if t.requests == nil {
		t.requests = make(map[string][]request)
	}
	action := t.action(seen)
	t.requests[action] = append(t.requests[action], seen)
	t.mu.Unlock()
	return t.next.RoundTrip(r)
}

// only returns the only request of an action.
func (t *tap) only(tb testing.TB, action string) request {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.requests[action]); n != 1 {
		tb.Fatalf("%d requests for %s, want 1; there were %v", n, action, slices.Sorted(maps.Keys(t.requests)))
	}
	return t.requests[action][0]
}

// canonical returns a JSON body with sorted keys, and any other body unchanged.
func canonical(body []byte) string {
	var decoded any
	if json.Unmarshal(body, &decoded) != nil {
		return string(body)
	}
	sorted, err := json.Marshal(decoded)
	if err != nil {
		return string(body)
	}
	return string(sorted)
}

// compare reports every part that differs between the two requests, except parts that
// always differ.
func compare(t *testing.T, ours, vendors request, but ...string) {
	t.Helper()
	parts := maps.Clone(ours)
	maps.Copy(parts, vendors)
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		a, inOurs := ours[part]
		b, inVendors := vendors[part]
		if slices.Contains(but, part) || inOurs == inVendors && a == b {
			continue
		}
		t.Errorf("%s: we send %s, the vendor's client sends %s", part, text(a, inOurs), text(b, inVendors))
	}
}

func text(value string, there bool) string {
	if !there {
		return "nothing"
	}
	return "“" + value + "”"
}

// canned is a RoundTripper that returns a fixed response.
type canned string

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status:        "200 OK",
		StatusCode:    http.StatusOK,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader([]byte(c))),
		ContentLength: int64(len(c)),
		Request:       r,
	}, nil
}
