// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// actions has the supported actions, with the function that reads the parameters of
// each.
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

// immediate has the actions that the server answers without a call of the cloud.
var immediate = map[string]func(*request, *dialect) enitest.Reply{
	describeRegions: answerRegions,
	"TagResources":  answerTagResources,
}

// The actions with special rules.
const (
	createInterface   = "CreateNetworkInterface"
	describeAttribute = "DescribeNetworkInterfaceAttribute"
	describeRegions   = "DescribeRegions"
)

// longestAction is longer than the name of any action.
const longestAction = 64

func hasAction(name string) bool { return actions[name] != nil || immediate[name] != nil }

func unknownAction(name string) *problem {
	has := slices.Collect(maps.Keys(actions))
	has = slices.AppendSeq(has, maps.Keys(immediate))
	slices.Sort(has)
	return &problem{http.StatusNotFound, "InvalidAction.NotFound", fmt.Sprintf(
		"Specified api is not found, please check your url and method: this server does not have %s: it has %s.", printable(name, longestAction), strings.Join(has, ", "))}
}
