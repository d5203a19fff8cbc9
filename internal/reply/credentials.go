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

// maxDetail bounds the text of a provider's error in a message. The cause has the
// whole of it.
const maxDetail = 240

// Credentials say how the errors of a vendor's providers of credentials are read.
type Credentials struct {
	// Missing replaces the error of a chain that has found nothing: what to set.
	Missing string

	// NotFound reports whether an error is that of such a chain.
	NotFound func(error) bool

	// Service returns what a token service answered, where an error is its answer:
	// the kind of its code, and what it said.
	Service func(error) (kind eni.Kind, said string, ok bool)
}

// Awaited is what a request waits for whose credentials have not come.
func Awaited(source string) string { return fromProvider(source) + " yet" }

func fromProvider(source string) string {
	return "no credentials from provider " + redact.Clip(redact.Unknown(source), redact.MaxID)
}

// Error makes the error of a request that was not sent, because there were no
// credentials to sign it with. A source that fails for a moment is ErrUnavailable.
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
	// What a body said may be cut away, the status not.
	if status := statusOf(err.Error()); status != 0 && !strings.Contains(redact.Clip(detail, maxDetail), strconv.Itoa(status)) {
		detail = "status " + strconv.Itoa(status) + ", " + detail
	}
	f.Message = from + ": " + redact.Clip(detail, maxDetail)
	return f
}

// networkCause returns the error of package net in err, which holds addresses and an
// errno, and nothing else of err.
func networkCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return redact.WithoutContextError(op)
	}
	var timeout net.Error
	return redact.NetworkError{Text: redact.Unknown(err.Error()), Late: errors.As(err, &timeout) && timeout.Timeout()}
}

// statuses are how the vendors' providers write the status of what their service
// answered: they have no type for it.
var statuses = regexp.MustCompile(`(?i)(?:\breceived|http ?status(?: ?code)?\s*[:=]?|\bstatus(?: ?code)?\s*[:=]?|\brequest https?://\S+|\bHTTP/\d(?:\.\d)?)\s+"?([1-5]\d\d)\b`)

// statusOf returns the status that a text names, the one that passes first; 0 where
// there is none.
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

// cutOff are the texts of encoding/json and io about a body that broke off, or that
// a gateway wrote in place of the service. The providers keep no more of them.
var cutOff = regexp.MustCompile(`unexpected end of JSON input|unexpected EOF|invalid character '.{1,4}' looking for beginning of value|json\.? ?[uU]nmarshal fail|get credentials from \S+ failed`)

// passes reports whether a provider failed for a moment.
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
