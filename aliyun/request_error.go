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

// requestError is every error of the driver. Neither a text in it nor its cause
// holds a secret: whoever makes one redacts it, because the secrets are known only
// there.
type requestError struct {
	kind      eni.Kind
	status    int
	code      string
	message   string
	requestID string
	cause     error

	retryAfter time.Duration
	notSent    bool                     // no request left
	expired    *credentials.Credentials // those of the request, where the code says that they have expired
}

func (e *requestError) Error() string { return e.message }

func (e *requestError) Unwrap() error { return e.cause }

// lostAnswer makes the error of a request whose answer did not arrive.
func lostAnswer(ctx context.Context, err error, r *redactor) *requestError {
	if ended := ctx.Err(); ended != nil {
		return &requestError{kind: eni.ErrUnavailable, message: "no answer: " + ended.Error(), cause: ended}
	}
	cause := r.withoutSecrets(err)
	if cause == nil {
		cause = errors.New("the connection failed")
	}
	return &requestError{
		kind:    eni.ErrUnavailable,
		message: clip("no answer: "+oneLine(cause.Error()), maxMessage),
		cause:   withoutContextError(cause),
	}
}

const (
	// maxDetail bounds the text of a provider's error in a message. The cause has the
	// whole of it.
	maxDetail = 160

	// chainFailed begins the SDK's error that lists what its default chain has tried.
	chainFailed = "unable to get credentials from any of the providers in the chain"

	// noCredentials replaces that list.
	noCredentials = "no credentials in the environment, a profile or an instance role: " +
		"set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or Config.Credentials"
)

// credentialError makes the error of a request that was not sent, because there
// were no credentials to sign it with.
func credentialError(ctx context.Context, provider string, err error) *requestError {
	e := &requestError{kind: eni.ErrUnauthenticated, notSent: true}
	if ended := ctx.Err(); ended != nil {
		e.kind, e.message, e.cause = eni.ErrUnavailable, "no credentials: "+ended.Error(), ended
		return e
	}
	var (
		server  *sdkerrors.ServerError
		network *url.Error
		socket  *net.OpError
		detail  string
	)
	switch {
	case errors.As(err, &server):
		// The token service refused. It has the same codes as ECS.
		if kind := classify(server.ErrorCode(), server.HttpStatus()); eni.IsRetryable(kind) {
			e.kind = eni.ErrUnavailable
		}
		detail = redactUnknown(strings.Join([]string{server.ErrorCode(), server.Message()}, ": "))
		e.cause = errors.New(detail)
	case errors.As(err, &network):
		e.kind = eni.ErrUnavailable
		detail = redactUnknown(network.Err.Error())
		e.cause = networkCause(network.Err)
	case errors.As(err, &socket):
		e.kind = eni.ErrUnavailable
		detail = redactUnknown(socket.Error())
		e.cause = networkCause(socket)
	default:
		detail = redactUnknown(err.Error())
		e.cause = errors.New(detail)
	}
	e.message = noCredentials
	if !strings.HasPrefix(err.Error(), chainFailed) {
		e.message = "no credentials from provider " + clip(redactUnknown(provider), maxID) + ": " + clip(detail, maxDetail)
	}
	return e
}

// networkCause returns the error of package net in err, which holds addresses and an
// errno, and nothing else of err.
func networkCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return withoutContextError(op)
	}
	var timeout net.Error
	return netError{text: redactUnknown(err.Error()), timeout: errors.As(err, &timeout) && timeout.Timeout()}
}

// withoutContextError keeps the timeouts of clients and sockets from matching
// context.DeadlineExceeded, as they do in net and net/http: for a caller that means
// that the context of the call has ended.
func withoutContextError(err error) error {
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

// netError is a network error without its causes.
type netError struct {
	text    string
	timeout bool
}

var _ net.Error = netError{}

func (e netError) Error() string   { return e.text }
func (e netError) Timeout() bool   { return e.timeout }
func (e netError) Temporary() bool { return e.timeout }
