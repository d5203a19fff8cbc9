// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// program is one that knows the vendor's SDK and nothing of this module.
type program struct {
	*testing.T

	client *sdk.Client
	host   string
}

func newProgram(t *testing.T, s *aliyuntest.Server) program {
	t.Helper()
	loopback := httptest.NewServer(s)
	t.Cleanup(loopback.Close)
	client, err := sdk.NewClientWithOptions(s.Region, sdk.NewConfig(), credentials.NewAccessKeyCredential(s.AccessKeyID, s.AccessKeySecret))
	if err != nil {
		t.Fatal(err)
	}
	return program{t, client, strings.TrimPrefix(loopback.URL, "http://")}
}

// call calls an action, and returns what a path of the answer leads to.
func (p program) call(action string, path string, parameters ...string) any {
	p.Helper()
	r := requests.NewCommonRequest()
	r.Scheme, r.Domain, r.Version, r.ApiName = "http", p.host, "2014-05-26", action
	for i := 0; i < len(parameters); i += 2 {
		r.QueryParams[parameters[i]] = parameters[i+1]
	}
	answer, err := p.client.ProcessCommonRequest(r)
	if err != nil {
		p.Fatalf("%s: %v", action, err)
	}
	var body any
	if err := json.Unmarshal(answer.GetHttpContentBytes(), &body); err != nil {
		p.Fatal(err)
	}
	if path == "" {
		return body
	}
	found := find(body, strings.Split(path, "."))
	if strings.Contains(path, "[]") {
		return found
	}
	return found[0]
}

func texts(value any) []string {
	var list []string
	items, _ := value.([]any)
	for _, item := range items {
		list = append(list, fmt.Sprint(item))
	}
	return list
}

// A program builds its scene, takes it apart, and builds it again.
func TestAProgramBuildsItsScene(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.PutInstance(enitest.Instance{ID: "i-1", Name: "web", VPCID: "vpc-1", SubnetID: "vsw-1", Zone: "cn-hangzhou-b"})
	p := newProgram(t, aliyuntest.NewServer(cloud))

	if regions := texts(p.call("DescribeRegions", "Regions.Region[].RegionId")); !slices.Contains(regions, "cn-hangzhou") {
		t.Errorf("regions = %v", regions)
	}
	instance := texts(p.call("DescribeInstances", "Instances.Instance[].InstanceId", "InstanceName", "web"))[0]
	vswitch := texts(p.call("DescribeInstances", "Instances.Instance[].VpcAttributes.VSwitchId", "InstanceIds", `["`+instance+`"]`))[0]
	for range 2 {
		id := fmt.Sprint(p.call("CreateNetworkInterface", "NetworkInterfaceId", "VSwitchId", vswitch, "SecurityGroupId", "sg-1",
			"NetworkInterfaceName", "scene", "Tag.1.Key", "scene", "Tag.1.Value", "yes", "SecondaryPrivateIpAddressCount", "2", "Ipv6AddressCount", "1"))
		p.call("AttachNetworkInterface", "", "NetworkInterfaceId", id, "InstanceId", instance)
		v4 := texts(p.call("AssignPrivateIpAddresses", "AssignedPrivateIpAddressesSet.PrivateIpSet.PrivateIpAddress[]",
			"NetworkInterfaceId", id, "PrivateIpAddress.1", "10.8.0.8", "PrivateIpAddress.2", "10.8.0.9"))
		prefixes := texts(p.call("AssignPrivateIpAddresses", "AssignedPrivateIpAddressesSet.Ipv4PrefixSet.Ipv4Prefixes[]",
			"NetworkInterfaceId", id, "Ipv4PrefixCount", "1"))
		v6 := texts(p.call("AssignIpv6Addresses", "Ipv6Sets.Ipv6Address[]", "NetworkInterfaceId", id, "Ipv6AddressCount", "2"))
		if len(v4) != 2 || len(prefixes) != 1 || len(v6) != 2 {
			t.Fatalf("assigned %v, %v, %v", v4, prefixes, v6)
		}
		p.call("TagResources", "", "ResourceType", "eni", "ResourceId.1", id, "Tag.1.Key", "late", "Tag.1.Value", "too")

		listed := []string{"Tag.1.Key", "scene", "Tag.2.Key", "late"}
		set := "NetworkInterfaceSets.NetworkInterfaceSet[]."
		if on := texts(p.call("DescribeNetworkInterfaces", set+"Attachment.InstanceId", listed...)); !slices.Equal(on, []string{instance}) {
			t.Errorf("attached to %v", on)
		}
		if n := len(texts(p.call("DescribeNetworkInterfaces", set+"PrivateIpSets.PrivateIpSet[].PrivateIpAddress", listed...))); n != 5 {
			t.Errorf("%d IPv4 addresses, want 5", n)
		}
		if n := texts(p.call("DescribeInstances", "Instances.Instance[].NetworkInterfaces.NetworkInterface[].NetworkInterfaceId")); !slices.Equal(n, []string{id}) {
			t.Errorf("the instance has %v", n)
		}

		p.call("UnassignPrivateIpAddresses", "", "NetworkInterfaceId", id, "PrivateIpAddress.1", v4[0], "PrivateIpAddress.2", v4[1])
		p.call("UnassignPrivateIpAddresses", "", "NetworkInterfaceId", id, "Ipv4Prefix.1", prefixes[0])
		p.call("UnassignIpv6Addresses", "", "NetworkInterfaceId", id, "Ipv6Address.1", v6[0], "Ipv6Address.2", v6[1])
		p.call("DetachNetworkInterface", "", "NetworkInterfaceId", id, "InstanceId", instance)
		p.call("DeleteNetworkInterface", "", "NetworkInterfaceId", id)
		if n := p.call("DescribeNetworkInterfaces", "TotalCount"); n != float64(0) {
			t.Errorf("%v interfaces are left", n)
		}
	}
}

