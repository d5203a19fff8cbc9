package tencent

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// rules has the codes that the API documents for the five actions, the ones that
// are common to all of Tencent Cloud, and the SDK's own, in lower case.
var table = codes.New(codes.Rules{
	// Another change is in progress.
	"unsupportedoperation.mutexoperationtaskrunning": {Kind: eni.ErrConflict, Why: "a task of this interface is running; not a lack of support"},
	"operationdenied.mutextaskrunning":               {Kind: eni.ErrConflict, Why: "the older name of the same"},
	"unsupportedoperation.idempotentprocessing":      {Kind: eni.ErrConflict, Why: "a request with the same token is under way"},
	"operationdenied.instanceoperationinprogress":    {Kind: eni.ErrConflict, Why: "a task of the instance is running"},
	"mutexoperation.taskrunning":                     {Kind: eni.ErrConflict, Why: "another spelling of MutexTaskRunning, seen in the field"},
	"desoperation.mutextaskrunning":                  {Kind: eni.ErrConflict, Why: "another spelling of MutexTaskRunning, seen in the field"},
	"unsupportedoperation.resourceprocessing":        {Kind: eni.ErrConflict, Why: "another change of the resource is in progress; not a lack of support"},
	"limitexceeded.actionlimited":                    {Kind: eni.ErrThrottled, Why: "a rate of the action, not a quota"},

	// The instance is in a state that passes.
	"unsupportedoperation.invalidinstancestate":      {Kind: eni.ErrConflict, Why: "the instance is starting or stopping, which passes"},
	"unsupportedoperation.instancestatenotsupported": {Kind: eni.ErrConflict, Why: "as InvalidInstanceState, of an instance with an elastic IP"},
	"invalidparametervalue.invalidinstancestate":     {Kind: eni.ErrConflict, Why: "as InvalidInstanceState; the parameter is right"},

	// What the request names. Not found is the interface and nothing else: the
	// client would report that nothing is left to take off.
	"resourcenotfound": {Kind: eni.ErrNotFound, Why: "the interface; on a detach perhaps the instance, so the core " +
		"believes it only together with a description without the interface; in a task query the task, which Task reports itself"},
	"invalidinstanceid.notfound":                       {Kind: eni.ErrState, Why: "the instance, not the interface, which may be free by now: a description shows it"},
	"invalidvpcid.notfound":                            {Kind: eni.ErrInvalid, Why: "the VPC: it says nothing about the interface"},
	"invalidsecuritygroupid.notfound":                  {Kind: eni.ErrInvalid, Why: "the security group: it says nothing about the interface"},
	"unsupportedoperation.attachmentnotfound":          {Kind: eni.ErrNotAssigned, OnDetach: eni.ErrState, Why: "the address has no binding to the interface: it is off already"},
	"unauthorizedoperation.attachmentnotfound":         {Kind: eni.ErrNotAssigned, OnDetach: eni.ErrState, Why: "the same for IPv6; nothing about permissions"},
	"unauthorizedoperation.primaryip":                  {Kind: eni.ErrInvalid, Why: "a primary address; nothing about permissions"},
	"unsupportedoperation.primaryip":                   {Kind: eni.ErrInvalid, Why: "a primary address can never be released"},
	"unsupportedoperation.invalidstate":                {Kind: eni.ErrState, Why: "it does not say which, and free, attaching and being deleted are among them: a description shows it"},
	"resourceinuse":                                    {Kind: eni.ErrState, Why: "still attached: a description shows to what"},
	"resourceunavailable":                              {Kind: eni.ErrState, Why: "isolated or in arrears: it exists"},
	"unsupportedoperation":                             {Kind: eni.ErrUnsupported, Why: "the code says no more; a primary IPv4 address and a primary interface may earn it"},
	"failedoperation":                                  {Kind: eni.ErrUnknown, Why: "says only that it failed, not whether it can succeed"},
	"dryrunoperation":                                  {Kind: eni.ErrInvalid, Why: "would have succeeded: only a request with DryRun earns it"},
	"limitexceeded":                                    {Kind: eni.ErrQuota},
	"resourceinsufficient":                             {Kind: eni.ErrQuota, Why: "the cloud has sold out, for longer than a retry lasts"},
	"unsupportedoperation.idempotentparametermismatch": {Kind: eni.ErrInvalid, Why: "a token used for two different requests"},

	// How the request is written.
	"invalidparameter":                     {Kind: eni.ErrInvalid},
	"invalidparameter.coexist":             {Kind: eni.ErrInvalid, Why: "ids and filters exclude each other; not a conflict"},
	"invalidparameter.filterinvalidkey":    {Kind: eni.ErrInvalid},
	"invalidparameter.filternotdict":       {Kind: eni.ErrInvalid},
	"invalidparameter.filtervaluesnotlist": {Kind: eni.ErrInvalid},
	"invalidparametervalue":                {Kind: eni.ErrInvalid},
	"invalidparametervalue.duplicatepara":  {Kind: eni.ErrInvalid},
	"invalidparametervalue.limitexceeded":  {Kind: eni.ErrInvalid, Why: "too many items in one call, not a quota"},
	"invalidparametervalue.malformed":      {Kind: eni.ErrInvalid},
	"invalidparametervalue.range":          {Kind: eni.ErrInvalid},
	"invalidrequest":                       {Kind: eni.ErrInvalid},
	"missingparameter":                     {Kind: eni.ErrInvalid},
	"unknownparameter":                     {Kind: eni.ErrInvalid},
	"requestsizelimitexceeded":             {Kind: eni.ErrInvalid, Why: "a size, not a rate"},
	"responsesizelimitexceeded":            {Kind: eni.ErrInvalid, Why: "asks for more than one reply can hold"},

	// What this region and this version of the API have.
	"actionoffline":       {Kind: eni.ErrUnsupported},
	"invalidaction":       {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"nosuchproduct":       {Kind: eni.ErrUnsupported},
	"nosuchversion":       {Kind: eni.ErrUnsupported},
	"unsupportedprotocol": {Kind: eni.ErrUnsupported},
	"unsupportedregion":   {Kind: eni.ErrUnsupported},

	// The caller. A message about a signature may hold what was signed.
	"authfailure.invalidauthorization":  {Kind: eni.ErrUnauthenticated},
	"authfailure.invalidsecretid":       {Kind: eni.ErrUnauthenticated, Why: "a secret id of another kind than API keys"},
	"authfailure.mfafailure":            {Kind: eni.ErrUnauthenticated, Why: "a second factor is wanted"},
	"authfailure.secretidnotfound":      {Kind: eni.ErrUnauthenticated, Expired: true, Why: "not found, but nothing about the interface: the key was deleted, as it is when keys are rotated"},
	"authfailure.signatureexpire":       {Kind: eni.ErrUnauthenticated, Why: "the clock of this machine is off by minutes, which no retry mends"},
	"authfailure.signaturefailure":      {Kind: eni.ErrUnauthenticated},
	"authfailure.tokenfailure":          {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the token of a session that is over"},
	"authfailure.unauthorizedoperation": {Kind: eni.ErrPermission, Why: "known, but not allowed: the one AuthFailure that is no failure to authenticate"},
	"unauthorizedoperation":             {Kind: eni.ErrPermission},
	"ipinblacklist":                     {Kind: eni.ErrPermission, Why: "this machine's address is shut out"},
	"ipnotinwhitelist":                  {Kind: eni.ErrPermission, Why: "this machine's address is not let in"},

	// A failure in the cloud.
	"internalerror.moduleerror": {Kind: eni.ErrUnavailable},
	"internalservererror":       {Kind: eni.ErrUnavailable},
	"serviceunavailable":        {Kind: eni.ErrUnavailable},
}, codes.Rules{
	// Families, of which every extension after a dot means the same. There is none for
	// UnauthorizedOperation, UnsupportedOperation, LimitExceeded or
	// InvalidParameterValue: there the suffix changes the meaning.
	"requestlimitexceeded": {Kind: eni.ErrThrottled, Why: "by account, region or source address: .UinLimitExceeded, .GlobalRegionUinLimitExceeded, .IPLimitExceeded"},
	"authfailure":          {Kind: eni.ErrUnauthenticated, Why: "the exception among them is in the table"},
	"internalerror":        {Kind: eni.ErrUnavailable, Why: "the suffix names a module of the cloud's"},
})
