// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// ask makes a request and returns the answer as it is written.
func ask(t *testing.T, s *aliyuntest.Server, action string, parameters ...string) map[string]any {
	t.Helper()
	all := map[string]string{"Action": action}
	for i := 0; i < len(parameters); i += 2 {
		all[parameters[i]] = parameters[i+1]
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, acs3(account, all, "", nil))
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// ids are those of the interfaces that a description has.
func ids(t *testing.T, body map[string]any) string {
	t.Helper()
	if body["NetworkInterfaceSets"] == nil {
		t.Fatalf("answer = %v", body)
	}
	return strings.Join(texts(find(body, []string{"NetworkInterfaceSets", "NetworkInterfaceSet[]", "NetworkInterfaceId"})), " ")
}

// scene is a server with interfaces that differ in what a filter asks for.
func scene() *aliyuntest.Server {
	cloud := new(enitest.Cloud)
	at := func(text string) eni.Address { return eni.Address{Addr: netip.MustParseAddr(text)} }
	primary := func(text string) eni.Address { return eni.Address{Addr: netip.MustParseAddr(text), Primary: true} }
	cloud.Put(
		eni.Interface{
			ID: "eni-a", Name: "blue", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1", SubnetID: "vsw-1",
			SecurityGroupIDs: []string{"sg-1", "sg-2"}, Addresses: []eni.Address{primary("10.0.0.1"), at("10.0.0.11")},
		},
		eni.Interface{
			ID: "eni-b", Name: "blue", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-2", VPCID: "vpc-1", SubnetID: "vsw-2",
			SecurityGroupIDs: []string{"sg-2"}, Addresses: []eni.Address{primary("10.0.0.2"), at("2001:db8::2")},
			Tags: map[string]string{"team": "net", "env": "test"},
		},
		eni.Interface{
			ID: "eni-c", Name: "red", Type: eni.TypeTrunk, State: eni.StateAvailable, VPCID: "vpc-2", SubnetID: "vsw-3", Manager: "ack",
			Addresses: []eni.Address{primary("10.0.0.3"), at("10.0.0.13")}, Tags: map[string]string{"team": "db"},
		},
	)
	return aliyuntest.NewServer(cloud)
}

// Every filter restricts, beside ids and without them.
func TestFilters(t *testing.T) {
	s := scene()
	for _, test := range []struct {
		filter []string
		want   string
	}{
		{nil, "eni-a eni-b eni-c"},
		{[]string{"VpcId", "vpc-1"}, "eni-a eni-b"},
		{[]string{"VSwitchId", "vsw-3"}, "eni-c"},
		{[]string{"InstanceId", "i-2"}, "eni-b"},
		{[]string{"Type", "Trunk"}, "eni-c"},
		{[]string{"Status", "InUse"}, "eni-a eni-b"},
		{[]string{"Status", "Available"}, "eni-c"},
		{[]string{"SecurityGroupId", "sg-2"}, "eni-a eni-b"},
		{[]string{"SecurityGroupId", "sg-1"}, "eni-a"},
		{[]string{"ServiceManaged", "true"}, "eni-c"},
		{[]string{"ServiceManaged", "false"}, "eni-a eni-b"},
		{[]string{"NetworkInterfaceName", "blue"}, "eni-a eni-b"},
		{[]string{"PrimaryIpAddress", "10.0.0.2"}, "eni-b"},
		{[]string{"PrimaryIpAddress", "10.0.0.11"}, ""},
		{[]string{"PrivateIpAddress.1", "10.0.0.11"}, "eni-a"},
		{[]string{"PrivateIpAddress.1", "10.0.0.11", "PrivateIpAddress.2", "10.0.0.13"}, "eni-a eni-c"},
		{[]string{"Ipv6Address.1", "2001:db8::2"}, "eni-b"},
		{[]string{"Tag.1.Key", "team"}, "eni-b eni-c"},
		{[]string{"Tag.1.Key", "team", "Tag.1.Value", "net"}, "eni-b"},
		{[]string{"Tag.1.Key", "team", "Tag.1.Value", "net", "Tag.2.Key", "env", "Tag.2.Value", "prod"}, ""},
		{[]string{"ResourceGroupId", "rg-9"}, "eni-a eni-b eni-c"}, // all are in the default one
		{[]string{"VpcId", "vpc-1", "NetworkInterfaceName", "red"}, ""},
	} {
		if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", test.filter...)); got != test.want {
			t.Errorf("%v: %q, want %q", test.filter, got, test.want)
		}
		named := append([]string{"NetworkInterfaceId.1", "eni-a", "NetworkInterfaceId.2", "eni-b", "NetworkInterfaceId.3", "eni-a"}, test.filter...)
		want := strings.TrimSpace(strings.Replace(test.want, "eni-c", "", 1))
		if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", named...)); got != want {
			t.Errorf("%v beside ids: %q, want %q", test.filter, got, want)
		}
	}
}

// What of this is true of the real cloud is not known, so a test can have either.
func TestMissingInterfaces(t *testing.T) {
	parameters := []string{"NetworkInterfaceId.1", "eni-a", "NetworkInterfaceId.2", "eni-9"}
	s := scene()
	if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", parameters...)); got != "eni-a" {
		t.Errorf("described %q", got)
	}
	s.MissingRefused = true
	if a := ask(t, s, "DescribeNetworkInterfaces", parameters...); a["Code"] != "InvalidEniId.NotFound" || !strings.Contains(fmt.Sprint(a["Message"]), "eni-9") {
		t.Errorf("answer = %v", a)
	}
	if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", "NetworkInterfaceId.1", "eni-a", "VpcId", "vpc-9")); got != "" {
		t.Errorf("described %q; what a filter leaves out is not missing", got)
	}
}
