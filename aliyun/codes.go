package aliyun

import (
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// rules has every code of the vendor's pages for the actions that we call, and
// the common codes of its gateway, misspelt where the vendor misspells. Codes
// are compared without case.
var table = codes.New(codes.Rules{
	// Another change is under way.
	"Operation.Conflict":                  {Kind: eni.ErrConflict},
	"OperationConflict":                   {Kind: eni.ErrConflict},
	"InvalidOperation.Conflict":           {Kind: eni.ErrConflict, Why: "the third spelling of Operation.Conflict"},
	"TaskConflict":                        {Kind: eni.ErrConflict},
	"LastTokenProcessing":                 {Kind: eni.ErrConflict, Why: "the request before this one is still being served"},
	"OperationFailed.LastTokenProcessing": {Kind: eni.ErrConflict, Why: "as LastTokenProcessing"},
	"IdempotentProcessing":                {Kind: eni.ErrConflict, Why: "as LastTokenProcessing"},

	// The address is not on the interface.
	"InvalidIp.IpUnassigned":     {Kind: eni.ErrNotAssigned, Why: "comes for a primary address too: only a description shows which"},
	"InvalidVSwitchId.IpInvalid": {Kind: eni.ErrNotAssigned, Why: "the address is outside the vSwitch's range, so it cannot be on the interface"},

	// The interface does not exist. No other thing that is not found is here: the
	// client would report that nothing is left to take off.
	"InvalidEniId.NotFound":              {Kind: eni.ErrNotFound},
	"InvalidNetworkInterfaceId.NotFound": {Kind: eni.ErrNotFound},

	// The instance is in a state that passes: the pages want Running or Stopped.
	"InvalidOperation.InvalidEcsState": {Kind: eni.ErrConflict, Why: "the instance is starting or stopping, which passes"},
	"InvalidEcsState":                  {Kind: eni.ErrConflict, Why: "as InvalidOperation.InvalidEcsState"},
	"IncorrectInstanceStatus":          {Kind: eni.ErrConflict, Why: "as InvalidOperation.InvalidEcsState"},

	// Only a description of the interface shows what is true, so the client makes one
	// and decides on that.
	"InvalidEcsId.NotFound":                  {Kind: eni.ErrState, Why: "the instance, not the interface, which may be free by now or be shown in use for a while"},
	"InvalidInstanceId.NotFound":             {Kind: eni.ErrState, Why: "as InvalidEcsId.NotFound"},
	"Forbidden.InstanceNotFound":             {Kind: eni.ErrState, Why: "as InvalidEcsId.NotFound; the prefix is about permission, the code is not"},
	"InvalidOperation.InvalidEniState":       {Kind: eni.ErrState, Why: "it does not say which: available, attaching and being deleted have this one code"},
	"InvalidEniState":                        {Kind: eni.ErrState, Why: "as InvalidOperation.InvalidEniState"},
	"InvalidOperation.InvalidTrunkEniStatus": {Kind: eni.ErrState, Why: "the trunk, not the interface; it does not say which state, as InvalidOperation.InvalidEniState"},
	"InvalidParameter.EniNotBelongEcs":       {Kind: eni.ErrState, Why: "it is detached already, or on another instance"},
	"InvalidParameter.EniNotBelongTrunk":     {Kind: eni.ErrState, Why: "it is detached already, or on another trunk"},

	// The interface exists, and a person has to do something first.
	"InvalidOperation.EniLinked":              {Kind: eni.ErrState, Why: "it is linked to another interface, which has to go first"},
	"InvalidOperation.HasMemberEniAttached":   {Kind: eni.ErrState, Why: "a trunk whose members have to go first"},
	"InvalidOperation.EniHotPlugNotSupported": {Kind: eni.ErrState, Why: "succeeds once the instance is stopped"},
	"InvalidOperation.HotPlugNotSupport":      {Kind: eni.ErrState, Why: "as InvalidOperation.EniHotPlugNotSupported"},

	// It can never succeed as it is written.
	"InvalidParameter":                            {Kind: eni.ErrInvalid, Why: "also spelt InValidParameter"},
	"InvalidParamater":                            {Kind: eni.ErrInvalid, Why: "misspelt"},
	"InvalidParameter.Conflict":                   {Kind: eni.ErrInvalid, Why: "two parameters exclude each other; not a conflict between changes"},
	"InvalidParameter.Format":                     {Kind: eni.ErrInvalid},
	"InvalidParameter.Accept":                     {Kind: eni.ErrInvalid},
	"InvalidParameter.IsNull":                     {Kind: eni.ErrInvalid},
	"InvalidParams.EniId":                         {Kind: eni.ErrInvalid},
	"InvalidInstanceID.Malformed":                 {Kind: eni.ErrInvalid, Why: "also spelt MalFormed"},
	"InvalidEniId.Malformed":                      {Kind: eni.ErrInvalid},
	"InvalidIp.Address":                           {Kind: eni.ErrInvalid},
	"InvalidIp.IpAssigned":                        {Kind: eni.ErrInvalid, Why: "belongs to assigning"},
	"InvalidIp.IpRepeated":                        {Kind: eni.ErrInvalid, Why: "one request names it twice"},
	"InvalidIp.IpPrefixIllegal":                   {Kind: eni.ErrInvalid},
	"InvalidIp.IpPrefixMaskInvalid":               {Kind: eni.ErrInvalid},
	"InvalidIp.IpPrefixMaskNotSame":               {Kind: eni.ErrInvalid, Why: "one request takes prefixes of one length"},
	"InvalidIp.IpPrefixNotStrict":                 {Kind: eni.ErrInvalid, Why: "the prefix has bits set beyond its length"},
	"InvalidPrivateip.IsPrimary":                  {Kind: eni.ErrInvalid, Why: "a primary address leaves only with its interface"},
	"InvalidOperation.DetachPrimaryEniNotAllowed": {Kind: eni.ErrInvalid, Why: "a primary interface leaves only with its instance"},
	"InvalidOperation.AvailabilityZoneMismatch":   {Kind: eni.ErrInvalid, Why: "the interface and the instance are in two zones"},
	"InvalidOperation.VpcMismatch":                {Kind: eni.ErrInvalid, Why: "the interface and the instance are in two VPCs"},
	"InvalidVSwitchId.NotFound":                   {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidVpcId.NotFound":                       {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidSecurityGroupId.NotFound":             {Kind: eni.ErrInvalid, Why: "says nothing about the interface"},
	"InvalidSecurityGroupId.NotVpc":               {Kind: eni.ErrInvalid},
	"InvalidRegionId":                             {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidRegionId.NotFound":                    {Kind: eni.ErrInvalid, Why: "configuration: it says nothing about the interface"},
	"InvalidOperation.InvalidRegion":              {Kind: eni.ErrInvalid, Why: "configuration"},
	"InvalidProduct.NotFound":                     {Kind: eni.ErrInvalid, Why: "configuration: the endpoint is not one of ECS; it says nothing about the interface"},
	"InvalidProtocol.NeedSsl":                     {Kind: eni.ErrInvalid, Why: "configuration: the endpoint takes https only"},
	"UnsupportedHTTPMethod":                       {Kind: eni.ErrInvalid, Why: "something on the way turned the POST into another method"},
	"InvalidOwner":                                {Kind: eni.ErrInvalid},
	"InvalidOwnerId":                              {Kind: eni.ErrInvalid},
	"InvalidOwnerAccount":                         {Kind: eni.ErrInvalid},
	"IdempotentParameterMismatch":                 {Kind: eni.ErrInvalid, Why: "a client token was used for two requests"},

	// This account, region or type of interface cannot do it.
	"InvalidOperation.RegionNotSupportIpPrefix":          {Kind: eni.ErrUnsupported, Why: "a 500 that never succeeds: the region has no prefixes"},
	"Forbidden.RegionId":                                 {Kind: eni.ErrUnsupported, Why: "the region does not have the service; no policy changes that"},
	"InvalidUserType.NotSupported":                       {Kind: eni.ErrUnsupported, Why: "the type of account cannot do it; no policy changes that"},
	"InvalidOperation.InvalidEniType":                    {Kind: eni.ErrUnsupported},
	"InvalidOperation.EniTypeNotSupportTrunking":         {Kind: eni.ErrUnsupported},
	"InvalidOperation.InstanceTypeNotSupportEniTrunking": {Kind: eni.ErrUnsupported},
	"InvalidOperation.TrunkingIsNotAllowed":              {Kind: eni.ErrUnsupported},
	"InvalidOperation.EniServiceManaged":                 {Kind: eni.ErrUnsupported, Why: "only the service that made the interface changes it; no policy changes that"},
	"UnsupportedOperation":                               {Kind: eni.ErrUnsupported},
	"UnsupportedParameter":                               {Kind: eni.ErrUnsupported, Why: "our parameters are documented ones, so this region or account lacks one"},
	"InvalidAction":                                      {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action"},
	"InvalidAction.NotFound":                             {Kind: eni.ErrUnsupported, Why: "the endpoint does not have the action; it says nothing about the interface"},
	"InvalidApi.NotFound":                                {Kind: eni.ErrUnsupported, Why: "as InvalidAction.NotFound"},
	"InvalidVersion":                                     {Kind: eni.ErrUnsupported, Why: "the endpoint does not have this version of the API"},
	"NoSuchVersion":                                      {Kind: eni.ErrUnsupported, Why: "as InvalidVersion"},
	"InvalidSignatureMethod":                             {Kind: eni.ErrUnsupported, Why: "the endpoint does not take HMAC-SHA1, with which the SDK signs"},

	// A known caller who is not allowed to do this.
	"Forbidden":                  {Kind: eni.ErrPermission},
	"Forbidden.RAM":              {Kind: eni.ErrPermission},
	"Forbidden.NotSupportRAM":    {Kind: eni.ErrPermission, Why: "RAM users may not, the account itself may"},
	"Forbedden.NotSupportRAM":    {Kind: eni.ErrPermission, Why: "misspelt"},
	"Forbidden.SubUser":          {Kind: eni.ErrPermission},
	"Forbbiden.SubUser":          {Kind: eni.ErrPermission, Why: "misspelt"},
	"Forbidden.Unauthorized":     {Kind: eni.ErrPermission},
	"Forbidden.RiskControl":      {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has cleared that"},
	"Forbidden.Authentication":   {Kind: eni.ErrPermission, Why: "not about credentials: the account's owner has not proved who he is"},
	"Forbidden.UserVerification": {Kind: eni.ErrPermission, Why: "as Forbidden.Authentication"},
	"InsufficientBalance":        {Kind: eni.ErrPermission, Why: "the account is blocked until its owner has paid"},
	"ActionUnauthorized":         {Kind: eni.ErrPermission},
	"NoPermission":               {Kind: eni.ErrPermission},

	// The caller is not known.
	"Abs.InvalidAccount.NotFound":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the account, not the interface, or its access key has expired"},
	"InvalidAccount.NotFound":                    {Kind: eni.ErrUnauthenticated, Why: "the account, not the interface"},
	"SignatureDoesNotMatch":                      {Kind: eni.ErrUnauthenticated},
	"IncompleteSignature":                        {Kind: eni.ErrUnauthenticated},
	"MissingSecurityToken":                       {Kind: eni.ErrUnauthenticated},
	"SecurityTokenExpired":                       {Kind: eni.ErrUnauthenticated, Expired: true, Why: "what other services of the vendor say for InvalidSecurityToken.Expired"},
	"Forbidden.AccessKeyDisabled":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the prefix is about permission, the code is about the key"},
	"InvalidSecurityToken.Expired":               {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the time of a temporary key is over"},
	"InvalidSecurityToken.MismatchWithAccessKey": {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key and the token are of two sets, as when they were read in the middle of a rotation"},
	"InvalidAccessKeyId.NotFound":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was deleted, the end of a rotation"},
	"InvalidAccessKeyId.Inactive":                {Kind: eni.ErrUnauthenticated, Expired: true, Why: "the key was disabled, which is how a rotation begins to end"},
	"IllegalTimestamp":                           {Kind: eni.ErrUnauthenticated, Why: "this machine's clock is off; so will the next request's be"},

	// A limit that waiting does not lift.
	"MaxEniCountExceeded":                {Kind: eni.ErrQuota},
	"EniPerInstanceLimitExceeded":        {Kind: eni.ErrQuota},
	"SecurityGroupInstanceLimitExceed":   {Kind: eni.ErrQuota, Why: "misspelt"},
	"SecurityGroupInstanceLimitExceeded": {Kind: eni.ErrQuota},
	"LimitExceeded":                      {Kind: eni.ErrQuota},

	// Too many requests. See also the family Throttling.
	"Rejected.Throttling": {Kind: eni.ErrThrottled},

	// A failure in the cloud, or an answer that was lost.
	"InternalServerError": {Kind: eni.ErrUnavailable},
	"UnknownError":        {Kind: eni.ErrUnavailable},
	"SystemBusy":          {Kind: eni.ErrUnavailable},
	"SignatureNonceUsed":  {Kind: eni.ErrUnavailable, Why: "something on the way delivered the request twice, and the answer to the first delivery is lost; the next request has a new nonce"},
}, codes.Rules{
	// Families, of which every extension after a dot means the same. There are few:
	// Forbidden.RegionId is not about permission, InvalidParameter.Conflict is not
	// what InvalidParameter.EniNotBelongEcs is, and a code that ends in NotFound or
	// Conflict may be about anything.
	"MissingParameter":     {Kind: eni.ErrInvalid, Why: "the extension names the parameter"},
	"Throttling":           {Kind: eni.ErrThrottled, Why: "Throttling.User, Throttling.Api and others, with the status 400, 403, 429 or 503"},
	"InvalidAccessKeyId":   {Kind: eni.ErrUnauthenticated, Why: "also NotFound, which is about the key"},
	"InvalidSecurityToken": {Kind: eni.ErrUnauthenticated, Why: "also Expired"},
	"InvalidTimeStamp":     {Kind: eni.ErrUnauthenticated, Why: "this machine's clock is off; so will the next request's be"},
	"QuotaExceed":          {Kind: eni.ErrQuota, Why: "misspelt"},
	"QuotaExceeded":        {Kind: eni.ErrQuota},
	"InternalError":        {Kind: eni.ErrUnavailable},
	"ServiceUnavailable":   {Kind: eni.ErrUnavailable},
})
