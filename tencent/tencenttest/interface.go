// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// networkInterface is an interface in the format of the vendor, with every field. An
// unknown field is null if the vendor's models allow it, and else empty.
type networkInterface struct {
	NetworkInterfaceID  string `json:"NetworkInterfaceId"`
	Name                string `json:"NetworkInterfaceName"`
	Description         string `json:"NetworkInterfaceDescription"`
	SubnetID            string `json:"SubnetId"`
	VPCID               string `json:"VpcId"`
	GroupSet            []string
	Primary             bool
	MACAddress          string `json:"MacAddress"`
	State               string
	PrivateIPAddressSet []privateAddress `json:"PrivateIpAddressSet"`
	Attachment          *attachment
	Zone                string
	CreatedTime         string
	IPv6AddressSet      []ipv6Address `json:"Ipv6AddressSet"`
	TagSet              []tag
	EniType             int
	Business            *string
	CdcID               *string `json:"CdcId"`
	AttachType          *int
	ResourceID          *string `json:"ResourceId"`
	QosLevel            string
}

type tag struct{ Key, Value string }

type privateAddress struct {
	PrivateIPAddress string `json:"PrivateIpAddress"`
	Primary          bool
	PublicIPAddress  string `json:"PublicIpAddress"`
	AddressID        string `json:"AddressId"`
	Description      string
	IsWanIPBlocked   bool `json:"IsWanIpBlocked"`
	State            string
	QosLevel         string
}

type ipv6Address struct {
	Address        string
	Primary        bool
	AddressID      string `json:"AddressId"`
	Description    string
	IsWanIPBlocked bool `json:"IsWanIpBlocked"`
	State          string
}

type attachment struct {
	InstanceID        string `json:"InstanceId"`
	DeviceIndex       int
	InstanceAccountID string `json:"InstanceAccountId"`
	AttachTime        string
}

const (
	available       = "AVAILABLE"
	pending         = "PENDING"
	defaultQosLevel = "DEFAULT"
	accountID       = "100000000001"
	businessCVM     = "cvm"
)

// longAgo is the described time of creation of an interface without one.
var longAgo = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// states has the states that the vendor names differently.
var states = map[eni.InterfaceState]string{eni.StateInUse: available, enitest.StateCreating: pending}

// write writes an interface. The vendor has no state for an interface in use: it is
// AVAILABLE and has an Attachment.
func write(i *eni.Interface) networkInterface {
	n := networkInterface{
		NetworkInterfaceID: i.ID,
		Name:               i.Name,
		Description:        i.Description,
		SubnetID:           i.SubnetID,
		VPCID:              i.VPCID,
		GroupSet:           append([]string{}, i.SecurityGroupIDs...),
		Primary:            i.Type == eni.TypePrimary,
		MACAddress:         i.MAC,
		State:              strings.ToUpper(string(i.State)),
		Zone:               i.Zone,
		CreatedTime:        writeTime(i.Created),
		TagSet:             []tag{},
		QosLevel:           defaultQosLevel,
	}
	for _, key := range slices.Sorted(maps.Keys(i.Tags)) {
		n.TagSet = append(n.TagSet, tag{key, i.Tags[key]})
	}
	if state, ok := states[i.State]; ok {
		n.State = state
	}
	if i.InstanceID != "" {
		business, standard := businessCVM, 0
		n.Business, n.AttachType = &business, &standard
		n.Attachment = &attachment{InstanceID: i.InstanceID, InstanceAccountID: accountID, AttachTime: n.CreatedTime}
		if i.Type != eni.TypePrimary {
			n.Attachment.DeviceIndex = 1
		}
	}
	if i.Manager != "" {
		n.Business = &i.Manager
	}
	n.PrivateIPAddressSet, n.IPv6AddressSet = writeAddresses(withPrimary(i.Addresses))
	return n
}

func writeAddresses(addresses []eni.Address) ([]privateAddress, []ipv6Address) {
	v4, v6 := []privateAddress{}, []ipv6Address{}
	for _, a := range addresses {
		if a.Addr.Is4() {
			v4 = append(v4, privateAddress{PrivateIPAddress: a.Addr.String(), Primary: a.Primary, State: available, QosLevel: defaultQosLevel})
		} else {
			v6 = append(v6, ipv6Address{Address: a.Addr.String(), Primary: a.Primary, State: available})
		}
	}
	return v4, v6
}

// writeTime writes a time in the format of the vendor, without a zone.
func writeTime(t time.Time) string {
	if t.IsZero() {
		t = longAgo
	}
	return t.Format(time.DateTime)
}

// withPrimary adds a primary address if there is no IPv4 address, because every real
// interface has one.
func withPrimary(addresses []eni.Address) []eni.Address {
	if slices.ContainsFunc(addresses, func(a eni.Address) bool { return a.Addr.Is4() }) {
		return addresses
	}
	return append([]eni.Address{{Addr: netip.MustParseAddr("192.0.2.1"), Primary: true}}, addresses...)
}
