// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The instances and the regions are the CVM service's, which has the same version.
func TestInstancesAndRegions(t *testing.T) {
	eachScheme(t, func(t *testing.T, d scheme) {
		s := tencenttest.NewServer(new(enitest.Cloud))
		s.Cloud.PutInstance(
			enitest.Instance{ID: "ins-1", Name: "one", VPCID: "vpc-1", SubnetID: "subnet-1", Zone: "ap-guangzhou-3"},
			enitest.Instance{ID: "ins-2", State: enitest.InstanceStopped},
			enitest.Instance{ID: "ins-3"},
		)
		p := newProgram(t, s, d)
		for _, test := range []struct {
			parameters object
			want       string
			total      string
		}{
			{object{}, "ins-1 ins-2 ins-3", "3"},
			{object{"InstanceIds": []string{"ins-2", "ins-9"}}, "ins-2", "1"},
			{object{"Filters": []object{{"Name": "vpc-id", "Values": []string{"vpc-1"}}}}, "ins-1", "1"},
			{object{"Filters": []object{{"Name": "instance-state", "Values": []string{"STOPPED"}}}}, "ins-2", "1"},
			{object{"Offset": 1, "Limit": 1}, "ins-2", "3"},
		} {
			answer, code := p.send("cvm", "DescribeInstances", test.parameters)
			if code != "" {
				t.Fatalf("%v: %s", test.parameters, code)
			}
			var ids []string
			for _, i := range at(answer, "InstanceSet").([]any) { //nolint:forcetypeassert // a test that panics fails
				ids = append(ids, text(i, "InstanceId"))
			}
			if got := strings.Join(ids, " "); got != test.want || text(answer, "TotalCount") != test.total {
				t.Errorf("%v: got %s of %v", test.parameters, got, answer["TotalCount"])
			}
		}
		one, _ := p.send("cvm", "DescribeInstances", object{"InstanceIds": []string{"ins-1"}})
		if i := at(one, "InstanceSet", 0); text(i, "InstanceState") != "RUNNING" || text(i, "Placement", "Zone") != "ap-guangzhou-3" || text(i, "VirtualPrivateCloud", "SubnetId") != "subnet-1" {
			t.Errorf("%v", i)
		}
		s.Region = "" // it is not needed
		regions, code := newProgram(t, s, d).send("cvm", "DescribeRegions", object{})
		s.Region = "ap-guangzhou"
		if code != "" {
			t.Fatal(code)
		}
		var ids []string
		for _, r := range at(regions, "RegionSet").([]any) { //nolint:forcetypeassert // as above
			ids = append(ids, text(r, "Region"))
		}
		if !slices.Contains(ids, s.Region) || text(regions, "TotalCount") != strconv.Itoa(len(ids)) {
			t.Errorf("%v", regions)
		}
	})
}

// An instance is written with every field that the vendor's models do not mark as
// nullable.
func TestInstanceFields(t *testing.T) {
	s := tencenttest.NewServer(new(enitest.Cloud))
	s.Cloud.PutInstance(enitest.Instance{ID: "ins-1", Name: "one", VPCID: "vpc-1", SubnetID: "subnet-1", Zone: "ap-guangzhou-3"})
	answer, _ := newProgram(t, s, schemes[0]).send("cvm", "DescribeInstances", object{})
	const want = `{"CPU":2,"CreatedTime":"2024-01-01T00:00:00Z","DataDisks":[],"DefaultLoginPort":22,"DefaultLoginUser":"root",` +
		`"DisableApiTermination":false,"ExpiredTime":null,"ImageId":"img-00000000","InstanceChargeType":"POSTPAID_BY_HOUR","InstanceId":"ins-1",` +
		`"InstanceName":"one","InstanceState":"RUNNING","InstanceType":"S5.MEDIUM4",` +
		`"InternetAccessible":{"BandwidthPackageId":"","InternetChargeType":"TRAFFIC_POSTPAID_BY_HOUR","InternetMaxBandwidthOut":0,"PublicIpAssigned":false},` +
		`"LicenseType":"TencentCloud","LoginSettings":{},"Memory":4,"OsName":"","Placement":{"HostId":"","HostIds":[],"ProjectId":0,"Zone":"ap-guangzhou-3"},` +
		`"PrivateIpAddresses":[],"PublicIpAddresses":[],"RenewFlag":null,"RestrictState":"NORMAL","SecurityGroupIds":[],"StopChargingMode":"NOT_APPLICABLE",` +
		`"SystemDisk":{"DiskId":"","DiskSize":50,"DiskType":"CLOUD_PREMIUM"},"Tags":[],"Uuid":"",` +
		`"VirtualPrivateCloud":{"AsVpcGateway":false,"Ipv6AddressCount":0,"PrivateIpAddresses":[],"SubnetId":"subnet-1","VpcId":"vpc-1"}}`
	if got := asJSON(t, at(answer, "InstanceSet", 0)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestInstancesRefused(t *testing.T) {
	s := tencenttest.NewServer(new(enitest.Cloud))
	p := newProgram(t, s, schemes[0])
	for _, test := range []struct {
		parameters object
		code       string
	}{
		{object{"InstanceIds": []string{"ins-1"}, "Filters": []object{{"Name": "vpc-id", "Values": []string{"vpc-1"}}}}, "InvalidParameter"},
		{object{"InstanceIds": []string{"ins 1"}}, "InvalidInstanceId.Malformed"},
		{object{"InstanceIds": make([]string, 101)}, "InvalidParameterValue.LimitExceeded"},
		{object{"Filters": []object{{"Name": "color", "Values": []string{"red"}}}}, "InvalidFilter"},
		{object{"Filters": []object{{"Name": "vpc-id", "Values": make([]string, 6)}}}, "InvalidFilterValue.LimitExceeded"},
		{object{"Limit": 101}, "InvalidParameterValue.LimitExceeded"},
		{object{"Limits": 1}, "UnknownParameter"},
	} {
		if _, code := p.send("cvm", "DescribeInstances", test.parameters); code != test.code {
			t.Errorf("%v: got %s, want %s", test.parameters, code, test.code)
		}
	}
	if _, code := p.send("vpc", "DescribeInstances", object{}); code != "InvalidAction" {
		t.Errorf("of the VPC service: %q", code)
	}
	if _, code := p.send("cvm", "DescribeRegions", object{"Region": "x"}); code != "UnknownParameter" {
		t.Errorf("a parameter of DescribeRegions: %q", code)
	}
}
