package tencent

import (
	"errors"
	"net/http"
	"strings"

	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
)

// Explain implements core.Driver.
func (d *driver) Explain(op string, err error) *eni.Error {
	return explain(err, func(code string, e *requestError) eni.Kind { return classify(op, code, e.status) })
}

// explain turns an error into one of package eni.
func explain(err error, classify func(code string, f *requestError) eni.Kind) *eni.Error {
	var e *requestError
	if !errors.As(err, &e) {
		e = newRequestError(err, 0, nil)
	}
	var refused *tcerrors.TencentCloudSDKError
	if !errors.As(e.err, &refused) {
		return &eni.Error{Kind: kindOf(e.err), Message: oneLine(e.err.Error()), HTTPStatus: e.status, Err: e.err}
	}
	message := refused.Message
	if cause := errors.Unwrap(refused); cause != nil {
		message += ": " + cause.Error()
	}
	return &eni.Error{
		Kind:       classify(refused.Code, e),
		Code:       clip(oneLine(refused.Code), maxName),
		Message:    oneLine(message),
		RequestID:  clip(oneLine(refused.RequestId), maxName),
		HTTPStatus: e.status,
		Err:        e.err,
	}
}

// expired reports whether the cloud said that the credentials are no longer valid,
// and not that they never were: to retry with the same ones never helps.
func (e *requestError) expired() bool {
	return rules[strings.ToLower(sdkPart(e.err).Code)].expired || numbers[e.number].expired
}

// kindOf is for errors that are neither the cloud's nor the SDK's.
func kindOf(err error) eni.Kind {
	if isContextError(err) {
		return eni.ErrUnavailable
	}
	return eni.KindOf(err)
}

// rule is what a code means.
type rule struct {
	kind       eni.Kind
	onDetach   eni.Kind // where it means something else there
	onDescribe eni.Kind // likewise
	expired    bool     // the credentials were valid once: there may be others by now
	message    string   // replaces the cloud's, which may hold a secret
	why        string   // where the code does not say it
}

// of returns what the code means as the answer to an operation.
func (r rule) of(op string) eni.Kind {
	switch {
	case r.onDetach != 0 && op == eni.OpDetach:
		return r.onDetach
	case r.onDescribe != 0 && op == eni.OpDescribe:
		return r.onDescribe
	default:
		return r.kind
	}
}

