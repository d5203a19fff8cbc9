// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"regexp"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// failure is an error in the format of the vendor.
type failure struct{ code, message string }

// rejections has the vendor's code and message for each reason.
var rejections = map[enitest.Reason]failure{
	enitest.NotFound:           {"ResourceNotFound", "The network interface is not found."},
	enitest.NotAssigned:        {"UnsupportedOperation.AttachmentNotFound", "The attachment is not found."},
	enitest.PrimaryAddress:     {"UnauthorizedOperation.PrimaryIp", "The primary IP cannot be operated."},
	enitest.InUse:              {"ResourceInUse", "The network interface is bound to an instance."},
	enitest.HasMembers:         {"UnsupportedOperation", "The network interface has members."},
	enitest.Managed:            {"UnsupportedOperation", "The network interface is managed by a service."},
	enitest.PrimaryInterface:   {"UnsupportedOperation", "The operation is not supported for a primary network interface."},
	enitest.NotAttached:        {"UnsupportedOperation.InvalidState", "The network interface is not attached to the instance."},
	enitest.WrongState:         {"UnsupportedOperation.InvalidState", "The state of the network interface does not allow this."},
	enitest.Conflict:           {"UnsupportedOperation.MutexOperationTaskRunning", "Another task of the resource is running."},
	enitest.NoInstance:         {"ResourceNotFound", "The instance is not found."},
	enitest.WrongInstanceState: {"UnsupportedOperation.InvalidState", "The state of the instance does not allow this."},
	enitest.WrongTrunk:         {"UnsupportedOperation.InvalidState", "The network interface is not attached to the trunk."},
	enitest.NoSubnet:           {"ResourceNotFound", "The subnet is not found."},
	enitest.OutOfRange:         {"InvalidParameterValue.Range", "The address is not in the range of the subnet."},
	enitest.Taken:              {"ResourceInUse", "The address is in use."},
	enitest.NoAddresses:        {"ResourceInsufficient.Subnet", "The subnet has no addresses left."},
	enitest.TokenMismatch:      {"UnsupportedOperation.IdempotentParameterMismatch", "The token was used with other parameters."},
	enitest.Throttled:          {"RequestLimitExceeded", "Your current request times exceed the limit of the API."},
	enitest.Denied:             {"UnauthorizedOperation", "You are not authorized to perform this operation."},
	enitest.ExpiredCredentials: {"AuthFailure.TokenFailure", "The token has expired."},
	enitest.Internal:           {"InternalError", "An internal error has occurred."},
}

// ofAction has the codes that differ for an action, according to its documentation.
var ofAction = map[string]map[enitest.Reason]failure{
	"AttachNetworkInterface": {
		enitest.InUse:              {"UnsupportedOperation.AttachmentAlreadyExists", "The network interface is attached to an instance already."},
		enitest.WrongInstanceState: {"UnsupportedOperation.ResourceIsInvalidState", "The state of the instance does not allow this."},
	},
	"AssignIpv6Addresses": {
		enitest.Taken:       {"ResourceInUse.Address", "The address is in use."},
		enitest.NoAddresses: {"UnsupportedOperation.UnassignCidrBlock", "The subnet has no IPv6 addresses left, or none at all."},
	},
}

// Filters of a wrong type have codes of their own.
var (
	filterPath = regexp.MustCompile(`^Filters\.\d+$`)
	valuesPath = regexp.MustCompile(`^Filters\.\d+\.Values$`)
)

func wrongType(path, want string) *failure {
	code := "InvalidParameter"
	switch {
	case filterPath.MatchString(path):
		code = "InvalidParameter.FilterNotDict"
	case valuesPath.MatchString(path):
		code = "InvalidParameter.FilterValuesNotList"
	}
	return &failure{code, fmt.Sprintf("The value of the parameter `%s` is of a wrong type. It should be `%s`.", path, want)}
}

func missing(parameter string) *failure {
	return &failure{"MissingParameter", "The request is missing a required parameter `" + parameter + "`."}
}

func malformed(value string) *failure {
	return &failure{"InvalidParameterValue.Malformed", fmt.Sprintf("The value %q is malformed.", value)}
}

func tooMany(parameter string, limit int) *failure {
	return &failure{"InvalidParameterValue.LimitExceeded", fmt.Sprintf("`%s` takes at most %d values.", parameter, limit)}
}
