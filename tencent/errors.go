// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// classify returns the kind of a code in a response to an operation.
func classify(op, code string, status int) eni.Kind { return table.Classify(op, code, status) }

// ruleFor returns the rule of a code.
func ruleFor(code string) (codes.Rule, bool) { return table.Find(code) }

// refuse makes the error of a response with a code. It classifies the code as received,
// because redaction may have changed it. The cause is the SDK's error, without secrets.
func (a *answer) refuse(code, message string) *reply.RequestError {
	rule, _ := ruleFor(code)
	return a.refuseAs(classify(a.op, code, a.Status), rule.Expired, code, message)
}

// refuseAs makes the error of a response with a code and its kind.
func (a *answer) refuseAs(kind eni.Kind, expired bool, code, message string) *reply.RequestError {
	code, message = a.public(code, message)
	f := a.Refused(kind, code, message, a.requestID, tcerrors.NewTencentCloudSDKError(code, message, a.requestID))
	if expired {
		f.Expired = &a.signed
	}
	return f
}
