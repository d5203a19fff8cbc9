// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// newLegacySite is a private cloud that speaks API 2.0 alone.
func newLegacySite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, "tencent")
	s.cloud.Update("eni-1", func(i *eni.Interface) { i.VPCID = "vpc-1" })
	server := tencenttest.NewLegacyServer(s.cloud)
	server.Region = "gz"
	loopback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(loopback.Close)
	s.url, s.region = loopback.URL+"/v2/index.php", server.Region
	return s
}

func TestLegacyAPI(t *testing.T) {
	s := newLegacySite(t)
	legacy := []string{"-api-version", "2.0"}
	s.run(s.Context(), unassignIPs, append(legacy, "10.0.0.16", "10.0.0.6")...).check(t, exitDone, ""+
		"10.0.0.6    released\n"+
		"10.0.0.16   released\n"+
		"eni-1: 2 released\n", "")
	s.run(s.Context(), unassignIPs, append(legacy, "-output", "json", "10.0.0.6", "10.0.0.7")...).check(t, exitDone,
		`{"ok":true,"provider":"tencent","operation":"unassign-ips","interface_id":"eni-1",`+
			`"outcome":"absent","released":["10.0.0.7"],"accepted":[],"absent":["10.0.0.6"],`+
			`"results":[{"address":"10.0.0.6","outcome":"absent"},{"address":"10.0.0.7","outcome":"released"}],`+
			`"request_ids":[],"attempts":2}`+"\n", "")
	s.cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied})
	s.run(s.Context(), unassignIPs, append(legacy, "10.0.0.8")...).check(t, exitFailed, ""+
		"10.0.0.8   refused   (4102)The resource is not authorized. (4102)\n"+
		"eni-1: 1 refused\n",
		"enictl: tencent-legacy UnassignPrivateIps eni-1: permission_denied: 4102: (4102)The resource is not authorized. (http status 200)\n"+
			"enictl: the credentials are valid but lack a permission: ask the administrator of the account\n")
}

// What that API does not have is refused, and nothing is sent.
func TestLegacyAPIHasNoOtherCommands(t *testing.T) {
	s := newLegacySite(t)
	for _, args := range [][]string{
		s.args(unassignIPv6, "-api-version", "2.0", "2001:db8::5"),
		s.args(detach, "-api-version", "2.0", "-instance", "i-1"),
		s.args(unassignIPs, "-api-version", "2.0", "10.1.0.0/28"),
	} {
		p := runWith(t.Context(), slices.Concat(args, []string{"-output", "json"}))
		if got := decode(t, p.stdout); p.status != exitFailed || got.Error == nil || got.Error.Kind != "unsupported" {
			t.Errorf("%q: exit status %d\n%s%s", args, p.status, p.stdout, p.stderr)
		}
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// 3.0 is what there is without the flag.
func TestModernAPI(t *testing.T) {
	s := newSite(t, "tencent")
	for n, version := range [][]string{nil, {"-api-version", "3.0"}} {
		address := []string{"10.0.0.6", "10.0.0.7"}[n]
		s.run(s.Context(), unassignIPs, append(version, address)...).check(t, exitDone,
			address+"   released\neni-1: 1 released\n", "")
	}
}
