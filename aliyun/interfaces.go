// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// inUse is the cloud's name of eni.StateInUse, in lower case. The names of its other
// states are those of package eni.
const inUse = "inuse"

// readPage adds a page to a description. It returns the number of interfaces on all
// pages and the token of the next page.
func (a *answer) readPage(all *reply.Description) (total int, next string, err error) {
	sets := a.Object.Object("NetworkInterfaceSets")
	total, counted := a.Object.Count("TotalCount")
	next = a.Object.Text("NextToken")
	if next == "0" && !a.Object.IsText("NextToken") {
		next = "" // the number 0, not the text, means that there is no token
	}
	if !sets.IsList("NetworkInterfaceSet") && (!counted || total != 0) {
		// An empty set would mean that the interfaces do not exist.
		a.Object.Fail("no set of interfaces")
	}
	page := sets.List("NetworkInterfaceSet")
	if err := a.Object.Err(); err != nil {
		return 0, "", err
	}
	return total, next, all.Add(a.Reply, a.requestID, page, "NetworkInterfaceId", readInterface)
}

// readInterface reads an interface. Addresses must be fully readable, because a missing
// one would count as released.
func readInterface(f reply.Fields) eni.Interface {
	attachment := f.Object("Attachment")
	i := eni.Interface{
		Type:             eni.InterfaceType(strings.ToLower(f.Text("Type"))),
		State:            eni.InterfaceState(strings.ToLower(f.Text("Status"))),
		InstanceID:       f.Text("InstanceId"),
		TrunkInterfaceID: attachment.Text("TrunkNetworkInterfaceId"),
		VPCID:            f.Text("VpcId"),
	}
	if i.State == inUse {
		i.State = eni.StateInUse
	}
	if on := attachment.Text("InstanceId"); i.InstanceID == "" {
		i.InstanceID = on
	}
	readDetails(f, &i)
	i.Addresses = readAddresses(f)
	i.Prefixes = readPrefixes(f)
	return i
}

// readDetails reads the fields that are not about addresses. The tags and the manager
// must be readable, because they protect an interface from deletion; the others are
// informational.
func readDetails(f reply.Fields, i *eni.Interface) {
	i.Name, i.Description, i.MAC = f.Shown("NetworkInterfaceName"), f.Shown("Description"), f.Shown("MacAddress")
	i.SubnetID, i.Zone = f.Text("VSwitchId"), f.Shown("ZoneId")
	i.SecurityGroupIDs = f.Object("SecurityGroupIds").Texts("SecurityGroupId")
	for _, tag := range f.Object("Tags").List("Tag") {
		if i.Tags == nil {
			i.Tags = make(map[string]string)
		}
		i.Tags[cmp.Or(tag.Text("TagKey"), tag.Text("Key"))] = cmp.Or(tag.Text("TagValue"), tag.Text("Value"))
	}
	if f.Truth("ServiceManaged") {
		i.Manager = cmp.Or(f.Text("ServiceID"), "a service of the cloud")
	}
	i.Created, _ = time.Parse(time.RFC3339, f.Shown("CreationTime")) //nolint:errcheck // without a time it is unknown
}

func readAddresses(f reply.Fields) []eni.Address {
	var list []eni.Address
	for _, set := range f.Object("PrivateIpSets").List("PrivateIpSet") {
		list = append(list, eni.Address{Addr: set.Addr4("PrivateIpAddress"), Primary: set.Truth("Primary")})
	}
	if f.Text("PrivateIpAddress") != "" {
		addr := f.Addr4("PrivateIpAddress")
		// The set normally has it too, marked as primary. If either is missing, the
		// address must still not count as a secondary one.
		at := slices.IndexFunc(list, func(a eni.Address) bool { return a.Addr == addr })
		if at < 0 {
			list = append(list, eni.Address{Addr: addr})
			at = len(list) - 1
		}
		list[at].Primary = true
	}
	for _, set := range f.Object("Ipv6Sets").List("Ipv6Set") {
		list = append(list, eni.Address{Addr: set.Addr6("Ipv6Address")})
	}
	return list
}

func readPrefixes(f reply.Fields) []netip.Prefix {
	var list []netip.Prefix
	for _, set := range f.Object("Ipv4PrefixSets").List("Ipv4PrefixSet") {
		list = append(list, set.Prefix("Ipv4Prefix"))
	}
	for _, set := range f.Object("Ipv6PrefixSets").List("Ipv6PrefixSet") {
		list = append(list, set.Prefix("Ipv6Prefix"))
	}
	return list
}
