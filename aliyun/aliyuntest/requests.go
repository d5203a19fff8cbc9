// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// request is a request that was read and not yet verified.
type request struct {
	*http.Request

	query, form     url.Values // the parameters in the address, and all of them
	body            []byte
	action, version string
}

// maxBody is far more than any request of the API has.
const maxBody = 1 << 20

// readRequest reads a request as far as it is the same for all of them.
func readRequest(r *http.Request) (*request, *problem) {
	unreadable := &problem{http.StatusBadRequest, "InvalidParameter", "The request cannot be parsed."}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &problem{http.StatusForbidden, "UnsupportedHTTPMethod", "This http method is not supported: want POST or GET."}
	}
	q := &request{Request: r, query: r.URL.Query()}
	if r.Body != nil {
		var err error
		if q.body, err = io.ReadAll(io.LimitReader(r.Body, maxBody)); err != nil {
			return nil, unreadable
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(q.body))
	if err := r.ParseForm(); err != nil {
		return nil, unreadable
	}
	q.form = r.Form
	q.action, q.version = r.Form.Get("Action"), r.Form.Get("Version")
	if named := r.Header.Get("x-acs-action"); named != "" {
		q.action, q.version = named, r.Header.Get("x-acs-version")
	}
	if q.form.Get("RegionId") == "" && q.action != describeRegions {
		return nil, missing("RegionId")
	}
	return q, nil
}

// actions are those that the server has, with how each reads its parameters.
var actions = map[string]func(*request, *dialect) (enitest.Call, *problem){
	"UnassignPrivateIpAddresses": readUnassignPrivateIPs,
	"UnassignIpv6Addresses":      readUnassignIPv6,
	"DetachNetworkInterface":     readDetach,
	"DeleteNetworkInterface":     readDelete,
	"DescribeNetworkInterfaces":  readDescribe,
	describeAttribute:            readAttribute,
	createInterface:              readCreate,
	"AttachNetworkInterface":     readAttach,
	"AssignPrivateIpAddresses":   readAssignPrivateIPs,
	"AssignIpv6Addresses":        readAssignIPv6,
	"DescribeInstances":          readDescribeInstances,
}

// immediate are those that are answered without a call of the cloud.
var immediate = map[string]func(*request, *dialect) enitest.Reply{
	describeRegions: answerRegions,
	"TagResources":  answerTagResources,
}

// The actions that have rules of their own.
const (
	createInterface   = "CreateNetworkInterface"
	describeAttribute = "DescribeNetworkInterfaceAttribute"
	describeRegions   = "DescribeRegions"
)

// parse reads the parameters of the action. What the answer needs goes to d.
func parse(q *request, d *dialect) (enitest.Call, *problem) {
	read, ok := actions[q.action]
	if !ok {
		return enitest.Call{}, unknownAction(q.action)
	}
	return read(q, d)
}

func unknownAction(name string) *problem {
	has := slices.Collect(maps.Keys(actions))
	has = slices.AppendSeq(has, maps.Keys(immediate))
	slices.Sort(has)
	return &problem{http.StatusNotFound, "InvalidAction.NotFound", fmt.Sprintf(
		"Specified api is not found, please check your url and method: this server does not have %s: it has %s.", printable(name), strings.Join(has, ", "))}
}

// What a request may name at most.
const (
	maxItems      = 10 // prefixes, IPv6 addresses, and IPv4 addresses unless the server says more
	maxInterfaces = 100
)

// family is a family of addresses.
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

// readDescribe takes requests that name their interfaces, and those that list what
// filters pick.
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

// distinct drops repeated items, so that an interface that is named twice is described
// once.
func distinct(items []string) []string {
	seen := make(map[string]bool, len(items))
	return slices.DeleteFunc(items, func(item string) bool {
		twice := seen[item]
		seen[item] = true
		return twice
	})
}