func TestWhatIsCreated(t *testing.T) {
	s := scene()
	s.Cloud.PutSubnet(enitest.Subnet{
		ID: "vsw-1", VPCID: "vpc-1", Zone: "cn-hangzhou-b", IPv4: netip.MustParsePrefix("10.0.0.0/22"), IPv6: netip.MustParsePrefix("2001:db8::/64"),
	})
	usual := ask(t, s, "CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "SecondaryPrivateIpAddressCount", "49")
	i, _ := s.Cloud.Get(fmt.Sprint(usual["NetworkInterfaceId"]))
	if usual["Type"] != "Secondary" || len(i.Addresses) != 50 {
		t.Errorf("answer = %v", usual)
	}
	s.Cloud.Delete(i.ID)
	a := ask(t, s, "CreateNetworkInterface", "VSwitchId", "vsw-1", "SecurityGroupIds.1", "sg-1", "SecurityGroupIds.2", "sg-2", "InstanceType", "Trunk",
		"PrimaryIpAddress", "10.0.0.50", "PrivateIpAddress.1", "10.0.0.51", "Ipv6Address.1", "2001:db8::50", "Ipv4Prefix.1", "10.0.1.0/28",
		"Ipv6PrefixCount", "1", "Description", "of the test", "ResourceGroupId", "rg-1")
	if a["Type"] != "Trunk" || a["PrivateIpAddress"] != "10.0.0.50" || a["VpcId"] != "vpc-1" || a["ZoneId"] != "cn-hangzhou-b" ||
		a["Description"] != "of the test" || a["ResourceGroupId"] != "rg-1" || a["Status"] != "Available" || a["Attachment"] != nil {
		t.Errorf("answer = %v", a)
	}
	i, _ = s.Cloud.Get(fmt.Sprint(a["NetworkInterfaceId"]))
	if got := fmt.Sprint(i.Addresses); got != "[{10.0.0.50 true} {10.0.0.51 false} {2001:db8::50 false}]" || len(i.Prefixes) != 2 || len(i.SecurityGroupIDs) != 2 {
		t.Errorf("created %+v", i)
	}
	if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", "ResourceGroupId", "rg-2")); got != "eni-a eni-b eni-c" {
		t.Errorf("in another group or in none: %s", got)
	}
	if tags := ask(t, s, "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", i.ID)["Tags"]; fmt.Sprint(tags) != "map[Tag:[]]" {
		t.Errorf("tags = %v; the resource group is none", tags)
	}
}

