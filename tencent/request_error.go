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

// The SDK's codes that this package gives to failures that the SDK did not see.
const (
	codeNetwork    = "ClientError.NetworkError"
	codeRead       = "ClientError.IOError"
	codeUnreadable = "ClientError.ParseJsonError"
	codeCredential = "ClientError.CredentialError"
)

// requestError is an error of a driver, without secrets and with what the SDK's
// errors do not keep.
type requestError struct {
	status  int
	number  int         // the code of API 2.0, if it answered with one
	signed  fingerprint // of the credentials
	notSent bool        // no request left
	err     error       // a *tcerrors.TencentCloudSDKError wherever the SDK or the cloud spoke

	retryAfter time.Duration
}

func (e *requestError) Error() string { return e.err.Error() }
func (e *requestError) Unwrap() error { return e.err }

// RetryAfter is the pause that the cloud asks for, for the core; zero is none.
func (e *requestError) RetryAfter() time.Duration { return e.retryAfter }

// notSent reports whether no request left.
func notSent(err error) bool {
	var e *requestError
	return errors.As(err, &e) && e.notSent
}

// newRequestError makes an error without the secrets that r knows.
func newRequestError(err error, status int, r redactor) *requestError {
	var sdkErr *tcerrors.TencentCloudSDKError
	if errors.As(err, &sdkErr) {
		return &requestError{status: status, err: redactSDKError(sdkErr, r)}
	}
	return &requestError{status: status, err: r.redactError(err)}
}

// redactSDKError returns e itself where it holds no secret, else an error without
// it.
func redactSDKError(e *tcerrors.TencentCloudSDKError, r redactor) error {
	message := e.Message
	if ours := rules[strings.ToLower(e.Code)].message; ours != "" {
		message = ours
	}
	code, message, requestID := r.redact(e.Code), r.redact(message), r.redact(e.RequestId)
	cause := errors.Unwrap(e)
	clean := cause
	if cause != nil {
		clean = r.redactError(withoutURL(cause))
	}
	same := clean == cause //nolint:errorlint,err113 // whether it is the very same is the question
	if same && code == e.Code && message == e.Message && requestID == e.RequestId {
		return e
	}
	return tcerrors.NewTencentCloudSDKErrorWithCause(code, message, requestID, clean)
}

// sdkError makes an error of the SDK's type. The rules have the message for its
// code.
func sdkError(code, requestID string, cause error) error {
	return tcerrors.NewTencentCloudSDKErrorWithCause(code, "", requestID, cause)
}

// sdkPart returns the error of the SDK in err, empty where there is none.
func sdkPart(err error) tcerrors.TencentCloudSDKError {
	var said *tcerrors.TencentCloudSDKError
	if errors.As(err, &said) {
		return *said
	}
	return tcerrors.TencentCloudSDKError{}
}

// credentialError is the error of a request for which there were no credentials.
func credentialError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = sdkError(codeNetwork, "", ctx.Err())
	case classify("", sdkPart(err).Code, 0) != eni.ErrUnauthenticated:
		// A token service's message may hold what it issued.
		cause := newRequestError(err, 0, nil).err
		err = tcerrors.NewTencentCloudSDKErrorWithCause(codeCredential, "no credentials", "", cause)
	}
	failed := newRequestError(err, 0, nil)
	failed.notSent = true
	return failed
}

// lostAnswer is the error of an exchange without a reply that can be read.
func (x *exchange) lostAnswer(ctx context.Context) error {
	cause := withoutContextError(x.err)
	if ended := ctx.Err(); ended != nil {
		cause = ended // whatever failed because of it
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

// withoutContextError keeps the timeouts of clients and sockets from matching
// context.DeadlineExceeded, as they do in net and net/http: for a caller that means
// that the context of the call has ended.
func withoutContextError(err error) error {
	if !isContextError(err) {
		return err
	}
	var timeout net.Error
	return netError{text: err.Error(), timeout: errors.As(err, &timeout) && timeout.Timeout()}
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// netError is a network error without its causes.
type netError struct {
	text    string
	timeout bool
}

var _ net.Error = netError{}

func (e netError) Error() string   { return e.text }
func (e netError) Timeout() bool   { return e.timeout }
func (e netError) Temporary() bool { return e.timeout }
