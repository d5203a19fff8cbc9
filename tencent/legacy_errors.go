package tencent

import (
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// Explain implements core.Driver.
func (d *legacyDriver) Explain(op string, err error) *eni.Error {
	return explain(err, func(code string, e *requestError) eni.Kind {
		return classifyLegacy(op, code, e.number, e.status)
	})
}

// numbers has the codes that are common to all of API 2.0.
var numbers = map[int]rule{
	4000: {kind: eni.ErrInvalid, why: "a parameter is missing or badly written"},
	4100: {kind: eni.ErrUnauthenticated, message: "the signature does not match: wrong secret key, or a proxy that changes requests", why: "the message holds what was signed"},
	4101: {kind: eni.ErrPermission, why: "of the action"},
	4102: {kind: eni.ErrPermission, why: "of the resource"},
	4103: {kind: eni.ErrPermission, why: "of the resource, by this action"},
	4104: {kind: eni.ErrUnauthenticated, expired: true, why: "no such key: it was deleted, as it is when keys are rotated"},
	4105: {kind: eni.ErrUnauthenticated, expired: true, why: "the token of a session that is over"},
	4106: {kind: eni.ErrUnauthenticated, why: "a second factor is wanted"},
	4110: {kind: eni.ErrUnauthenticated, why: "whatever else the service for credentials objects to"},
	4200: {kind: eni.ErrUnauthenticated, why: "the clock of this machine is off, which no retry mends"},
	4300: {kind: eni.ErrPermission, why: "the account is shut out"},
	4400: {kind: eni.ErrThrottled, why: "called a quota, but one of requests in a time"},
	4500: {kind: eni.ErrUnavailable, why: "the nonce was used: something on the way delivered the request twice, and the answer to the first delivery is lost"},
	4600: {kind: eni.ErrUnsupported, why: "the protocol: https where it is http, or the other way round"},
	5000: {kind: eni.ErrUnknown, onDescribe: eni.ErrNotFound, why: "a change names a VPC, an interface and addresses, and this does not say which is not found; " +
		"a description names an interface alone, and a task query a task, which Task reports itself"},
	5100: {kind: eni.ErrInvalid, why: "the operation failed for a reason in the message, a parameter mostly; a description shows what is true"},
	5200: {kind: eni.ErrUnsupported, why: "about a purchase that this account cannot make: none is made here, and no retry mends it"},
	5300: {kind: eni.ErrUnsupported, why: "the account is out of money, for longer than a retry lasts"},
	5400: {kind: eni.ErrUnknown, why: "a part was carried out: a description shows which"},
	5500: {kind: eni.ErrUnsupported, why: "the account's holder has not been verified, so it cannot do it"},
	6000: {kind: eni.ErrUnavailable, why: "an error of the cloud itself"},
	6100: {kind: eni.ErrUnsupported, why: "the version"},
	6200: {kind: eni.ErrUnavailable, why: "the action is out of order for now"},
}

// codeDescs has the values of codeDesc that the API documents for the actions, in lower
// case. Each is specific, so it decides whatever the number is.
var codeDescs = map[string]rule{
	"invalidnetworkinterface.notfound": {kind: eni.ErrNotFound},
	"invalidinstance.notfound":         {kind: eni.ErrState, why: "the instance, not the interface: a description shows it"},
	"invalidvpc.notfound":              {kind: eni.ErrInvalid, why: "a description has just named that VPC: it says nothing about the interface"},
	"resourcenotfound":                 {kind: eni.ErrUnknown, onDescribe: eni.ErrNotFound, why: "as 5000; API 3.0 has no VPC in its changes"},
	"invalidprivateip.isprimary":       {kind: eni.ErrInvalid, why: "a primary address can never be released"},
}

// classifyLegacy gives an answer of API 2.0 its kind. A specific codeDesc comes
// first, then the number, then what only one of the other tables knows: clouds in
// between the two APIs put the codes of the newer one into codeDesc.
func classifyLegacy(op, code string, number, status int) eni.Kind {
	lower := strings.ToLower(code)
	if r, ok := codeDescs[lower]; ok {
		return r.of(op)
	}
	if r, ok := numbers[number]; ok && !specific(lower) {
		return r.of(op)
	}
	return classify(op, code, status)
}

// specific reports whether a code of API 3.0 says more than a number. Those of one
// part, such as InvalidParameter, do not.
func specific(lower string) bool {
	_, known := rules[lower]
	return strings.Contains(lower, ".") && (known || familyOf(lower) != 0)
}
