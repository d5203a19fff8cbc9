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

// Fault is what goes wrong with one call. The zero Fault is no fault: it stands
// for a call that is served as usual in a sequence of faults.
//
// At most one of Reason, Reply, Code, Reset and Cut is set: it is what becomes of
// the answer. With none of them the call is answered as usual, after Delay and
// AnswerAfter.
type Fault struct {
	// Delay holds the call before anything else happens to it.
	Delay time.Duration

	// After lets the cloud do its work first, so that only the answer is faulty.
	// Otherwise the call is not carried out.
	After bool

	// AnswerAfter holds the answer, whatever it is, when the work has been done or
	// refused: the client knows it so much later. A description with it shows the
	// interface as it was at the beginning of the request, one with Delay as it is
	// at the end.
	AnswerAfter time.Duration

	Reason Reason // the vendor's own error for this reason
	Reply  *Reply // this reply, whatever it is
	Code   string // an error with this code, and Message and Status, in the vendor's shape
	Reset  bool   // the connection breaks instead of an answer
	Cut    bool   // the answer breaks off half way; the cloud does its work

	Message string // for Code
	Status  int    // for Code; zero means the vendor's usual status

	// Misses makes a description leave out this interface, as if it did not exist.
	Misses string

	// Lag makes a description leave out what was assigned within this time before
	// it: descriptions lag behind assignments.
	Lag time.Duration

	// Stuck makes a detach be accepted and stay in Detaching, or a deletion in
	// Deleting, until it is sent once more.
	Stuck bool

	// Partial makes a batch with a bad address release the good ones and still answer
	// with the error, as [Cloud.PartialBatches] does for every batch.
	Partial bool

	// TaskOutput makes the change be accepted and then fail as a task with this
	// output. On a cloud without tasks the change is accepted and does nothing.
	TaskOutput string
}

// Reply is one HTTP reply. A zero Status means 200.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// none reports whether the call is served as usual.
func (f *Fault) none() bool {
	return f.Reason == "" && f.Reply == nil && f.Code == "" && !f.Reset && !f.Cut
}

// Inject queues faults for the next calls of an action, one each.
func (c *Cloud) Inject(action Action, faults ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults == nil {
		c.faults = make(map[Action][]Fault)
	}
	c.faults[action] = append(c.faults[action], faults...)
}

// Reason is why a cloud refuses a call, in no vendor's words. Each wire server
// has its vendor's error for each reason.
type Reason string

// The reasons. The first ones follow from the cloud's state, the others only
// from faults.
const (
	Accepted         Reason = "accepted"          // not refused, for the fields of a Cloud that choose an answer
	NotFound         Reason = "not_found"         // no such interface
	NotAssigned      Reason = "not_assigned"      // an address is not on the interface
	PrimaryAddress   Reason = "primary_address"   // it can never be released
	PrimaryInterface Reason = "primary_interface" // it can never be detached or deleted
	NotAttached      Reason = "not_attached"      // to that instance
	WrongState       Reason = "wrong_state"       // of the interface
	InUse            Reason = "in_use"            // an attached interface cannot be deleted
	HasMembers       Reason = "has_members"       // a trunk with members cannot be detached or deleted
	Managed          Reason = "managed"           // by a service of the cloud
	Conflict         Reason = "conflict"          // another change is under way

	NoInstance         Reason = "no_instance"          // no such instance
	WrongInstanceState Reason = "wrong_instance_state" // it is starting or stopping
	WrongTrunk         Reason = "wrong_trunk"          // the member is not on it
	NoSubnet           Reason = "no_subnet"            // no such subnet
	OutOfRange         Reason = "out_of_range"         // an address is not of the subnet
	Taken              Reason = "taken"                // an address is on an interface, or an id in use
	NoAddresses        Reason = "no_addresses"         // the subnet has none left
	TokenMismatch      Reason = "token_mismatch"       // the token was of another request

	Throttled          Reason = "throttled"
	Denied             Reason = "denied"              // by the account's policies
	ExpiredCredentials Reason = "expired_credentials" // the session token is too old
	Internal           Reason = "internal"            // the vendor's 500 or its like
)

// Rejection is a refused call.
type Rejection struct {
	Reason      Reason
	InterfaceID string
	InstanceID  string
	SubnetID    string
	State       eni.InterfaceState
	Prefixes    []netip.Prefix // the bad addresses, where they are the reason
}

// Error names the reason, for the logs of tests. An id that would break the line is
// quoted.
func (r *Rejection) Error() string {
	id := r.InterfaceID
	if strings.ContainsFunc(id, unicode.IsControl) {
		id = strconv.Quote(id)
	}
	return fmt.Sprintf("%s: %s", id, r.Reason)
}

// Names lists the bad addresses as the vendors write them, a single one without
// its length; empty where none is the reason.
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
