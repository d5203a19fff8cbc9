// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"net/netip"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// Action is one kind of change. Its text is the Op of errors.
type Action = lane.Action

// The actions.
const (
	UnassignPrivateIps = lane.UnassignPrivateIps
	UnassignIpv6       = lane.UnassignIpv6
	Detach             = lane.Detach
	Delete             = lane.Delete
)

// Describe is the Op of errors that come from a description.
const Describe = eni.OpDescribe

// taskAPI names the limiter of task queries.
const taskAPI = eni.OpTask

// Cloud is what one cloud brings to Core: the driver and the numbers that bound
// its requests.
type Cloud struct {
	Provider    string // the Provider of errors, such as "aliyun"
	Region      string // for the hooks
	Driver      Driver
	PerChange   int // addresses or prefixes in one change
	PerDescribe int // interfaces in one look

	// Actions are those that the cloud has; nil means all. Any other is
	// ErrUnsupported, and nothing is sent.
	Actions []Action

	// Prefixes and Trunks tell whether the cloud has a form for delegated
	// prefixes and for members of a trunk. Without it such a request is
	// ErrUnsupported, and nothing is sent.
	Prefixes bool
	Trunks   bool

	// StuckAfter is how long an interface may be detaching before the detach is
	// sent again, after that at doubled intervals. Zero means never.
	StuckAfter time.Duration

	// Rates are the rates that the cloud documents for its APIs, for all callers
	// of the account together. Zero means none.
	Rates eni.Rates
}

// Driver is all the code that a cloud writes. It must be safe for concurrent
// use and must keep no lock across a request.
type Driver interface {
	// Send makes exactly one API request, built afresh from change, and returns
	// once the cloud has answered. It never sends a second time by itself. The
	// receipt is read with an error too, as far as it is filled.
	Send(ctx context.Context, change Change) (Receipt, error)

	// Describe asks the cloud for these interfaces in one go, at most PerDescribe of
	// them, reading every page of the answer. Those that do not exist are left
	// out, or the error explains as ErrNotFound where the cloud answers so for
	// the whole request. Where some could not be read, they are not among those
	// returned, and an error in the chain has a method Interfaces() map[string]error
	// with the error of each: they fail those who asked for them.
	Describe(ctx context.Context, ids []string) ([]eni.Interface, error)

	// Explain turns an error of Send, Describe or Task into Kind, Code, Message,
	// RequestID, HTTPStatus and Err. It leaves the other fields alone, never
	// returns nil, and no text in it, nor in the chain below Err, holds a secret.
	// A request that may have reached the cloud and whose answer did not arrive
	// is ErrUnavailable.
	//
	// The core finds more in the chain of err, not of what it explains as: a method
	// RetryAfter() time.Duration, the cloud's hint when to come back; Reused() bool,
	// that the request was lost on a connection that had been idle, so that the next
	// one needs no pause; MaxTries() int, how often a request is worth sending that
	// fails like this, where that is few.
	Explain(op string, err error) *eni.Error
}

// Tasks is implemented by the drivers of clouds where an accepted change goes on
// as a task after the answer. Receipt.TaskID names it.
type Tasks interface {
	Task(ctx context.Context, id string) (TaskStatus, error)
}

// Pages is implemented by the drivers of clouds that list interfaces.
type Pages interface {
	// List asks for one page of the interfaces that f picks. The first page is "".
	// The cloud may filter less than f asks for: the core filters again, and leaves
	// out what came on an earlier page. A Page without Next is the last one.
	List(ctx context.Context, f eni.Filter, page string) (Page, error)
}

// Page is a part of a list.
type Page struct {
	Interfaces []eni.Interface
	Next       string // asks for the next page; empty at the end

	// Total is how many interfaces the cloud has on all pages. Where it changes from
	// page to page, the pages may have shifted. Zero means that it is not known.
	Total int

	// Overlaps says that the first interface is the last one of the page before,
	// unless interfaces were created or deleted between the two: the pages of some
	// clouds are counted, and shift.
	Overlaps bool
}

// Renewer is implemented by drivers whose credentials can expire.
type Renewer interface {
	// Renew is told an error of the driver that explained as
	// ErrUnauthenticated. It reports whether the error says that the credentials
	// of that request have expired, and others are at hand now.
	Renew(ctx context.Context, err error) bool
}

// Change is one request that changes an interface: addresses, or prefixes, or
// the attachment; never two of them.
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
	TaskID    string // empty where the cloud has no tasks

	// NotSent tells of an error that no request left for the cloud, because
	// there were no credentials, say.
	NotSent bool
}

// TaskStatus is where a task is.
type TaskStatus struct {
	State  TaskState
	Output string // the cloud's words about a task that failed, or why it is not known
}

// TaskState is where a task is.
type TaskState = lane.TaskState

// The states of a task.
const (
	TaskRunning   = lane.TaskRunning
	TaskSucceeded = lane.TaskSucceeded
	TaskFailed    = lane.TaskFailed
	TaskUnknown   = lane.TaskUnknown // the cloud does not know the task, or no longer does
)
