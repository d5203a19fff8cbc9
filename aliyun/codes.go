// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// table has every code of the vendor's pages for the actions that the client calls, and
// the common codes of its gateway, with the vendor's misspellings. Codes are compared
// without case.
var table = codes.New(codes.Rules{
	// Another change is in progress.
	"Operation.Conflict":                  {Kind: eni.ErrConflict, Why: "another change of the interface or the instance is in progress"},
	"OperationConflict":                   {Kind: eni.ErrConflict, Why: "the second spelling of Operation.Conflict"},
	"InvalidOperation.Conflict":           {Kind: eni.ErrConflict, Why: "the third spelling of Operation.Conflict"},
	"TaskConflict":                        {Kind: eni.ErrConflict, Why: "another task is in progress"},
	"LastTokenProcessing":                 {Kind: eni.ErrConflict, Why: "the previous request is still in progress"},
	"OperationFailed.LastTokenProcessing": {Kind: eni.ErrConflict, Why: "as LastTokenProcessing"},
	"IdempotentProcessing":                {Kind: eni.ErrConflict, Why: "as LastTokenProcessing"},

	"OperationBusy":          {Kind: eni.ErrConflict, Why: "as Operation.Conflict, observed in practice"},
	"IncorrectVSwitchStatus": {Kind: eni.ErrConflict, Why: "the vSwitch is being changed, which passes by itself"},

	// The address is not on the interface.
	"InvalidIp.IpUnassigned": {Kind: eni.ErrNotAssigned, Why: "also returned for a primary address: a description distinguishes them"},

	// The interface does not exist. Other not-found codes must not be here, because the
	// client reports the addresses of a missing interface as gone.
	"InvalidEniId.NotFound":              {Kind: eni.ErrNotFound, Why: "the id of the request"},
	"InvalidNetworkInterfaceId.NotFound": {Kind: eni.ErrNotFound, Why: "as InvalidEniId.NotFound"},

	// The instance is in a state that passes by itself: the pages require Running or
	// Stopped.
	"InvalidOperation.InvalidEcsState": {Kind: eni.ErrConflict, Why: "the instance is starting or stopping, which passes by itself"},
	"InvalidEcsState":                  {Kind: eni.ErrConflict, Why: "as InvalidOperation.InvalidEcsState"},

	// The instance is gone, and the interface may stay InUse for a while. The client
	// describes it before each detach: free is success, and still attached is a conflict
	// at the end of the budget.
	"InvalidEcsId.NotFound":      {Kind: eni.ErrConflict, Why: "the instance, not the interface, which becomes free later"},
	"InvalidInstanceId.NotFound": {Kind: eni.ErrConflict, Why: "as InvalidEcsId.NotFound"},
	"Instance.NotFound":          {Kind: eni.ErrConflict, Why: "as InvalidEcsId.NotFound, observed in practice"},
	"Forbidden.InstanceNotFound": {Kind: eni.ErrConflict, Why: "as InvalidEcsId.NotFound; the prefix is about permission, the code is not"},

	// The code does not say which state, so the client describes the interface and
	// decides.
	"InvalidOperation.InvalidEniState":       {Kind: eni.ErrState, Why: "the code does not distinguish available, attaching and deleting"},
	"InvalidEniState":                        {Kind: eni.ErrState, Why: "as InvalidOperation.InvalidEniState"},
	"InvalidOperation.InvalidTrunkEniStatus": {Kind: eni.ErrState, Why: "the trunk, not the interface; the code does not say which state"},
	"IncorrectEniStatus":                     {Kind: eni.ErrState, Why: "as InvalidOperation.InvalidEniState, observed in practice"},
	"InvalidParameter.EniNotBelongEcs":       {Kind: eni.ErrState, Why: "the interface is already detached, or on another instance"},
	"InvalidParameter.EniNotBelongTrunk":     {Kind: eni.ErrState, Why: "the interface is already detached, or on another trunk"},

	// The interface exists, and a person has to act first.
	"InvalidOperation.HasMemberEniAttached":   {Kind: eni.ErrState, Why: "the members of the trunk must be detached first"},
	"InvalidOperation.HasSlaveEniBonded":      {Kind: eni.ErrState, Why: "as InvalidOperation.HasMemberEniAttached, of a bond"},
	"InvalidOperation.EniLinked":              {Kind: eni.ErrState, Why: "it is linked to another interface, which must be removed first"},
	"InvalidOperation.EniHotPlugNotSupported": {Kind: eni.ErrState, Why: "succeeds once the instance is stopped"},
	"InstanceLockedForSecurity":               {Kind: eni.ErrState, Why: "the vendor has locked the instance"},
	"InvalidOperation.HotPlugNotSupport":      {Kind: eni.ErrState, Why: "as InvalidOperation.EniHotPlugNotSupported"},

	// The request can never succeed.
	"InvalidVSwitchId.IpInvalid":                  {Kind: eni.ErrInvalid, Why: "the address is outside of the vSwitch, also if a description shows the address"},
	"InvalidParameter.OwnerAccount":               {Kind: eni.ErrInvalid, Why: "an owner, which no request of the client has"},
	"InvalidParameter.ResourceOwnerAccount":       {Kind: eni.ErrInvalid, Why: "an owner, which no request of the client has"},
	"InvalidRegionId.MalFormed":                   {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidPrivateIpAddress.Malformed":           {Kind: eni.ErrInvalid, Why: "the address is malformed"},
	"InvalidPrivateIpAddress.Duplicated":          {Kind: eni.ErrInvalid, Why: "only for assign actions"},
	"InvalidOperation.InvalidEniPageNumber":       {Kind: eni.ErrInvalid, Why: "a page number, which no request of the client has"},
	"InvalidVpc.Empty":                            {Kind: eni.ErrInvalid, Why: "not about the interface"},
	"InvalidVpc.Indeterminacy":                    {Kind: eni.ErrInvalid, Why: "not about the interface"},
	"InvalidResourceGroup.NotFound":               {Kind: eni.ErrInvalid, Why: "not about the interface"},
	"InvalidIdempotenceParameter.Mismatch":        {Kind: eni.ErrInvalid, Why: "as IdempotentParameterMismatch"},
	"InvalidParameter":                            {Kind: eni.ErrInvalid, Why: "also spelt InValidParameter"},
	"InvalidParamater":                            {Kind: eni.ErrInvalid, Why: "misspelt"},
	"InvalidParameter.Conflict":                   {Kind: eni.ErrInvalid, Why: "two parameters exclude each other; not a conflict between changes"},
	"InvalidParameter.Format":                     {Kind: eni.ErrInvalid, Why: "a parameter is malformed"},
	"InvalidParameter.Accept":                     {Kind: eni.ErrInvalid, Why: "a header is malformed"},
	"InvalidParameter.IsNull":                     {Kind: eni.ErrInvalid, Why: "a parameter is missing"},
	"InvalidParams.EniId":                         {Kind: eni.ErrInvalid, Why: "the id is malformed"},
	"InvalidInstanceID.Malformed":                 {Kind: eni.ErrInvalid, Why: "also spelt MalFormed"},
	"InvalidEniId.Malformed":                      {Kind: eni.ErrInvalid, Why: "the id is malformed"},
	"InvalidIp.Address":                           {Kind: eni.ErrInvalid, Why: "the address is malformed"},
	"InvalidIp.IpAssigned":                        {Kind: eni.ErrInvalid, Why: "only for assign actions"},
	"InvalidIp.IpRepeated":                        {Kind: eni.ErrInvalid, Why: "the request has the address twice"},
	"InvalidIp.IpPrefixIllegal":                   {Kind: eni.ErrInvalid, Why: "the prefix is malformed"},
	"InvalidIp.IpPrefixMaskInvalid":               {Kind: eni.ErrInvalid, Why: "the vendor has no prefixes of this length"},
	"InvalidIp.IpPrefixMaskNotSame":               {Kind: eni.ErrInvalid, Why: "all prefixes of a request must have one length"},
	"InvalidIp.IpPrefixNotStrict":                 {Kind: eni.ErrInvalid, Why: "the prefix has bits set beyond its length"},
	"InvalidPrivateip.IsPrimary":                  {Kind: eni.ErrInvalid, Why: "a primary address cannot be released"},
	"InvalidOperation.DetachPrimaryEniNotAllowed": {Kind: eni.ErrInvalid, Why: "a primary interface cannot be detached"},
	"InvalidOperation.AvailabilityZoneMismatch":   {Kind: eni.ErrInvalid, Why: "the interface and the instance are in two zones"},
	"InvalidOperation.VpcMismatch":                {Kind: eni.ErrInvalid, Why: "the interface and the instance are in two VPCs"},
	"InvalidVSwitchId.NotFound":                   {Kind: eni.ErrInvalid, Why: "not about the interface"},
	"InvalidVpcId.NotFound":                       {Kind: eni.ErrInvalid, Why: "not about the interface"},
	"InvalidSecurityGroupId.NotFound":             {Kind: eni.ErrInvalid, Why: "not about the interface"},
	"InvalidSecurityGroupId.NotVpc":               {Kind: eni.ErrInvalid, Why: "a security group, which no request of the client has"},
	"InvalidRegionId":                             {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidRegionId.NotFound":                    {Kind: eni.ErrInvalid, Why: "configuration, not about the interface"},
	"InvalidOperation.InvalidRegion":              {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidProduct.NotFound":                     {Kind: eni.ErrInvalid, Why: "configuration: the endpoint does not serve ECS; not about the interface"},
	"InvalidProtocol.NeedSsl":                     {Kind: eni.ErrInvalid, Why: "configuration: the endpoint accepts only https"},
	"UnsupportedHTTPMethod":                       {Kind: eni.ErrInvalid, Why: "a proxy changed the method of the request"},
	"InvalidOwner":                                {Kind: eni.ErrInvalid, Why: "an owner, which no request of the client has"},
	"InvalidOwnerId":                              {Kind: eni.ErrInvalid, Why: "as InvalidOwner"},
	"InvalidOwnerAccount":                         {Kind: eni.ErrInvalid, Why: "as InvalidOwner"},
	"IdempotentParameterMismatch":                 {Kind: eni.ErrInvalid, Why: "a client token was used for two requests"},

	// This account, region or type of interface cannot do it.
	"InvalidOperation.RegionNotSupportIpPrefix":          {Kind: eni.ErrUnsupported, Why: "the region has no prefixes: a retry never succeeds, although the status is 500"},
	"Forbidden.RegionId":                                 {Kind: eni.ErrUnsupported, Why: "the region does not have the service, whatever the policy"},
	"InvalidUserType.NotSupported":                       {Kind: eni.ErrUnsupported, Why: "the type of account cannot do it, whatever the policy"},
	"InvalidOperation.InvalidEniType":                    {Kind: eni.ErrUnsupported, Why: "the type of the interface; it passes by itself only when attaching"},
	"InvalidOperation.EniTypeNotSupportTrunking":         {Kind: eni.ErrUnsupported, Why: "the type of the interface"},
	"InvalidOperation.InstanceTypeNotSupportEniTrunking": {Kind: eni.ErrUnsupported, Why: "the type of the instance"},
	"InvalidOperation.TrunkingIsNotAllowed":              {Kind: eni.ErrUnsupported, Why: "the account or the region has no trunks"},
	"InvalidOperation.EniServiceManaged":                 {Kind: eni.ErrUnsupported, Why: "only the service that created the interface can change it, whatever the policy"},
	"UnsupportedOperation":                               {Kind: eni.ErrUnsupported, Why: "the code gives no reason"},
	"UnsupportedParameter":                               {Kind: eni.ErrUnsupported, Why: "all parameters are documented, so this region or account does not support one"},
	"InvalidAction":                                      {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"InvalidAction.NotFound":                             {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action; not about the interface"},
	"InvalidApi.NotFound":                                {Kind: eni.ErrUnsupported, Why: "as InvalidAction.NotFound"},
	"InvalidVersion":                                     {Kind: eni.ErrUnsupported, Why: "the endpoint does not have this version of the API"},
	"NoSuchVersion":                                      {Kind: eni.ErrUnsupported, Why: "as InvalidVersion"},
	"InvalidSignatureMethod":                             {Kind: eni.ErrUnsupported, Why: "the endpoint does not accept HMAC-SHA1, which the SDK uses"},

	"ChargeTypeViolation":                            {Kind: eni.ErrUnsupported, Why: "the charge type of the instance does not allow it"},
	"InvalidOperation.ResourceManagedByCloudProduct": {Kind: eni.ErrUnsupported, Why: "as InvalidOperation.EniServiceManaged"},
	"OperationDenied.SystemInstanceNotSupport":       {Kind: eni.ErrUnsupported, Why: "the instance is one of the vendor's own services"},
	"InvalidOperation.InvalidGeneration":             {Kind: eni.ErrUnsupported, Why: "the family of the instance cannot do it"},
	"InvalidOperation.Ipv6NotSupport":                {Kind: eni.ErrUnsupported, Why: "the type of the instance has no IPv6"},
	"InvalidOperation.EniTrafficModeNotSupportIPv6":  {Kind: eni.ErrUnsupported, Why: "an RDMA interface has no IPv6"},
	"InvalidVSwitch.Ipv6NotTurnOn":                   {Kind: eni.ErrUnsupported, Why: "the vSwitch has no IPv6"},

	// The account is known and may not do this.
	"Forbidden":                             {Kind: eni.ErrPermission, Why: "by policy"},
	"Forbidden.RAM":                         {Kind: eni.ErrPermission, Why: "by policy"},
	"Forbidden.NotSupportRAM":               {Kind: eni.ErrPermission, Why: "only the account itself may, RAM users may not"},
	"Forbedden.NotSupportRAM":               {Kind: eni.ErrPermission, Why: "misspelt"},
	"Forbidden.SubUser":                     {Kind: eni.ErrPermission, Why: "the resource belongs to another user"},
	"Forbbiden.SubUser":                     {Kind: eni.ErrPermission, Why: "misspelt"},
	"Forbidden.Unauthorized":                {Kind: eni.ErrPermission, Why: "by policy"},
	"Forbidden.RiskControl":                 {Kind: eni.ErrPermission, Why: "the account is blocked by risk control"},
	"Forbidden.Authentication":              {Kind: eni.ErrPermission, Why: "not about credentials: the owner of the account is not verified"},
	"Forbidden.UserVerification":            {Kind: eni.ErrPermission, Why: "as Forbidden.Authentication"},
	"InsufficientBalance":                   {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has paid"},
	"RealNameAuthenticationError":           {Kind: eni.ErrPermission, Why: "as Forbidden.Authentication"},
	"Forbidden.DebtOverdue":                 {Kind: eni.ErrPermission, Why: "as InsufficientBalance"},
	"Account.Arrearage":                     {Kind: eni.ErrPermission, Why: "as InsufficientBalance"},
	"InvalidAccountStatus.NotEnoughBalance": {Kind: eni.ErrPermission, Why: "as InsufficientBalance"},
	"ActionUnauthorized":                    {Kind: eni.ErrPermission, Why: "by policy"},
	"NoPermission":                          {Kind: eni.ErrPermission, Why: "by policy"},

	// The credentials are not valid.
	"Abs.InvalidAccount.NotFound":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the account, not the interface, or its access key has expired"},
	"InvalidAccount.NotFound":                    {Kind: eni.ErrUnauthenticated, Why: "the account, not the interface"},
	"SignatureDoesNotMatch":                      {Kind: eni.ErrUnauthenticated, Why: "the secret is wrong, or a proxy changed the request"},
	"IncompleteSignature":                        {Kind: eni.ErrUnauthenticated, Why: "a proxy changed the request"},
	"MissingSecurityToken":                       {Kind: eni.ErrUnauthenticated, Why: "a temporary key was sent without its token"},
	"SecurityTokenExpired":                       {Kind: eni.ErrUnauthenticated, Expired: true, Why: "as InvalidSecurityToken.Expired, in other services of the vendor"},
	"Forbidden.AccessKeyDisabled":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the prefix is about permission, the code is about the key"},
	"InvalidSecurityToken.Expired":               {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the temporary key has expired"},
	"InvalidSecurityToken.MismatchWithAccessKey": {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key and the token do not belong together, for example when read during a rotation"},
	"InvalidAccessKeyId.NotFound":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was deleted, the last step of a rotation"},
	"InvalidAccessKeyId.Inactive":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was disabled, a step of a rotation"},
	"IllegalTimestamp":                           {Kind: eni.ErrUnauthenticated, Why: "the clock of the machine is wrong, so a retry fails too"},

	// A limit that waiting does not lift.
	"MaxEniCountExceeded":                {Kind: eni.ErrQuota, Why: "a quota of the account"},
	"EniPerInstanceLimitExceeded":        {Kind: eni.ErrQuota, Why: "a quota of the instance type"},
	"SecurityGroupInstanceLimitExceed":   {Kind: eni.ErrQuota, Why: "misspelt"},
	"SecurityGroupInstanceLimitExceeded": {Kind: eni.ErrQuota, Why: "a quota of the security group"},
	"LimitExceeded":                      {Kind: eni.ErrQuota, Why: "a quota; a rate has a suffix"},

	"AclLimitExceed":                     {Kind: eni.ErrQuota, Why: "rules of a security group"},
	"JoinedGroupLimitExceed":             {Kind: eni.ErrQuota, Why: "security groups of an interface"},
	"InvalidOperation.EniCountExceeded":  {Kind: eni.ErrQuota, Why: "interfaces of a security group"},
	"InvalidOperation.Ipv4CountExceeded": {Kind: eni.ErrQuota, Why: "addresses that the instance type allows"},
	"InvalidOperation.Ipv6CountExceeded": {Kind: eni.ErrQuota, Why: "addresses that the instance type allows"},
	"MaxEniIpv6IpsCountExceeded":         {Kind: eni.ErrQuota, Why: "addresses of an interface"},
	"MaxEniPrivateIpsCountExceeded":      {Kind: eni.ErrQuota, Why: "addresses of an interface"},
	"InvalidVSwitchId.IpNotEnough":       {Kind: eni.ErrQuota, Why: "the vSwitch has no free address"},
	"IpPrefixNotEnough":                  {Kind: eni.ErrQuota, Why: "the vSwitch has no free prefix"},

	// Too many requests. See also the family Throttling.
	"LimitExceeded.RateLimitExceeded": {Kind: eni.ErrThrottled, Why: "a rate, not a quota"},
	"Rejected.Throttling":             {Kind: eni.ErrThrottled, Why: "as Throttling, with the parts reversed"},

	// A failure of the cloud, or a lost response.
	"InternalServerError": {Kind: eni.ErrUnavailable, Why: "a failure of the cloud"},
	"UnknownError":        {Kind: eni.ErrUnavailable, Why: "the vendor's name for its own failure"},
	"SystemBusy":          {Kind: eni.ErrUnavailable, Why: "the message asks for a later retry"},
	"ServiceBusy":         {Kind: eni.ErrUnavailable, Why: "as SystemBusy"},
	"RequestTimeout":      {Kind: eni.ErrUnavailable, Why: "the gateway got no response from the service: the change may have taken effect"},
	"IdempotentFailed":    {Kind: eni.ErrUnavailable, Why: "an earlier request with the same token failed; a retry has no token"},
	"SignatureNonceUsed":  {Kind: eni.ErrUnavailable, Why: "a proxy delivered the request twice and the first response is lost; a retry has a new nonce"},
}, codes.Rules{
	// Families: every code with an extension after a dot has the same meaning. There are
	// few. Forbidden.RegionId is not about permission, InvalidParameter.Conflict and
	// InvalidParameter.EniNotBelongEcs have different meanings, and a code that ends in
	// NotFound or Conflict can be about anything.
	"IncorrectInstanceStatus": {Kind: eni.ErrConflict, Why: "as InvalidOperation.InvalidEcsState; the extension names the state, such as Initializing"},
	"MissingParameter":        {Kind: eni.ErrInvalid, Why: "the extension names the parameter"},
	"Throttling":              {Kind: eni.ErrThrottled, Why: "Throttling.User, Throttling.Api and others, with the status 400, 403, 429 or 503"},
	"InvalidAccessKeyId":      {Kind: eni.ErrUnauthenticated, Why: "also NotFound, which is about the key"},
	"InvalidSecurityToken":    {Kind: eni.ErrUnauthenticated, Why: "also Expired"},
	"InvalidTimeStamp":        {Kind: eni.ErrUnauthenticated, Why: "the clock of the machine is wrong, so a retry fails too"},
	"QuotaExceed":             {Kind: eni.ErrQuota, Why: "misspelt"},
	"QuotaExceeded":           {Kind: eni.ErrQuota, Why: "the extension names the quota"},
	"InternalError":           {Kind: eni.ErrUnavailable, Why: "a failure of the cloud"},
	"ServiceUnavailable":      {Kind: eni.ErrUnavailable, Why: "the extension names the reason"},
})
