// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// give lets the cloud choose, and returns what it chose; nothing where it has none left.
func give(t *testing.T, cloud *enitest.Cloud, id string, choose enitest.Counts) []string {
	t.Helper()
	answer, err := cloud.Do(t.Context(), enitest.Call{Action: enitest.Assign, InterfaceID: id, Choose: choose})
	if err != nil || answer.Refused != nil && answer.Refused.Reason != enitest.NoAddresses {
		t.Fatalf("assigned with %v, %v", answer.Refused, err)
	}
	var given []string
	for _, p := range answer.Assigned {
		given = append(given, p.String())
	}
	return given
}

// A subnet gives what is in its range, but for the first four addresses and the last.
func TestRanges(t *testing.T) {
	for _, test := range []struct {
		ipv4, ipv6 string
		choose     enitest.Counts
		want       []string
	}{
		{"10.9.0.5/29", "", enitest.Counts{IPv4: 3}, []string{"10.9.0.4/32", "10.9.0.5/32", "10.9.0.6/32"}},
		{"10.9.0.0/29", "", enitest.Counts{IPv4: 4}, nil},
		{"10.9.0.0/30", "", enitest.Counts{IPv4: 1}, nil},
		{"10.9.0.0/29", "", enitest.Counts{IPv6: 1}, nil},
		{"10.9.0.0/26", "", enitest.Counts{IPv4Prefixes: 3}, []string{"10.9.0.16/28", "10.9.0.32/28", "10.9.0.48/28"}},
		{"10.9.0.0/26", "", enitest.Counts{IPv4Prefixes: 4}, nil},
		{"10.9.0.0/28", "", enitest.Counts{IPv4Prefixes: 1}, nil},
		{"10.9.0.0/26", "", enitest.Counts{IPv4: 1, IPv4Prefixes: 1}, []string{"10.9.0.16/28", "10.9.0.4/32"}},
		{"10.9.0.0/26", "2001:db8:5::1/64", enitest.Counts{IPv6: 1, IPv6Prefixes: 1}, []string{"2001:db8:5:0:1::/80", "2001:db8:5::4/128"}},
	} {
		cloud := new(enitest.Cloud)
		subnet := enitest.Subnet{ID: "vsw-1", IPv4: netip.MustParsePrefix(test.ipv4)}
		if test.ipv6 != "" {
			subnet.IPv6 = netip.MustParsePrefix(test.ipv6)
		}
		cloud.PutSubnet(subnet)
		cloud.Put(eni.Interface{ID: "eni-1", SubnetID: "vsw-1", State: eni.StateAvailable})
		if got := give(t, cloud, "eni-1", test.choose); !slices.Equal(got, test.want) {
			t.Errorf("%s, %s: %+v gives %v, want %v", test.ipv4, test.ipv6, test.choose, got, test.want)
		}
	}
}

// What is on an interface is given to nobody, and neither is what overlaps with it.
func TestWhatIsTaken(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutSubnet(enitest.Subnet{ID: "vsw-1", IPv4: netip.MustParsePrefix("10.9.0.0/26")})
	cloud.Put(
		eni.Interface{ID: "eni-1", SubnetID: "vsw-1", State: eni.StateAvailable},
		eni.Interface{
			ID: "eni-2", SubnetID: "vsw-1", State: eni.StateAvailable, Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.9.0.17")}},
			Prefixes: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/29"), netip.MustParsePrefix("10.9.0.48/28")},
		},
	)
	for text, want := range map[string]enitest.Reason{
		"10.9.0.16/28": enitest.Taken, "10.9.0.48/28": enitest.Taken, "10.9.0.48/29": enitest.Taken, "10.9.0.32/28": "", "10.0.0.0/28": enitest.OutOfRange,
	} {
		var got enitest.Reason
		if refused := cloud.Change(enitest.Call{Action: enitest.Assign, InterfaceID: "eni-1", Prefixes: []netip.Prefix{netip.MustParsePrefix(text)}}); refused != nil {
			got = refused.Reason
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := give(t, cloud, "eni-1", enitest.Counts{IPv4: 2}); !slices.Equal(got, []string{"10.9.0.8/32", "10.9.0.9/32"}) {
		t.Errorf("given %v", got)
	}
	create := enitest.Call{Action: enitest.Create, Interface: eni.Interface{SubnetID: "vsw-1", Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.9.0.17"), Primary: true}}}}
	if refused := cloud.Change(create); refused == nil || refused.Reason != enitest.Taken || refused.Names() != "10.9.0.17" {
		t.Errorf("created with an address that is taken: %v", refused)
	}
	cloud.Put(eni.Interface{ID: "eni-3", SubnetID: "vsw-9", State: eni.StateAvailable})
	if refused := cloud.Change(enitest.Call{Action: enitest.Assign, InterfaceID: "eni-3", Choose: enitest.Counts{IPv4: 1}}); refused == nil || refused.Reason != enitest.NoSubnet {
		t.Errorf("assigned in a subnet that is not there: %v", refused)
	}
}

// What an assignment that is in progress will put on an interface is taken already.
func TestWhatIsUnderWayIsTaken(t *testing.T) {
	cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Hour }}
	cloud.Put(eni.Interface{ID: "eni-1", State: eni.StateAvailable}, eni.Interface{ID: "eni-2", State: eni.StateAvailable})
	call := enitest.Call{Action: enitest.Assign, InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.9.0.9")}}
	do(t, cloud, call)
	call.InterfaceID = "eni-2"
	if refused := cloud.Change(call); refused == nil || refused.Reason != enitest.Taken {
		t.Errorf("assigned twice: %v", refused)
	}
}

// Without a subnet an interface is where its neighbours are.
func TestImpliedSubnets(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutInstance(enitest.Instance{ID: "i-1", SubnetID: "vsw-1", VPCID: "vpc-1", Zone: "a"}, enitest.Instance{ID: "i-2", SubnetID: "vsw-2"})
	cloud.Put(
		eni.Interface{ID: "eni-2", SubnetID: "vsw-2", VPCID: "vpc-2", Zone: "b", State: eni.StateAvailable},
		eni.Interface{ID: "eni-3", VPCID: "vpc-3", Zone: "c", State: eni.StateAvailable},
	)
	for subnet, want := range map[string]string{"vsw-1": "vpc-1 a", "vsw-2": "vpc-2 b", "vsw-9": "vpc-1 ", "": "vpc-1 "} {
		i := do(t, cloud, enitest.Call{Action: enitest.Create, Interface: eni.Interface{SubnetID: subnet}}).Interfaces[0]
		if got := i.VPCID + " " + i.Zone; got != want {
			t.Errorf("in %q: %q, want %q", subnet, got, want)
		}
		cloud.Delete(i.ID)
	}
	own := eni.Interface{ID: "eni-own", SubnetID: "vsw-1", VPCID: "vpc-own", Zone: "own", MAC: "mac", Type: eni.TypeTrunk}
	i := do(t, cloud, enitest.Call{Action: enitest.Create, Interface: own}).Interfaces[0]
	if i.ID != "eni-own" || i.VPCID != "vpc-own" || i.Zone != "own" || i.MAC != "mac" || i.Type != eni.TypeTrunk {
		t.Errorf("created %+v", i)
	}
}
