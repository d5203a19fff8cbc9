// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The limits of a request.
const (
	maxItems      = 10 // prefixes, IPv6 addresses, and IPv4 addresses unless the server says more
	maxInterfaces = 100
)

// family is an address family.
type family int

const (
	ipv4 family = 4
	ipv6 family = 6
)

func (f family) has(a netip.Addr) bool { return a.Is4() == (f == ipv4) }

func readUnassignPrivateIPs(q *request, d *dialect) (enitest.Call, *problem) {
	return q.unassign(enitest.UnassignPrivateIps, "PrivateIpAddress", "Ipv4Prefix", ipv4, d.server.maxAddresses())
}

func readUnassignIPv6(q *request, _ *dialect) (enitest.Call, *problem) {
	return q.unassign(enitest.UnassignIpv6, "Ipv6Address", "Ipv6Prefix", ipv6, maxItems)
}

func (q *request) unassign(action enitest.Action, addresses, prefixes string, of family, most int) (enitest.Call, *problem) {
	call := enitest.Call{Action: action, InterfaceID: q.form.Get("NetworkInterfaceId")}
	if call.InterfaceID == "" {
		return call, missing("NetworkInterfaceId")
	}
	var p *problem
	if call.Addresses, p = q.addresses(addresses, of, most); p != nil {
		return call, p
	}
	if call.Prefixes, p = q.prefixes(prefixes, of); p != nil {
		return call, p
	}
	switch {
	case len(call.Addresses)+len(call.Prefixes) == 0:
		return call, bothEmpty(addresses, prefixes)
	case len(call.Addresses) > 0 && len(call.Prefixes) > 0:
		return call, conflicting(addresses, prefixes)
	}
	return call, nil
}

func bothEmpty(names ...string) *problem {
	return &problem{http.StatusForbidden, "MissingParameter", fmt.Sprintf("These parameters %s cannot be both empty.", strings.Join(names, ","))}
}

func readDetach(q *request, _ *dialect) (enitest.Call, *problem) {
	return enitest.Call{
		Action:           enitest.Detach,
		InterfaceID:      q.form.Get("NetworkInterfaceId"),
		InstanceID:       q.form.Get("InstanceId"),
		TrunkInterfaceID: q.form.Get("TrunkNetworkInstanceId"),
	}, q.need("NetworkInterfaceId", "InstanceId")
}

func readDelete(q *request, _ *dialect) (enitest.Call, *problem) {
	return enitest.Call{Action: enitest.Delete, InterfaceID: q.form.Get("NetworkInterfaceId")}, q.need("NetworkInterfaceId")
}

// readDescribe reads a description by ids and one by filters.
func readDescribe(q *request, d *dialect) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.Describe, InterfaceIDs: distinct(q.list("NetworkInterfaceId"))}
	if len(call.InterfaceIDs) > maxInterfaces {
		return call, invalid("NetworkInterfaceId")
	}
	var p *problem
	if d.filter, p = q.readFilter(); p != nil {
		return call, p
	}
	if len(call.InterfaceIDs) == 0 {
		call.Action, call.Filter = enitest.List, d.filter.Filter
	}
	d.ids = call.InterfaceIDs
	d.page, p = q.readPage()
	return call, p
}

func readAttribute(q *request, d *dialect) (enitest.Call, *problem) {
	d.ids = []string{q.form.Get("NetworkInterfaceId")}
	return enitest.Call{Action: enitest.Describe, InterfaceIDs: d.ids}, q.need("NetworkInterfaceId")
}

// distinct removes repeated items, so that an interface is described once.
func distinct(items []string) []string {
	seen := make(map[string]bool, len(items))
	return slices.DeleteFunc(items, func(item string) bool {
		twice := seen[item]
		seen[item] = true
		return twice
	})
}
