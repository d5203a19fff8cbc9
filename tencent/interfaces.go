package tencent

import (
	"fmt"
	"net/netip"
	"strings"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
)

// describeResponse answers DescribeNetworkInterfaces.
type describeResponse struct {
	tchttp.BaseResponse

	Response *describeResult `json:"Response"`

	interfaces []eni.Interface
}

type describeResult struct {
	result

	NetworkInterfaceSet []networkInterface `json:"NetworkInterfaceSet"`
	TotalCount          *uint64            `json:"TotalCount"`
}

type networkInterface struct {
	NetworkInterfaceID  string         `json:"NetworkInterfaceId"`
	VPCID               string         `json:"VpcId"`
	Primary             bool           `json:"Primary"`
	State               string         `json:"State"`
	PrivateIPAddressSet []assignedIPv4 `json:"PrivateIpAddressSet"`
	IPv6AddressSet      []assignedIPv6 `json:"Ipv6AddressSet"`
	Attachment          *attachment    `json:"Attachment"` // null when free
}

type assignedIPv4 struct {
	Address string `json:"PrivateIpAddress"`
	Primary bool   `json:"Primary"`
}

type assignedIPv6 struct {
	Address string `json:"Address"`
	Primary bool   `json:"Primary"`
}

type attachment struct {
	InstanceID string `json:"InstanceId"`
}

func (r *describeResponse) requestID() string {
	if r.Response == nil {
		return ""
	}
	return r.Response.id()
}

func (r *describeResponse) validate(redactor) error {
	if r.Response == nil {
		return (*result)(nil).complete()
	}
	if err := r.Response.complete(); err != nil {
		return err
	}
	if r.Response.TotalCount == nil {
		return unreadable("the reply has no TotalCount, so it does not say what exists")
	}
	r.interfaces = make([]eni.Interface, 0, len(r.Response.NetworkInterfaceSet))
	for i := range r.Response.NetworkInterfaceSet {
		described, err := r.Response.NetworkInterfaceSet[i].describe()
		if err != nil {
			return err
		}
		r.interfaces = append(r.interfaces, described)
	}
	return nil
}

// describe returns an error for what it cannot read in full: an address that is
// left out would count as released.
func (n *networkInterface) describe() (eni.Interface, error) {
	switch {
	case n.NetworkInterfaceID == "" || n.State == "":
		return eni.Interface{}, unreadable("an interface has no id or no state")
	case n.PrivateIPAddressSet == nil && n.IPv6AddressSet == nil:
		return eni.Interface{}, unreadable("an interface has no list of addresses")
	}
	described := eni.Interface{
		ID:        n.NetworkInterfaceID,
		Type:      eni.TypeSecondary,
		State:     eni.InterfaceState(strings.ToLower(n.State)),
		VPCID:     n.VPCID,
		Addresses: make([]eni.Address, 0, len(n.PrivateIPAddressSet)+len(n.IPv6AddressSet)),
	}
	if n.Primary {
		described.Type = eni.TypePrimary
	}
	if n.Attachment != nil {
		described.InstanceID = n.Attachment.InstanceID
	}
	if described.State == eni.StateAvailable && described.InstanceID != "" {
		described.State = eni.StateInUse // the cloud has no state of its own for it
	}
	for _, a := range n.PrivateIPAddressSet {
		addr, err := netip.ParseAddr(a.Address)
		if err != nil || !addr.Is4() {
			return eni.Interface{}, unreadable(fmt.Sprintf("%q is not an IPv4 address", a.Address))
		}
		described.Addresses = append(described.Addresses, eni.Address{Addr: addr, Primary: a.Primary})
	}
	for _, a := range n.IPv6AddressSet {
		addr, err := netip.ParseAddr(a.Address)
		if err != nil || !addr.Is6() || addr.Is4In6() || addr.Zone() != "" {
			return eni.Interface{}, unreadable(fmt.Sprintf("%q is not an IPv6 address", a.Address))
		}
		described.Addresses = append(described.Addresses, eni.Address{Addr: addr, Primary: a.Primary})
	}
	return described, nil
}
