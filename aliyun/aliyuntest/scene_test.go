// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
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
