// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// readResponse returns a nil error only for a success: status 200 and a JSON object with
// a Response that has a request id and no error. It also returns the id as received,
// which is the id of the task.
func (a *answer) readResponse() (response reply.Fields, id string, err error) {
	switch {
	case a.XML != nil:
		a.requestID = a.secrets.Text(a.XML.RequestID, redact.MaxID)
		return reply.Fields{}, "", a.refuse(a.XML.Code, a.XML.Message)
	case a.Problem != "":
		return reply.Fields{}, "", a.Unreadable("", a.Problem)
	}
	response = a.Object.Object("Response")
	id = response.Shown("RequestId")
	a.requestID = a.secrets.Text(id, redact.MaxID)
	failed := response.Object("Error")
	code := redact.OneLine(failed.Shown("Code"))
	var problem string
	switch {
	case a.Object.Err() != nil:
		problem = a.Object.Err().Error()
	case !a.Object.IsObject("Response"):
		// A gateway may answer in the form of API 2.0.
		if code := redact.OneLine(a.Object.Text("codeDesc")); code != "" && a.Object.Text("code") != "0" {
			return reply.Fields{}, "", a.refuse(code, a.legacyMessage())
		}
		problem = "no Response"
	case code != "":
		return reply.Fields{}, "", a.refuse(code, failed.Shown("Message"))
	case response.Has("Error"):
		problem = "an error without a code"
	case !response.IsText("RequestId") || redact.OneLine(id) == "":
		problem = "no request id"
	case a.Status != http.StatusOK:
		problem = fmt.Sprintf("a success with status %d", a.Status)
	default:
		return response, id, nil
	}
	return reply.Fields{}, "", a.Unreadable(a.requestID, problem)
}

// signatureCodes are the codes whose message may contain the string to sign, in lower
// case.
var signatureCodes = map[string]bool{
	"authfailure.signaturefailure": true, "authfailure.invalidauthorization": true, "invalidparameter.signaturefailure": true,
}

// public returns the cloud's code and message without secrets.
func (a *answer) public(code, message string) (publicCode, publicMessage string) {
	if signatureCodes[strings.ToLower(code)] {
		message = reply.SignatureRefused
	} else {
		message = a.secrets.Text(message, redact.MaxMessage)
	}
	return a.secrets.Text(code, redact.MaxID), message
}

// taskStates are the three documented states.
var taskStates = map[string]core.TaskState{
	"RUNNING": core.TaskRunning,
	"SUCCESS": core.TaskSucceeded,
	"FAILED":  core.TaskFailed,
}

func (a *answer) readTask(response reply.Fields) (core.TaskStatus, error) {
	status, output := response.Text("Status"), response.Written("Output")
	state, ok := taskStates[strings.ToUpper(status)]
	if !ok {
		response.Fail("unknown task status %q, want RUNNING, SUCCESS or FAILED", a.secrets.Text(status, redact.MaxID))
	}
	if err := response.Err(); err != nil {
		return core.TaskStatus{}, a.Unreadable(a.requestID, err.Error())
	}
	return core.TaskStatus{State: state, Output: a.secrets.Text(output, redact.MaxMessage)}, nil
}
