// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// The vendor documented the responses of API 2.0 in two forms, and each cloud uses one
// of them:
//
//	{"code":0,  "codeDesc":"Success", "data":{"taskId":16284}}
//	{"code":0,  "codeDesc":"Success", "data":{"totalNum":1, "data":[…]}}
//	{"code":0,  "data":{"status":0}}
//	{"code":"0","taskId":16284}
//	{"code":"0","totalCount":1, "data":[…]}
//
// So every number may be a string, and the fields of data may be at the top level. A set
// may be a list with one element or a single object.

// success is the codeDesc of a success.
const success = "success"

// readLegacy returns nil only for a success that no field contradicts.
func (a *answer) readLegacy() error {
	switch {
	case a.XML != nil:
		a.requestID = a.secrets.Text(a.XML.RequestID, redact.MaxID)
		return a.refuse(a.XML.Code, a.XML.Message)
	case a.Problem != "":
		return a.Unreadable("", a.Problem)
	}
	o := a.Object
	code, desc := o.Text("code"), redact.OneLine(o.Text("codeDesc"))
	a.requestID = a.secrets.Text(o.Shown("requestId"), redact.MaxID) // not documented
	if strings.EqualFold(desc, success) {
		desc = ""
	}
	number, err := strconv.Atoi(code)
	switch {
	case o.Err() != nil:
		return a.Unreadable(a.requestID, o.Err().Error())
	case code == "":
		return a.Unreadable(a.requestID, "no code")
	case err != nil && desc == "":
		return a.refuseLegacy(0, redact.OneLine(code)) // a text in place of the number
	case err != nil, number != 0:
		return a.refuseLegacy(number, desc)
	case desc != "":
		return a.Unreadable(a.requestID, "the code of a success and the codeDesc of an error")
	case a.Status != http.StatusOK:
		return a.Unreadable(a.requestID, "the code of a success and the status of an error")
	}
	return nil
}

// refuseLegacy makes the error of a response with a code other than 0. Its code is the
// codeDesc, or the number if there is none.
func (a *answer) refuseLegacy(number int, desc string) *reply.RequestError {
	code := desc
	if code == "" {
		code = strconv.Itoa(number)
	}
	rule, _ := ruleForLegacy(code, number)
	return a.refuseAs(classifyLegacy(a.op, code, number, a.Status), rule.Expired, code, a.legacyMessage())
}

// signatureNumber is the code of the error whose message contains the string to sign.
const signatureNumber = "4100"

// legacyMessage returns the message of a response, without the string to sign.
func (a *answer) legacyMessage() string {
	if a.Object.Shown("code") == signatureNumber {
		return reply.SignatureRefused
	}
	return a.Object.Shown("message")
}

// readLegacyChange reads the response to a change. Every accepted change has a task.
func (a *answer) readLegacyChange() (task string, err error) {
	if err := a.readLegacy(); err != nil {
		return "", err
	}
	task = a.Object.Text("taskId")
	if within := a.Object.Lone("data").Text("taskId"); within != "" {
		task = within
	}
	if task == "" || task == "0" {
		a.Object.Fail("no taskId")
	}
	if err := a.Object.Err(); err != nil {
		return "", a.Unreadable(a.requestID, err.Error())
	}
	return task, nil
}

// legacyTaskStates are the three documented states.
var legacyTaskStates = map[string]core.TaskState{
	"0": core.TaskSucceeded,
	"1": core.TaskFailed,
	"2": core.TaskRunning,
}

// readLegacyTask reads the response to a task query.
func (a *answer) readLegacyTask() (core.TaskStatus, error) {
	if err := a.readLegacy(); err != nil {
		return core.TaskStatus{}, err
	}
	data := a.Object.Lone("data")
	status := data.Text("status")
	state, ok := legacyTaskStates[status]
	if !ok {
		data.Fail("unknown task status %q, want 0, 1 or 2", a.secrets.Text(status, redact.MaxID))
	}
	output := data.Written("output") // not documented, and of any type
	if err := a.Object.Err(); err != nil {
		return core.TaskStatus{}, a.Unreadable(a.requestID, err.Error())
	}
	return core.TaskStatus{State: state, Output: a.secrets.Text(output, redact.MaxMessage)}, nil
}

// readLegacyPage adds one page to a description and returns the number of interfaces on
// all pages.
func (a *answer) readLegacyPage(all *reply.Description) (total int, err error) {
	if err := a.readLegacy(); err != nil {
		return 0, err
	}
	o := a.Object
	total, counted := o.Count("totalCount")
	page := o
	if !o.IsList("data") {
		page = o.Object("data")
		for _, name := range []string{"totalCount", "totalNum"} {
			if n, ok := page.Count(name); ok {
				total, counted = n, true
			}
		}
	}
	list := page.List("data")
	if !counted {
		o.Fail("no totalNum")
	}
	err = o.Err()
	if err == nil {
		err = all.Add(a.Reply, a.requestID, list, "networkInterfaceId", readLegacyInterface)
	}
	if err != nil {
		return 0, a.Unreadable(a.requestID, err.Error())
	}
	return total, nil
}

// readLegacyInterface reads an interface, which must be fully readable. API 2.0 has no
// state, so an interface with an instance is in use.
func readLegacyInterface(f reply.Fields) eni.Interface {
	i := eni.Interface{
		Type:       eni.TypeSecondary,
		State:      eni.StateAvailable,
		InstanceID: f.Lone("instanceSet").Text("instanceId"),
		VPCID:      f.Text("vpcId"),
	}
	if f.Truth("primary") {
		i.Type = eni.TypePrimary
	}
	if i.InstanceID != "" {
		i.State = eni.StateInUse
	}
	for _, a := range f.List("privateIpAddressesSet") {
		_, name := a.Fold("primary") // in either case
		i.Addresses = append(i.Addresses, eni.Address{Addr: a.Addr4("privateIpAddress"), Primary: name != "" && a.Truth(name)})
	}
	return i
}
