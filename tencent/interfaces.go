// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// readPage adds a page to a description and returns the number of interfaces on all
// pages.
func (a *answer) readPage(response reply.Fields, all *reply.Description) (total int, err error) {
	total, ok := response.Count("TotalCount")
	if !ok {
		response.Fail("no TotalCount")
	}
	page := response.List("NetworkInterfaceSet")
	if err := response.Err(); err != nil {
		return 0, err
	}
	return total, all.Add(a.Reply, a.requestID, page, "NetworkInterfaceId", readInterface)
}

// readInterface reads an interface. Addresses must be fully readable, because a missing
// one would count as released.
func readInterface(f reply.Fields) eni.Interface {
	i := eni.Interface{
		Type:       eni.TypeSecondary,
		State:      eni.InterfaceState(strings.ToLower(f.Text("State"))),
		InstanceID: f.Object("Attachment").Text("InstanceId"),
		VPCID:      f.Text("VpcId"),
	}
	readDetails(f, &i)
	if f.Truth("Primary") {
		i.Type = eni.TypePrimary
	}
	switch {
	case i.State == "":
		f.Fail("no state")
	case i.State == eni.StateAvailable && i.InstanceID != "":
		i.State = eni.StateInUse // the cloud has no such state
	}
	for _, a := range f.List("PrivateIpAddressSet") {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr4("PrivateIpAddress"), Primary: a.Truth("Primary")})
	}
	for _, a := range f.List("Ipv6AddressSet") {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr6("Address"), Primary: a.Truth("Primary")})
	}
	return i
}

// readDetails reads the fields that are not about addresses. The tags and the manager
// must be readable, because they protect an interface from deletion; the others are
// informational. The time of creation has no zone, so it is not used.
func readDetails(f reply.Fields, i *eni.Interface) {
	i.Name, i.Description, i.MAC = f.Shown("NetworkInterfaceName"), f.Shown("NetworkInterfaceDescription"), f.Shown("MacAddress")
	i.SubnetID, i.Zone = f.Text("SubnetId"), f.Shown("Zone")
	i.SecurityGroupIDs = f.Texts("GroupSet")
	for _, tag := range f.List("TagSet") {
		if i.Tags == nil {
			i.Tags = make(map[string]string)
		}
		i.Tags[tag.Text("Key")] = tag.Text("Value")
	}
	// The business is the kind of instance: cvm is a virtual machine of the account.
	if business := f.Text("Business"); !strings.EqualFold(business, "cvm") {
		i.Manager = business
	}
}
