// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// table has every code of the vendor's pages for the actions that we call, and
// the common codes of its gateway, misspelt where the vendor misspells. Codes
// are compared without case.
var table = codes.New(codes.Rules{
	// Another change is under way.
	"Operation.Conflict":                  {Kind: eni.ErrConflict, Why: "another change of the interface or the instance is in progress"},
	"OperationConflict":                   {Kind: eni.ErrConflict, Why: "the second spelling of Operation.Conflict"},
	"InvalidOperation.Conflict":           {Kind: eni.ErrConflict, Why: "the third spelling of Operation.Conflict"},
	"TaskConflict":                        {Kind: eni.ErrConflict, Why: "another task is in progress"},
	"LastTokenProcessing":                 {Kind: eni.ErrConflict, Why: "the request before this one is still being served"},
	"OperationFailed.LastTokenProcessing": {Kind: eni.ErrConflict, Why: "as LastTokenProcessing"},
	"IdempotentProcessing":                {Kind: eni.ErrConflict, Why: "as LastTokenProcessing"},

	"OperationBusy":          {Kind: eni.ErrConflict, Why: "as Operation.Conflict, seen in the field"},
	"IncorrectVSwitchStatus": {Kind: eni.ErrConflict, Why: "the vSwitch is being changed, which passes"},

	// The address is not on the interface.
	"InvalidIp.IpUnassigned": {Kind: eni.ErrNotAssigned, Why: "comes for a primary address too: only a description shows which"},

	// The interface does not exist. No other thing that is not found is here: the
	// client would report that nothing is left to take off.
	"InvalidEniId.NotFound":              {Kind: eni.ErrNotFound, Why: "the id that the request names"},
	"InvalidNetworkInterfaceId.NotFound": {Kind: eni.ErrNotFound, Why: "as InvalidEniId.NotFound"},

	// The instance is in a state that passes: the pages want Running or Stopped.
	"InvalidOperation.InvalidEcsState": {Kind: eni.ErrConflict, Why: "the instance is starting or stopping, which passes"},
	"InvalidEcsState":                  {Kind: eni.ErrConflict, Why: "as InvalidOperation.InvalidEcsState"},

	// The instance is gone, and the interface may still say InUse for a while. It is
	// described before each detach, so what is there decides: free is done, and what
	// stays attached is a conflict when the budget is used up.
	"InvalidEcsId.NotFound":      {Kind: eni.ErrConflict, Why: "the instance, not the interface, which comes free a while after it"},
	"InvalidInstanceId.NotFound": {Kind: eni.ErrConflict, Why: "as InvalidEcsId.NotFound"},
	"Instance.NotFound":          {Kind: eni.ErrConflict, Why: "as InvalidEcsId.NotFound, seen in the field"},
	"Forbidden.InstanceNotFound": {Kind: eni.ErrConflict, Why: "as InvalidEcsId.NotFound; the prefix is about permission, the code is not"},

	// Members of a trunk that others take off now have to go first.
	"InvalidOperation.HasMemberEniAttached": {Kind: eni.ErrConflict, OnDelete: eni.ErrState, Why: "a trunk whose members have to go first, which others detach at the same time"},
	"InvalidOperation.HasSlaveEniBonded":    {Kind: eni.ErrConflict, OnDelete: eni.ErrState, Why: "as InvalidOperation.HasMemberEniAttached, of a bond"},

	// Only a description of the interface shows what is true, so the client makes one
	// and decides on that.
	"InvalidOperation.InvalidEniState":       {Kind: eni.ErrState, Why: "it does not say which: available, attaching and being deleted have this one code"},
	"InvalidEniState":                        {Kind: eni.ErrState, Why: "as InvalidOperation.InvalidEniState"},
	"InvalidOperation.InvalidTrunkEniStatus": {Kind: eni.ErrState, Why: "the trunk, not the interface; it does not say which state, as InvalidOperation.InvalidEniState"},
	"IncorrectEniStatus":                     {Kind: eni.ErrState, Why: "as InvalidOperation.InvalidEniState, seen in the field"},
	"InvalidParameter.EniNotBelongEcs":       {Kind: eni.ErrState, Why: "it is detached already, or on another instance"},
	"InvalidParameter.EniNotBelongTrunk":     {Kind: eni.ErrState, Why: "it is detached already, or on another trunk"},

	// The interface exists, and a person has to do something first.
	"InvalidOperation.EniLinked":              {Kind: eni.ErrState, Why: "it is linked to another interface, which has to go first"},
	"InvalidOperation.EniHotPlugNotSupported": {Kind: eni.ErrState, Why: "succeeds once the instance is stopped"},
	"InstanceLockedForSecurity":               {Kind: eni.ErrState, Why: "the vendor has locked the instance until a person clears that"},
	"InvalidOperation.HotPlugNotSupport":      {Kind: eni.ErrState, Why: "as InvalidOperation.EniHotPlugNotSupported"},

	// It can never succeed as it is written.
	"InvalidVSwitchId.IpInvalid":                  {Kind: eni.ErrInvalid, Why: "the address is outside the vSwitch's range: the caller's mistake, also where a description shows the address"},
	"InvalidParameter.OwnerAccount":               {Kind: eni.ErrInvalid, Why: "about an owner, which no call here names"},
	"InvalidParameter.ResourceOwnerAccount":       {Kind: eni.ErrInvalid, Why: "about an owner, which no call here names"},
	"InvalidRegionId.MalFormed":                   {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidPrivateIpAddress.Malformed":           {Kind: eni.ErrInvalid, Why: "the address is badly written"},
	"InvalidPrivateIpAddress.Duplicated":          {Kind: eni.ErrInvalid, Why: "belongs to assigning"},
	"InvalidOperation.InvalidEniPageNumber":       {Kind: eni.ErrInvalid, Why: "the number of a page, which no call here sends"},
	"InvalidVpc.Empty":                            {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidVpc.Indeterminacy":                    {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidResourceGroup.NotFound":               {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidIdempotenceParameter.Mismatch":        {Kind: eni.ErrInvalid, Why: "as IdempotentParameterMismatch"},
	"InvalidParameter":                            {Kind: eni.ErrInvalid, Why: "also spelt InValidParameter"},
	"InvalidParamater":                            {Kind: eni.ErrInvalid, Why: "misspelt"},
	"InvalidParameter.Conflict":                   {Kind: eni.ErrInvalid, Why: "two parameters exclude each other; not a conflict between changes"},
	"InvalidParameter.Format":                     {Kind: eni.ErrInvalid, Why: "a parameter is badly written"},
	"InvalidParameter.Accept":                     {Kind: eni.ErrInvalid, Why: "a header is badly written"},
	"InvalidParameter.IsNull":                     {Kind: eni.ErrInvalid, Why: "a parameter is missing"},
	"InvalidParams.EniId":                         {Kind: eni.ErrInvalid, Why: "the id is badly written"},
	"InvalidInstanceID.Malformed":                 {Kind: eni.ErrInvalid, Why: "also spelt MalFormed"},
	"InvalidEniId.Malformed":                      {Kind: eni.ErrInvalid, Why: "the id is badly written"},
	"InvalidIp.Address":                           {Kind: eni.ErrInvalid, Why: "the address is badly written"},
	"InvalidIp.IpAssigned":                        {Kind: eni.ErrInvalid, Why: "belongs to assigning"},
	"InvalidIp.IpRepeated":                        {Kind: eni.ErrInvalid, Why: "one request names it twice"},
	"InvalidIp.IpPrefixIllegal":                   {Kind: eni.ErrInvalid, Why: "the prefix is badly written"},
	"InvalidIp.IpPrefixMaskInvalid":               {Kind: eni.ErrInvalid, Why: "the vendor delegates no prefixes of this length"},
	"InvalidIp.IpPrefixMaskNotSame":               {Kind: eni.ErrInvalid, Why: "one request takes prefixes of one length"},
	"InvalidIp.IpPrefixNotStrict":                 {Kind: eni.ErrInvalid, Why: "the prefix has bits set beyond its length"},
	"InvalidPrivateip.IsPrimary":                  {Kind: eni.ErrInvalid, Why: "a primary address leaves only with its interface"},
	"InvalidOperation.DetachPrimaryEniNotAllowed": {Kind: eni.ErrInvalid, Why: "a primary interface leaves only with its instance"},
	"InvalidOperation.AvailabilityZoneMismatch":   {Kind: eni.ErrInvalid, Why: "the interface and the instance are in two zones"},
	"InvalidOperation.VpcMismatch":                {Kind: eni.ErrInvalid, Why: "the interface and the instance are in two VPCs"},
	"InvalidVSwitchId.NotFound":                   {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidVpcId.NotFound":                       {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidSecurityGroupId.NotFound":             {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidSecurityGroupId.NotVpc":               {Kind: eni.ErrInvalid, Why: "about a security group, which no call here names"},
	"InvalidRegionId":                             {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidRegionId.NotFound":                    {Kind: eni.ErrInvalid, Why: "configuration: it says nothing about the interface"},
	"InvalidOperation.InvalidRegion":              {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidProduct.NotFound":                     {Kind: eni.ErrInvalid, Why: "configuration: the endpoint is not one of ECS; it says nothing about the interface"},
	"InvalidProtocol.NeedSsl":                     {Kind: eni.ErrInvalid, Why: "configuration: the endpoint takes https only"},
	"UnsupportedHTTPMethod":                       {Kind: eni.ErrInvalid, Why: "something on the way turned the POST into another method"},
	"InvalidOwner":                                {Kind: eni.ErrInvalid, Why: "about an owner, which no call here names"},
	"InvalidOwnerId":                              {Kind: eni.ErrInvalid, Why: "as InvalidOwner"},
	"InvalidOwnerAccount":                         {Kind: eni.ErrInvalid, Why: "as InvalidOwner"},
	"IdempotentParameterMismatch":                 {Kind: eni.ErrInvalid, Why: "a client token was used for two requests"},

	// This account, region or type of interface cannot do it.
	"InvalidOperation.RegionNotSupportIpPrefix":          {Kind: eni.ErrUnsupported, Why: "a 500 that never succeeds: the region has no prefixes"},
	"Forbidden.RegionId":                                 {Kind: eni.ErrUnsupported, Why: "the region does not have the service; no policy changes that"},
	"InvalidUserType.NotSupported":                       {Kind: eni.ErrUnsupported, Why: "the type of account cannot do it; no policy changes that"},
	"InvalidOperation.InvalidEniType":                    {Kind: eni.ErrUnsupported, Why: "the type of the interface; other clients retry it on attaching, where it passes"},
	"InvalidOperation.EniTypeNotSupportTrunking":         {Kind: eni.ErrUnsupported, Why: "the type of the interface"},
	"InvalidOperation.InstanceTypeNotSupportEniTrunking": {Kind: eni.ErrUnsupported, Why: "the type of the instance"},
	"InvalidOperation.TrunkingIsNotAllowed":              {Kind: eni.ErrUnsupported, Why: "the account or the region has no trunks"},
	"InvalidOperation.EniServiceManaged":                 {Kind: eni.ErrUnsupported, Why: "only the service that made the interface changes it; no policy changes that"},
	"UnsupportedOperation":                               {Kind: eni.ErrUnsupported, Why: "the code says no more"},
	"UnsupportedParameter":                               {Kind: eni.ErrUnsupported, Why: "our parameters are documented ones, so this region or account lacks one"},
	"InvalidAction":                                      {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"InvalidAction.NotFound":                             {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action; it says nothing about the interface"},
	"InvalidApi.NotFound":                                {Kind: eni.ErrUnsupported, Why: "as InvalidAction.NotFound"},
	"InvalidVersion":                                     {Kind: eni.ErrUnsupported, Why: "the endpoint does not have this version of the API"},
	"NoSuchVersion":                                      {Kind: eni.ErrUnsupported, Why: "as InvalidVersion"},
	"InvalidSignatureMethod":                             {Kind: eni.ErrUnsupported, Why: "the endpoint does not take HMAC-SHA1, with which the SDK signs"},

	"ChargeTypeViolation":                            {Kind: eni.ErrUnsupported, Why: "the way in which the instance is paid for forbids it"},
	"InvalidOperation.ResourceManagedByCloudProduct": {Kind: eni.ErrUnsupported, Why: "as InvalidOperation.EniServiceManaged"},
	"OperationDenied.SystemInstanceNotSupport":       {Kind: eni.ErrUnsupported, Why: "the instance is one of the vendor's own services"},
	"InvalidOperation.InvalidGeneration":             {Kind: eni.ErrUnsupported, Why: "the family of the instance cannot do it"},
	"InvalidOperation.Ipv6NotSupport":                {Kind: eni.ErrUnsupported, Why: "the type of the instance has no IPv6"},
	"InvalidOperation.EniTrafficModeNotSupportIPv6":  {Kind: eni.ErrUnsupported, Why: "an RDMA interface has no IPv6"},
	"InvalidVSwitch.Ipv6NotTurnOn":                   {Kind: eni.ErrUnsupported, Why: "the vSwitch has no IPv6"},

	// A known caller who is not allowed to do this.
	"Forbidden":                             {Kind: eni.ErrPermission, Why: "by policy"},
	"Forbidden.RAM":                         {Kind: eni.ErrPermission, Why: "by policy"},
	"Forbidden.NotSupportRAM":               {Kind: eni.ErrPermission, Why: "RAM users may not, the account itself may"},
	"Forbedden.NotSupportRAM":               {Kind: eni.ErrPermission, Why: "misspelt"},
	"Forbidden.SubUser":                     {Kind: eni.ErrPermission, Why: "the resource is another user's"},
	"Forbbiden.SubUser":                     {Kind: eni.ErrPermission, Why: "misspelt"},
	"Forbidden.Unauthorized":                {Kind: eni.ErrPermission, Why: "by policy"},
	"Forbidden.RiskControl":                 {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has cleared that"},
	"Forbidden.Authentication":              {Kind: eni.ErrPermission, Why: "not about credentials: the account's owner has not proved who he is"},
	"Forbidden.UserVerification":            {Kind: eni.ErrPermission, Why: "as Forbidden.Authentication"},
	"InsufficientBalance":                   {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has paid"},
	"RealNameAuthenticationError":           {Kind: eni.ErrPermission, Why: "as Forbidden.Authentication"},
	"Forbidden.DebtOverdue":                 {Kind: eni.ErrPermission, Why: "as InsufficientBalance"},
	"Account.Arrearage":                     {Kind: eni.ErrPermission, Why: "as InsufficientBalance"},
	"InvalidAccountStatus.NotEnoughBalance": {Kind: eni.ErrPermission, Why: "as InsufficientBalance"},
	"ActionUnauthorized":                    {Kind: eni.ErrPermission, Why: "by policy"},
	"NoPermission":                          {Kind: eni.ErrPermission, Why: "by policy"},

	// The caller is not known.
	"Abs.InvalidAccount.NotFound":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the account, not the interface, or its access key has expired"},
	"InvalidAccount.NotFound":                    {Kind: eni.ErrUnauthenticated, Why: "the account, not the interface"},
	"SignatureDoesNotMatch":                      {Kind: eni.ErrUnauthenticated, Why: "another secret, or a changed request"},
	"IncompleteSignature":                        {Kind: eni.ErrUnauthenticated, Why: "something on the way changed the request"},
	"MissingSecurityToken":                       {Kind: eni.ErrUnauthenticated, Why: "the key is temporary and came without its token"},
	"SecurityTokenExpired":                       {Kind: eni.ErrUnauthenticated, Expired: true, Why: "what other services of the vendor say for InvalidSecurityToken.Expired"},
	"Forbidden.AccessKeyDisabled":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the prefix is about permission, the code is about the key"},
	"InvalidSecurityToken.Expired":               {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the time of a temporary key is over"},
	"InvalidSecurityToken.MismatchWithAccessKey": {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key and the token are of two sets, as when they were read in the middle of a rotation"},
	"InvalidAccessKeyId.NotFound":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was deleted, the end of a rotation"},
	"InvalidAccessKeyId.Inactive":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was disabled, which is how a rotation begins to end"},
	"IllegalTimestamp":                           {Kind: eni.ErrUnauthenticated, Why: "this machine's clock is off; so will the next request's be"},

	// A limit that waiting does not lift.
	"MaxEniCountExceeded":                {Kind: eni.ErrQuota, Why: "a quota of the account"},
	"EniPerInstanceLimitExceeded":        {Kind: eni.ErrQuota, Why: "a quota of the instance type"},
	"SecurityGroupInstanceLimitExceed":   {Kind: eni.ErrQuota, Why: "misspelt"},
	"SecurityGroupInstanceLimitExceeded": {Kind: eni.ErrQuota, Why: "a quota of the security group"},
	"LimitExceeded":                      {Kind: eni.ErrQuota, Why: "a quota, where no suffix says a rate"},

	"AclLimitExceed":                     {Kind: eni.ErrQuota, Why: "rules of a security group"},
	"JoinedGroupLimitExceed":             {Kind: eni.ErrQuota, Why: "security groups of an interface"},
	"InvalidOperation.EniCountExceeded":  {Kind: eni.ErrQuota, Why: "interfaces of a security group"},
	"InvalidOperation.Ipv4CountExceeded": {Kind: eni.ErrQuota, Why: "addresses that the instance type allows"},
	"InvalidOperation.Ipv6CountExceeded": {Kind: eni.ErrQuota, Why: "addresses that the instance type allows"},
	"MaxEniIpv6IpsCountExceeded":         {Kind: eni.ErrQuota, Why: "addresses of an interface"},
	"MaxEniPrivateIpsCountExceeded":      {Kind: eni.ErrQuota, Why: "addresses of an interface"},
	"InvalidVSwitchId.IpNotEnough":       {Kind: eni.ErrQuota, Why: "the vSwitch has no address left; not a vSwitch that is not there"},
	"IpPrefixNotEnough":                  {Kind: eni.ErrQuota, Why: "the vSwitch has no prefix left"},

	// Too many requests. See also the family Throttling.
	"LimitExceeded.RateLimitExceeded": {Kind: eni.ErrThrottled, Why: "a rate, not a quota"},
	"Rejected.Throttling":             {Kind: eni.ErrThrottled, Why: "the other way round"},

	// A failure in the cloud, or an answer that was lost.
	"InternalServerError": {Kind: eni.ErrUnavailable, Why: "a failure in the cloud"},
	"UnknownError":        {Kind: eni.ErrUnavailable, Why: "the vendor's name for its own failure"},
	"SystemBusy":          {Kind: eni.ErrUnavailable, Why: "it asks to be called later"},
	"ServiceBusy":         {Kind: eni.ErrUnavailable, Why: "as SystemBusy"},
	"RequestTimeout":      {Kind: eni.ErrUnavailable, Why: "the gateway had no answer from the service: the change may have been made"},
	"IdempotentFailed":    {Kind: eni.ErrUnavailable, Why: "an earlier request with the token failed; the next request here has none"},
	"SignatureNonceUsed":  {Kind: eni.ErrUnavailable, Why: "something on the way delivered the request twice, and the answer to the first delivery is lost; the next request has a new nonce"},
}, codes.Rules{
	// Families, of which every extension after a dot means the same. There are few:
	// Forbidden.RegionId is not about permission, InvalidParameter.Conflict is not
	// what InvalidParameter.EniNotBelongEcs is, and a code that ends in NotFound or
	// Conflict may be about anything.
	"IncorrectInstanceStatus": {Kind: eni.ErrConflict, Why: "as InvalidOperation.InvalidEcsState; the extension names the state, such as Initializing"},
	"MissingParameter":        {Kind: eni.ErrInvalid, Why: "the extension names the parameter"},
	"Throttling":              {Kind: eni.ErrThrottled, Why: "Throttling.User, Throttling.Api and others, with the status 400, 403, 429 or 503"},
	"InvalidAccessKeyId":      {Kind: eni.ErrUnauthenticated, Why: "also NotFound, which is about the key"},
	"InvalidSecurityToken":    {Kind: eni.ErrUnauthenticated, Why: "also Expired"},
	"InvalidTimeStamp":        {Kind: eni.ErrUnauthenticated, Why: "this machine's clock is off; so will the next request's be"},
	"QuotaExceed":             {Kind: eni.ErrQuota, Why: "misspelt"},
	"QuotaExceeded":           {Kind: eni.ErrQuota, Why: "the extension names the quota"},
	"InternalError":           {Kind: eni.ErrUnavailable, Why: "a failure in the cloud"},
	"ServiceUnavailable":      {Kind: eni.ErrUnavailable, Why: "the extension names the reason"},
})
