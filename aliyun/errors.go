package aliyun

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// Explain implements core.Driver.
func (*driver) Explain(_ string, err error) *eni.Error {
	var e *requestError
	if !errors.As(err, &e) {
		// Not from this driver, so it may hold anything.
		e = &requestError{kind: eni.ErrUnknown, message: cmp.Or(redactUnknown(err.Error()), "the request failed")}
		if ended := contextError(err); ended != nil {
			e.kind, e.cause = eni.ErrUnavailable, ended
		}
	}
	return &eni.Error{
		Kind:       e.kind,
		Code:       e.code,
		Message:    e.message,
		RequestID:  e.requestID,
		HTTPStatus: e.status,
		Err:        e.cause,
	}
}

// classify returns the kind of a code. The code decides: the cloud sends one
// code with several statuses, a 403 for what is done, in conflict, badly written
// or not found, and a 500 for what never succeeds. The status counts only where
// there is no rule for the code.
func classify(code string, status int) eni.Kind {
	r, ok := ruleFor(code)
	switch {
	case ok:
		return r.kind
	case status == http.StatusTooManyRequests:
		return eni.ErrThrottled
	case status >= 500:
		return eni.ErrUnavailable
	default:
		return eni.ErrUnknown
	}
}

// ruleFor finds the rule of a code, or that of the nearest family that it
// belongs to.
func ruleFor(code string) (rule, bool) {
	code = strings.ToLower(code)
	if r, ok := rules[code]; ok {
		return r, true
	}
	for {
		if r, ok := families[code]; ok {
			return r, true
		}
		dot := strings.LastIndexByte(code, '.')
		if dot < 0 {
			return rule{}, false
		}
		code = code[:dot]
	}
}

// rule is what a code means, and why where its name does not say.
type rule struct {
	kind eni.Kind
	why  string
}

