// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The services. Both have the same version.
const (
	serviceVPC = "vpc"
	serviceCVM = "cvm"
	version    = "2017-03-12"
)

// action is a supported action.
type action struct {
	service  string
	read     func(*dialect, parameters) *failure // turns the parameters into a call
	noRegion bool                                // the action needs no region
}

var actions = map[string]action{
	"AssignIpv6Addresses":        {service: serviceVPC, read: (*dialect).readAssignIPv6},
	"AssignPrivateIpAddresses":   {service: serviceVPC, read: (*dialect).readAssignPrivateIPs},
	"AttachNetworkInterface":     {service: serviceVPC, read: (*dialect).readAttach},
	"CreateNetworkInterface":     {service: serviceVPC, read: (*dialect).readCreate},
	"DeleteNetworkInterface":     {service: serviceVPC, read: (*dialect).readDelete},
	"DescribeNetworkInterfaces":  {service: serviceVPC, read: (*dialect).readDescribe},
	"DescribeVpcTaskResult":      {service: serviceVPC, read: (*dialect).readTask, noRegion: true},
	"DetachNetworkInterface":     {service: serviceVPC, read: (*dialect).readDetach},
	"UnassignIpv6Addresses":      {service: serviceVPC, read: (*dialect).readUnassignIPv6},
	"UnassignPrivateIpAddresses": {service: serviceVPC, read: (*dialect).readUnassignPrivateIPs},

	"DescribeInstances": {service: serviceCVM, read: (*dialect).readInstances},
	"DescribeRegions":   {service: serviceCVM, read: (*dialect).readRegions, noRegion: true},
}

// findAction returns the action of a request, or an error that lists the supported ones.
func findAction(q *request) (action, *failure) {
	if q.version != version {
		return action{}, &failure{"NoSuchVersion", "The version of the API is not supported, want " + version + "."}
	}
	a, ok := actions[q.action]
	switch {
	case !ok:
		return a, &failure{"InvalidAction", fmt.Sprintf("this server does not have %s: it has %s",
			q.action, strings.Join(slices.Sorted(maps.Keys(actions)), ", "))}
	case q.service != "" && q.service != a.service:
		return a, &failure{"InvalidAction", fmt.Sprintf("the service %s does not have %s: %s has it", q.service, q.action, a.service)}
	}
	return a, nil
}
