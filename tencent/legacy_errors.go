// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// numbers has the codes that are common to all of API 2.0.
var numbers = map[int]codes.Rule{
	4000: {Kind: eni.ErrInvalid, Why: "a parameter is missing or badly written"},
	4100: {Kind: eni.ErrUnauthenticated, Why: "the message holds what was signed"},
	4101: {Kind: eni.ErrPermission, Why: "of the action"},
	4102: {Kind: eni.ErrPermission, Why: "of the resource"},
	4103: {Kind: eni.ErrPermission, Why: "of the resource, by this action"},
	4104: {Kind: eni.ErrUnauthenticated, Expired: true, Why: "no such key: it was deleted, as it is when keys are rotated"},
	4105: {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the token of a session that is over"},
	4106: {Kind: eni.ErrUnauthenticated, Why: "a second factor is wanted"},
	4110: {Kind: eni.ErrUnauthenticated, Why: "whatever else the service for credentials objects to"},
	4200: {Kind: eni.ErrUnauthenticated, Why: "the clock of this machine is off, which no retry mends"},
	4300: {Kind: eni.ErrPermission, Why: "the account is shut out"},
	4400: {Kind: eni.ErrThrottled, Why: "called a quota, but one of requests in a time"},
	4500: {Kind: eni.ErrUnavailable, Why: "the nonce was used: something on the way delivered the request twice, and the answer to the first delivery is lost"},
	4600: {Kind: eni.ErrUnsupported, Why: "the protocol: https where it is http, or the other way round"},
	5000: {Kind: eni.ErrUnknown, OnDescribe: eni.ErrNotFound, Why: "a change names a VPC, an interface and addresses, and this does not say which is not found; " +
		"a description names an interface alone, and a task query a task, which Task reports itself"},
	5100: {Kind: eni.ErrInvalid, Why: "the operation failed for a reason in the message, a parameter mostly; a description shows what is true"},
	5200: {Kind: eni.ErrUnsupported, Why: "about a purchase that this account cannot make: none is made here, and no retry mends it"},
	5300: {Kind: eni.ErrUnsupported, Why: "the account is out of money, for longer than a retry lasts"},
	5400: {Kind: eni.ErrUnknown, Why: "a part was carried out: a description shows which"},
	5500: {Kind: eni.ErrUnsupported, Why: "the account's holder has not been verified, so it cannot do it"},
	6000: {Kind: eni.ErrUnavailable, Why: "an error of the cloud itself"},
	6100: {Kind: eni.ErrUnsupported, Why: "the version"},
	6200: {Kind: eni.ErrUnavailable, Why: "the action is out of order for now"},
}

// codeDescs has the values of codeDesc that the API documents for the actions, in lower
// case. Each is specific, so it decides whatever the number is.
var codeDescs = codes.Rules{
	"invalidnetworkinterface.notfound":          {Kind: eni.ErrNotFound, Why: "the interface"},
	"invalidinstance.notfound":                  {Kind: eni.ErrConflict, Why: "the instance, not the interface, which comes free a while after it"},
	"invalidvpc.notfound":                       {Kind: eni.ErrInvalid, Why: "a description has just named that VPC: it says nothing about the interface"},
	"resourcenotfound":                          {Kind: eni.ErrUnknown, OnDescribe: eni.ErrNotFound, Why: "as 5000; API 3.0 has no VPC in its changes"},
	"invalidparameter.secretidnotfound":         {Kind: eni.ErrUnauthenticated, Expired: true, Why: "as 4104; not a parameter of the change"},
	"invalidparameter.signaturefailure":         {Kind: eni.ErrUnauthenticated, Why: "as 4100; not a parameter of the change"},
	"invalidrequest.forbidden":                  {Kind: eni.ErrPermission, Why: "as 4300"},
	"invalidrequest.limitexceeded":              {Kind: eni.ErrThrottled, Why: "as 4400: called a quota, but one of requests in a time"},
	"invalidrequest.requestconcurrencyexceeded": {Kind: eni.ErrThrottled, Why: "requests at a time"},
	"invalidrequest.mfacheckfailed":             {Kind: eni.ErrUnauthenticated, Why: "as 4106"},
	"invalidrequest.replayattack":               {Kind: eni.ErrUnavailable, Why: "as 4500: the answer to the first delivery is lost"},
	"invalidrequest.tokencheckfailed":           {Kind: eni.ErrUnauthenticated, Expired: true, Why: "as 4105"},
	"invalidrequest.unsupportedprotocol":        {Kind: eni.ErrUnsupported, Why: "as 4600"},
	"invalidaction.notfound":                    {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"invalidaction.actionunavailable":           {Kind: eni.ErrUnavailable, Why: "as 6200"},
	"actionlocked":                              {Kind: eni.ErrUnavailable, Why: "the action is locked for now, as 6200"},
	"internalerror.resourceopfailed":            {Kind: eni.ErrInvalid, Why: "as 5100, which no retry mends; not an error of the cloud itself"},
	"invalidprivateip.isprimary":                {Kind: eni.ErrInvalid, Why: "a primary address can never be released"},
}

// ruleForLegacy finds the rule of an answer of API 2.0. A specific codeDesc comes
// first, then the number, then what only one of the other tables knows: clouds in
// between the two APIs put the codes of the newer one into codeDesc.
func ruleForLegacy(code string, number int) (codes.Rule, bool) {
	if r, ok := codeDescs[strings.ToLower(code)]; ok {
		return r, true
	}
	known, ok := ruleFor(code)
	// A code of one part, such as InvalidParameter, says no more than a number.
	specific := ok && strings.Contains(code, ".")
	if r, ok := numbers[number]; ok && !specific {
		return r, true
	}
	return known, ok
}

// classifyLegacy gives an answer of API 2.0 its kind.
func classifyLegacy(op, code string, number, status int) eni.Kind {
	if r, ok := ruleForLegacy(code, number); ok {
		return r.Of(op)
	}
	return classify(op, code, status)
}