// A program that lost the answer asks again with its token.
func TestClientTokens(t *testing.T) {
	s := scene()
	s.Cloud.Inject(enitest.Create, enitest.Fault{Reset: true, After: true})
	create := []string{"VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "ClientToken", "t"}
	func() {
		defer func() { _ = recover() }() // the connection breaks
		ask(t, s, "CreateNetworkInterface", create...)
	}()
	first, second := ask(t, s, "CreateNetworkInterface", create...), ask(t, s, "CreateNetworkInterface", create...)
	if first["NetworkInterfaceId"] == nil || first["NetworkInterfaceId"] != second["NetworkInterfaceId"] || len(s.Cloud.Interfaces()) != 4 {
		t.Errorf("created %v and %v of %d", first["NetworkInterfaceId"], second["NetworkInterfaceId"], len(s.Cloud.Interfaces()))
	}
	if a := ask(t, s, "CreateNetworkInterface", append(create, "Description", "another")...); a["Code"] != "IdempotentParameterMismatch" {
		t.Errorf("answer = %v", a)
	}
	assign := []string{"NetworkInterfaceId", "eni-b", "SecondaryPrivateIpAddressCount", "1", "ClientToken", "t"}
	one, two := ask(t, s, "AssignPrivateIpAddresses", assign...), ask(t, s, "AssignPrivateIpAddresses", assign...)
	if got := fmt.Sprint(one["AssignedPrivateIpAddressesSet"]); got != fmt.Sprint(two["AssignedPrivateIpAddressesSet"]) || !strings.Contains(got, "10.") {
		t.Errorf("assigned %v and %v", one, two)
	}
}

func TestSetUpsThatAreRefused(t *testing.T) {
	create := func(more ...string) []string {
		return append([]string{"VSwitchId", "vsw-1", "SecurityGroupId", "sg-1"}, more...)
	}
	assign := func(more ...string) []string { return append([]string{"NetworkInterfaceId", "eni-b"}, more...) }
	tag := func(more ...string) []string {
		return append([]string{"ResourceType", "eni", "ResourceId.1", "eni-a", "Tag.1.Key", "a"}, more...)
	}
	for _, test := range []struct {
		action     string
		parameters []string
		want       string
	}{
		{"CreateNetworkInterface", []string{"SecurityGroupId", "sg-1"}, "MissingParameter"},
		{"CreateNetworkInterface", []string{"VSwitchId", "vsw-1"}, "MissingParameter"},
		{"CreateNetworkInterface", []string{"VSwitchId", "vsw-9", "SecurityGroupId", "sg-1"}, "InvalidVSwitchId.NotFound"},
		{"CreateNetworkInterface", create("SecurityGroupIds.1", "sg-2"), "InvalidParameter.Conflict"},
		{"CreateNetworkInterface", create("InstanceType", "Primary"), "InvalidParameter"},
		{"CreateNetworkInterface", create("PrimaryIpAddress", "2001:db8::1"), "InvalidParameter"},
		{"CreateNetworkInterface", create("PrimaryIpAddress", "10.0.0.1"), "InvalidPrivateIpAddress.Duplicated"},
		{"CreateNetworkInterface", create("PrimaryIpAddress", "10.9.0.1"), "InvalidVSwitchId.IpInvalid"},
		{"CreateNetworkInterface", create("SecondaryPrivateIpAddressCount", "50"), "InvalidParameter"},
		{"CreateNetworkInterface", create("SecondaryPrivateIpAddressCount", "two"), "InvalidParameter"},
		{"CreateNetworkInterface", create("SecondaryPrivateIpAddressCount", "1", "PrivateIpAddress.1", "10.0.0.9"), "InvalidParameter.Conflict"},
		{"CreateNetworkInterface", create("Ipv6AddressCount", "1"), "InvalidVSwitchId.IpNotEnough"},
		{"CreateNetworkInterface", create("Tag.1.Key", "a", "Tag.2.Key", "a"), "Duplicate.TagKey"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-c"}, "MissingParameter"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-c", "InstanceId", "i-9"}, "InvalidEcsId.NotFound"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-9", "InstanceId", "i-1"}, "InvalidEniId.NotFound"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-b", "InstanceId", "i-1"}, "InvalidOperation.InvalidEniState"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-a", "InstanceId", "i-1"}, "InvalidOperation.InvalidEniType"},
		{"AttachNetworkInterface", []string{"NetworkInterfaceId", "eni-c", "InstanceId", "i-1", "TrunkNetworkInstanceId", "eni-b"}, "InvalidParameter.EniNotBelongTrunk"},
		{"AssignPrivateIpAddresses", []string{"PrivateIpAddress.1", "10.0.0.9"}, "MissingParameter"},
		{"AssignPrivateIpAddresses", assign(), "MissingParameter"},
		{"AssignPrivateIpAddresses", assign("PrivateIpAddress.1", "10.0.0.9", "Ipv4PrefixCount", "1"), "InvalidParameter.Conflict"},
		{"AssignPrivateIpAddresses", assign("PrivateIpAddress.1", "10.0.0.1"), "InvalidIp.IpAssigned"},
		{"AssignPrivateIpAddresses", assign("PrivateIpAddress.1", "10.0.0.9", "PrivateIpAddress.2", "10.0.0.9"), "InvalidIp.IpRepeated"},
		{"AssignPrivateIpAddresses", assign("Ipv4Prefix.1", "10.0.0.9/28"), "InvalidIp.IpPrefixNotStrict"},
		{"AssignIpv6Addresses", assign("Ipv6AddressCount", "0"), "InvalidParameter"},
		{"DescribeInstances", []string{"InstanceIds", "i-1"}, "InvalidParameter"},
		{"DescribeInstances", []string{"InstanceIds", "[]"}, "InvalidParameter"},
		{"TagResources", tag("ResourceType", "disk"), "InvalidParameter"},
		{"TagResources", tag("ResourceId.2", "eni-9"), "InvalidResourceId.NotFound"},
		{"TagResources", []string{"ResourceType", "eni", "ResourceId.1", "eni-a"}, "MissingParameter"},
	} {
		s := scene()
		s.Cloud.PutSubnet(
			enitest.Subnet{ID: "vsw-1", VPCID: "vpc-1", IPv4: netip.MustParsePrefix("10.0.0.0/22")},
			enitest.Subnet{ID: "vsw-2", VPCID: "vpc-1", IPv4: netip.MustParsePrefix("10.0.0.0/22")},
			enitest.Subnet{ID: "vsw-3", VPCID: "vpc-2", IPv4: netip.MustParsePrefix("10.0.0.0/22")},
		)
		before := s.Cloud.Interfaces()
		if a := ask(t, s, test.action, test.parameters...); a["Code"] != test.want {
			t.Errorf("%s %v: %v, want %s", test.action, test.parameters, a, test.want)
		}
		if fmt.Sprint(s.Cloud.Interfaces()) != fmt.Sprint(before) {
			t.Errorf("%s %v has changed the cloud", test.action, test.parameters)
		}
	}
}

