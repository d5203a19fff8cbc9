package tencent

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
)

// The SDK's own codes that this package gives to what the SDK never saw.
const (
	codeNetwork    = "ClientError.NetworkError"
	codeRead       = "ClientError.IOError"
	codeUnreadable = "ClientError.ParseJsonError"
	codeCredential = "ClientError.CredentialError"
)

// failure is an error of a driver: free of secrets, and with what the SDK's own
// errors forget.
type failure struct {
	status int
	number int         // the code of API 2.0, if it answered with one
	signed fingerprint // of the credentials
	unsent bool        // no request left
	err    error       // a *tcerrors.TencentCloudSDKError wherever the SDK or the cloud spoke

	retryAfter time.Duration
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// RetryAfter is the cloud's hint when to come back, for the core; zero is none.
func (f *failure) RetryAfter() time.Duration { return f.retryAfter }

// notSent reports whether no request left.
func notSent(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.unsent
}

// newFailure makes an error fit to be read.
func newFailure(err error, status int, s secrets) *failure {
	var sdkErr *tcerrors.TencentCloudSDKError
	if errors.As(err, &sdkErr) {
		return &failure{status: status, err: reword(sdkErr, s)}
	}
	return &failure{status: status, err: s.hide(err)}
}

// reword returns e itself where it may be read as it is, else one that may.
func reword(e *tcerrors.TencentCloudSDKError, s secrets) error {
	message := e.Message
	if words := rules[strings.ToLower(e.Code)].words; words != "" {
		message = words
	}
	code, message, requestID := s.redact(e.Code), s.redact(message), s.redact(e.RequestId)
	cause := errors.Unwrap(e)
	readable := cause
	if cause != nil {
		readable = s.hide(withoutURL(cause))
	}
	same := readable == cause //nolint:errorlint,err113 // whether it is the very same is the question
	if same && code == e.Code && message == e.Message && requestID == e.RequestId {
		return e
	}
	return tcerrors.NewTencentCloudSDKErrorWithCause(code, message, requestID, readable)
}

// sdkError says something in the SDK's own terms. The words for the code are in
// the rules.
func sdkError(code, requestID string, cause error) error {
	return tcerrors.NewTencentCloudSDKErrorWithCause(code, "", requestID, cause)
}

// sdkPart returns what the cloud or the SDK said, empty where they said nothing.
func sdkPart(err error) tcerrors.TencentCloudSDKError {
	var said *tcerrors.TencentCloudSDKError
	if errors.As(err, &said) {
		return *said
	}
	return tcerrors.TencentCloudSDKError{}
}

// unsigned is the failure of a request for which there were no credentials.
func unsigned(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = sdkError(codeNetwork, "", ctx.Err())
	case classify("", sdkPart(err).Code, 0) != eni.ErrUnauthenticated:
		// A token service's words may hold what it handed out.
		cause := newFailure(err, 0, nil).err
		err = tcerrors.NewTencentCloudSDKErrorWithCause(codeCredential, "no credentials", "", cause)
	}
	f := newFailure(err, 0, nil)
	f.unsent = true
	return f
}

// lost is the error of an exchange without a reply that can be read.
func (x *exchange) lost(ctx context.Context) error {
	cause := notTheCallers(x.err)
	if ended := ctx.Err(); ended != nil {
		cause = ended // whatever broke off because of it
	}
	var bad unreadable
	switch {
	case errors.As(cause, &bad):
		return sdkError(codeUnreadable, "", cause)
	case x.status != 0:
		return sdkError(codeRead, "", cause)
	default:
		return sdkError(codeNetwork, "", cause)
	}
}

// notTheCallers keeps the timeouts of clients and sockets from matching
// context.DeadlineExceeded, which net and net/http let them do: to callers that
// means that their own context ended.
func notTheCallers(err error) error {
	if !endOfContext(err) {
		return err
	}
	var timeout net.Error
	return severed{text: err.Error(), timeout: errors.As(err, &timeout) && timeout.Timeout()}
}

func endOfContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// severed is a network error cut off from its causes.
type severed struct {
	text    string
	timeout bool
}

var _ net.Error = severed{}

func (s severed) Error() string   { return s.text }
func (s severed) Timeout() bool   { return s.timeout }
func (s severed) Temporary() bool { return s.timeout }
