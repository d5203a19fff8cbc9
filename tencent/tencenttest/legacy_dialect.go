// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// legacyDialect writes the response to one request.
type legacyDialect struct {
	server *LegacyServer
	call   enitest.Call
	passes []func(*eni.Interface) bool // the filters of a description
	offset int                         // of a description
	limit  int
}

// number writes a number, as a string if the server does so.
func (d *legacyDialect) number(n int) any {
	if d.server.Strings {
		return strconv.Itoa(n)
	}
	return n
}

func (d *legacyDialect) Accepted() enitest.Reply {
	id, err := strconv.Atoi(d.call.RequestID)
	if err != nil {
		panic(err) // newTask made it
	}
	if d.server.Flat {
		return d.reply(0, 0, "", "", map[string]any{"taskId": d.number(id)})
	}
	return d.success(map[string]any{"taskId": d.number(id)})
}

func (d *legacyDialect) Described(found []eni.Interface) enitest.Reply {
	if d.call.Action == enitest.Describe && len(found) == 0 && d.server.MissingIsError {
		return d.Rejected(&enitest.Rejection{Reason: enitest.NotFound})
	}
	found = slices.DeleteFunc(found, func(i eni.Interface) bool {
		return slices.ContainsFunc(d.passes, func(pass func(*eni.Interface) bool) bool { return !pass(&i) })
	})
	from := min(d.offset, len(found))
	list := []map[string]any{}
	for _, i := range found[from:min(from+d.limit, len(found))] {
		list = append(list, d.write(&i))
	}
	if d.server.Flat {
		return d.reply(0, 0, "", "", map[string]any{"totalCount": d.number(len(found)), "data": list})
	}
	return d.success(map[string]any{"totalNum": d.number(len(found)), "data": list})
}

// write writes an interface. The API has neither states nor IPv6.
func (d *legacyDialect) write(i *eni.Interface) map[string]any {
	addresses := []map[string]any{}
	for _, a := range withPrimary(i.Addresses) {
		if a.Addr.Is4() {
			addresses = append(addresses, map[string]any{
				"privateIpAddress": a.Addr.String(), "primary": a.Primary, "description": "",
				"wanIp": "", "isWanIpBlocked": false, "eipId": "",
			})
		}
	}
	var instance any = map[string]any{"instanceId": i.InstanceID, "attachTime": ""}
	if d.server.Flat {
		instance = []any{instance}
		if i.InstanceID == "" {
			instance = []any{}
		}
	}
	return map[string]any{
		"vpcId": i.VPCID, "subnetId": i.SubnetID, "networkInterfaceId": i.ID, "primary": i.Type == eni.TypePrimary,
		"zoneId": d.number(200001), "eniName": i.Name, "eniDescription": i.Description, "macAddress": i.MAC, "privateIpAddressesSet": addresses,
		"instanceSet": instance, "groupSet": []any{},
	}
}

func (d *legacyDialect) Task(state enitest.TaskState, output string) enitest.Reply {
	status, ok := map[enitest.TaskState]int{
		enitest.TaskSucceeded: 0,
		enitest.TaskFailed:    1,
		enitest.TaskRunning:   2,
	}[state]
	if !ok {
		return d.Failed(0, "5000", "The task does not exist.")
	}
	data := map[string]any{"status": d.number(status)}
	if output != "" {
		data["output"] = output
	}
	return d.success(data)
}

// legacyRejections has the number, the codeDesc and the message for each reason. Reasons
// that the API does not document have only a number.
var legacyRejections = map[enitest.Reason]failure{
	enitest.NotFound:           {"5000 InvalidNetworkInterface.NotFound", "The network interface does not exist."},
	enitest.NotAssigned:        {"5000 InvalidPrivateip.NotFound", "The address is not on the network interface."},
	enitest.PrimaryAddress:     {"5100 InvalidPrivateip.IsPrimary", "The primary address cannot be released."},
	enitest.PrimaryInterface:   {"5100", "The primary network interface cannot be detached."},
	enitest.NotAttached:        {"5100", "The network interface is not attached to the instance."},
	enitest.NoInstance:         {"5100", "The network interface is not attached to the instance."},
	enitest.WrongInstanceState: {"5100", "The state of the instance does not allow this."},
	enitest.WrongState:         {"5100", "The state of the network interface does not allow this."},
	enitest.Conflict:           {"5100 OperationDenied.MutexTaskRunning", "Another task of the resource is running."},
	enitest.Throttled:          {"4400", "The number of requests exceeds the quota."},
	enitest.Denied:             {"4102", "The resource is not authorized."},
	enitest.ExpiredCredentials: {"4105", "The token has expired."},
	enitest.Internal:           {"6000", "An internal error has occurred."},
}

func (d *legacyDialect) Rejected(r *enitest.Rejection) enitest.Reply {
	f := legacyRejections[r.Reason]
	if r.Reason == enitest.NotAssigned && d.server.StaleCode != "" {
		f.code = d.server.StaleCode
	}
	if names := r.Names(); names != "" {
		f.message += " (" + names + ")"
	}
	return d.fail(&f)
}

func (d *legacyDialect) fail(f *failure) enitest.Reply { return d.Failed(0, f.code, f.message) }

// Failed accepts a number, a codeDesc, or both with a space between them.
func (d *legacyDialect) Failed(status int, code, message string) enitest.Reply {
	first, desc, _ := strings.Cut(code, " ")
	number, err := strconv.Atoi(first)
	if err != nil {
		number, desc = 5100, code
	}
	return d.reply(status, number, desc, fmt.Sprintf("(%d)%s", number, message), nil)
}

func (d *legacyDialect) success(data map[string]any) enitest.Reply {
	return d.reply(0, 0, "Success", "", map[string]any{"data": data})
}

func (d *legacyDialect) reply(status, code int, desc, message string, more map[string]any) enitest.Reply {
	fields := map[string]any{"code": d.number(code), "message": message}
	if desc != "" {
		fields["codeDesc"] = desc
	}
	maps.Copy(fields, more)
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // nothing in a reply is of a type that JSON lacks
	}
	return enitest.Reply{Status: status, ContentType: "text/html; charset=utf-8", Body: body}
}
