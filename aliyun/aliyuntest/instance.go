// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"encoding/json"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

var _ wire.Builder = (*dialect)(nil)

// readDescribeInstances reads a description of instances. The ids are a JSON list.
func readDescribeInstances(q *request, d *dialect) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.DescribeInstances}
	if text := q.form.Get("InstanceIds"); text != "" {
		if err := json.Unmarshal([]byte(text), &call.InstanceIDs); err != nil || len(call.InstanceIDs) == 0 || len(call.InstanceIDs) > maxInterfaces {
			return call, invalid("InstanceIds")
		}
		call.InstanceIDs = distinct(call.InstanceIDs)
	}
	for _, name := range instanceFilters {
		if q.form.Has(name) {
			p := invalid(name)
			p.message += " This server does not filter instances by it."
			return call, p
		}
	}
	d.picks = func(i enitest.Instance) bool {
		for name, has := range map[string]string{
			"VpcId": i.VPCID, "VSwitchId": i.SubnetID, "ZoneId": i.Zone, "InstanceName": i.Name, "Status": capital(string(i.State)),
		} {
			if want := q.form.Get(name); want != "" && want != has {
				return false
			}
		}
		return true
	}
	var p *problem
	d.page, p = q.readPage()
	return call, p
}

// instanceFilters has the vendor's filters of instances that the server does not
// support. It refuses them: without the filter, the response would have other instances
// than those asked for.
var instanceFilters = []string{
	"SecurityGroupId", "ResourceGroupId", "Tag.1.Key", "InstanceType", "InstanceTypeFamily", "ImageId", "KeyPairName", "PrivateIpAddresses",
	"InnerIpAddresses", "PublicIpAddresses", "EipAddresses", "RdmaIpAddresses", "Ipv6Address.1", "HpcClusterId", "LockReason", "Filter.1.Key",
}

func (d *dialect) Instances(found []enitest.Instance) enitest.Reply {
	var picked []enitest.Instance
	for _, i := range found {
		if d.picks(i) {
			picked = append(picked, i)
		}
	}
	body := d.page.describe(len(picked))
	set, interfaces := []any{}, d.cloud.Interfaces()
	from, to := d.page.bounds(len(picked))
	for _, i := range picked[from:to] {
		set = append(set, d.instance(i, interfaces))
	}
	body["Instances"] = map[string]any{"Instance": set}
	return d.success(body)
}

// instance writes an instance with its attached interfaces.
func (d *dialect) instance(i enitest.Instance, interfaces []eni.Interface) map[string]any {
	attached, own := []any{}, []any{}
	for n := range interfaces {
		if interfaces[n].InstanceID != i.ID {
			continue
		}
		object := d.describe(&interfaces[n])
		object["PrimaryIpAddress"] = object["PrivateIpAddress"]
		if interfaces[n].Type == eni.TypePrimary {
			own = append(own, object["PrivateIpAddress"])
		}
		attached = append(attached, models["DescribeInstances"].member("Instances", "Instance", "NetworkInterfaces", "NetworkInterface").only(object))
	}
	return map[string]any{
		"InstanceId":          i.ID,
		"InstanceName":        i.Name,
		"RegionId":            d.region,
		"ZoneId":              i.Zone,
		"Status":              capital(string(i.State)),
		"InstanceType":        "ecs.g7.xlarge",
		"InstanceTypeFamily":  "ecs.g7",
		"InstanceNetworkType": "vpc",
		"InstanceChargeType":  "PostPaid",
		"Cpu":                 4,
		"Memory":              16384,
		"NetworkInterfaces":   map[string]any{"NetworkInterface": attached},
		"VpcAttributes": map[string]any{
			"VpcId": i.VPCID, "VSwitchId": i.SubnetID, "PrivateIpAddress": map[string]any{"IpAddress": own},
		},
	}
}

// answerRegions describes the vendor's regions. The endpoint of each is that of the
// server, so that no program continues to the real cloud.
func answerRegions(_ *request, d *dialect) enitest.Reply {
	set := []any{}
	known := false
	add := func(id, name string) {
		known = known || id == d.server.Region
		set = append(set, map[string]any{"RegionId": id, "LocalName": name, "RegionEndpoint": d.host, "Status": "available"})
	}
	for _, r := range regions {
		add(r.id, r.name)
	}
	if !known {
		add(d.server.Region, strings.ToUpper(d.server.Region))
	}
	return d.success(map[string]any{"Regions": map[string]any{"Region": set}})
}