// rules has the codes that the API documents for the five actions, the ones that
// are common to all of Tencent Cloud, and the SDK's own, in lower case.
var rules = map[string]rule{
	// Another change is in progress.
	"unsupportedoperation.mutexoperationtaskrunning": {kind: eni.ErrConflict, why: "a task of this interface is running; not a lack of support"},
	"operationdenied.mutextaskrunning":               {kind: eni.ErrConflict, why: "the older name of the same"},
	"unsupportedoperation.idempotentprocessing":      {kind: eni.ErrConflict, why: "a request with the same token is under way"},
	"operationdenied.instanceoperationinprogress":    {kind: eni.ErrConflict, why: "a task of the instance is running"},
	"mutexoperation.taskrunning":                     {kind: eni.ErrConflict, why: "another spelling of MutexTaskRunning, seen in the field"},
	"desoperation.mutextaskrunning":                  {kind: eni.ErrConflict, why: "another spelling of MutexTaskRunning, seen in the field"},
	"unsupportedoperation.resourceprocessing":        {kind: eni.ErrConflict, why: "another change of the resource is in progress; not a lack of support"},
	"requestlimitexceeded":                           {kind: eni.ErrThrottled},
	"limitexceeded.actionlimited":                    {kind: eni.ErrThrottled, why: "a rate of the action, not a quota"},

	// The instance is in a state that passes.
	"unsupportedoperation.invalidinstancestate":      {kind: eni.ErrConflict, why: "the instance is starting or stopping, which passes"},
	"unsupportedoperation.instancestatenotsupported": {kind: eni.ErrConflict, why: "as InvalidInstanceState, of an instance with an elastic IP"},
	"invalidparametervalue.invalidinstancestate":     {kind: eni.ErrConflict, why: "as InvalidInstanceState; the parameter is right"},

	// What the request names. Not found is the interface and nothing else: the
	// client would report that nothing is left to take off.
	"resourcenotfound": {kind: eni.ErrNotFound, why: "the interface; on a detach perhaps the instance, so the core " +
		"believes it only together with a description without the interface; in a task query the task, which Task reports itself"},
	"invalidinstanceid.notfound":                       {kind: eni.ErrState, why: "the instance, not the interface, which may be free by now: a description shows it"},
	"invalidvpcid.notfound":                            {kind: eni.ErrInvalid, why: "the VPC: it says nothing about the interface"},
	"invalidsecuritygroupid.notfound":                  {kind: eni.ErrInvalid, why: "the security group: it says nothing about the interface"},
	"unsupportedoperation.attachmentnotfound":          {kind: eni.ErrNotAssigned, onDetach: eni.ErrState, why: "the address has no binding to the interface: it is off already"},
	"unauthorizedoperation.attachmentnotfound":         {kind: eni.ErrNotAssigned, onDetach: eni.ErrState, why: "the same for IPv6; nothing about permissions"},
	"unauthorizedoperation.primaryip":                  {kind: eni.ErrInvalid, why: "a primary address; nothing about permissions"},
	"unsupportedoperation.primaryip":                   {kind: eni.ErrInvalid, why: "a primary address can never be released"},
	"unsupportedoperation.invalidstate":                {kind: eni.ErrState, why: "it does not say which, and free, attaching and being deleted are among them: a description shows it"},
	"resourceinuse":                                    {kind: eni.ErrState, why: "still attached: a description shows to what"},
	"resourceunavailable":                              {kind: eni.ErrState, why: "isolated or in arrears: it exists"},
	"unsupportedoperation":                             {kind: eni.ErrUnsupported, why: "the code says no more; a primary IPv4 address and a primary interface may earn it"},
	"failedoperation":                                  {kind: eni.ErrUnknown, why: "says only that it failed, not whether it can succeed"},
	"dryrunoperation":                                  {kind: eni.ErrInvalid, why: "would have succeeded: only a request with DryRun earns it"},
	"limitexceeded":                                    {kind: eni.ErrQuota},
	"resourceinsufficient":                             {kind: eni.ErrQuota, why: "the cloud has sold out, for longer than a retry lasts"},
	"unsupportedoperation.idempotentparametermismatch": {kind: eni.ErrInvalid, why: "a token used for two different requests"},

	// How the request is written.
	"invalidparameter":                     {kind: eni.ErrInvalid},
	"invalidparameter.coexist":             {kind: eni.ErrInvalid, why: "ids and filters exclude each other; not a conflict"},
	"invalidparameter.filterinvalidkey":    {kind: eni.ErrInvalid},
	"invalidparameter.filternotdict":       {kind: eni.ErrInvalid},
	"invalidparameter.filtervaluesnotlist": {kind: eni.ErrInvalid},
	"invalidparametervalue":                {kind: eni.ErrInvalid},
	"invalidparametervalue.duplicatepara":  {kind: eni.ErrInvalid},
	"invalidparametervalue.limitexceeded":  {kind: eni.ErrInvalid, why: "too many items in one call, not a quota"},
	"invalidparametervalue.malformed":      {kind: eni.ErrInvalid},
	"invalidparametervalue.range":          {kind: eni.ErrInvalid},
	"invalidrequest":                       {kind: eni.ErrInvalid},
	"missingparameter":                     {kind: eni.ErrInvalid},
	"unknownparameter":                     {kind: eni.ErrInvalid},
	"requestsizelimitexceeded":             {kind: eni.ErrInvalid, why: "a size, not a rate"},
	"responsesizelimitexceeded":            {kind: eni.ErrInvalid, why: "asks for more than one reply can hold"},

	// What this region and this version of the API have.
	"actionoffline":       {kind: eni.ErrUnsupported},
	"invalidaction":       {kind: eni.ErrUnsupported, why: "the endpoint does not have the action"},
	"nosuchproduct":       {kind: eni.ErrUnsupported},
	"nosuchversion":       {kind: eni.ErrUnsupported},
	"unsupportedprotocol": {kind: eni.ErrUnsupported},
	"unsupportedregion":   {kind: eni.ErrUnsupported},

	// The caller. A message about a signature may hold what was signed.
	"authfailure":                       {kind: eni.ErrUnauthenticated},
	"authfailure.invalidauthorization":  {kind: eni.ErrUnauthenticated, message: "the Authorization header is not valid"},
	"authfailure.invalidsecretid":       {kind: eni.ErrUnauthenticated, why: "a secret id of another kind than API keys"},
	"authfailure.mfafailure":            {kind: eni.ErrUnauthenticated, why: "a second factor is wanted"},
	"authfailure.secretidnotfound":      {kind: eni.ErrUnauthenticated, expired: true, why: "not found, but nothing about the interface: the key was deleted, as it is when keys are rotated"},
	"authfailure.signatureexpire":       {kind: eni.ErrUnauthenticated, why: "the clock of this machine is off by minutes, which no retry mends"},
	"authfailure.signaturefailure":      {kind: eni.ErrUnauthenticated, message: "the signature does not match: wrong secret key, or a proxy that changes requests"},
	"authfailure.tokenfailure":          {kind: eni.ErrUnauthenticated, expired: true, why: "the token of a session that is over"},
	"authfailure.unauthorizedoperation": {kind: eni.ErrPermission, why: "known, but not allowed: the one AuthFailure that is no failure to authenticate"},
	"unauthorizedoperation":             {kind: eni.ErrPermission},
	"ipinblacklist":                     {kind: eni.ErrPermission, why: "this machine's address is shut out"},
	"ipnotinwhitelist":                  {kind: eni.ErrPermission, why: "this machine's address is not let in"},

	// A failure in the cloud.
	"internalerror":             {kind: eni.ErrUnavailable},
	"internalerror.moduleerror": {kind: eni.ErrUnavailable},
	"internalservererror":       {kind: eni.ErrUnavailable},
	"serviceunavailable":        {kind: eni.ErrUnavailable},

	// The SDK, on this side of the wire.
	"clienterror.networkerror":        {kind: eni.ErrUnavailable, message: "no reply"},
	"clienterror.ioerror":             {kind: eni.ErrUnavailable, message: "the reply broke off"},
	"clienterror.parsejsonerror":      {kind: eni.ErrUnavailable, message: "unreadable reply", why: "the SDK's message holds the whole body"},
	"clienterror.httpstatuscodeerror": {kind: eni.ErrUnavailable, message: "reply without an API error", why: "the SDK's message holds the whole body"},
	"clienterror.typeerror":           {kind: eni.ErrUnavailable, why: "an event stream where JSON was due"},
	"clienterror.circuitbreakererror": {kind: eni.ErrUnavailable},
	"clienterror.credentialerror":     {kind: eni.ErrUnauthenticated},
	"clienterror.inierror":            {kind: eni.ErrUnauthenticated, why: "the credentials file cannot be read"},
	"clienterror.invalidparameter":    {kind: eni.ErrInvalid},
}

