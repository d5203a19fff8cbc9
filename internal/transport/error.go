// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/cloudeni/cloudeni/internal/redact"
)

// Error is the error of a request without a response. It may contain secrets; see
// [Error.Redacted].
type Error struct {
	// NotSent says that no part of the request was sent to the cloud.
	NotSent bool

	// Permanent says that no retry can succeed, because the configuration is wrong.
	Permanent bool

	// Refused says that a proxy refused to forward the request.
	Refused bool

	reused bool
	text   string // what failed
	cause  error  // why, or nil
}

// Error returns what failed and the cause.
func (e *Error) Error() string {
	if e.cause == nil || e.text == e.cause.Error() {
		return e.text
	}
	return e.text + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Reused reports whether the request was lost on an idle connection that the other end
// had closed or dropped. The next request uses a new connection.
func (e *Error) Reused() bool { return e.reused }

// Redacted returns a copy without secrets in the cause.
func (e *Error) Redacted(secrets *redact.Secrets) *Error {
	own := *e
	own.cause = secrets.Error(e.cause)
	return &own
}

// failure makes the error of a request that failed.
func (c *Client) failure(caller context.Context, req *http.Request, err error, s state) *Error {
	err = withoutURL(err)
	e := classified(req, err)
	unconnected := s.asked && !s.connected
	if ended := caller.Err(); ended != nil {
		e = &Error{text: "no answer", cause: ended} // the end of the context is the reason
		if unconnected {
			e.text = "no connection to " + req.URL.Host + " yet"
		}
	}
	e.NotSent = (e.NotSent || unconnected) && !s.written
	e.Permanent = e.Permanent && e.NotSent
	var timeout net.Error
	late := errors.As(err, &timeout) && timeout.Timeout()
	e.reused = s.reused && !late && caller.Err() == nil
	if caller.Err() == nil {
		e.cause = redact.WithoutContextError(e.cause)
	}
	return e
}

// classified describes a failure by the type of the error.
func classified(req *http.Request, err error) *Error {
	var (
		op       *net.OpError
		unknown  *net.DNSError
		tunnel   *proxyError
		untrust  *tls.CertificateVerificationError
		invalid  x509.CertificateInvalidError
		hostname x509.HostnameError
		author   x509.UnknownAuthorityError
		roots    x509.SystemRootsError
		noTLS    tls.RecordHeaderError
		alert    tls.AlertError
	)
	host := req.URL.Host
	isOp := errors.As(err, &op)
	switch {
	case errors.As(err, &tunnel):
		return &Error{NotSent: true, Refused: true, text: "no connection to " + host, cause: tunnel}
	case isOp && op.Op == "proxyconnect":
		return &Error{NotSent: true, text: "no connection to the proxy", cause: err}
	case errors.As(err, &unknown):
		return &Error{NotSent: true, text: fmt.Sprintf("cannot resolve the host %s, check Region and Endpoint", host), cause: err}
	case errors.As(err, &untrust), errors.As(err, &invalid), errors.As(err, &hostname), errors.As(err, &author), errors.As(err, &roots):
		return &Error{NotSent: true, Permanent: true, text: "the certificate of " + host + " is not accepted", cause: err}
	case errors.As(err, &noTLS), errors.As(err, &alert), isOp && op.Op == "remote error":
		return &Error{NotSent: true, text: "no TLS connection to " + host, cause: err}
	case isOp && op.Op == "dial":
		return &Error{NotSent: true, text: "no connection to " + host, cause: err}
	default:
		return &Error{text: "no answer", cause: err}
	}
}

// withoutURL removes the wrapper of net/http, which prints the URL with its secrets.
func withoutURL(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err
}
