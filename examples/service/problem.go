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

// problem is an error as RFC 9457 has it. What is beyond the RFC is what a caller
// needs to decide what to do next.
type problem struct {
	Type   string `json:"type"` // a row of the README's table, or about:blank
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`

	// Retryable says whether the same request can succeed later as it is written.
	Retryable bool   `json:"retryable"`
	RequestID string `json:"request_id"` // as in the header X-Request-Id

	Cause *failure `json:"cause,omitempty"`  // what the cloud said, or the library for it
	Flaws []flaw   `json:"errors,omitempty"` // of a body that is not what was asked for

	// As in an answer, for a release or detach that is not done, or not all of it.
	Results         []result `json:"results,omitempty"`
	CloudRequestIDs []string `json:"cloud_request_ids,omitempty"`
	Attempts        int      `json:"attempts,omitempty"`

	retryAfter time.Duration
}

// flaw is one thing that is wrong with a body.
type flaw struct {
	Pointer string `json:"pointer"` // where, as RFC 6901 has it
	Detail  string `json:"detail"`
}

func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// What ends a request besides an answer of the cloud.
var (
	errShuttingDown = errors.New("the service is shutting down")
	errPanicked     = errors.New("the service has a bug")
)

// row is what a reason is over HTTP.
type row struct {
	name       string // in the problem's type
	status     int
	retryAfter time.Duration // zero where waiting alone does not help
	title      string
}

// statusClientGone is for the log: nobody is left to read it.
const statusClientGone = 499

// rows has a row for each reason: for each kind of the library's errors, and for
// what ends a request. 4xx is for what the caller or the state of the interface
// can change, 502 for what whoever runs the service has to mend, 503 and 504 for
// what time mends.
var rows = map[error]row{
	// The service lost its patience or has to stop, so the cloud's last word
	// matters less; each address still has it.
	errShuttingDown:          {"shutting_down", http.StatusServiceUnavailable, 5 * time.Second, "The service is shutting down"},
	context.DeadlineExceeded: {"deadline", http.StatusGatewayTimeout, 5 * time.Second, "The request's time is up"},
	context.Canceled:         {"cancelled", statusClientGone, 0, "The caller has disconnected"},
	errPanicked:              {"bug", http.StatusInternalServerError, 0, "The service has a bug"},

	// Well-formed, so not 400; the same request can never succeed.
	eni.ErrInvalid: {eni.ErrInvalid.Error(), http.StatusUnprocessableEntity, 0, "This can never be done"},

	// The service's own credentials and their permissions: 401 or 403 would send
	// the caller to look at their own.
	eni.ErrUnauthenticated: {eni.ErrUnauthenticated.Error(), http.StatusBadGateway, 0, "The cloud does not accept the service's credentials"},
	eni.ErrPermission:      {eni.ErrPermission.Error(), http.StatusBadGateway, 0, "The cloud does not permit the service to do this"},

	eni.ErrNotFound: {eni.ErrNotFound.Error(), http.StatusNotFound, 0, "No such interface in this account and region"},

	// A client reports such an address as absent, which is success; here for a
	// kind that reaches us all the same.
	eni.ErrNotAssigned: {eni.ErrNotAssigned.Error(), http.StatusNotFound, 0, "The address is not on this interface"},

	// No Retry-After: somebody has to bring the interface into another state.
	eni.ErrState: {eni.ErrState.Error(), http.StatusConflict, 0, "The interface is in no state for this"},

	// Another change is done in seconds.
	eni.ErrConflict: {eni.ErrConflict.Error(), http.StatusConflict, 5 * time.Second, "Another change of the interface is in progress"},

	// The account's quota, which the whole service shares, so not 429: this caller
	// may have asked once. The clouds' windows are of a minute.
	eni.ErrThrottled: {eni.ErrThrottled.Error(), http.StatusServiceUnavailable, time.Minute, "The cloud throttles the service's account"},

	// A limit of the service's account; whoever runs the service can have it raised.
	eni.ErrQuota: {eni.ErrQuota.Error(), http.StatusBadGateway, 0, "A limit of the service's account is reached"},

	// 501 is about what a server can do at all, and this cloud cannot.
	eni.ErrUnsupported: {eni.ErrUnsupported.Error(), http.StatusNotImplemented, 0, "This cloud cannot do this"},

	eni.ErrUnavailable: {eni.ErrUnavailable.Error(), http.StatusServiceUnavailable, 10 * time.Second, "The cloud cannot be reached, or fails"},

	// Not known to be worth another try, so not 503.
	eni.ErrUnknown: {eni.ErrUnknown.Error(), http.StatusBadGateway, 0, "The cloud gave a reason that the service does not know"},
}

// reason is the key of err in rows. What ended the request comes before what the
// cloud said last.
func reason(err error) error {
	for _, ending := range []error{errShuttingDown, errPanicked, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, ending) {
			return ending
		}
	}
	return eni.KindOf(err)
}

// typeBase leads to the table in the README.
const typeBase = "https://github.com/cloudeni/cloudeni/tree/main/examples/service#"

// newProblem returns err as a problem: as it is where it is one already, else by
// its row.
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

// plainProblem is one that says no more than its status and a detail do.
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

// failure is why something could not be done.
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
