// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

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
