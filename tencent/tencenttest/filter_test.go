// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// newFiltered has four interfaces, each of which differs from the others.
func newFiltered() *tencenttest.Server {
	s := tencenttest.NewServer(new(enitest.Cloud))
	address := func(texts ...string) []eni.Address {
		var list []eni.Address
		for n, text := range texts {
			list = append(list, eni.Address{Addr: netip.MustParseAddr(text), Primary: n == 0})
		}
		return list
	}
	s.Cloud.Put(
		eni.Interface{
			ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1", VPCID: "vpc-1", SubnetID: "subnet-1",
			Name: "one", Description: "the first", SecurityGroupIDs: []string{"sg-1", "sg-2"}, Tags: map[string]string{"app": "x", "env": "prod"},
			Addresses: address("10.0.0.4", "10.0.0.14", "2001:db8::4"),
		},
		eni.Interface{
			ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "subnet-2",
			Name: "two", SecurityGroupIDs: []string{"sg-2"}, Tags: map[string]string{"app": "y"}, Addresses: address("10.0.0.5"),
		},
		eni.Interface{
			ID: "eni-3", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "ins-1", VPCID: "vpc-2", SubnetID: "subnet-3",
			Tags: map[string]string{"app": ""}, Addresses: address("10.0.1.4"),
		},
		eni.Interface{ID: "eni-4", Type: eni.TypeTrunk, State: eni.StateInUse, InstanceID: "ins-2", VPCID: "vpc-2", Addresses: address("10.0.2.6")},
	)
	return s
}

func filterOf(name string, values ...string) map[string]any {
	return map[string]any{"Name": name, "Values": values}
}

func TestFilters(t *testing.T) {
	for _, test := range []struct {
		filters []map[string]any
		want    string
	}{
		{nil, "1 2 3 4"},
		{[]map[string]any{filterOf("vpc-id", "vpc-1")}, "1 2"},
		{[]map[string]any{filterOf("vpc-id", "vpc-1", "vpc-2")}, "1 2 3 4"},
		{[]map[string]any{filterOf("vpc-id", "vpc-1"), filterOf("vpc-id", "vpc-2")}, ""},
		{[]map[string]any{filterOf("subnet-id", "subnet-2", "subnet-3")}, "2 3"},
		{[]map[string]any{filterOf("network-interface-id", "eni-4", "eni-9")}, "4"},
		{[]map[string]any{filterOf("network-interface-name", "two")}, "2"},
		{[]map[string]any{filterOf("network-interface-description", "the first")}, "1"},
		{[]map[string]any{filterOf("attachment.instance-id", "ins-1")}, "1 3"},
		{[]map[string]any{filterOf("groups.security-group-id", "sg-2")}, "1 2"},
		{[]map[string]any{filterOf("groups.security-group-id", "sg-1", "sg-3")}, "1"},
		{[]map[string]any{filterOf("address-ip", "0.4")}, "1"}, // the end of one is enough
		{[]map[string]any{filterOf("address-ip", ".4")}, "1 3"},
		{[]map[string]any{filterOf("address-ip", "0.4"), filterOf("ip-exact-match", "TRUE")}, ""},
		{[]map[string]any{filterOf("address-ip", "0.4"), filterOf("ip-exact-match", "FALSE")}, "1"},
		{[]map[string]any{filterOf("address-ip", "0.4"), filterOf("is-primary", "TRUE")}, ""},
		{[]map[string]any{filterOf("address-ip", "1.4"), filterOf("is-primary", "TRUE")}, "3"},
		{[]map[string]any{filterOf("address-ip", "10.0.0.14"), filterOf("ip-exact-match", "TRUE")}, "1"},
		{[]map[string]any{filterOf("address-ip", "10.0.0.5", "10.0.2.6")}, "2 4"},
		{[]map[string]any{filterOf("address-ip", "0.5", "10.0.2.6")}, "4"},
		{[]map[string]any{filterOf("address-ipv6", "2001:db8::4")}, "1"},
		{[]map[string]any{filterOf("public-address-ip", "1.2.3.4")}, ""},
		{[]map[string]any{filterOf("tag-key", "app")}, "1 2 3"},
		{[]map[string]any{filterOf("tag-key", "env", "none")}, "1"},
		{[]map[string]any{filterOf("tag:app", "x", "y")}, "1 2"},
		{[]map[string]any{filterOf("tag:app", "")}, "3"},
		{[]map[string]any{filterOf("tag-key", "app"), filterOf("tag:app", "x")}, "1"},
		{[]map[string]any{filterOf("is-primary", "true")}, "3"},
		{[]map[string]any{filterOf("is-primary", "FALSE")}, "1 2 4"},
		{[]map[string]any{filterOf("eni-type", "0")}, "1 2"},
		{[]map[string]any{filterOf("eni-type", "1", "2")}, "3 4"},
		{[]map[string]any{filterOf("eni-qos", "DEFAULT")}, "1 2 3 4"},
		{[]map[string]any{filterOf("eni-qos", "AG")}, ""},
		{[]map[string]any{filterOf("vpc-id", "vpc-1"), filterOf("tag:app", "x")}, "1"},
	} {
		got := call(t, newFiltered(), "DescribeNetworkInterfaces", map[string]any{"Filters": test.filters})
		ids := make([]string, len(got.NetworkInterfaceSet))
		for n, i := range got.NetworkInterfaceSet {
			ids[n] = strings.TrimPrefix(i.NetworkInterfaceID, "eni-")
		}
		slices.Sort(ids)
		if found := strings.Join(ids, " "); got.Error.Code != "" || found != test.want || got.TotalCount != len(ids) {
			t.Errorf("%v: got %q of %d, want %q: %+v", test.filters, found, got.TotalCount, test.want, got.Error)
		}
	}
}

