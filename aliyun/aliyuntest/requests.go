// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
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
	if q.form.Get("RegionId") == "" {
		return nil, missing("RegionId")
	}
	return q, nil
}

// problem is a refusal of the request itself.
type problem struct {
	status  int
	code    string
	message string
}

func missing(name string) *problem {
	return &problem{http.StatusBadRequest, "MissingParameter",
		fmt.Sprintf("The input parameter %q that is mandatory for processing this request is not supplied.", name)}
}

func invalid(name string) *problem {
	return &problem{http.StatusBadRequest, "InvalidParameter",
		fmt.Sprintf("The specified value of %q is not valid.", name)}
}

// The vendor's limits, those that hold for every instance type.
const (
	maxItems      = 10
	maxInterfaces = 100
)

// parse reads the parameters of the action. What paging needs goes to d.
func parse(q *request, d *dialect) (enitest.Call, *problem) {
	form := q.form
	switch q.action {
	case "UnassignPrivateIpAddresses":
		return parseUnassign(form, enitest.UnassignPrivateIps, "PrivateIpAddress", "Ipv4Prefix")
	case "UnassignIpv6Addresses":
		return parseUnassign(form, enitest.UnassignIpv6, "Ipv6Address", "Ipv6Prefix")
	case "DetachNetworkInterface":
		return parseDetach(form)
	case "DeleteNetworkInterface":
		return parseDelete(form)
	case "DescribeNetworkInterfaces":
		return parseDescribe(form, d)
	default:
		return enitest.Call{}, &problem{http.StatusNotFound, "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method."}
	}
}

func parseUnassign(form url.Values, action enitest.Action, addressKey, prefixKey string) (enitest.Call, *problem) {
	call := enitest.Call{Action: action, InterfaceID: form.Get("NetworkInterfaceId")}
	addresses, prefixes := list(form, addressKey), list(form, prefixKey)
	switch {
	case call.InterfaceID == "":
		return call, missing("NetworkInterfaceId")
	case len(addresses)+len(prefixes) == 0:
		return call, &problem{http.StatusForbidden, "MissingParameter",
			fmt.Sprintf("These parameters %s,%s cannot be both empty.", addressKey, prefixKey)}
	case len(addresses) > 0 && len(prefixes) > 0:
		return call, &problem{http.StatusBadRequest, "InvalidParameter.Conflict",
			fmt.Sprintf("The parameters %s and %s cannot be specified at the same time.", addressKey, prefixKey)}
	case len(addresses) > maxItems:
		return call, invalid(addressKey)
	case len(prefixes) > maxItems:
		return call, invalid(prefixKey)
	}
	wantIPv4 := action == enitest.UnassignPrivateIps
	var p *problem
	if call.Addresses, p = parseAddresses(addresses, addressKey, wantIPv4); p != nil {
		return call, p
	}
	call.Prefixes, p = parsePrefixes(prefixes, wantIPv4)
	return call, p
}

func parseAddresses(written []string, key string, wantIPv4 bool) ([]netip.Addr, *problem) {
	var addresses []netip.Addr
	for _, text := range written {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil || a.Is4() != wantIPv4:
			return nil, invalid(key)
		case slices.Contains(addresses, a):
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpRepeated",
				fmt.Sprintf("The specified IP %q is repeated.", text)}
		}
		addresses = append(addresses, a)
	}
	return addresses, nil
}

func parsePrefixes(written []string, wantIPv4 bool) ([]netip.Prefix, *problem) {
	var prefixes []netip.Prefix
	for _, text := range written {
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil || p.Addr().Is4() != wantIPv4:
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixIllegal",
				fmt.Sprintf("The ip prefixes %s is/are illegal.", text)}
		case p != p.Masked():
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixNotStrict",
				"The ip prefix must be strict cidr format."}
		case len(prefixes) > 0 && prefixes[0].Bits() != p.Bits():
			return nil, &problem{http.StatusForbidden, "InvalidIp.IpPrefixMaskNotSame",
				fmt.Sprintf("The ip prefixes %s are illegal which mask must be same.", text)}
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

func parseDetach(form url.Values) (enitest.Call, *problem) {
	call := enitest.Call{
		Action:           enitest.Detach,
		InterfaceID:      form.Get("NetworkInterfaceId"),
		InstanceID:       form.Get("InstanceId"),
		TrunkInterfaceID: form.Get("TrunkNetworkInstanceId"),
	}
	switch {
	case call.InterfaceID == "":
		return call, missing("NetworkInterfaceId")
	case call.InstanceID == "":
		return call, missing("InstanceId")
	}
	return call, nil
}

func parseDelete(form url.Values) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.Delete, InterfaceID: form.Get("NetworkInterfaceId")}
	if call.InterfaceID == "" {
		return call, missing("NetworkInterfaceId")
	}
	return call, nil
}

// parseDescribe takes requests that name their interfaces, and those that list what
// filters pick.
func parseDescribe(form url.Values, d *dialect) (enitest.Call, *problem) {
	call := enitest.Call{Action: enitest.Describe, InterfaceIDs: list(form, "NetworkInterfaceId")}
	if len(call.InterfaceIDs) == 0 {
		call.Action, call.Filter = enitest.List, parseFilter(form)
		d.tagged = len(call.Filter.Tags) > 0
	}
	if len(call.InterfaceIDs) > maxInterfaces {
		return call, invalid("NetworkInterfaceId")
	}
	d.pageSize = defaultPage
	if written := form.Get("MaxResults"); written != "" {
		n, err := strconv.Atoi(written)
		if err != nil {
			return call, invalid("MaxResults")
		}
		d.pageSize = min(max(n, defaultPage), maxPage)
	}
	var ok bool
	if d.from, ok = fromToken(form.Get("NextToken")); !ok {
		return call, invalid("NextToken")
	}
	return call, nil
}

// parseFilter reads what a list is filtered by.
func parseFilter(form url.Values) eni.Filter {
	f := eni.Filter{
		VPCID: form.Get("VpcId"), SubnetID: form.Get("VSwitchId"), InstanceID: form.Get("InstanceId"),
		Type:  eni.InterfaceType(strings.ToLower(form.Get("Type"))),
		State: eni.InterfaceState(strings.ToLower(form.Get("Status"))),
	}
	if f.State == "inuse" {
		f.State = eni.StateInUse
	}
	for n := 1; ; n++ {
		name := "Tag." + strconv.Itoa(n)
		if !form.Has(name + ".Key") {
			return f
		}
		if f.Tags == nil {
			f.Tags = make(map[string]string)
		}
		f.Tags[form.Get(name+".Key")] = form.Get(name + ".Value")
	}
}

// list reads key.1, key.2 and so on, up to the first that is missing.
func list(form url.Values, key string) []string {
	var items []string
	for n := 1; ; n++ {
		name := key + "." + strconv.Itoa(n)
		if !form.Has(name) {
			return items
		}
		items = append(items, form.Get(name))
	}
}
