// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The requests, with every documented parameter.

type unassignPrivateIPs struct {
	NetworkInterfaceID string           `json:"NetworkInterfaceId"`
	PrivateIPAddresses []givenPrivateIP `json:"PrivateIpAddresses"`
	InstanceID         string           `json:"InstanceId"`
}

type unassignIPv6 struct {
	NetworkInterfaceID string      `json:"NetworkInterfaceId"`
	IPv6Addresses      []givenIPv6 `json:"Ipv6Addresses"`
}

// givenPrivateIP is a named address, with the fields that the vendor accepts and does
// not need.
type givenPrivateIP struct {
	PrivateIPAddress string `json:"PrivateIpAddress"`
	Primary          bool
	PublicIPAddress  string `json:"PublicIpAddress"`
	AddressID        string `json:"AddressId"`
	Description      string
	IsWanIPBlocked   bool `json:"IsWanIpBlocked"`
	State            string
	QosLevel         string
}

// givenIPv6 is the same for IPv6.
type givenIPv6 struct {
	Address        string
	Primary        bool
	AddressID      string `json:"AddressId"`
	Description    string
	IsWanIPBlocked bool `json:"IsWanIpBlocked"`
	State          string
}

func privateIPs(given []givenPrivateIP) []string {
	names := make([]string, len(given))
	for n, a := range given {
		names[n] = a.PrivateIPAddress
	}
	return names
}

func ipv6s(given []givenIPv6) []string {
	names := make([]string, len(given))
	for n, a := range given {
		names[n] = a.Address
	}
	return names
}

type detach struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	InstanceID         string `json:"InstanceId"`
	ClientToken        string
}

type deletion struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
}

type describe struct {
	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds"`
	Filters             []filter
	Offset              int
	Limit               *int
}

type describeTask struct {
	TaskID string `json:"TaskId"`
}

func (d *dialect) readUnassignPrivateIPs(p parameters) *failure {
	var q unassignPrivateIPs
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action, d.unbinds = enitest.UnassignPrivateIps, q.InstanceID
	return d.readAddresses("PrivateIpAddresses", q.NetworkInterfaceID, privateIPs(q.PrivateIPAddresses), netip.Addr.Is4)
}

func (d *dialect) readUnassignIPv6(p parameters) *failure {
	var q unassignIPv6
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action = enitest.UnassignIpv6
	return d.readAddresses("Ipv6Addresses", q.NetworkInterfaceID, ipv6s(q.IPv6Addresses), netip.Addr.Is6)
}

func (d *dialect) readAddresses(parameter, id string, names []string, family func(netip.Addr) bool) *failure {
	if f := d.readInterface(id); f != nil {
		return f
	}
	switch {
	case len(names) == 0:
		return missing(parameter)
	case len(names) > maxAddresses:
		return tooMany(parameter, maxAddresses)
	}
	return d.readNames(names, family)
}

// readNames reads the named addresses.
func (d *dialect) readNames(names []string, family func(netip.Addr) bool) *failure {
	for _, name := range names {
		a, err := netip.ParseAddr(name)
		if err != nil || !family(a) {
			return malformed(name)
		}
		if slices.Contains(d.call.Addresses, a) {
			return &failure{"InvalidParameterValue.DuplicatePara", fmt.Sprintf("The value %q is given twice.", name)}
		}
		d.call.Addresses = append(d.call.Addresses, a)
	}
	return nil
}

func (d *dialect) readDetach(p parameters) *failure {
	var q detach
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action, d.call.InstanceID = enitest.Detach, q.InstanceID
	if f := d.readInterface(q.NetworkInterfaceID); f != nil {
		return f
	}
	if q.InstanceID == "" {
		return missing("InstanceId")
	}
	return d.readToken(q.ClientToken)
}

// readInterface reads the id of the interface of a change.
func (d *dialect) readInterface(id string) *failure {
	d.call.InterfaceID = id
	switch {
	case id == "":
		return missing("NetworkInterfaceId")
	case !interfaceID.MatchString(id):
		return malformed(id)
	}
	return nil
}

// readToken reads the client token. The vendor accepts up to 64 ASCII characters.
func (d *dialect) readToken(token string) *failure {
	if len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r > unicode.MaxASCII }) {
		return malformed(token)
	}
	d.call.Token = token
	return nil
}

func (d *dialect) readDelete(p parameters) *failure {
	var q deletion
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action = enitest.Delete
	return d.readInterface(q.NetworkInterfaceID)
}

func (d *dialect) readDescribe(p parameters) *failure {
	var q describe
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action = enitest.Describe
	d.offset, d.limit = q.Offset, defaultLimit
	if q.Limit != nil {
		d.limit = *q.Limit
	}
	switch {
	case len(q.Filters) > 0 && len(q.NetworkInterfaceIDs) > 0:
		return &failure{"InvalidParameter.Coexist", "`NetworkInterfaceIds` and `Filters` cannot be given together."}
	case len(q.NetworkInterfaceIDs) > maxInterfaces:
		return tooMany("NetworkInterfaceIds", maxInterfaces)
	case d.offset < 0, d.limit < 1, d.limit > maxInterfaces:
		return &failure{"InvalidParameterValue.Range", fmt.Sprintf("`Limit` is from 1 to %d, and `Offset` not negative.", maxInterfaces)}
	}
	if len(q.NetworkInterfaceIDs) == 0 {
		d.call.Action = enitest.List
		return d.readFilters(q.Filters)
	}
	for _, id := range q.NetworkInterfaceIDs {
		if !interfaceID.MatchString(id) {
			return malformed(id)
		}
		if !slices.Contains(d.call.InterfaceIDs, id) { // a repeated id is described once
			d.call.InterfaceIDs = append(d.call.InterfaceIDs, id)
		}
	}
	return nil
}

func (d *dialect) readTask(p parameters) *failure {
	var q describeTask
	if f := p.read(&q); f != nil {
		return f
	}
	d.call.Action, d.call.TaskID = enitest.DescribeTask, q.TaskID
	if q.TaskID == "" {
		return missing("TaskId")
	}
	return nil
}

// The ids may be longer or shorter than those of the vendor, which have eight
// characters, so that tests can use readable names.
var (
	interfaceID = regexp.MustCompile(`^eni-[0-9A-Za-z-]+$`)
	instanceID  = regexp.MustCompile(`^[0-9A-Za-z-]+$`)
)