// rules has every code of the vendor's pages for the actions that we call, and
// the common codes of its gateway, misspelt where the vendor misspells. Codes
// are compared without case.
var rules = lowerKeys(map[string]rule{
	// Another change is under way.
	"Operation.Conflict":                  {eni.ErrConflict, ""},
	"OperationConflict":                   {eni.ErrConflict, ""},
	"InvalidOperation.Conflict":           {eni.ErrConflict, "the third spelling of Operation.Conflict"},
	"TaskConflict":                        {eni.ErrConflict, ""},
	"LastTokenProcessing":                 {eni.ErrConflict, "the request before this one is still being served"},
	"OperationFailed.LastTokenProcessing": {eni.ErrConflict, "as LastTokenProcessing"},
	"IdempotentProcessing":                {eni.ErrConflict, "as LastTokenProcessing"},

	// The address is not on the interface.
	"InvalidIp.IpUnassigned":     {eni.ErrNotAssigned, "comes for a primary address too: only a description shows which"},
	"InvalidVSwitchId.IpInvalid": {eni.ErrNotAssigned, "the address is outside the vSwitch's range, so it cannot be on the interface"},

	// The interface does not exist. No other thing that is not found is here: the
	// client would report that nothing is left to take off.
	"InvalidEniId.NotFound":              {eni.ErrNotFound, ""},
	"InvalidNetworkInterfaceId.NotFound": {eni.ErrNotFound, ""},

	// The instance is in a state that passes: the pages want Running or Stopped.
	"InvalidOperation.InvalidEcsState": {eni.ErrConflict, "the instance is starting or stopping, which passes"},
	"InvalidEcsState":                  {eni.ErrConflict, "as InvalidOperation.InvalidEcsState"},
	"IncorrectInstanceStatus":          {eni.ErrConflict, "as InvalidOperation.InvalidEcsState"},

	// Only a description of the interface shows what is true, so the client makes one
	// and decides on that.
	"InvalidEcsId.NotFound": {eni.ErrState,
		"the instance, not the interface, which may be free by now or be shown in use for a while"},
	"InvalidInstanceId.NotFound":       {eni.ErrState, "as InvalidEcsId.NotFound"},
	"Forbidden.InstanceNotFound":       {eni.ErrState, "as InvalidEcsId.NotFound; the prefix is about permission, the code is not"},
	"InvalidOperation.InvalidEniState": {eni.ErrState, "it does not say which: available, attaching and being deleted have this one code"},
	"InvalidEniState":                  {eni.ErrState, "as InvalidOperation.InvalidEniState"},
	"InvalidOperation.InvalidTrunkEniStatus": {eni.ErrState,
		"the trunk, not the interface; it does not say which state, as InvalidOperation.InvalidEniState"},
	"InvalidParameter.EniNotBelongEcs":   {eni.ErrState, "it is detached already, or on another instance"},
	"InvalidParameter.EniNotBelongTrunk": {eni.ErrState, "it is detached already, or on another trunk"},

	// The interface exists, and a person has to do something first.
	"InvalidOperation.EniLinked":              {eni.ErrState, "it is linked to another interface, which has to go first"},
	"InvalidOperation.HasMemberEniAttached":   {eni.ErrState, "a trunk whose members have to go first"},
	"InvalidOperation.EniHotPlugNotSupported": {eni.ErrState, "succeeds once the instance is stopped"},
	"InvalidOperation.HotPlugNotSupport":      {eni.ErrState, "as InvalidOperation.EniHotPlugNotSupported"},

	// It can never succeed as it is written.
	"InvalidParameter":                            {eni.ErrInvalid, "also spelt InValidParameter"},
	"InvalidParamater":                            {eni.ErrInvalid, "misspelt"},
	"InvalidParameter.Conflict":                   {eni.ErrInvalid, "two parameters exclude each other; not a conflict between changes"},
	"InvalidParameter.Format":                     {eni.ErrInvalid, ""},
	"InvalidParameter.Accept":                     {eni.ErrInvalid, ""},
	"InvalidParameter.IsNull":                     {eni.ErrInvalid, ""},
	"InvalidParams.EniId":                         {eni.ErrInvalid, ""},
	"InvalidInstanceID.Malformed":                 {eni.ErrInvalid, "also spelt MalFormed"},
	"InvalidEniId.Malformed":                      {eni.ErrInvalid, ""},
	"InvalidIp.Address":                           {eni.ErrInvalid, ""},
	"InvalidIp.IpAssigned":                        {eni.ErrInvalid, "belongs to assigning"},
	"InvalidIp.IpRepeated":                        {eni.ErrInvalid, "one request names it twice"},
	"InvalidIp.IpPrefixIllegal":                   {eni.ErrInvalid, ""},
	"InvalidIp.IpPrefixMaskInvalid":               {eni.ErrInvalid, ""},
	"InvalidIp.IpPrefixMaskNotSame":               {eni.ErrInvalid, "one request takes prefixes of one length"},
	"InvalidIp.IpPrefixNotStrict":                 {eni.ErrInvalid, "the prefix has bits set beyond its length"},
	"InvalidPrivateip.IsPrimary":                  {eni.ErrInvalid, "a primary address leaves only with its interface"},
	"InvalidOperation.DetachPrimaryEniNotAllowed": {eni.ErrInvalid, "a primary interface leaves only with its instance"},
	"InvalidOperation.AvailabilityZoneMismatch":   {eni.ErrInvalid, "the interface and the instance are in two zones"},
	"InvalidOperation.VpcMismatch":                {eni.ErrInvalid, "the interface and the instance are in two VPCs"},
	"InvalidVSwitchId.NotFound":                   {eni.ErrInvalid, "says nothing about the interface"},
	"InvalidVpcId.NotFound":                       {eni.ErrInvalid, "says nothing about the interface"},
	"InvalidSecurityGroupId.NotFound":             {eni.ErrInvalid, "says nothing about the interface"},
	"InvalidSecurityGroupId.NotVpc":               {eni.ErrInvalid, ""},
	"InvalidRegionId":                             {eni.ErrInvalid, "configuration"},
	"InvalidRegionId.NotFound":                    {eni.ErrInvalid, "configuration: it says nothing about the interface"},
	"InvalidOperation.InvalidRegion":              {eni.ErrInvalid, "configuration"},
	"InvalidProduct.NotFound":                     {eni.ErrInvalid, "configuration: the endpoint is not one of ECS; it says nothing about the interface"},
	"InvalidProtocol.NeedSsl":                     {eni.ErrInvalid, "configuration: the endpoint takes https only"},
	"UnsupportedHTTPMethod":                       {eni.ErrInvalid, "something on the way turned the POST into another method"},
	"InvalidOwner":                                {eni.ErrInvalid, ""},
	"InvalidOwnerId":                              {eni.ErrInvalid, ""},
	"InvalidOwnerAccount":                         {eni.ErrInvalid, ""},
	"IdempotentParameterMismatch":                 {eni.ErrInvalid, "a client token was used for two requests"},

	// This account, region or type of interface cannot do it.
	"InvalidOperation.RegionNotSupportIpPrefix":          {eni.ErrUnsupported, "a 500 that never succeeds: the region has no prefixes"},
	"Forbidden.RegionId":                                 {eni.ErrUnsupported, "the region does not have the service; no policy changes that"},
	"InvalidUserType.NotSupported":                       {eni.ErrUnsupported, "the type of account cannot do it; no policy changes that"},
	"InvalidOperation.InvalidEniType":                    {eni.ErrUnsupported, ""},
	"InvalidOperation.EniTypeNotSupportTrunking":         {eni.ErrUnsupported, ""},
	"InvalidOperation.InstanceTypeNotSupportEniTrunking": {eni.ErrUnsupported, ""},
	"InvalidOperation.TrunkingIsNotAllowed":              {eni.ErrUnsupported, ""},
	"InvalidOperation.EniServiceManaged":                 {eni.ErrUnsupported, "only the service that made the interface changes it; no policy changes that"},
	"UnsupportedOperation":                               {eni.ErrUnsupported, ""},
	"UnsupportedParameter":                               {eni.ErrUnsupported, "our parameters are documented ones, so this region or account lacks one"},
	"InvalidAction":                                      {eni.ErrUnsupported, "the endpoint does not have the action"},
	"InvalidAction.NotFound":                             {eni.ErrUnsupported, "the endpoint does not have the action; it says nothing about the interface"},
	"InvalidApi.NotFound":                                {eni.ErrUnsupported, "as InvalidAction.NotFound"},
	"InvalidVersion":                                     {eni.ErrUnsupported, "the endpoint does not have this version of the API"},
	"NoSuchVersion":                                      {eni.ErrUnsupported, "as InvalidVersion"},
	"InvalidSignatureMethod":                             {eni.ErrUnsupported, "the endpoint does not take HMAC-SHA1, with which the SDK signs"},

	// A known caller who is not allowed to do this.
	"Forbidden":                  {eni.ErrPermission, ""},
	"Forbidden.RAM":              {eni.ErrPermission, ""},
	"Forbidden.NotSupportRAM":    {eni.ErrPermission, "RAM users may not, the account itself may"},
	"Forbedden.NotSupportRAM":    {eni.ErrPermission, "misspelt"},
	"Forbidden.SubUser":          {eni.ErrPermission, ""},
	"Forbbiden.SubUser":          {eni.ErrPermission, "misspelt"},
	"Forbidden.Unauthorized":     {eni.ErrPermission, ""},
	"Forbidden.RiskControl":      {eni.ErrPermission, "the account is blocked until its owner has cleared that"},
	"Forbidden.Authentication":   {eni.ErrPermission, "not about credentials: the account's owner has not proved who he is"},
	"Forbidden.UserVerification": {eni.ErrPermission, "as Forbidden.Authentication"},
	"InsufficientBalance":        {eni.ErrPermission, "the account is blocked until its owner has paid"},
	"ActionUnauthorized":         {eni.ErrPermission, ""},
	"NoPermission":               {eni.ErrPermission, ""},

	// The caller is not known.
	"Abs.InvalidAccount.NotFound": {eni.ErrUnauthenticated, "the account, not the interface, or its access key has expired"},
	"InvalidAccount.NotFound":     {eni.ErrUnauthenticated, "the account, not the interface"},
	"SignatureDoesNotMatch":       {eni.ErrUnauthenticated, ""},
	"IncompleteSignature":         {eni.ErrUnauthenticated, ""},
	"MissingSecurityToken":        {eni.ErrUnauthenticated, ""},
	"SecurityTokenExpired":        {eni.ErrUnauthenticated, "what other services of the vendor say for InvalidSecurityToken.Expired"},
	"Forbidden.AccessKeyDisabled": {eni.ErrUnauthenticated, "the prefix is about permission, the code is about the key"},
	"IllegalTimestamp":            {eni.ErrUnauthenticated, "this machine's clock is off; so will the next request's be"},

	// A limit that waiting does not lift.
	"MaxEniCountExceeded":                {eni.ErrQuota, ""},
	"EniPerInstanceLimitExceeded":        {eni.ErrQuota, ""},
	"SecurityGroupInstanceLimitExceed":   {eni.ErrQuota, "misspelt"},
	"SecurityGroupInstanceLimitExceeded": {eni.ErrQuota, ""},
	"LimitExceeded":                      {eni.ErrQuota, ""},

	// Too many requests. See also the family Throttling.
	"Rejected.Throttling": {eni.ErrThrottled, ""},

	// A failure in the cloud, or an answer that was lost.
	"InternalServerError": {eni.ErrUnavailable, ""},
	"UnknownError":        {eni.ErrUnavailable, ""},
	"SystemBusy":          {eni.ErrUnavailable, ""},
	"SignatureNonceUsed": {eni.ErrUnavailable,
		"something on the way delivered the request twice, and the answer to the first delivery is lost; the next request has a new nonce"},
})

