// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The requests that let a program create its own test data.

type creation struct {
	VPCID              string `json:"VpcId"`
	Name               string `json:"NetworkInterfaceName"`
	SubnetID           string `json:"SubnetId"`
	Description        string `json:"NetworkInterfaceDescription"`
	Count              int    `json:"SecondaryPrivateIpAddressCount"`
	QosLevel           string
	SecurityGroupIDs   []string         `json:"SecurityGroupIds"`
	PrivateIPAddresses []givenPrivateIP `json:"PrivateIpAddresses"`
	Tags               []tag
	TrunkingFlag       string
	ClientToken        string
}

type attaching struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	InstanceID         string `json:"InstanceId"`
	AttachType         int
	ClientToken        string
}

type assignPrivateIPs struct {
	NetworkInterfaceID string           `json:"NetworkInterfaceId"`
	PrivateIPAddresses []givenPrivateIP `json:"PrivateIpAddresses"`
	Count              int              `json:"SecondaryPrivateIpAddressCount"`
	QosLevel           string
	ClientToken        string
}

type assignIPv6 struct {
	NetworkInterfaceID string      `json:"NetworkInterfaceId"`
	IPv6Addresses      []givenIPv6 `json:"Ipv6Addresses"`
	Count              int         `json:"Ipv6AddressCount"`
	ClientToken        string
}

const (
	maxName   = 60  // maximum length of the name and the description of an interface
	maxChosen = 100 // maximum number of addresses that the cloud chooses for one request
)

func (d *dialect) readCreate(p parameters) *failure {
	var q creation
	if f := p.read(&q); f != nil {
		return f
	}
	wanted := eni.Interface{
		VPCID: q.VPCID, SubnetID: q.SubnetID, Name: q.Name, Description: q.Description,
		SecurityGroupIDs: q.SecurityGroupIDs, Type: eni.TypeSecondary,
	}
	switch {
	case q.VPCID == "":
		return missing("VpcId")
	case q.Name == "":
		return missing("NetworkInterfaceName")
	case q.SubnetID == "":
		return missing("SubnetId")
	case len(q.Name) > maxName:
		return &failure{"InvalidParameterValue.TooLong", fmt.Sprintf("`NetworkInterfaceName` takes at most %d bytes.", maxName)}
	case len([]rune(q.Description)) > maxName:
		return &failure{"InvalidParameterValue.TooLong", fmt.Sprintf("`NetworkInterfaceDescription` takes at most %d characters.", maxName)}
	case q.TrunkingFlag == "Enable":
		wanted.Type = eni.TypeTrunk
	case q.TrunkingFlag != "" && q.TrunkingFlag != "Disable":
		return &failure{"InvalidParameterValue", "`TrunkingFlag` is Enable or Disable."}
	}
	for _, t := range q.Tags {
		if _, ok := wanted.Tags[t.Key]; ok {
			return &failure{"InvalidParameterValue.TagDuplicateKey", fmt.Sprintf("The tag %q is given twice.", t.Key)}
		}
		wanted.Tags = withTag(wanted.Tags, t.Key, t.Value)
	}
	d.call.Action = enitest.Create
	if f := d.readGiven("PrivateIpAddresses", privateIPs(q.PrivateIPAddresses), q.Count, netip.Addr.Is4); f != nil {
		return f
	}
	for n, a := range d.call.Addresses {
		wanted.Addresses = append(wanted.Addresses, eni.Address{Addr: a, Primary: q.PrivateIPAddresses[n].Primary})
	}
	d.call.Interface, d.call.Addresses, d.call.Choose.IPv4 = wanted, nil, q.Count
	return d.readToken(q.ClientToken)
}

func (d *dialect) readAttach(p parameters) *failure {
	var q attaching
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action, d.call.InstanceID = enitest.Attach, q.InstanceID
	if f := d.readInterface(q.NetworkInterfaceID); f != nil {
		return f
	}
	switch {
	case q.InstanceID == "":
		return missing("InstanceId")
	case !instanceID.MatchString(q.InstanceID):
		return malformed(q.InstanceID)
	case q.AttachType != 0 && q.AttachType != 1:
		return malformed(fmt.Sprint(q.AttachType))
	}
	return d.readToken(q.ClientToken)
}

func (d *dialect) readAssignPrivateIPs(p parameters) *failure {
	var q assignPrivateIPs
	if f := p.read(&q); f != nil {
		return f
	}
	if slices.ContainsFunc(q.PrivateIPAddresses, func(a givenPrivateIP) bool { return a.Primary }) {
		return &failure{"UnsupportedOperation", "A primary IP cannot be assigned."}
	}
	d.call.Choose.IPv4 = q.Count
	return d.readAssign(q.NetworkInterfaceID, "PrivateIpAddresses", privateIPs(q.PrivateIPAddresses), q.Count, netip.Addr.Is4, q.ClientToken)
}

func (d *dialect) readAssignIPv6(p parameters) *failure {
	var q assignIPv6
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Choose.IPv6 = q.Count
	return d.readAssign(q.NetworkInterfaceID, "Ipv6Addresses", ipv6s(q.IPv6Addresses), q.Count, netip.Addr.Is6, q.ClientToken)
}

func (d *dialect) readAssign(id, parameter string, names []string, count int, family func(netip.Addr) bool, token string) *failure {
	d.call.Action = enitest.Assign
	if f := d.readInterface(id); f != nil {
		return f
	}
	if len(names) == 0 && count == 0 {
		return missing(parameter)
	}
	if f := d.readGiven(parameter, names, count, family); f != nil {
		return f
	}
	return d.readToken(token)
}

// readGiven reads addresses that are named, and the number of addresses to choose.
func (d *dialect) readGiven(parameter string, names []string, count int, family func(netip.Addr) bool) *failure {
	switch {
	case len(names) > maxAddresses:
		return tooMany(parameter, maxAddresses)
	case count < 0:
		return &failure{"InvalidParameterValue.Range", "The number of addresses is negative."}
	case count > maxChosen:
		return &failure{"LimitExceeded", fmt.Sprintf("At most %d addresses are assigned by one request.", maxChosen)}
	}
	return d.readNames(names, family)
}

// Created answers with the new interface, which is PENDING if the creation takes time.
func (d *dialect) Created(i eni.Interface) enitest.Reply {
	return d.reply(0, map[string]any{"NetworkInterface": write(&i)})
}

// Assigned answers with the addresses, also those whose assignment is not complete.
func (d *dialect) Assigned(interfaceID string, assigned []netip.Prefix) enitest.Reply {
	addresses := make([]eni.Address, len(assigned))
	for n, p := range assigned {
		addresses[n] = eni.Address{Addr: p.Addr()}
	}
	v4, v6 := writeAddresses(addresses)
	for n := range v4 {
		v4[n].State = d.stateOf(interfaceID, v4[n].PrivateIPAddress)
	}
	for n := range v6 {
		v6[n].State = d.stateOf(interfaceID, v6[n].Address)
	}
	if d.action == "AssignIpv6Addresses" {
		return d.reply(0, map[string]any{"Ipv6AddressSet": v6})
	}
	return d.reply(0, map[string]any{"PrivateIpAddressSet": v4})
}

// stateOf returns the state of an address that was just assigned.
func (d *dialect) stateOf(interfaceID, address string) string {
	a := netip.MustParseAddr(address)
	if d.cloud.Has(interfaceID, netip.PrefixFrom(a, a.BitLen())) {
		return available
	}
	return pending
}
