// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// readPage adds a page to a description, and returns how many interfaces there are
// on all pages.
func (a *answer) readPage(response reply.Fields, all *reply.Description) (total int, err error) {
	total, ok := response.Count("TotalCount")
	if !ok {
		response.Fail("no TotalCount, so the reply does not say what exists")
	}
	page := response.List("NetworkInterfaceSet")
	if err := response.Err(); err != nil {
		return 0, err
	}
	return total, all.Add(a.Reply, a.requestID, page, "NetworkInterfaceId", readInterface)
}

// readInterface reads what must be readable in full: an address that is left out
// would count as released.
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
		i.State = eni.StateInUse // the cloud has no state of its own for it
	}
	for _, a := range f.List("PrivateIpAddressSet") {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr4("PrivateIpAddress"), Primary: a.Truth("Primary")})
	}
	for _, a := range f.List("Ipv6AddressSet") {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr6("Address"), Primary: a.Truth("Primary")})
	}
	return i
}

// readDetails reads what is not about addresses. The tags and the manager protect an
// interface from being deleted, so they must be readable; the rest is for people.
// The time of creation comes without its zone, so it is left out.
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
	// The business is that of the machine: a virtual machine is the account's own.
	if business := f.Text("Business"); !strings.EqualFold(business, "cvm") {
		i.Manager = business
	}
}
