// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cloudeni/cloudeni/eni"
)

// Fault is a fault of one call. The zero Fault is no fault: it stands for a normal call
// in a sequence of faults.
//
// At most one of Reason, Reply, Code, Reset and Cut is set; it decides the response. If
// none is set, the call gets its normal response, after Delay and AnswerAfter.
type Fault struct {
	// Delay delays the call before it is carried out.
	Delay time.Duration

	// After makes the cloud carry out the call first, so that only the response is
	// faulty. Otherwise the call is not carried out.
	After bool

	// AnswerAfter delays the response after the call was carried out or refused. With
	// it, a description shows the interface as it was at the beginning of the request;
	// with Delay, as it is at the end.
	AnswerAfter time.Duration

	Reason Reason // the vendor's own error for this reason
	Reply  *Reply // this reply, unchanged
	Code   string // an error with this code, and Message and Status, in the vendor's shape
	Reset  bool   // the connection breaks before the response
	Cut    bool   // the connection breaks within the response; the call is carried out

	Message string // for Code
	Status  int    // for Code; zero means the vendor's usual status

	// Misses is the id of an interface that a description omits, as if it did not exist.
	Misses string

	// Lag makes a description omit what was assigned within this time before it, as the
	// real clouds can do.
	Lag time.Duration

	// Stuck makes the cloud accept a detach or a deletion, and leave the interface in
	// Detaching or Deleting until the request is sent again.
	Stuck bool

	// Partial makes the cloud release the good addresses of a batch with a bad one, and
	// still answer with the error, as [Cloud.PartialBatches] does for every batch.
	Partial bool

	// TaskOutput makes the cloud accept the change, whose task then fails with this
	// output. On a cloud without tasks the change is accepted and has no effect.
	TaskOutput string
}

// Reply is one HTTP reply. A zero Status means 200.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// none reports whether there is no fault.
func (f *Fault) none() bool {
	return f.Reason == "" && f.Reply == nil && f.Code == "" && !f.Reset && !f.Cut
}

// Inject queues faults for the next calls of an action, one for each call.
func (c *Cloud) Inject(action Action, faults ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults == nil {
		c.faults = make(map[Action][]Fault)
	}
	c.faults[action] = append(c.faults[action], faults...)
}

// Reason is why a cloud refuses a call, independent of the vendor. Each wire server
// answers with its vendor's error for the reason.
type Reason string

// The reasons. The first ones follow from the state of the cloud, the last four only
// from faults.
const (
	Accepted         Reason = "accepted"          // not refused; for the fields of a Cloud that choose an answer
	NotFound         Reason = "not_found"         // no such interface
	NotAssigned      Reason = "not_assigned"      // an address is not on the interface
	PrimaryAddress   Reason = "primary_address"   // it can never be released
	PrimaryInterface Reason = "primary_interface" // it can never be detached or deleted
	NotAttached      Reason = "not_attached"      // the interface is not attached to that instance
	WrongState       Reason = "wrong_state"       // the interface is in the wrong state
	InUse            Reason = "in_use"            // an attached interface cannot be deleted
	HasMembers       Reason = "has_members"       // a trunk with members cannot be detached or deleted
	Managed          Reason = "managed"           // a service of the cloud manages the interface
	Conflict         Reason = "conflict"          // another change is in progress

	NoInstance         Reason = "no_instance"          // no such instance
	WrongInstanceState Reason = "wrong_instance_state" // the instance is starting or stopping
	WrongTrunk         Reason = "wrong_trunk"          // the member belongs to another trunk
	NoSubnet           Reason = "no_subnet"            // no such subnet
	OutOfRange         Reason = "out_of_range"         // an address is not in the subnet
	Taken              Reason = "taken"                // an address or an id is in use
	NoAddresses        Reason = "no_addresses"         // the subnet has no free address
	TokenMismatch      Reason = "token_mismatch"       // the token was used for another request

	Throttled          Reason = "throttled"
	Denied             Reason = "denied"              // the account's policies do not allow it
	ExpiredCredentials Reason = "expired_credentials" // the session token has expired
	Internal           Reason = "internal"            // an internal error, such as a 500
)

// Rejection is a refused call.
type Rejection struct {
	Reason      Reason
	InterfaceID string
	InstanceID  string
	SubnetID    string
	State       eni.InterfaceState
	Prefixes    []netip.Prefix // the bad addresses, if they are the reason
}

// Error returns the reason, for the logs of tests. An id with special characters is
// quoted.
func (r *Rejection) Error() string {
	id := r.InterfaceID
	if strings.ContainsFunc(id, unicode.IsControl) {
		id = strconv.Quote(id)
	}
	return fmt.Sprintf("%s: %s", id, r.Reason)
}

// Names returns the bad addresses as the vendors write them, a single address without a
// length. It is empty if no address is the reason.
func (r *Rejection) Names() string {
	names := make([]string, len(r.Prefixes))
	for i, p := range r.Prefixes {
		names[i] = p.String()
		if p.IsSingleIP() {
			names[i] = p.Addr().String()
		}
	}
	return strings.Join(names, ",")
}
