package aliyun

import (
	"errors"
	"net/http"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// Explain implements core.Driver.
func (*driver) Explain(_ string, err error) *eni.Error {
	var f *callError
	if !errors.As(err, &f) {
		// None of ours, so nothing is known of what is in it.
		f = &callError{kind: eni.ErrUnknown, message: guard(err.Error())}
		if ended := contextError(err); ended != nil {
			f.kind, f.cause = eni.ErrUnavailable, ended
		}
	}
	return &eni.Error{
		Kind:       f.kind,
		Code:       f.code,
		Message:    f.message,
		RequestID:  f.requestID,
		HTTPStatus: f.status,
		Err:        f.cause,
	}
}

// classify returns the kind of a code. The code decides: the cloud sends one
// code with several statuses, a 403 for what is done, in conflict, badly written
// or not found, and a 500 for what never succeeds. The status counts only where
// there is no rule for the code.
func classify(code string, status int) eni.Kind {
	code = strings.ToLower(code)
	if r, ok := rules[code]; ok {
		return r.kind
	}
	for family := code; ; {
		dot := strings.LastIndexByte(family, '.')
		if r, ok := families[family]; ok {
			return r.kind
		}
		if dot < 0 {
			break
		}
		family = family[:dot]
	}
	switch {
	case status == http.StatusTooManyRequests:
		return eni.ErrThrottled
	case status >= 500:
		return eni.ErrUnavailable
	default:
		return eni.ErrUnknown
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
	"InvalidIp.IpUnassigned":     {eni.ErrNotAssigned, "comes for a primary address too: only a look tells"},
	"InvalidVSwitchId.IpInvalid": {eni.ErrNotAssigned, "the address is outside the vSwitch's range, so it cannot be on the interface"},

	// The interface or the instance does not exist.
	"InvalidEniId.NotFound":              {eni.ErrNotFound, ""},
	"InvalidNetworkInterfaceId.NotFound": {eni.ErrNotFound, ""},
	"InvalidEcsId.NotFound":              {eni.ErrNotFound, ""},
	"InvalidInstanceId.NotFound":         {eni.ErrNotFound, ""},

	// It exists, but not in a state that allows this.
	"InvalidOperation.InvalidEniState":        {eni.ErrState, ""},
	"InvalidEniState":                         {eni.ErrState, ""},
	"InvalidOperation.InvalidEcsState":        {eni.ErrState, ""},
	"InvalidEcsState":                         {eni.ErrState, ""},
	"IncorrectInstanceStatus":                 {eni.ErrState, ""},
	"InvalidParameter.EniNotBelongEcs":        {eni.ErrState, "it is detached already, or on another instance: only a look tells"},
	"InvalidOperation.EniLinked":              {eni.ErrState, "it is linked to another interface, which has to go first"},
	"InvalidOperation.EniHotPlugNotSupported": {eni.ErrState, "succeeds once the instance is stopped"},

	// It can never succeed as it is written.
	"InvalidParameter":                            {eni.ErrInvalid, "also spelt InValidParameter"},
	"InvalidParamater":                            {eni.ErrInvalid, "misspelt"},
	"InvalidParameter.Conflict":                   {eni.ErrInvalid, "two parameters exclude each other; not a conflict between changes"},
	"InvalidParameter.Format":                     {eni.ErrInvalid, ""},
	"InvalidParams.EniId":                         {eni.ErrInvalid, ""},
	"InvalidInstanceID.Malformed":                 {eni.ErrInvalid, "also spelt MalFormed"},
	"InvalidEniId.Malformed":                      {eni.ErrInvalid, ""},
	"MissingParameter":                            {eni.ErrInvalid, ""},
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
	"IdempotentParameterMismatch":                 {eni.ErrInvalid, "a client token was used for two requests"},

	// Nobody can do it here.
	"InvalidOperation.RegionNotSupportIpPrefix": {eni.ErrUnsupported, "a 500 that never succeeds: the region has no prefixes"},
	"Forbidden.RegionId":                        {eni.ErrUnsupported, "the region does not have the service; no policy changes that"},
	"InvalidUserType.NotSupported":              {eni.ErrUnsupported, "the type of account cannot do it; no policy changes that"},
	"InvalidOperation.InvalidEniType":           {eni.ErrUnsupported, ""},
	"InvalidOperation.EniServiceManaged":        {eni.ErrUnsupported, "only the service that made the interface changes it; no policy changes that"},
	"UnsupportedOperation":                      {eni.ErrUnsupported, ""},
	"UnsupportedParameter":                      {eni.ErrUnsupported, "our parameters are documented ones, so this region or account lacks one"},
	"InvalidAction":                             {eni.ErrUnsupported, "the endpoint does not have the action"},
	"InvalidAction.NotFound":                    {eni.ErrUnsupported, "the endpoint does not have the action; it says nothing about the interface"},
	"InvalidVersion":                            {eni.ErrUnsupported, "the endpoint does not have this version of the API"},

	// A known caller who is not allowed to do this.
	"Forbidden":               {eni.ErrPermission, ""},
	"Forbidden.RAM":           {eni.ErrPermission, ""},
	"Forbidden.NotSupportRAM": {eni.ErrPermission, "RAM users may not, the account itself may"},
	"Forbedden.NotSupportRAM": {eni.ErrPermission, "misspelt"},
	"Forbidden.SubUser":       {eni.ErrPermission, ""},
	"Forbbiden.SubUser":       {eni.ErrPermission, "misspelt"},
	"Forbidden.Unauthorized":  {eni.ErrPermission, ""},
	"Forbidden.RiskControl":   {eni.ErrPermission, "the account is blocked until its owner has settled that"},
	"NoPermission":            {eni.ErrPermission, ""},

	// The caller could not be made out.
	"Abs.InvalidAccount.NotFound": {eni.ErrUnauthenticated, "the account, not the interface, or its access key has expired"},
	"SignatureDoesNotMatch":       {eni.ErrUnauthenticated, ""},
	"IncompleteSignature":         {eni.ErrUnauthenticated, ""},
	"MissingSecurityToken":        {eni.ErrUnauthenticated, ""},
	"IllegalTimestamp":            {eni.ErrUnauthenticated, "this machine's clock is off; so will the next request's be"},

	// A limit that waiting does not lift.
	"MaxEniCountExceeded":                {eni.ErrQuota, ""},
	"EniPerInstanceLimitExceeded":        {eni.ErrQuota, ""},
	"SecurityGroupInstanceLimitExceed":   {eni.ErrQuota, "misspelt"},
	"SecurityGroupInstanceLimitExceeded": {eni.ErrQuota, ""},
	"LimitExceeded":                      {eni.ErrQuota, ""},

	// The cloud's own trouble, or an answer that was lost.
	"InternalError":       {eni.ErrUnavailable, ""},
	"InternalServerError": {eni.ErrUnavailable, ""},
	"UnknownError":        {eni.ErrUnavailable, ""},
	"SignatureNonceUsed": {eni.ErrUnavailable,
		"something on the way delivered the request twice, and the answer to the first delivery is lost; the next request has a new nonce"},
})

// families are codes of which every extension after a dot means the same. Few
// are: Forbidden.RegionId is not about permission, InvalidParameter.Conflict is
// not what InvalidParameter.EniNotBelongEcs is, and what ends in NotFound or
// Conflict may be about anything.
var families = lowerKeys(map[string]rule{
	"Throttling":           {eni.ErrThrottled, "Throttling.User, Throttling.Api and others, with the status 400, 403, 429 or 503"},
	"InvalidAccessKeyId":   {eni.ErrUnauthenticated, "also NotFound, which is about the key"},
	"InvalidSecurityToken": {eni.ErrUnauthenticated, "also Expired"},
	"InvalidTimeStamp":     {eni.ErrUnauthenticated, "this machine's clock is off; so will the next request's be"},
	"QuotaExceed":          {eni.ErrQuota, "misspelt"},
	"QuotaExceeded":        {eni.ErrQuota, ""},
	"ServiceUnavailable":   {eni.ErrUnavailable, ""},
})

func lowerKeys(table map[string]rule) map[string]rule {
	lower := make(map[string]rule, len(table))
	for code, r := range table {
		lower[strings.ToLower(code)] = r
	}
	return lower
}
