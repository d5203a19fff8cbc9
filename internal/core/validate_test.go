// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Every method refuses an address with a zone and an IPv4-mapped prefix, and the error says
// what is expected.
func TestZonesAndMappedPrefixes(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		client := core.New(plainCloud(p), nil)
		zoned, linkLocal := netip.MustParseAddr("::ffff:10.0.0.2%eth0"), netip.MustParseAddr("fe80::1%eth0")
		mapped := netip.MustParsePrefix("::ffff:10.1.0.0/124")
		for _, test := range []struct {
			req  eni.UnassignRequest
			want string
		}{
			{release("eni-1", zoned), "the address ::ffff:10.0.0.2%eth0 has a zone: want ::ffff:10.0.0.2"},
			{release("eni-1", linkLocal), "the address fe80::1%eth0 has a zone: want fe80::1"},
			{eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{mapped}}, "the prefix ::ffff:10.1.0.0/124 is IPv4-mapped: want an IPv4 prefix"},
		} {
			for action, call := range map[string]func() (*eni.Operation, error){
				"v4": func() (*eni.Operation, error) { return client.UnassignPrivateIps(t.Context(), test.req) },
				"v6": func() (*eni.Operation, error) { return client.UnassignIpv6(t.Context(), test.req) },
			} {
				op, err := call()
				if !errors.Is(err, eni.ErrInvalid) || !strings.Contains(err.Error(), test.want) || op.Outcome() != eni.OutcomeNotTried || len(op.Results()) != 1 {
					t.Errorf("%s: %s, %v; want %q", action, op.Outcome(), err, test.want)
				}
			}
		}
		if n := len(cloud.Calls()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}
