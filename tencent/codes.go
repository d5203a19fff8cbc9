// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// table has the codes that the API documents for the actions of the client, the common
// codes of Tencent Cloud, and some observed in practice, in lower case.
var table = codes.New(codes.Rules{
	// Another change is in progress.
	"unsupportedoperation.mutexoperationtaskrunning": {Kind: eni.ErrConflict, Why: "a task of this interface is running; not a lack of support"},
	"operationdenied.mutextaskrunning":               {Kind: eni.ErrConflict, Why: "the older name of MutexOperationTaskRunning"},
	"unsupportedoperation.idempotentprocessing":      {Kind: eni.ErrConflict, Why: "a request with the same token is in progress"},
	"operationdenied.instanceoperationinprogress":    {Kind: eni.ErrConflict, Why: "a task of the instance is running"},
	"mutexoperation.taskrunning":                     {Kind: eni.ErrConflict, Why: "another spelling of MutexTaskRunning, observed in practice"},
	"desoperation.mutextaskrunning":                  {Kind: eni.ErrConflict, Why: "another spelling of MutexTaskRunning, observed in practice"},
	"unsupportedoperation.resourceprocessing":        {Kind: eni.ErrConflict, Why: "another change of the resource is in progress; not a lack of support"},
	"limitexceeded.actionlimited":                    {Kind: eni.ErrThrottled, Why: "a rate of the action, not a quota"},

	// The instance is in a state that passes by itself.
	"unsupportedoperation.invalidinstancestate":      {Kind: eni.ErrConflict, Why: "the instance is starting or stopping, which passes by itself"},
	"unsupportedoperation.instancestatenotsupported": {Kind: eni.ErrConflict, Why: "as InvalidInstanceState, of an instance with an elastic IP"},
	"invalidparametervalue.invalidinstancestate":     {Kind: eni.ErrConflict, Why: "as InvalidInstanceState; not an invalid parameter"},

	"unsupportedoperation.invalidaddressstate":      {Kind: eni.ErrConflict, Why: "the elastic IP of the address is being bound or unbound, which passes by itself"},
	"unsupportedoperation.addressstatusnotpermit":   {Kind: eni.ErrConflict, Why: "as InvalidAddressState"},
	"unsupportedoperation.addressipstatusnotpermit": {Kind: eni.ErrConflict, Why: "as InvalidAddressState"},
	"unsupportedoperation.tagallocate":              {Kind: eni.ErrConflict, Why: "a tag is being made, which passes by itself"},
	"unsupportedoperation.tagfree":                  {Kind: eni.ErrConflict, Why: "a tag is being removed, which passes by itself"},
	"resourcebusy":                                  {Kind: eni.ErrConflict, Why: "another change is in progress, observed in practice"},

	// The instance is gone, and the interface may stay attached for a while. The client
	// describes it before each detach and decides.
	"invalidinstanceid.notfound":            {Kind: eni.ErrConflict, Why: "the instance, not the interface, which becomes free later"},
	"unsupportedoperation.instancenotexist": {Kind: eni.ErrConflict, Why: "as InvalidInstanceId.NotFound; not a lack of support"},

	// The items of the request. ErrNotFound is only for the interface, because the client
	// reports the addresses of a missing interface as gone.
	"resourcenotfound": {Kind: eni.ErrNotFound, Why: "the interface; for a detach possibly the instance, so the core also " +
		"requires a description without the interface; for a task query the task, which Task handles"},
	"invalidnetworkinterfaceid.notfound":               {Kind: eni.ErrNotFound, Why: "the interface, observed in practice"},
	"invalidparametervalue.networkinterfacenotfound":   {Kind: eni.ErrNotFound, Why: "the interface, in services that call this one"},
	"unsupportedoperation.resourceisinvalidstate":      {Kind: eni.ErrState, Why: "frozen or isolated: needs a person"},
	"unsupportedoperation.lockedresources":             {Kind: eni.ErrState, Why: "locked: needs a person"},
	"unsupportedoperation.instancemismatch":            {Kind: eni.ErrState, Why: "attached to another instance, or free: a description distinguishes them"},
	"unsupportedoperation.instanceassociatehavip":      {Kind: eni.ErrState, Why: "a HAVIP on the instance must be removed first"},
	"unsupportedoperation.attachmentalreadyexists":     {Kind: eni.ErrState, Why: "only for attach actions: a description shows the attachment"},
	"unsupportedoperation.resourcemismatch":            {Kind: eni.ErrInvalid, Why: "the address belongs to another resource"},
	"unsupportedoperation.vpcmismatch":                 {Kind: eni.ErrInvalid, Why: "the resources are in different VPCs"},
	"unsupportedoperation.zonemismatch":                {Kind: eni.ErrInvalid, Why: "the resources are in different zones"},
	"failedoperation.invalidregion":                    {Kind: eni.ErrInvalid, Why: "configuration"},
	"failedoperation.taskfailed":                       {Kind: eni.ErrUnknown, Why: "as FailedOperation"},
	"failedoperation.netdetecttimeout":                 {Kind: eni.ErrUnavailable, Why: "a probe of the cloud got no response"},
	"invalidvpcid.notfound":                            {Kind: eni.ErrInvalid, Why: "the VPC, not the interface"},
	"invalidsecuritygroupid.notfound":                  {Kind: eni.ErrInvalid, Why: "the security group, not the interface"},
	"unsupportedoperation.attachmentnotfound":          {Kind: eni.ErrNotAssigned, OnDetach: eni.ErrState, Why: "the address is not bound to the interface: already released"},
	"unauthorizedoperation.attachmentnotfound":         {Kind: eni.ErrNotAssigned, OnDetach: eni.ErrState, Why: "as UnsupportedOperation.AttachmentNotFound, for IPv6; not about permissions"},
	"unauthorizedoperation.primaryip":                  {Kind: eni.ErrInvalid, Why: "a primary address; not about permissions"},
	"unsupportedoperation.primaryip":                   {Kind: eni.ErrInvalid, Why: "a primary address can never be released"},
	"unsupportedoperation.invalidstate":                {Kind: eni.ErrState, Why: "the code does not distinguish free, attaching and deleting: a description does"},
	"resourceunavailable":                              {Kind: eni.ErrState, Why: "isolated or in arrears; the interface exists"},
	"unsupportedoperation":                             {Kind: eni.ErrUnsupported, Why: "the code gives no reason; possibly a primary IPv4 address or a primary interface"},
	"failedoperation":                                  {Kind: eni.ErrUnknown, Why: "does not say whether a retry can succeed"},
	"dryrunoperation":                                  {Kind: eni.ErrInvalid, Why: "only for a request with DryRun, which would have succeeded"},
	"limitexceeded.ratelimitexceeded":                  {Kind: eni.ErrThrottled, Why: "a rate, not a quota"},
	"limitexceeded.address":                            {Kind: eni.ErrQuota, Why: "addresses of an interface"},
	"limitexceeded.networkinterfacelimitexceeded":      {Kind: eni.ErrQuota, Why: "interfaces of a VPC"},
	"resourceinsufficient.subnet":                      {Kind: eni.ErrQuota, Why: "the subnet has no free address"},
	"limitexceeded":                                    {Kind: eni.ErrQuota, Why: "a quota; a rate has a suffix"},
	"resourceinsufficient":                             {Kind: eni.ErrQuota, Why: "the cloud has no capacity, for longer than a retry lasts"},
	"unsupportedoperation.idempotentparametermismatch": {Kind: eni.ErrInvalid, Why: "a token was used for two different requests"},

	// The request is invalid.
	"invalidparameter":                                  {Kind: eni.ErrInvalid, Why: "the code gives no reason"},
	"invalidparameter.coexist":                          {Kind: eni.ErrInvalid, Why: "ids and filters exclude each other; not a conflict"},
	"invalidparameter.filterinvalidkey":                 {Kind: eni.ErrInvalid, Why: "filters, which the request does not have"},
	"invalidparameter.filternotdict":                    {Kind: eni.ErrInvalid, Why: "filters, which the request does not have"},
	"invalidparameter.filtervaluesnotlist":              {Kind: eni.ErrInvalid, Why: "filters, which the request does not have"},
	"invalidparametervalue":                             {Kind: eni.ErrInvalid, Why: "the code gives no reason"},
	"invalidparametervalue.duplicatepara":               {Kind: eni.ErrInvalid, Why: "an address appears twice"},
	"invalidparametervalue.limitexceeded":               {Kind: eni.ErrInvalid, Why: "too many items in one call, not a quota"},
	"invalidparametervalue.malformed":                   {Kind: eni.ErrInvalid, Why: "an id or an address is malformed"},
	"invalidparametervalue.range":                       {Kind: eni.ErrInvalid, Why: "an address is outside of the subnet"},
	"invalidrequest":                                    {Kind: eni.ErrInvalid, Why: "the body is malformed"},
	"missingparameter":                                  {Kind: eni.ErrInvalid, Why: "a parameter is missing"},
	"unknownparameter":                                  {Kind: eni.ErrInvalid, Why: "a parameter that the API does not have"},
	"invalidparameter.conflict":                         {Kind: eni.ErrInvalid, Why: "two parameters exclude each other; not a conflict between changes"},
	"invalidparametervalue.networkinterfaceidmalformed": {Kind: eni.ErrInvalid, Why: "the id is malformed"},
	"invalidparametervalue.notutf8encodingerror":        {Kind: eni.ErrInvalid, Why: "a value is malformed"},
	"invalidparametervalue.reserved":                    {Kind: eni.ErrInvalid, Why: "an address reserved by the cloud"},
	"invalidparametervalue.toolong":                     {Kind: eni.ErrInvalid, Why: "a value is malformed"},
	"unknownparameter.withguess":                        {Kind: eni.ErrInvalid, Why: "as UnknownParameter"},
	"requestsizelimitexceeded":                          {Kind: eni.ErrInvalid, Why: "a size, not a rate"},
	"responsesizelimitexceeded":                         {Kind: eni.ErrInvalid, Why: "the response would be too large"},

	// The region or the version of the API cannot do it.
	"unsupportedoperation.unassigncidrblock":         {Kind: eni.ErrUnsupported, Why: "the subnet has no IPv6, despite the name"},
	"unsupportedoperation.unsupportedinstancefamily": {Kind: eni.ErrUnsupported, Why: "the family of the instance has no interfaces"},
	"unsupportedoperation.accountnotsupported":       {Kind: eni.ErrUnsupported, Why: "the type of account cannot do it"},
	"unsupportedoperation.actionnotfound":            {Kind: eni.ErrUnsupported, Why: "as InvalidAction"},
	"actionoffline":                                  {Kind: eni.ErrUnsupported, Why: "the action was removed"},
	"invalidaction":                                  {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"nosuchproduct":                                  {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the service"},
	"nosuchversion":                                  {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the version"},
	"unsupportedprotocol":                            {Kind: eni.ErrUnsupported, Why: "https instead of http, or http instead of https"},
	"unsupportedregion":                              {Kind: eni.ErrUnsupported, Why: "the region does not have the action"},

	// The caller. A message about a signature may contain the string to sign.
	"authfailure.invalidauthorization":               {Kind: eni.ErrUnauthenticated, Why: "a proxy changed the header"},
	"authfailure.invalidsecretid":                    {Kind: eni.ErrUnauthenticated, Why: "the secret id is not that of an API key"},
	"authfailure.mfafailure":                         {Kind: eni.ErrUnauthenticated, Why: "a second factor is required"},
	"authfailure.secretidnotfound":                   {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was deleted, for example in a rotation; not about the interface"},
	"authfailure.signatureexpire":                    {Kind: eni.ErrUnauthenticated, Why: "the clock of the machine is wrong, so a retry fails too"},
	"authfailure.signaturefailure":                   {Kind: eni.ErrUnauthenticated, Why: "the secret is wrong, or a proxy changed the request"},
	"authfailure.tokenfailure":                       {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the session token has expired"},
	"authfailure.unauthorizedoperation":              {Kind: eni.ErrPermission, Why: "the only AuthFailure about permission"},
	"unauthorizedoperation":                          {Kind: eni.ErrPermission, Why: "by policy"},
	"unauthorizedoperation.invalidaccount":           {Kind: eni.ErrPermission, Why: "the account is not allowed"},
	"unauthorizedoperation.norealnameauthentication": {Kind: eni.ErrPermission, Why: "the owner of the account is not verified"},
	"unsupportedoperation.tagnotpermit":              {Kind: eni.ErrPermission, Why: "by a policy on tags"},
	"operationdenied.addressinarrears":               {Kind: eni.ErrPermission, Why: "the elastic IP is blocked until its owner has paid"},
	"unsupportedoperation.addressipinarrear":         {Kind: eni.ErrPermission, Why: "as OperationDenied.AddressInArrears"},
	"failedoperation.balanceinsufficient":            {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has paid"},
	"ipinblacklist":                                  {Kind: eni.ErrPermission, Why: "the address of the machine is blocked"},
	"ipnotinwhitelist":                               {Kind: eni.ErrPermission, Why: "the address of the machine is not allowed"},

	// A failure of the cloud.
	"internalservererror": {Kind: eni.ErrUnavailable, Why: "a failure of the cloud"},
	"serviceunavailable":  {Kind: eni.ErrUnavailable, Why: "temporary"},
}, codes.Rules{
	// Families: every code with an extension after a dot has the same meaning. There is
	// none for UnauthorizedOperation, UnsupportedOperation, LimitExceeded and
	// InvalidParameterValue, because their suffixes change the meaning.
	"resourceinuse":        {Kind: eni.ErrConflict, Why: "another change uses it, or it is still attached, which passes by itself; the suffix names the part"},
	"requestlimitexceeded": {Kind: eni.ErrThrottled, Why: "by account, region or source address: .UinLimitExceeded, .GlobalRegionUinLimitExceeded, .IPLimitExceeded"},
	"authfailure":          {Kind: eni.ErrUnauthenticated, Why: "the exception, UnauthorizedOperation, is in the table"},
	"internalerror":        {Kind: eni.ErrUnavailable, Why: "the suffix names a module of the cloud"},
})
