// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/redact"
)

// maxDetail is the maximum length of a provider's error in a message. The cause has the
// whole text.
const maxDetail = 240

// Credentials classify the errors of a vendor's credential providers.
type Credentials struct {
	// Missing replaces the error of a chain that found no credentials: what to set.
	Missing string

	// NotFound reports whether an error is that of such a chain.
	NotFound func(error) bool

	// Service reports whether an error is the response of a token service, and returns
	// the kind of its code and its text.
	Service func(error) (kind eni.Kind, said string, ok bool)
}

// Awaited returns the error text of a request that waits for credentials.
func Awaited(source string) string { return fromProvider(source) + " yet" }

func fromProvider(source string) string {
	return "no credentials from provider " + redact.Clip(redact.Unknown(source), redact.MaxID)
}

// Error makes the error of a request that was not sent because it had no credentials. A
// temporary failure of the source is ErrUnavailable.
func (c Credentials) Error(ctx context.Context, source string, err error) *RequestError {
	f := &RequestError{Kind: eni.ErrUnauthenticated, NotSent: true}
	from := fromProvider(source)
	if ended := ctx.Err(); ended != nil {
		f.Kind, f.Message, f.Cause = eni.ErrUnavailable, from+" yet: "+ended.Error(), ended
		return f
	}
	var (
		malformed *credcache.MalformedError
		network   *url.Error
		socket    *net.OpError
		detail    string
	)
	kind, said, answered := c.Service(err)
	switch {
	case errors.As(err, &malformed):
		f.Message, f.Cause = from+": "+malformed.Error(), malformed
		return f
	case answered:
		if kind == eni.ErrThrottled || kind == eni.ErrConflict || kind == eni.ErrUnavailable {
			f.Kind = eni.ErrUnavailable
		}
		detail = redact.Unknown(said)
		f.Cause = errors.New(detail)
	case errors.As(err, &network) && network.Err != nil:
		f.Kind = eni.ErrUnavailable
		detail = redact.Unknown(network.Err.Error())
		f.Cause = networkCause(network.Err)
	case errors.As(err, &socket):
		f.Kind = eni.ErrUnavailable
		detail = redact.Unknown(socket.Error())
		f.Cause = networkCause(socket)
	default:
		detail = redact.Unknown(err.Error())
		f.Cause = errors.New(detail)
		if passes(err) {
			f.Kind = eni.ErrUnavailable
		}
	}
	if f.Kind == eni.ErrUnauthenticated && c.NotFound(err) {
		f.Message = c.Missing
		return f
	}
	// The text of a body may be cut off, but not the status.
	if status := statusOf(err.Error()); status != 0 && !strings.Contains(redact.Clip(detail, maxDetail), strconv.Itoa(status)) {
		detail = "status " + strconv.Itoa(status) + ", " + detail
	}
	f.Message = from + ": " + redact.Clip(detail, maxDetail)
	return f
}

// networkCause returns only the error of package net in err, which has addresses and an
// errno.
func networkCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return redact.WithoutContextError(op)
	}
	var timeout net.Error
	return redact.NetworkError{Text: redact.Unknown(err.Error()), Late: errors.As(err, &timeout) && timeout.Timeout()}
}

// statuses matches the status of a service in the error text of a vendor's provider,
// which has no type for it.
var statuses = regexp.MustCompile(`(?i)(?:\breceived|http ?status(?: ?code)?\s*[:=]?|\bstatus(?: ?code)?\s*[:=]?|\brequest https?://\S+|\bHTTP/\d(?:\.\d)?)\s+"?([1-5]\d\d)\b`)

// statusOf returns the status in a text, preferably a temporary one, or 0.
func statusOf(text string) int {
	status := 0
	for _, found := range statuses.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(found[1]) //nolint:errcheck // three digits
		if status == 0 || statusPasses(n) {
			status = n
		}
	}
	return status
}

func statusPasses(status int) bool { return status == 429 || status == 408 || status >= 500 }

// cutOff matches the errors of encoding/json and io about an incomplete body, or about
// the page of a gateway. The providers keep only the text.
var cutOff = regexp.MustCompile(`unexpected end of JSON input|unexpected EOF|invalid character '.{1,4}' looking for beginning of value|json\.? ?[uU]nmarshal fail|get credentials from \S+ failed`)

// passes reports whether the failure of a provider is temporary.
func passes(err error) bool {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return true
	}
	if kind := eni.Kind(0); errors.As(err, &kind) {
		return eni.IsRetryable(kind)
	}
	text := err.Error()
	if status := statusOf(text); status != 0 {
		return statusPasses(status)
	}
	return cutOff.MatchString(text)
}
