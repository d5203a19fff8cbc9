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
