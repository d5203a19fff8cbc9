package aliyun

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
)

// callError is every error of the driver. No text in it, nor in its cause, holds a
// secret: that is seen to where it is made, because only there the secrets are
// known.
type callError struct {
	kind      eni.Kind
	status    int
	code      string
	message   string
	requestID string
	cause     error

	retryAfter time.Duration
	unsent     bool                     // no request left
	expired    *credentials.Credentials // those of the request, where the code says that they have expired
}

func (f *callError) Error() string { return f.message }

func (f *callError) Unwrap() error { return f.cause }

// lost makes the error of a request whose answer did not arrive.
func lost(ctx context.Context, err error, s *secrets) *callError {
	if ended := ctx.Err(); ended != nil {
		return &callError{kind: eni.ErrUnavailable, message: "no answer: " + ended.Error(), cause: ended}
	}
	cause := s.strip(err)
	if cause == nil {
		cause = errors.New("the connection failed")
	}
	return &callError{
		kind:    eni.ErrUnavailable,
		message: clip("no answer: "+oneLine(cause.Error()), maxMessage),
		cause:   notTheCallers(cause),
	}
}

// What withoutCredentials says.
const (
	// maxDetail bounds what a provider says about itself in a message; the whole
	// of it is in the cause.
	maxDetail = 160

	// nowhere is how the SDK's default chain begins its list of what it has tried.
	nowhere = "unable to get credentials from any of the providers in the chain"

	// nowhereFound stands for that list.
	nowhereFound = "no credentials in the environment, a profile or an instance role: " +
		"set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or Config.Credentials"
)

// withoutCredentials makes the error of a request that was not sent, because
// there was nothing to sign it with.
func withoutCredentials(ctx context.Context, provider string, err error) *callError {
	f := &callError{kind: eni.ErrUnauthenticated, unsent: true}
	if ended := ctx.Err(); ended != nil {
		f.kind, f.message, f.cause = eni.ErrUnavailable, "no credentials: "+ended.Error(), ended
		return f
	}
	var (
		server  *sdkerrors.ServerError
		network *url.Error
		socket  *net.OpError
		detail  string
	)
	switch {
	case errors.As(err, &server):
		// The token service refused; its codes are the same as everybody's.
		if kind := classify(server.ErrorCode(), server.HttpStatus()); eni.IsRetryable(kind) {
			f.kind = eni.ErrUnavailable
		}
		detail = guard(strings.Join([]string{server.ErrorCode(), server.Message()}, ": "))
		f.cause = errors.New(detail)
	case errors.As(err, &network):
		f.kind = eni.ErrUnavailable
		detail = guard(network.Err.Error())
		f.cause = networkCause(network.Err)
	case errors.As(err, &socket):
		f.kind = eni.ErrUnavailable
		detail = guard(socket.Error())
		f.cause = networkCause(socket)
	default:
		detail = guard(err.Error())
		f.cause = errors.New(detail)
	}
	f.message = nowhereFound
	if !strings.HasPrefix(err.Error(), nowhere) {
		f.message = "no credentials from provider " + clip(guard(provider), maxID) + ": " + clip(detail, maxDetail)
	}
	return f
}

// networkCause returns what net says about a connection, which is addresses and
// an errno, and nothing else of err.
func networkCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return notTheCallers(op)
	}
	var timeout net.Error
	return netError{text: guard(err.Error()), timeout: errors.As(err, &timeout) && timeout.Timeout()}
}

// notTheCallers keeps the timeouts of clients and sockets from matching
// context.DeadlineExceeded, which net and net/http let them do: to callers that
// means that their own context ended.
func notTheCallers(err error) error {
	if contextError(err) == nil {
		return err
	}
	var timeout net.Error
	return netError{text: oneLine(err.Error()), timeout: errors.As(err, &timeout) && timeout.Timeout()}
}

func contextError(err error) error {
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, ended) {
			return ended
		}
	}
	return nil
}

// netError is a network error cut off from its causes.
type netError struct {
	text    string
	timeout bool
}

var _ net.Error = netError{}

func (s netError) Error() string   { return s.text }
func (s netError) Timeout() bool   { return s.timeout }
func (s netError) Temporary() bool { return s.timeout }