// families has the few prefixes that mean the same whatever follows. There is none
// for UnauthorizedOperation, UnsupportedOperation, LimitExceeded or
// InvalidParameterValue: there the suffix changes the meaning.
var families = []struct {
	prefix string
	kind   eni.Kind
	why    string
}{
	{"requestlimitexceeded", eni.ErrThrottled, "by account, region or source address: .UinLimitExceeded, .GlobalRegionUinLimitExceeded, .IPLimitExceeded"},
	{"authfailure.", eni.ErrUnauthenticated, "the exception among them is in the table"},
	{"internalerror.", eni.ErrUnavailable, "the suffix names a module of the cloud's"},
}

// classify gives a code its kind. The HTTP status counts only where there is no
// code that says more: Tencent Cloud answers 200 to whatever reached the API.
func classify(op, code string, status int) eni.Kind {
	code = strings.ToLower(code)
	if status == http.StatusTooManyRequests && (code == "" || strings.HasPrefix(code, "clienterror.")) {
		return eni.ErrThrottled // by something before the API
	}
	if r, ok := rules[code]; ok {
		return r.of(op)
	}
	if kind := familyOf(code); kind != 0 {
		return kind
	}
	if status >= http.StatusInternalServerError {
		return eni.ErrUnavailable
	}
	return eni.ErrUnknown
}

// familyOf returns zero for a code of no family.
func familyOf(code string) eni.Kind {
	for _, f := range families {
		if strings.HasPrefix(code, f.prefix) {
			return f.kind
		}
	}
	return 0
}
