// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// numbers has the numeric codes of API 2.0.
var numbers = map[int]codes.Rule{
	4000: {Kind: eni.ErrInvalid, Why: "a parameter is missing or malformed"},
	4100: {Kind: eni.ErrUnauthenticated, Why: "the message contains the string to sign"},
	4101: {Kind: eni.ErrPermission, Why: "no permission for the action"},
	4102: {Kind: eni.ErrPermission, Why: "no permission for the resource"},
	4103: {Kind: eni.ErrPermission, Why: "no permission for the action on the resource"},
	4104: {Kind: eni.ErrUnauthenticated, Expired: true, Why: "no such key: it was deleted, for example in a rotation"},
	4105: {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the session token has expired"},
	4106: {Kind: eni.ErrUnauthenticated, Why: "a second factor is required"},
	4110: {Kind: eni.ErrUnauthenticated, Why: "any other error of the credential service"},
	4200: {Kind: eni.ErrUnauthenticated, Why: "the clock of the machine is wrong, so a retry fails too"},
	4300: {Kind: eni.ErrPermission, Why: "the account is blocked"},
	4400: {Kind: eni.ErrThrottled, Why: "called a quota, but it is a rate"},
	4500: {Kind: eni.ErrUnavailable, Why: "the nonce was used: a proxy delivered the request twice, and the first response is lost"},
	4600: {Kind: eni.ErrUnsupported, Why: "the protocol: https instead of http, or http instead of https"},
	5000: {Kind: eni.ErrUnknown, OnDescribe: eni.ErrNotFound, Why: "for a change it does not say whether the VPC, the interface or an address is not found; " +
		"a description has only an interface, and a task query a task, which Task handles"},
	5100: {Kind: eni.ErrInvalid, Why: "the operation failed for a reason in the message, mostly a parameter; a description shows the state"},
	5200: {Kind: eni.ErrUnsupported, Why: "the account cannot buy something; a retry fails too"},
	5300: {Kind: eni.ErrUnsupported, Why: "the account has no balance, for longer than a retry lasts"},
	5400: {Kind: eni.ErrUnknown, Why: "a part was carried out: a description shows which part"},
	5500: {Kind: eni.ErrUnsupported, Why: "the owner of the account is not verified"},
	6000: {Kind: eni.ErrUnavailable, Why: "a failure of the cloud"},
	6100: {Kind: eni.ErrUnsupported, Why: "the version of the API"},
	6200: {Kind: eni.ErrUnavailable, Why: "the action is temporarily not available"},
}

// codeDescs has the documented values of codeDesc, in lower case. Each is specific, so
// it has priority over the number.
var codeDescs = codes.Rules{
	"invalidnetworkinterface.notfound":          {Kind: eni.ErrNotFound, Why: "the interface"},
	"invalidinstance.notfound":                  {Kind: eni.ErrConflict, Why: "the instance, not the interface, which becomes free later"},
	"invalidvpc.notfound":                       {Kind: eni.ErrInvalid, Why: "the VPC, which comes from a description just before; not about the interface"},
	"resourcenotfound":                          {Kind: eni.ErrUnknown, OnDescribe: eni.ErrNotFound, Why: "as 5000; only changes of API 3.0 have no VPC"},
	"invalidparameter.secretidnotfound":         {Kind: eni.ErrUnauthenticated, Expired: true, Why: "as 4104; not a parameter of the change"},
	"invalidparameter.signaturefailure":         {Kind: eni.ErrUnauthenticated, Why: "as 4100; not a parameter of the change"},
	"invalidrequest.forbidden":                  {Kind: eni.ErrPermission, Why: "as 4300"},
	"invalidrequest.limitexceeded":              {Kind: eni.ErrThrottled, Why: "as 4400: called a quota, but it is a rate"},
	"invalidrequest.requestconcurrencyexceeded": {Kind: eni.ErrThrottled, Why: "too many concurrent requests"},
	"invalidrequest.mfacheckfailed":             {Kind: eni.ErrUnauthenticated, Why: "as 4106"},
	"invalidrequest.replayattack":               {Kind: eni.ErrUnavailable, Why: "as 4500: the first response is lost"},
	"invalidrequest.tokencheckfailed":           {Kind: eni.ErrUnauthenticated, Expired: true, Why: "as 4105"},
	"invalidrequest.unsupportedprotocol":        {Kind: eni.ErrUnsupported, Why: "as 4600"},
	"invalidaction.notfound":                    {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"invalidaction.actionunavailable":           {Kind: eni.ErrUnavailable, Why: "as 6200"},
	"actionlocked":                              {Kind: eni.ErrUnavailable, Why: "the action is temporarily locked, as 6200"},
	"internalerror.resourceopfailed":            {Kind: eni.ErrInvalid, Why: "as 5100, a retry fails too; not a failure of the cloud"},
	"invalidprivateip.isprimary":                {Kind: eni.ErrInvalid, Why: "a primary address can never be released"},
}

// ruleForLegacy returns the rule of a response of API 2.0: of a specific codeDesc, else
// of the number, else of the table of API 3.0, whose codes some clouds put into codeDesc.
func ruleForLegacy(code string, number int) (codes.Rule, bool) {
	if r, ok := codeDescs[strings.ToLower(code)]; ok {
		return r, true
	}
	known, ok := ruleFor(code)
	// A code of one part, such as InvalidParameter, is not more specific than a number.
	specific := ok && strings.Contains(code, ".")
	if r, ok := numbers[number]; ok && !specific {
		return r, true
	}
	return known, ok
}

// classifyLegacy returns the kind of a response of API 2.0.
func classifyLegacy(op, code string, number, status int) eni.Kind {
	if r, ok := ruleForLegacy(code, number); ok {
		return r.Of(op)
	}
	return classify(op, code, status)
}