func TestInstances(t *testing.T) {
	s := scene()
	s.Cloud.PutInstance(enitest.Instance{ID: "i-3", State: enitest.InstanceStopped, Zone: "b", SubnetID: "vsw-9"})
	for _, test := range []struct {
		filter []string
		want   string
	}{
		{nil, "i-1 i-2 i-3"},
		{[]string{"InstanceIds", `["i-3","i-9","i-1","i-3"]`}, "i-3 i-1"},
		{[]string{"VpcId", "vpc-1"}, "i-1 i-2"},
		{[]string{"VSwitchId", "vsw-9"}, "i-3"},
		{[]string{"ZoneId", "b"}, "i-3"},
		{[]string{"Status", "Stopped"}, "i-3"},
		{[]string{"Status", "Running"}, "i-1 i-2"},
		{[]string{"PageNumber", "2", "PageSize", "2"}, "i-3"},
	} {
		found := find(ask(t, s, "DescribeInstances", test.filter...), []string{"Instances", "Instance[]", "InstanceId"})
		if got := strings.Join(texts(found), " "); got != test.want {
			t.Errorf("%v: %q, want %q", test.filter, got, test.want)
		}
	}
	a := ask(t, s, "DescribeInstances", "InstanceIds", `["i-1"]`)
	if on := find(a, []string{"Instances", "Instance[]", "NetworkInterfaces", "NetworkInterface[]", "NetworkInterfaceId"}); fmt.Sprint(on) != "[eni-a]" {
		t.Errorf("the instance has %v", on)
	}
	if own := find(a, []string{"Instances", "Instance[]", "VpcAttributes", "PrivateIpAddress", "IpAddress[]"}); fmt.Sprint(own) != "[10.0.0.1]" {
		t.Errorf("the instance's own address is %v", own)
	}
}

