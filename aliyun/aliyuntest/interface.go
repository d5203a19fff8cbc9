// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"hash/fnv"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// ownerID is the id of the account.
const ownerID = "1000000000000001"

// ResourceGroupTag is a tag that sets the resource group of an interface. Descriptions
// do not show it among the tags. An interface without it is in the default group of the
// account.
const ResourceGroupTag = "acs:rm:rgId"

// stubPrimary is the described primary address of an interface without IPv4 addresses,
// because every real interface has a primary address.
var stubPrimary = eni.Address{Addr: netip.MustParseAddr("192.0.2.1"), Primary: true}

// describe writes an interface in the format of the vendor, without what is unknown.
func (d *dialect) describe(i *eni.Interface) map[string]any {
	device := 0
	if i.InstanceID != "" && i.Type != eni.TypePrimary {
		device = 1
	}
	object := map[string]any{
		"NetworkInterfaceId":   i.ID,
		"NetworkInterfaceName": i.Name,
		"Description":          i.Description,
		"Type":                 vendorType(i.Type),
		"Status":               vendorState(i.State),
		"InstanceId":           i.InstanceID,
		"VpcId":                i.VPCID,
		"VSwitchId":            i.SubnetID,
		"ZoneId":               i.Zone,
		"MacAddress":           i.MAC,
		"OwnerId":              ownerID,
		"ResourceGroupId":      i.Tags[ResourceGroupTag],
		"SecurityGroupIds":     map[string]any{"SecurityGroupId": append([]string{}, i.SecurityGroupIDs...)},
		"Tags":                 map[string]any{"Tag": tagSet(i.Tags)},
		"ServiceManaged":       i.Manager != "",
		"ServiceID":            serviceID(i.Manager),
		"QueueNumber":          1,
		"QueuePairNumber":      1,

		"NetworkInterfaceTrafficMode": "Standard",
		"Attachment": map[string]any{
			"InstanceId":                i.InstanceID,
			"TrunkNetworkInterfaceId":   i.TrunkInterfaceID,
			"DeviceIndex":               device,
			"MemberNetworkInterfaceIds": map[string]any{"MemberNetworkInterfaceId": d.members(i)},
		},
	}
	if !i.Created.IsZero() {
		object["CreationTime"] = i.Created.UTC().Format(time.RFC3339)
	}
	addresses(object, i)
	return object
}

// addresses adds the addresses and prefixes of an interface to its description.
func addresses(object map[string]any, i *eni.Interface) {
	private, ipv6, prefix4, prefix6 := []any{}, []any{}, []any{}, []any{}
	all := i.Addresses
	if !slices.ContainsFunc(all, func(a eni.Address) bool { return a.Addr.Is4() }) {
		all = append([]eni.Address{stubPrimary}, all...)
	}
	for _, a := range all {
		if a.Addr.Is6() {
			ipv6 = append(ipv6, map[string]any{"Ipv6Address": a.Addr.String()})
			continue
		}
		if a.Primary {
			object["PrivateIpAddress"] = a.Addr.String()
		}
		private = append(private, map[string]any{"PrivateIpAddress": a.Addr.String(), "Primary": a.Primary})
	}
	for _, p := range i.Prefixes {
		if p.Addr().Is6() {
			prefix6 = append(prefix6, map[string]any{"Ipv6Prefix": p.String()})
		} else {
			prefix4 = append(prefix4, map[string]any{"Ipv4Prefix": p.String()})
		}
	}
	object["PrivateIpSets"] = map[string]any{"PrivateIpSet": private}
	object["Ipv6Sets"] = map[string]any{"Ipv6Set": ipv6}
	object["Ipv4PrefixSets"] = map[string]any{"Ipv4PrefixSet": prefix4}
	object["Ipv6PrefixSets"] = map[string]any{"Ipv6PrefixSet": prefix6}
}

// members returns the member interfaces of a trunk.
func (d *dialect) members(trunk *eni.Interface) []any {
	ids := []any{}
	if trunk.Type != eni.TypeTrunk {
		return ids
	}
	for _, i := range d.cloud.Interfaces() {
		if i.TrunkInterfaceID == trunk.ID {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

func tagSet(tags map[string]string) []any {
	set := []any{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if key == ResourceGroupTag {
			continue
		}
		set = append(set, map[string]any{"TagKey": key, "TagValue": tags[key]})
	}
	return set
}

// serviceID returns the number of a service. If a test names a service by a text, the
// number is derived from the text.
func serviceID(manager string) int64 {
	if manager == "" {
		return 0
	}
	if n, err := strconv.ParseInt(manager, 10, 64); err == nil {
		return n
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(manager)) // never fails
	return int64(hash.Sum32())
}

func vendorState(s eni.InterfaceState) string {
	if s == eni.StateInUse {
		return "InUse"
	}
	return capital(string(s))
}

func vendorType(t eni.InterfaceType) string {
	if t == "" {
		t = eni.TypeSecondary
	}
	return capital(string(t))
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
