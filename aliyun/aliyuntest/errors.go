// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"fmt"
	"net/http"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// problem is an error in the format of the vendor.
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
	return &problem{http.StatusBadRequest, "InvalidParameter", fmt.Sprintf("The specified parameter %q is not valid.", name)}
}

// conflicting is the error for two parameters that exclude each other.
func conflicting(one, other string) *problem {
	return &problem{http.StatusBadRequest, "InvalidParameter.Conflict",
		fmt.Sprintf("The parameters %s and %s cannot be specified at the same time.", one, other)}
}

// rejections has the vendor's error for each reason.
var rejections = map[enitest.Reason]func(*enitest.Rejection) *problem{
	enitest.NotFound: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusNotFound, "InvalidEniId.NotFound", fmt.Sprintf("The specified EniId %q is not found.", r.InterfaceID)}
	},
	enitest.NotAssigned: unassigned,
	// The vendor has one code for a primary address and for an address that is not on
	// the interface.
	enitest.PrimaryAddress: unassigned,
	enitest.InUse:          wrongState,
	enitest.WrongState:     wrongState,
	enitest.HasMembers:     always(http.StatusForbidden, "InvalidOperation.HasMemberEniAttached", "The trunk eni has member eni attached."),
	enitest.Managed:        always(http.StatusForbidden, "InvalidOperation.EniServiceManaged", "The operation is invalid, because the eni is managed by a service."),
	enitest.PrimaryInterface: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusBadRequest, "InvalidOperation.DetachPrimaryEniNotAllowed",
			fmt.Sprintf("The primary EniId %q is not allowed to be detached.", r.InterfaceID)}
	},
	enitest.NotAttached: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusBadRequest, "InvalidParameter.EniNotBelongEcs",
			fmt.Sprintf("The specified EniId %q does not belong to the instance %q.", r.InterfaceID, r.InstanceID)}
	},
	enitest.WrongTrunk: always(http.StatusForbidden, "InvalidParameter.EniNotBelongTrunk", "The specified member eni does not belong to the trunk eni."),
	enitest.NoInstance: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusNotFound, "InvalidEcsId.NotFound", fmt.Sprintf("The specified instance ID %q is not found.", r.InstanceID)}
	},
	enitest.WrongInstanceState: always(http.StatusBadRequest, "InvalidOperation.InvalidEcsState", "The operation is not allowed in the current state of the instance."),
	enitest.NoSubnet: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusNotFound, "InvalidVSwitchId.NotFound", fmt.Sprintf("The specified VSwitchId %q is not found.", r.SubnetID)}
	},
	enitest.OutOfRange: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusForbidden, "InvalidVSwitchId.IpInvalid", fmt.Sprintf("The specified IpAddress %q is not valid in VSwitch %q.", r.Names(), r.SubnetID)}
	},
	enitest.Taken: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusForbidden, "InvalidIp.IpAssigned", fmt.Sprintf("The specified IP %q has been assigned.", r.Names())}
	},
	enitest.NoAddresses: func(r *enitest.Rejection) *problem {
		return &problem{http.StatusForbidden, "InvalidVSwitchId.IpNotEnough", fmt.Sprintf("The specified VSwitch %q has not enough IP addresses.", r.SubnetID)}
	},
	enitest.TokenMismatch:      always(http.StatusBadRequest, "IdempotentParameterMismatch", "The request uses the same client token as a previous, but non-identical request."),
	enitest.Conflict:           always(http.StatusForbidden, "Operation.Conflict", "ecs task is conflicted."),
	enitest.Throttled:          always(http.StatusBadRequest, "Throttling.User", "Request was denied due to user flow control."),
	enitest.Denied:             always(http.StatusForbidden, "Forbidden.RAM", "User not authorized to operate on the specified resource, or this API doesn't support RAM."),
	enitest.ExpiredCredentials: always(http.StatusBadRequest, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
	enitest.Internal:           always(http.StatusInternalServerError, "InternalError", "The request processing has failed due to some unknown error, exception or failure."),
}

func always(status int, code, message string) func(*enitest.Rejection) *problem {
	return func(*enitest.Rejection) *problem { return &problem{status, code, message} }
}

func unassigned(r *enitest.Rejection) *problem {
	message := "The specified IP address is not assigned."
	if names := r.Names(); names != "" {
		message = fmt.Sprintf("The specified IP %q is not assigned on this ENI.", names)
	}
	return &problem{http.StatusForbidden, "InvalidIp.IpUnassigned", message}
}

func wrongState(r *enitest.Rejection) *problem {
	return &problem{http.StatusBadRequest, "InvalidOperation.InvalidEniState",
		fmt.Sprintf("The operation is not allowed in the current ENI state. Current status is %q.", vendorState(r.State))}
}

// rejection returns the vendor's error for a refused call, as the fields of the server
// choose it.
func (d *dialect) rejection(r *enitest.Rejection) *problem {
	reject, ok := rejections[r.Reason]
	if !ok {
		return &problem{http.StatusInternalServerError, "InternalError", "no error for the reason " + string(r.Reason)}
	}
	p := reject(r)
	switch {
	case r.Reason == enitest.PrimaryAddress && d.server.PrimaryCode != "":
		p.status, p.code, p.message = http.StatusBadRequest, d.server.PrimaryCode, fmt.Sprintf("The specified IP %q is the primary one.", r.Names())
	case r.Reason == enitest.Conflict && d.server.ConflictCode != "":
		p.code = d.server.ConflictCode
	case r.Reason == enitest.PrimaryInterface && d.action == "AttachNetworkInterface":
		p.status, p.code, p.message = http.StatusForbidden, "InvalidOperation.InvalidEniType", "The type of the eni does not support this operation."
	case r.Reason == enitest.Taken && d.action == createInterface:
		p.status, p.code = http.StatusBadRequest, "InvalidPrivateIpAddress.Duplicated"
	}
	return p
}