// families are codes of which every extension after a dot means the same. There are
// few: Forbidden.RegionId is not about permission, InvalidParameter.Conflict is not
// what InvalidParameter.EniNotBelongEcs is, and a code that ends in NotFound or
// Conflict may be about anything.
var families = lowerKeys(map[string]rule{
	"MissingParameter":     {eni.ErrInvalid, "the extension names the parameter"},
	"Throttling":           {eni.ErrThrottled, "Throttling.User, Throttling.Api and others, with the status 400, 403, 429 or 503"},
	"InvalidAccessKeyId":   {eni.ErrUnauthenticated, "also NotFound, which is about the key"},
	"InvalidSecurityToken": {eni.ErrUnauthenticated, "also Expired"},
	"InvalidTimeStamp":     {eni.ErrUnauthenticated, "this machine's clock is off; so will the next request's be"},
	"QuotaExceed":          {eni.ErrQuota, "misspelt"},
	"QuotaExceeded":        {eni.ErrQuota, ""},
	"InternalError":        {eni.ErrUnavailable, ""},
	"ServiceUnavailable":   {eni.ErrUnavailable, ""},
})

// expiries are the codes, in lower case, of which other credentials are the cure
// and the provider may have some by now: each with the reason. The other codes of
// ErrUnauthenticated are about a secret, a clock or a request that will be no
// better the next time.
var expiries = map[string]string{
	"invalidsecuritytoken.expired":               "the time of a temporary key is over",
	"securitytokenexpired":                       "as InvalidSecurityToken.Expired",
	"invalidsecuritytoken.mismatchwithaccesskey": "the key and the token are of two sets, as when they were read in the middle of a rotation",
	"invalidaccesskeyid.notfound":                "the key was deleted, the end of a rotation",
	"invalidaccesskeyid.inactive":                "the key was disabled, which is how a rotation begins to end",
	"forbidden.accesskeydisabled":                "as InvalidAccessKeyId.Inactive",
	"abs.invalidaccount.notfound":                "the vendor's page gives an expired access key as one of the reasons",
}

func lowerKeys(table map[string]rule) map[string]rule {
	lower := make(map[string]rule, len(table))
	for code, r := range table {
		lower[strings.ToLower(code)] = r
	}
	return lower
}
