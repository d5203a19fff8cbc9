// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"net/netip"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// Action is a kind of change. Its text is the Op of errors.
type Action = lane.Action

// The actions.
const (
	UnassignPrivateIps = lane.UnassignPrivateIps
	UnassignIpv6       = lane.UnassignIpv6
	Detach             = lane.Detach
	Delete             = lane.Delete
)

// Describe is the Op of the errors of describes.
const Describe = eni.OpDescribe

// taskAPI names the limiter of task queries.
const taskAPI = eni.OpTask

// Cloud is what a cloud's package passes to New: the driver and the limits of its
// requests.
type Cloud struct {
	Provider    string // the Provider of errors, such as "aliyun"
	Region      string // for the hooks
	Driver      Driver
	PerChange   int // most addresses or prefixes in one change
	PerDescribe int // most interfaces in one describe

	// Actions are the actions that the cloud supports; nil means all. Any other
	// action fails with ErrUnsupported, and nothing is sent.
	Actions []Action

	// Prefixes and Trunks say whether the cloud supports delegated prefixes and
	// members of a trunk. Without support such a request fails with ErrUnsupported,
	// and nothing is sent.
	Prefixes bool
	Trunks   bool

	// StuckAfter is how long an interface may be detaching before the detach is
	// sent again. The interval doubles each time. Zero means never.
	StuckAfter time.Duration

	// Rates are the documented rates of the cloud's APIs, for all callers of the
	// account together. Zero means that none is documented.
	Rates eni.Rates
}

// Driver is the part of a client that each cloud implements. It must be safe for
// concurrent use and must hold no lock during a request.
type Driver interface {
	// Send makes exactly one API request for the change and returns when the cloud
	// has answered. It never retries. With an error too, the receipt holds what is
	// known.
	Send(ctx context.Context, change Change) (Receipt, error)

	// Describe returns these interfaces, at most PerDescribe of them, from all pages of
	// the cloud's answer. Interfaces that do not exist are missing in the result, or
	// Explain returns ErrNotFound if the cloud refuses the whole request for them. If
	// some interfaces cannot be read, Describe returns the others with an error; an
	// error in its chain has a method Interfaces() map[string]error with the error of
	// each unreadable interface.
	Describe(ctx context.Context, ids []string) ([]eni.Interface, error)

	// Explain converts an error of Send, Describe, Task or List. It sets Kind, Code,
	// Message, RequestID, HTTPStatus and Err only, and never returns nil. No text in
	// the result or in the chain of Err contains a secret. The kind is ErrUnavailable
	// if the request may have reached the cloud and no response arrived.
	//
	// The core also reads these methods from the chain of err, not of the result:
	// RetryAfter() time.Duration is the cloud's hint when to retry. Reused() bool says
	// that the request was lost on an idle connection, so the retry needs no pause.
	// MaxTries() int bounds how often a request that fails like this is sent; zero is
	// no bound.
	Explain(op string, err error) *eni.Error
}

// Tasks is implemented by the drivers of clouds where an accepted change runs as a
// task after the answer. Receipt.TaskID is its id.
type Tasks interface {
	Task(ctx context.Context, id string) (TaskStatus, error)
}

// Pages is implemented by the drivers of clouds that list interfaces.
type Pages interface {
	// List returns one page of the interfaces that match f. The first page is "". The
	// page may hold interfaces that do not match: the core filters again, and removes
	// duplicates. A Page without Next is the last one.
	List(ctx context.Context, f eni.Filter, page string) (Page, error)
}

// Page is one page of a list.
type Page struct {
	Interfaces []eni.Interface
	Next       string // names the next page; empty on the last page

	// Total is the number of interfaces on all pages; zero if it is unknown. If it
	// changes from page to page, the pages may have shifted: interfaces were created or
	// deleted. It does not count on a page with Back.
	Total int

	// Back names a page that begins earlier, if pages overlap: the first interface should
	// be one of the pages before. If it is not, the pages have shifted, and Back is read
	// next. The first page has none.
	Back string
}

// Renewer is implemented by drivers whose credentials can expire.
type Renewer interface {
	// Renew reports whether the credentials of the failed request have expired and
	// new ones are available now. Err is an error that Explain converts to
	// ErrUnauthenticated.
	Renew(ctx context.Context, err error) bool
}

// Change is one request that changes an interface. It has addresses, or prefixes,
// or concerns the whole interface; never two of these.
type Change struct {
	Action      Action
	InterfaceID string
	Addresses   []netip.Addr
	Prefixes    []netip.Prefix

	// For Detach.
	InstanceID       string
	TrunkInterfaceID string
}

// Receipt is the cloud's answer to a Change.
type Receipt struct {
	RequestID string
	TaskID    string // empty if the cloud has no tasks

	// NotSent says, with an error, that no request was sent, for example because
	// there were no credentials.
	NotSent bool
}

// TaskStatus is the state of a task.
type TaskStatus struct {
	State  TaskState
	Output string // the cloud's text about a failed task, or why the state is unknown
}

// TaskState is the state of a task.
type TaskState = lane.TaskState

// The states of a task.
const (
	TaskRunning   = lane.TaskRunning
	TaskSucceeded = lane.TaskSucceeded
	TaskFailed    = lane.TaskFailed
	TaskUnknown   = lane.TaskUnknown // the cloud does not know the task, or no longer does
)
