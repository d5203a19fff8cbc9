// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// table has the codes that the API documents for the five actions, the ones that
// are common to all of Tencent Cloud, those of its field, in lower case.
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

	"unsupportedoperation.invalidaddressstate":      {Kind: eni.ErrConflict, Why: "the elastic IP of the address is being bound or unbound, which passes"},
	"unsupportedoperation.addressstatusnotpermit":   {Kind: eni.ErrConflict, Why: "as InvalidAddressState"},
	"unsupportedoperation.addressipstatusnotpermit": {Kind: eni.ErrConflict, Why: "as InvalidAddressState"},
	"unsupportedoperation.tagallocate":              {Kind: eni.ErrConflict, Why: "a tag is being made, which passes"},
	"unsupportedoperation.tagfree":                  {Kind: eni.ErrConflict, Why: "a tag is being removed, which passes"},
	"resourcebusy":                                  {Kind: eni.ErrConflict, Why: "another change is in progress, seen in the field"},

	// The instance is gone, and the interface may still be on it for a while. It is
	// described before each detach, so what is there decides.
	"invalidinstanceid.notfound":            {Kind: eni.ErrConflict, Why: "the instance, not the interface, which comes free a while after it"},
	"unsupportedoperation.instancenotexist": {Kind: eni.ErrConflict, Why: "as InvalidInstanceId.NotFound; not a lack of support"},

	// What the request names. Not found is the interface and nothing else: the
	// client would report that nothing is left to take off.
	"resourcenotfound": {Kind: eni.ErrNotFound, Why: "the interface; on a detach perhaps the instance, so the core " +
		"believes it only together with a description without the interface; in a task query the task, which Task reports itself"},
	"invalidnetworkinterfaceid.notfound":               {Kind: eni.ErrNotFound, Why: "the interface, seen in the field"},
	"invalidparametervalue.networkinterfacenotfound":   {Kind: eni.ErrNotFound, Why: "the interface, of services that call this one"},
	"unsupportedoperation.resourceisinvalidstate":      {Kind: eni.ErrState, Why: "frozen or isolated: a person has to clear that"},
	"unsupportedoperation.lockedresources":             {Kind: eni.ErrState, Why: "locked: a person has to clear that"},
	"unsupportedoperation.instancemismatch":            {Kind: eni.ErrState, Why: "attached elsewhere, or free: a description shows it"},
	"unsupportedoperation.instanceassociatehavip":      {Kind: eni.ErrState, Why: "a HAVIP on the instance has to go first"},
	"unsupportedoperation.attachmentalreadyexists":     {Kind: eni.ErrState, Why: "belongs to attaching: a description shows to what"},
	"unsupportedoperation.resourcemismatch":            {Kind: eni.ErrInvalid, Why: "the address is another resource's"},
	"unsupportedoperation.vpcmismatch":                 {Kind: eni.ErrInvalid, Why: "two VPCs"},
	"unsupportedoperation.zonemismatch":                {Kind: eni.ErrInvalid, Why: "two zones"},
	"failedoperation.invalidregion":                    {Kind: eni.ErrInvalid, Why: "configuration"},
	"failedoperation.taskfailed":                       {Kind: eni.ErrUnknown, Why: "as FailedOperation"},
	"failedoperation.netdetecttimeout":                 {Kind: eni.ErrUnavailable, Why: "a probe of the cloud's own had no answer"},
	"invalidvpcid.notfound":                            {Kind: eni.ErrInvalid, Why: "the VPC: it says nothing about the interface"},
	"invalidsecuritygroupid.notfound":                  {Kind: eni.ErrInvalid, Why: "the security group: it says nothing about the interface"},
	"unsupportedoperation.attachmentnotfound":          {Kind: eni.ErrNotAssigned, OnDetach: eni.ErrState, Why: "the address has no binding to the interface: it is off already"},
	"unauthorizedoperation.attachmentnotfound":         {Kind: eni.ErrNotAssigned, OnDetach: eni.ErrState, Why: "the same for IPv6; nothing about permissions"},
	"unauthorizedoperation.primaryip":                  {Kind: eni.ErrInvalid, Why: "a primary address; nothing about permissions"},
	"unsupportedoperation.primaryip":                   {Kind: eni.ErrInvalid, Why: "a primary address can never be released"},
	"unsupportedoperation.invalidstate":                {Kind: eni.ErrState, Why: "it does not say which, and free, attaching and being deleted are among them: a description shows it"},
	"resourceunavailable":                              {Kind: eni.ErrState, Why: "isolated or in arrears: it exists"},
	"unsupportedoperation":                             {Kind: eni.ErrUnsupported, Why: "the code says no more; a primary IPv4 address and a primary interface may earn it"},
	"failedoperation":                                  {Kind: eni.ErrUnknown, Why: "says only that it failed, not whether it can succeed"},
	"dryrunoperation":                                  {Kind: eni.ErrInvalid, Why: "would have succeeded: only a request with DryRun earns it"},
	"limitexceeded.ratelimitexceeded":                  {Kind: eni.ErrThrottled, Why: "a rate, not a quota"},
	"limitexceeded.address":                            {Kind: eni.ErrQuota, Why: "addresses of an interface"},
	"limitexceeded.networkinterfacelimitexceeded":      {Kind: eni.ErrQuota, Why: "interfaces of a VPC"},
	"resourceinsufficient.subnet":                      {Kind: eni.ErrQuota, Why: "the subnet has no address left"},
	"limitexceeded":                                    {Kind: eni.ErrQuota, Why: "a quota, where no suffix says a rate"},
	"resourceinsufficient":                             {Kind: eni.ErrQuota, Why: "the cloud has sold out, for longer than a retry lasts"},
	"unsupportedoperation.idempotentparametermismatch": {Kind: eni.ErrInvalid, Why: "a token used for two different requests"},

	// How the request is written.
	"invalidparameter":                                  {Kind: eni.ErrInvalid, Why: "the code says no more"},
	"invalidparameter.coexist":                          {Kind: eni.ErrInvalid, Why: "ids and filters exclude each other; not a conflict"},
	"invalidparameter.filterinvalidkey":                 {Kind: eni.ErrInvalid, Why: "filters, which no call here sends"},
	"invalidparameter.filternotdict":                    {Kind: eni.ErrInvalid, Why: "filters, which no call here sends"},
	"invalidparameter.filtervaluesnotlist":              {Kind: eni.ErrInvalid, Why: "filters, which no call here sends"},
	"invalidparametervalue":                             {Kind: eni.ErrInvalid, Why: "the code says no more"},
	"invalidparametervalue.duplicatepara":               {Kind: eni.ErrInvalid, Why: "an address is there twice"},
	"invalidparametervalue.limitexceeded":               {Kind: eni.ErrInvalid, Why: "too many items in one call, not a quota"},
	"invalidparametervalue.malformed":                   {Kind: eni.ErrInvalid, Why: "an id or an address is badly written"},
	"invalidparametervalue.range":                       {Kind: eni.ErrInvalid, Why: "an address is outside of the subnet"},
	"invalidrequest":                                    {Kind: eni.ErrInvalid, Why: "the body is badly written"},
	"missingparameter":                                  {Kind: eni.ErrInvalid, Why: "a parameter is missing"},
	"unknownparameter":                                  {Kind: eni.ErrInvalid, Why: "a parameter that the API does not have"},
	"invalidparameter.conflict":                         {Kind: eni.ErrInvalid, Why: "two parameters exclude each other; not a conflict between changes"},
	"invalidparametervalue.networkinterfaceidmalformed": {Kind: eni.ErrInvalid, Why: "the id is badly written"},
	"invalidparametervalue.notutf8encodingerror":        {Kind: eni.ErrInvalid, Why: "a value is badly written"},
	"invalidparametervalue.reserved":                    {Kind: eni.ErrInvalid, Why: "an address of the cloud's own"},
	"invalidparametervalue.toolong":                     {Kind: eni.ErrInvalid, Why: "a value is badly written"},
	"unknownparameter.withguess":                        {Kind: eni.ErrInvalid, Why: "as UnknownParameter"},
	"requestsizelimitexceeded":                          {Kind: eni.ErrInvalid, Why: "a size, not a rate"},
	"responsesizelimitexceeded":                         {Kind: eni.ErrInvalid, Why: "asks for more than one reply can hold"},

	// What this region and this version of the API have.
	"unsupportedoperation.unassigncidrblock":         {Kind: eni.ErrUnsupported, Why: "the subnet has no IPv6, in spite of the name"},
	"unsupportedoperation.unsupportedinstancefamily": {Kind: eni.ErrUnsupported, Why: "the family of the instance has no interfaces"},
	"unsupportedoperation.accountnotsupported":       {Kind: eni.ErrUnsupported, Why: "the type of account cannot do it"},
	"unsupportedoperation.actionnotfound":            {Kind: eni.ErrUnsupported, Why: "as InvalidAction"},
	"actionoffline":                                  {Kind: eni.ErrUnsupported, Why: "the action is gone for good"},
	"invalidaction":                                  {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"nosuchproduct":                                  {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the service"},
	"nosuchversion":                                  {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the version"},
	"unsupportedprotocol":                            {Kind: eni.ErrUnsupported, Why: "https where it is http, or the other way round"},
	"unsupportedregion":                              {Kind: eni.ErrUnsupported, Why: "the region does not have the action"},

	// The caller. A message about a signature may hold what was signed.
	"authfailure.invalidauthorization":               {Kind: eni.ErrUnauthenticated, Why: "something on the way changed the header"},
	"authfailure.invalidsecretid":                    {Kind: eni.ErrUnauthenticated, Why: "a secret id of another kind than API keys"},
	"authfailure.mfafailure":                         {Kind: eni.ErrUnauthenticated, Why: "a second factor is wanted"},
	"authfailure.secretidnotfound":                   {Kind: eni.ErrUnauthenticated, Expired: true, Why: "not found, but nothing about the interface: the key was deleted, as it is when keys are rotated"},
	"authfailure.signatureexpire":                    {Kind: eni.ErrUnauthenticated, Why: "the clock of this machine is off by minutes, which no retry mends"},
	"authfailure.signaturefailure":                   {Kind: eni.ErrUnauthenticated, Why: "another secret, or a changed request"},
	"authfailure.tokenfailure":                       {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the token of a session that is over"},
	"authfailure.unauthorizedoperation":              {Kind: eni.ErrPermission, Why: "known, but not allowed: the one AuthFailure that is no failure to authenticate"},
	"unauthorizedoperation":                          {Kind: eni.ErrPermission, Why: "by policy"},
	"unauthorizedoperation.invalidaccount":           {Kind: eni.ErrPermission, Why: "the account is not let in"},
	"unauthorizedoperation.norealnameauthentication": {Kind: eni.ErrPermission, Why: "the account's owner has not proved who he is"},
	"unsupportedoperation.tagnotpermit":              {Kind: eni.ErrPermission, Why: "by a policy on tags"},
	"operationdenied.addressinarrears":               {Kind: eni.ErrPermission, Why: "the elastic IP is blocked until its owner has paid"},
	"unsupportedoperation.addressipinarrear":         {Kind: eni.ErrPermission, Why: "as OperationDenied.AddressInArrears"},
	"failedoperation.balanceinsufficient":            {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has paid"},
	"ipinblacklist":                                  {Kind: eni.ErrPermission, Why: "this machine's address is shut out"},
	"ipnotinwhitelist":                               {Kind: eni.ErrPermission, Why: "this machine's address is not let in"},

	// A failure in the cloud.
	"internalservererror": {Kind: eni.ErrUnavailable, Why: "a failure in the cloud"},
	"serviceunavailable":  {Kind: eni.ErrUnavailable, Why: "for now"},
}, codes.Rules{
	// Families, of which every extension after a dot means the same. There is none for
	// UnauthorizedOperation, UnsupportedOperation, LimitExceeded or
	// InvalidParameterValue: there the suffix changes the meaning.
	"resourceinuse":        {Kind: eni.ErrConflict, Why: "another change holds it, or it is still attached, which passes; the suffix names the part"},
	"requestlimitexceeded": {Kind: eni.ErrThrottled, Why: "by account, region or source address: .UinLimitExceeded, .GlobalRegionUinLimitExceeded, .IPLimitExceeded"},
	"authfailure":          {Kind: eni.ErrUnauthenticated, Why: "the exception among them is in the table"},
	"internalerror":        {Kind: eni.ErrUnavailable, Why: "the suffix names a module of the cloud's"},
})
