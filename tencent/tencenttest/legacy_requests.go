// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// commonParameters has the parameters that every request may have: those of the API, and
// two that the SDK adds.
var commonParameters = []string{
	"Action", "Region", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Token", "RequestClient", "Language",
}

// read makes a call from the request, or returns an error.
func (d *legacyDialect) read(cloud *enitest.Cloud, form url.Values) *failure {
	unread := maps.Clone(form)
	for _, name := range commonParameters {
		delete(unread, name)
	}
	parameter := func(name string) string {
		defer delete(unread, name)
		return unread.Get(name)
	}
	var f *failure
	switch form.Get("Action") {
	case "UnassignPrivateIpAddresses":
		f = d.readUnassign(cloud, parameter)
	case "DescribeNetworkInterfaces":
		f = d.readDescribe(parameter)
	case "DescribeVpcTaskResult":
		d.call.Action, d.call.TaskID = enitest.DescribeTask, parameter("taskId")
		if _, err := strconv.Atoi(d.call.TaskID); err != nil {
			f = &failure{"4000", "The parameter taskId is not a number."}
		}
	default:
		return &failure{"4000 InvalidAction", "this server does not have " + form.Get("Action") +
			": it has DescribeNetworkInterfaces, DescribeVpcTaskResult, UnassignPrivateIpAddresses"}
	}
	if f != nil {
		return f
	}
	for name := range unread {
		return &failure{"4000", "The parameter " + name + " is unknown."}
	}
	return nil
}

func (d *legacyDialect) readUnassign(cloud *enitest.Cloud, parameter func(string) string) *failure {
	d.call.Action, d.call.RequestID = enitest.UnassignPrivateIps, d.server.newTask()
	d.call.InterfaceID = parameter("networkInterfaceId")
	vpc := parameter("vpcId")
	if d.call.InterfaceID == "" || vpc == "" {
		return &failure{"4000", "The parameters vpcId and networkInterfaceId are required."}
	}
	for n := 0; ; n++ {
		text := parameter("privateIpAddress." + strconv.Itoa(n))
		if text == "" {
			break
		}
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() || slices.Contains(d.call.Addresses, a) {
			return &failure{"4000", "The parameter privateIpAddress has a value that is malformed or given twice."}
		}
		d.call.Addresses = append(d.call.Addresses, a)
	}
	if len(d.call.Addresses) == 0 {
		return &failure{"4000", "The parameter privateIpAddress is required."}
	}
	if i, ok := cloud.Get(d.call.InterfaceID); ok && i.VPCID != vpc {
		return &failure{"5000 InvalidVpc.NotFound", "The VPC does not exist."}
	}
	return nil
}

// readDescribe reads an id and filters, which all apply. Without any of them it lists
// all interfaces.
func (d *legacyDialect) readDescribe(parameter func(string) string) *failure {
	d.call.Action = enitest.List
	if id := parameter("networkInterfaceId"); id != "" {
		d.call.Action, d.call.InterfaceIDs = enitest.Describe, []string{id}
	}
	for name, passes := range map[string]func(i *eni.Interface, value string) bool{
		"vpcId":          func(i *eni.Interface, value string) bool { return i.VPCID == value },
		"instanceId":     func(i *eni.Interface, value string) bool { return i.InstanceID == value },
		"eniName":        func(i *eni.Interface, value string) bool { return strings.Contains(i.Name, value) },
		"eniDescription": func(i *eni.Interface, value string) bool { return strings.Contains(i.Description, value) },
	} {
		if value := parameter(name); value != "" {
			d.passes = append(d.passes, func(i *eni.Interface) bool { return passes(i, value) })
		}
	}
	d.limit = defaultLimit
	for name, into := range map[string]*int{"offset": &d.offset, "limit": &d.limit} {
		text := parameter(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > legacyMaxLimit && into == &d.limit {
			return &failure{"4000", "The parameter " + name + " is out of range."}
		}
		*into = n
	}
	return nil
}
