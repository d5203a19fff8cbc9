// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

type describeInstances struct {
	InstanceIDs []string `json:"InstanceIds"`
	Filters     []filter
	Offset      int
	Limit       *int
}

// maxInstanceValues is the maximum number of values of a filter of instances.
const maxInstanceValues = 5

// instanceFilters has the vendor's filters of instances whose field an instance of the
// cloud has.
var instanceFilters = map[string]func(*enitest.Instance) string{
	"instance-id":    func(i *enitest.Instance) string { return i.ID },
	"instance-name":  func(i *enitest.Instance) string { return i.Name },
	"instance-state": func(i *enitest.Instance) string { return strings.ToUpper(string(i.State)) },
	"vpc-id":         func(i *enitest.Instance) string { return i.VPCID },
	"subnet-id":      func(i *enitest.Instance) string { return i.SubnetID },
	"zone":           func(i *enitest.Instance) string { return i.Zone },
}

func (d *dialect) readInstances(p parameters) *failure {
	var q describeInstances
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action, d.call.InstanceIDs = enitest.DescribeInstances, q.InstanceIDs
	d.offset, d.limit = q.Offset, defaultLimit
	if q.Limit != nil {
		d.limit = *q.Limit
	}
	switch {
	case len(q.Filters) > 0 && len(q.InstanceIDs) > 0:
		return &failure{"InvalidParameter", "`InstanceIds` and `Filters` cannot be given together."}
	case len(q.InstanceIDs) > maxInterfaces:
		return tooMany("InstanceIds", maxInterfaces)
	case len(q.Filters) > maxFilters:
		return &failure{"InvalidFilter", fmt.Sprintf("`Filters` takes at most %d values.", maxFilters)}
	case d.offset < 0, d.limit < 1, d.limit > maxInterfaces:
		return &failure{"InvalidParameterValue.LimitExceeded", fmt.Sprintf("`Limit` is from 1 to %d, and `Offset` not negative.", maxInterfaces)}
	}
	for _, id := range q.InstanceIDs {
		if !instanceID.MatchString(id) {
			return &failure{"InvalidInstanceId.Malformed", fmt.Sprintf("The instance id %q is malformed.", id)}
		}
	}
	for _, f := range q.Filters {
		field, ok := instanceFilters[f.Name]
		switch {
		case !ok:
			return &failure{"InvalidFilter", fmt.Sprintf("The filter %q is not valid.", f.Name)}
		case len(f.Values) > maxInstanceValues:
			return &failure{"InvalidFilterValue.LimitExceeded", fmt.Sprintf("A filter takes at most %d values.", maxInstanceValues)}
		}
		d.allows = append(d.allows, func(i *enitest.Instance) bool { return slices.Contains(f.Values, field(i)) })
	}
	return nil
}

// instance is an instance in the format of the vendor, with every field that the
// vendor's models do not mark as nullable. The fields about disks, images and prices are
// the same for all instances. RenewFlag and ExpiredTime are null for an instance that is
// paid by the hour.
type instance struct {
	Placement             placement
	InstanceID            string `json:"InstanceId"`
	InstanceType          string
	CPU, Memory           int
	RestrictState         string
	InstanceName          string
	InstanceChargeType    string
	SystemDisk            systemDisk
	DataDisks             []string
	PrivateIPAddresses    []string `json:"PrivateIpAddresses"`
	PublicIPAddresses     []string `json:"PublicIpAddresses"`
	InternetAccessible    internetAccessible
	VirtualPrivateCloud   virtualPrivateCloud
	ImageID               string `json:"ImageId"`
	RenewFlag             *string
	CreatedTime           string
	ExpiredTime           *string
	OsName                string
	SecurityGroupIDs      []string `json:"SecurityGroupIds"`
	LoginSettings         struct{}
	InstanceState         string
	Tags                  []tag
	StopChargingMode      string
	UUID                  string `json:"Uuid"`
	LicenseType           string
	DisableAPITermination bool `json:"DisableApiTermination"`
	DefaultLoginUser      string
	DefaultLoginPort      int
}

type placement struct {
	Zone      string
	ProjectID int      `json:"ProjectId"`
	HostIDs   []string `json:"HostIds"`
	HostID    string   `json:"HostId"`
}

type systemDisk struct {
	DiskType string
	DiskID   string `json:"DiskId"`
	DiskSize int
}

type internetAccessible struct {
	InternetChargeType      string
	InternetMaxBandwidthOut int
	PublicIPAssigned        bool   `json:"PublicIpAssigned"`
	BandwidthPackageID      string `json:"BandwidthPackageId"`
}

type virtualPrivateCloud struct {
	VPCID              string   `json:"VpcId"`
	SubnetID           string   `json:"SubnetId"`
	AsVPCGateway       bool     `json:"AsVpcGateway"`
	PrivateIPAddresses []string `json:"PrivateIpAddresses"`
	IPv6AddressCount   int      `json:"Ipv6AddressCount"`
}

// Instances answers with the existing instances: the vendor omits the others.
func (d *dialect) Instances(found []enitest.Instance) enitest.Reply {
	found = slices.DeleteFunc(found, func(i enitest.Instance) bool {
		return slices.ContainsFunc(d.allows, func(allow func(*enitest.Instance) bool) bool { return !allow(&i) })
	})
	page := onPage(d, found)
	set := make([]instance, len(page))
	for n, i := range page {
		set[n] = writeInstance(&i)
	}
	return d.reply(0, map[string]any{"InstanceSet": set, "TotalCount": len(found)})
}

func writeInstance(i *enitest.Instance) instance {
	return instance{
		Placement:           placement{Zone: i.Zone, HostIDs: []string{}},
		InstanceID:          i.ID,
		InstanceName:        i.Name,
		InstanceType:        "S5.MEDIUM4",
		CPU:                 2,
		Memory:              4,
		RestrictState:       "NORMAL",
		InstanceChargeType:  "POSTPAID_BY_HOUR",
		SystemDisk:          systemDisk{DiskType: "CLOUD_PREMIUM", DiskSize: 50},
		DataDisks:           []string{},
		PrivateIPAddresses:  []string{},
		PublicIPAddresses:   []string{},
		InternetAccessible:  internetAccessible{InternetChargeType: "TRAFFIC_POSTPAID_BY_HOUR"},
		VirtualPrivateCloud: virtualPrivateCloud{VPCID: i.VPCID, SubnetID: i.SubnetID, PrivateIPAddresses: []string{}},
		ImageID:             "img-00000000",
		CreatedTime:         longAgo.Format(time.RFC3339),
		SecurityGroupIDs:    []string{},
		InstanceState:       strings.ToUpper(string(i.State)),
		Tags:                []tag{},
		StopChargingMode:    "NOT_APPLICABLE",
		LicenseType:         "TencentCloud",
		DefaultLoginUser:    "root",
		DefaultLoginPort:    22,
	}
}
