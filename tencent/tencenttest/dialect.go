// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// dialect writes the response to one request.
type dialect struct {
	server        *Server
	action        string         // the vendor's name
	cloud         *enitest.Cloud // of the request's region
	call          enitest.Call
	unbinds       string                      // the InstanceId of an Unassign
	passes        []func(*eni.Interface) bool // the filters of a description
	allows        []func(*enitest.Instance) bool
	offset, limit int // of a description
}

// Accepted also detaches the interface from the instance that an Unassign names, as the
// vendor does.
func (d *dialect) Accepted() enitest.Reply {
	if d.unbinds != "" {
		d.cloud.Update(d.call.InterfaceID, func(i *eni.Interface) {
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
	page := onPage(d, found)
	set := make([]networkInterface, len(page))
	for i := range page {
		set[i] = write(&page[i])
	}
	return d.reply(0, map[string]any{"NetworkInterfaceSet": set, "TotalCount": len(found)})
}

// onPage returns the requested part of a list.
func onPage[T any](d *dialect, list []T) []T {
	from := min(d.offset, len(list))
	return list[from:min(from+d.limit, len(list))]
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

func (d *dialect) Rejected(r *enitest.Rejection) enitest.Reply {
	f := rejections[r.Reason]
	if own, ok := ofAction[d.action][r.Reason]; ok {
		f = own
	}
	names := r.Names()
	switch {
	case r.Reason == enitest.NotAssigned && names != "":
		f.message = "The attachment of " + names + " is not found."
	case r.Reason == enitest.PrimaryAddress && names != "":
		f.message = "The primary IP " + names + " cannot be operated."
	case names != "":
		f.message += " (" + names + ")"
	}
	if code := d.chosen(r.Reason); code != "" {
		f.code = code
	}
	return d.fail(&f)
}

// chosen returns the code that a field of the server chooses for a reason; empty means
// the usual one.
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
