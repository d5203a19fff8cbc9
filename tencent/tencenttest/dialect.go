// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// dialect writes the answer to one request.
type dialect struct {
	server        *Server
	call          enitest.Call
	unbinds       string                      // the InstanceId of an Unassign
	passes        []func(*eni.Interface) bool // the filters of a description
	offset, limit int                         // of a description
}

// Accepted also unbinds the instance that an Unassign names, as the vendor does.
func (d *dialect) Accepted() enitest.Reply {
	if d.unbinds != "" {
		d.server.Cloud.Update(d.call.InterfaceID, func(i *eni.Interface) {
			if i.InstanceID == d.unbinds {
				i.InstanceID, i.State = "", eni.StateAvailable
			}
		})
	}
	return d.reply(0, map[string]any{})
}

func (d *dialect) Described(found []eni.Interface) enitest.Reply {
	if len(found) < len(d.call.InterfaceIDs) && !d.server.MissingLeftOut {
		return d.Rejected(&enitest.Rejection{Reason: enitest.NotFound})
	}
	found = slices.DeleteFunc(found, func(i eni.Interface) bool {
		return slices.ContainsFunc(d.passes, func(pass func(*eni.Interface) bool) bool { return !pass(&i) })
	})
	from := min(d.offset, len(found))
	page := found[from:min(from+d.limit, len(found))]
	set := make([]networkInterface, len(page))
	for i := range page {
		set[i] = write(&page[i])
	}
	return d.reply(0, map[string]any{"NetworkInterfaceSet": set, "TotalCount": len(found)})
}

func (d *dialect) Task(state enitest.TaskState, output string) enitest.Reply {
	status, ok := map[enitest.TaskState]string{
		enitest.TaskRunning:   "RUNNING",
		enitest.TaskSucceeded: "SUCCESS",
		enitest.TaskFailed:    "FAILED",
	}[state]
	if !ok {
		return d.Failed(0, "ResourceNotFound", fmt.Sprintf("The task %q is not found.", d.call.TaskID))
	}
	return d.reply(0, map[string]any{"Status": status, "Output": output, "Result": nil})
}

// rejections has the vendor's code and message for each reason.
var rejections = map[enitest.Reason]failure{
	enitest.NotFound:           {"ResourceNotFound", "The network interface is not found."},
	enitest.NotAssigned:        {"UnsupportedOperation.AttachmentNotFound", "The attachment is not found."},
	enitest.PrimaryAddress:     {"UnauthorizedOperation.PrimaryIp", "The primary IP cannot be operated."},
	enitest.InUse:              {"ResourceInUse", "The network interface is bound to an instance."},
	enitest.HasMembers:         {"UnsupportedOperation", "The network interface has members."},
	enitest.Managed:            {"UnsupportedOperation", "The network interface is managed by a service."},
	enitest.PrimaryInterface:   {"UnsupportedOperation", "The primary network interface cannot be detached."},
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

func (d *dialect) Rejected(r *enitest.Rejection) enitest.Reply {
	f := rejections[r.Reason]
	names := r.Names()
	switch {
	case r.Reason == enitest.NotAssigned && names != "":
		f.message = "The attachment of " + names + " is not found."
	case r.Reason == enitest.PrimaryAddress && names != "":
		f.message = "The primary IP " + names + " cannot be operated."
	}
	if code := d.chosen(r.Reason); code != "" {
		f.code = code
	}
	return d.fail(&f)
}

// chosen is the code that the server's fields choose for a reason; empty means the
// usual one.
func (d *dialect) chosen(r enitest.Reason) string {
	switch s := d.server; {
	case r == enitest.PrimaryAddress && d.call.Action == enitest.UnassignPrivateIps:
		return s.PrimaryCode
	case r == enitest.NotAssigned:
		return s.StaleCode
	case r == enitest.Conflict:
		return s.ConflictCode
	case r == enitest.NoInstance:
		return s.NoInstanceCode
	default:
		return ""
	}
}

func (d *dialect) fail(f *failure) enitest.Reply { return d.Failed(0, f.code, f.message) }

func (d *dialect) Failed(status int, code, message string) enitest.Reply {
	return d.reply(status, map[string]any{"Error": map[string]string{"Code": code, "Message": message}})
}

func (d *dialect) reply(status int, response map[string]any) enitest.Reply {
	response["RequestId"] = d.call.RequestID
	body, err := json.Marshal(map[string]any{"Response": response})
	if err != nil {
		panic(err) // nothing in a reply is of a type that JSON lacks
	}
	return enitest.Reply{Status: status, ContentType: "application/json", Body: body}
}