// Every region has the server's own endpoint: no program goes from here to the real cloud.
func TestRegions(t *testing.T) {
	s := scene()
	usual := texts(find(ask(t, s, "DescribeRegions"), []string{"Regions", "Region[]", "RegionId"}))
	s.Region = "test-1"
	body := ask(t, s, "DescribeRegions", "RegionId", "anywhere")
	regions := texts(find(body, []string{"Regions", "Region[]", "RegionId"}))
	if !slices.Equal(regions, append(usual, "test-1")) {
		t.Errorf("regions = %v, and %v in one of them", regions, usual)
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(regions))); len(sorted) < 20 || len(sorted) != len(regions) {
		t.Errorf("regions = %v", regions)
	}
	for _, endpoint := range find(body, []string{"Regions", "Region[]", "RegionEndpoint"}) {
		if endpoint != "ecs.invalid" {
			t.Errorf("endpoint = %v", endpoint)
		}
	}
	for region, want := range map[string]string{"test-1": "eni-a eni-b eni-c", "cn-beijing": ""} {
		if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", "RegionId", region)); got != want {
			t.Errorf("in %s there are %q, want %q", region, got, want)
		}
	}
}

// What the set-up answers has every field of the vendor's models.
func TestEveryFieldOfTheSetUp(t *testing.T) {
	answers := make(map[string]map[string]any)
	for action, parameters := range map[string][]string{
		"CreateNetworkInterface":   {"VSwitchId", "vsw-1", "SecurityGroupId", "sg-1", "Ipv6AddressCount", "1", "Ipv4PrefixCount", "1", "Tag.1.Key", "a"},
		"AssignPrivateIpAddresses": {"NetworkInterfaceId", "eni-b", "SecondaryPrivateIpAddressCount", "1"},
		"AssignIpv6Addresses":      {"NetworkInterfaceId", "eni-b", "Ipv6PrefixCount", "1"},
		"DescribeInstances":        nil,
		"DescribeRegions":          nil,
	} {
		answers[action] = ask(t, scene(), action, parameters...)
	}
	checkModels(t, answers)
}

// All that the server has is in the message about what it has not.
func TestActionsThatAreMissing(t *testing.T) {
	message := fmt.Sprint(ask(t, scene(), "RunInstances")["Message"])
	all := map[string]bool{
		"UnassignPrivateIpAddresses": true, "UnassignIpv6Addresses": true, "DetachNetworkInterface": true, "DeleteNetworkInterface": true,
		"DescribeNetworkInterfaces": true, "DescribeNetworkInterfaceAttribute": true, "CreateNetworkInterface": true, "AttachNetworkInterface": true,
		"AssignPrivateIpAddresses": true, "AssignIpv6Addresses": true, "DescribeInstances": true, "DescribeRegions": true, "TagResources": true,
	}
	_, list, _ := strings.Cut(message, "this server does not have RunInstances: it has ")
	if got, want := strings.Split(strings.TrimSuffix(list, "."), ", "), slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
		t.Errorf("message %q; want it to name %v", message, want)
	}
}
