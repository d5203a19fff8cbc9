// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// networkInterface is an interface as the vendor writes it.
type networkInterface struct {
	NetworkInterfaceID  string `json:"NetworkInterfaceId"`
	Name                string `json:"NetworkInterfaceName"`
	Description         string `json:"NetworkInterfaceDescription"`
	VPCID               string `json:"VpcId"`
	SubnetID            string `json:"SubnetId"`
	Zone                string
	GroupSet            []string
	MACAddress          string `json:"MacAddress"`
	CreatedTime         string
	Business            string
	Primary             bool
	State               string
	PrivateIPAddressSet []privateAddress `json:"PrivateIpAddressSet"`
	IPv6AddressSet      []ipv6Address    `json:"Ipv6AddressSet"`
	Attachment          *attachment
	EniType             int
	TagSet              []tag
}

type tag struct{ Key, Value string }

type privateAddress struct {
	PrivateIPAddress string `json:"PrivateIpAddress"`
	Primary          bool
	State            string
}

type ipv6Address struct {
	Address string
	Primary bool
	State   string
}

type attachment struct {
	InstanceID  string `json:"InstanceId"`
	DeviceIndex int
}

// write describes an interface. The vendor has no state for one in use: it is
// AVAILABLE, with an Attachment.
func write(i *eni.Interface) networkInterface {
	n := networkInterface{
		NetworkInterfaceID:  i.ID,
		VPCID:               i.VPCID,
		Primary:             i.Type == eni.TypePrimary,
		State:               strings.ToUpper(string(i.State)),
		PrivateIPAddressSet: []privateAddress{},
		IPv6AddressSet:      []ipv6Address{},
		TagSet:              []tag{},
		Name:                i.Name,
		Description:         i.Description,
		SubnetID:            i.SubnetID,
		Zone:                i.Zone,
		GroupSet:            append([]string{}, i.SecurityGroupIDs...),
		MACAddress:          i.MAC,
		Business:            i.Manager,
	}
	for _, key := range slices.Sorted(maps.Keys(i.Tags)) {
		n.TagSet = append(n.TagSet, tag{key, i.Tags[key]})
	}
	if !i.Created.IsZero() {
		n.CreatedTime = i.Created.Format(time.DateTime)
	}
	if i.State == eni.StateInUse {
		n.State = "AVAILABLE"
	}
	if i.InstanceID != "" {
		n.Attachment = &attachment{InstanceID: i.InstanceID}
		if i.Type != eni.TypePrimary {
			n.Attachment.DeviceIndex = 1
		}
	}
	for _, a := range withPrimary(i.Addresses) {
		if a.Addr.Is4() {
			n.PrivateIPAddressSet = append(n.PrivateIPAddressSet, privateAddress{a.Addr.String(), a.Primary, "AVAILABLE"})
		} else {
			n.IPv6AddressSet = append(n.IPv6AddressSet, ipv6Address{a.Addr.String(), a.Primary, "AVAILABLE"})
		}
	}
	return n
}

// withPrimary adds a primary address where there is no IPv4 address: the real cloud
// has no interface without one.
func withPrimary(addresses []eni.Address) []eni.Address {
	if slices.ContainsFunc(addresses, func(a eni.Address) bool { return a.Addr.Is4() }) {
		return addresses
	}
	return append([]eni.Address{{Addr: netip.MustParseAddr("192.0.2.1"), Primary: true}}, addresses...)
}