func TestFiltersRefused(t *testing.T) {
	eleven := make([]map[string]any, 11)
	for n := range eleven {
		eleven[n] = filterOf(fmt.Sprintf("tag:%d", n), "x")
	}
	for _, test := range []struct {
		parameters map[string]any
		code       string
	}{
		{map[string]any{"Filters": []any{filterOf("state", "AVAILABLE")}}, "InvalidParameter.FilterInvalidKey"},
		{map[string]any{"Filters": []any{filterOf("tag:", "x")}}, "InvalidParameter.FilterInvalidKey"},
		{map[string]any{"Filters": []any{filterOf("is-primary", "yes")}}, "InvalidParameterValue.Malformed"},
		{map[string]any{"Filters": []any{filterOf("eni-type", "3")}}, "InvalidParameterValue.Malformed"},
		{map[string]any{"Filters": []any{filterOf("vpc-id")}}, "MissingParameter"},
		{map[string]any{"Filters": []any{map[string]any{"Values": []string{"x"}}}}, "MissingParameter"},
		{map[string]any{"Filters": eleven}, "InvalidParameterValue.LimitExceeded"},
		{map[string]any{"Filters": []any{filterOf("vpc-id", make([]string, 101)...)}}, "InvalidParameterValue.LimitExceeded"},
		{map[string]any{"Filters": []any{filterOf("vpc-id", "vpc-1")}, "NetworkInterfaceIds": []string{"eni-1"}}, "InvalidParameter.Coexist"},
	} {
		if got := call(t, newFiltered(), "DescribeNetworkInterfaces", test.parameters); got.Error.Code != test.code {
			t.Errorf("%v: got %+v, want %s", test.parameters, got.Error, test.code)
		}
	}
}

// The pages of a list count what the filters let pass.
func TestPagesOfAList(t *testing.T) {
	s := newFiltered()
	page := map[string]any{"Filters": []any{filterOf("tag-key", "app")}, "Offset": 1, "Limit": 1}
	got := call(t, s, "DescribeNetworkInterfaces", page)
	if got.TotalCount != 3 || len(got.NetworkInterfaceSet) != 1 || got.NetworkInterfaceSet[0].NetworkInterfaceID != "eni-2" {
		t.Errorf("%+v", got)
	}
}

// The cloud's record of a call says what was filtered by, as far as it has words for it.
func TestFiltersAreRecorded(t *testing.T) {
	s := newFiltered()
	call(t, s, "DescribeNetworkInterfaces", map[string]any{"Filters": []any{
		filterOf("vpc-id", "vpc-2"), filterOf("subnet-id", "subnet-3"), filterOf("attachment.instance-id", "ins-1"),
		filterOf("is-primary", "true"), filterOf("tag:app", "x"), filterOf("tag-key", "env"), filterOf("eni-qos", "AG"),
	}})
	want := eni.Filter{VPCID: "vpc-2", SubnetID: "subnet-3", InstanceID: "ins-1", Type: eni.TypePrimary, Tags: map[string]string{"app": "x", "env": ""}}
	if got := s.Cloud.Calls(enitest.List)[0].Filter; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Filters also work with GET and with a form.
func TestFiltersByEveryScheme(t *testing.T) {
	eachScheme(t, func(t *testing.T, d scheme) {
		s := newFiltered()
		q := &describeRequest{Filters: []filterNamed{{"vpc-id", []string{"vpc-1"}}, {"tag:app", []string{"x", "y"}}}}
		got := serve(t, s, visitBy(s, d).request(t, "DescribeNetworkInterfaces", q, &q.BaseRequest))
		if got.TotalCount != 2 {
			t.Errorf("%+v", got)
		}
	})
}
