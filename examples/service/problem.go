// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// problem is an error in the format of RFC 9457, with more fields that help a caller
// to decide what to do next.
type problem struct {
	Type   string `json:"type"` // a row of the README's table, or about:blank
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`

	// Retryable says whether the same request can succeed later.
	Retryable bool   `json:"retryable"`
	RequestID string `json:"request_id"` // as in the header X-Request-Id

	Cause *failure `json:"cause,omitempty"`  // the error of the cloud or the library
	Flaws []flaw   `json:"errors,omitempty"` // of an invalid body

	// As in an answer, for a request that is not done or only partly done.
	Results         []result `json:"results,omitempty"`
	CloudRequestIDs []string `json:"cloud_request_ids,omitempty"`
	Attempts        int      `json:"attempts,omitempty"`

	retryAfter time.Duration
}

// flaw is one error in a body.
type flaw struct {
	Pointer string `json:"pointer"` // a JSON pointer of RFC 6901
	Detail  string `json:"detail"`
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// What ends a request other than an answer of the cloud.
var (
	errShuttingDown = errors.New("the service is shutting down")
	errPanicked     = errors.New("the service has a bug")
)

// row is the HTTP answer for a reason.
type row struct {
	name       string // in the problem's type
	status     int
	retryAfter time.Duration // zero if waiting does not help
	title      string
}

// statusClientGone is only for the log: the client has disconnected.
const statusClientGone = 499

// rows has a row for each kind of the library's errors, and for each other end of a
// request. 4xx means that the caller or the state of the interface has to change, 502
// that the operator of the service has to act, 503 and 504 that a later try may
// succeed.
var rows = map[error]row{
	// These come before the cloud's last error, which each address still has.
	errShuttingDown:          {"shutting_down", http.StatusServiceUnavailable, 5 * time.Second, "The service is shutting down"},
	context.DeadlineExceeded: {"deadline", http.StatusGatewayTimeout, 5 * time.Second, "The request's deadline has passed"},
	context.Canceled:         {"cancelled", statusClientGone, 0, "The caller has disconnected"},
	errPanicked:              {"bug", http.StatusInternalServerError, 0, "The service has a bug"},

	// Well-formed, so not 400; the same request can never succeed.
	eni.ErrInvalid: {eni.ErrInvalid.Error(), http.StatusUnprocessableEntity, 0, "This request can never succeed"},

	// These are about the service's credentials. 401 or 403 would be about the caller's.
	eni.ErrUnauthenticated: {eni.ErrUnauthenticated.Error(), http.StatusBadGateway, 0, "The cloud does not accept the service's credentials"},
	eni.ErrPermission:      {eni.ErrPermission.Error(), http.StatusBadGateway, 0, "The cloud does not permit the service to do this"},

	eni.ErrNotFound: {eni.ErrNotFound.Error(), http.StatusNotFound, 0, "No such interface in this account and region"},

	// The library reports such an address as absent, which is success. The row is for
	// completeness.
	eni.ErrNotAssigned: {eni.ErrNotAssigned.Error(), http.StatusNotFound, 0, "The address is not on this interface"},

	// No Retry-After: a person has to change the state of the interface.
	eni.ErrState: {eni.ErrState.Error(), http.StatusConflict, 0, "The interface is in the wrong state"},

	// Another change ends within seconds.
	eni.ErrConflict: {eni.ErrConflict.Error(), http.StatusConflict, 5 * time.Second, "Another change of the interface is in progress"},

	// All callers of the service share the account's quota, so not 429: this caller may
	// have sent one request. The clouds' quota windows are a minute long.
	eni.ErrThrottled: {eni.ErrThrottled.Error(), http.StatusServiceUnavailable, time.Minute, "The cloud throttles the service's account"},

	// A limit of the service's account, which its operator can have raised.
	eni.ErrQuota: {eni.ErrQuota.Error(), http.StatusBadGateway, 0, "A limit of the service's account is reached"},

	// This cloud cannot do it at all.
	eni.ErrUnsupported: {eni.ErrUnsupported.Error(), http.StatusNotImplemented, 0, "This cloud cannot do this"},

	eni.ErrUnavailable: {eni.ErrUnavailable.Error(), http.StatusServiceUnavailable, 10 * time.Second, "The cloud cannot be reached, or fails"},

	// A retry is not known to help, so not 503.
	eni.ErrUnknown: {eni.ErrUnknown.Error(), http.StatusBadGateway, 0, "The cloud returned an unknown error code"},
}

// reason returns the key of err in rows. What ended the request comes before the
// cloud's last error.
func reason(err error) error {
	for _, ending := range []error{errShuttingDown, errPanicked, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, ending) {
			return ending
		}
	}
	return eni.KindOf(err)
}

// typeBase is the URL of the table in the README.
const typeBase = "https://github.com/cloudeni/cloudeni/tree/main/examples/service#"

// newProblem converts err to a problem by its row. A problem is returned unchanged.
func newProblem(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	row := rows[reason(err)]
	p := &problem{
		Type: typeBase + row.name, Title: row.title, Status: row.status, Detail: err.Error(),
		Retryable: row.retryAfter > 0, retryAfter: row.retryAfter,
	}
	if e, ok := errors.AsType[*eni.Error](err); ok {
		p.Cause = newFailure(e)
	}
	return p
}

// plainProblem returns a problem with a status and a detail only.
func plainProblem(status int, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := newProblem(err)
	p.RequestID = recordOf(r.Context()).id
	w.Header().Set("Content-Type", "application/problem+json")
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.retryAfter.Seconds())))
	}
	writeJSON(w, p.Status, p)
}

// failure is the cause of a problem or a result.
type failure struct {
	Kind      string `json:"kind"`           // the text of an eni.Kind
	Code      string `json:"code,omitempty"` // the cloud's own
	Message   string `json:"message"`
	RequestID string `json:"cloud_request_id,omitempty"`
	Retryable bool   `json:"retryable"`
}

func newFailure(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Kind: eni.KindOf(err).Error(), Message: err.Error(), Retryable: eni.IsRetryable(err)}
	if e, ok := errors.AsType[*eni.Error](err); ok {
		f.Code, f.Message, f.RequestID = e.Code, cmp.Or(e.Message, f.Message), e.RequestID
	}
	return f
}
