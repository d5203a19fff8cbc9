// SPDX-License-Identifier: Apache-2.0

// Package wire is for those who write a wire server: a server that speaks a vendor's
// protocol to an [enitest.Cloud], as aliyuntest and tencenttest do. Who tests against
// one of those needs nothing of it.
//
// A wire server reads and verifies a request, makes an [enitest.Call] of it, puts the
// vendor's way of answering into a [Dialect], and has [Serve] do the rest.
package wire

import (
	"fmt"
	"net/http"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Dialect writes the answers to one request in a vendor's shape. A wire server
// makes one for each request that it has parsed and verified.
type Dialect interface {
	Accepted() enitest.Reply
	Described([]eni.Interface) enitest.Reply
	Task(state enitest.TaskState, output string) enitest.Reply
	Rejected(*enitest.Rejection) enitest.Reply
	// Failed writes an arbitrary error; a zero status is the vendor's usual one.
	Failed(status int, code, message string) enitest.Reply
}

// Builder is the half of a Dialect with which a program builds a scene. A wire server
// whose Dialect is none makes no calls of [enitest.Create], [enitest.Assign] and
// [enitest.DescribeInstances]. An accepted [enitest.Attach] is Accepted.
type Builder interface {
	Created(eni.Interface) enitest.Reply
	Assigned(interfaceID string, assigned []netip.Prefix) enitest.Reply
	Instances([]enitest.Instance) enitest.Reply
}

// Observer is a ResponseWriter that is told which call a request is, before it is
// carried out: for whoever serves a wire server and keeps a log.
type Observer interface{ Observe(enitest.Call) }

// Serve carries out a call on the cloud, with the fault that meets it, and
// writes the answer. It is the part of a wire server that knows no vendor.
func Serve(w http.ResponseWriter, r *http.Request, cloud *enitest.Cloud, call enitest.Call, d Dialect) {
	if observer, ok := w.(Observer); ok {
		observer.Observe(call)
	}
	answer, err := cloud.Do(r.Context(), call)
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	fault := answer.Fault
	var reply enitest.Reply
	switch {
	case fault.Reset:
		panic(http.ErrAbortHandler)
	case fault.Reply != nil:
		reply = *fault.Reply
	case fault.Code != "":
		reply = d.Failed(fault.Status, fault.Code, fault.Message)
	case fault.Reason != "":
		reply = d.Rejected(&enitest.Rejection{Reason: fault.Reason, InterfaceID: call.InterfaceID, InstanceID: call.InstanceID})
	case answer.Refused != nil:
		reply = d.Rejected(answer.Refused)
	case call.Action == enitest.Describe || call.Action == enitest.List:
		reply = d.Described(answer.Interfaces)
	case call.Action == enitest.DescribeTask:
		reply = d.Task(answer.Task, answer.TaskOutput)
	default:
		reply = accepted(call, answer, d)
	}
	if !fault.Cut {
		WriteReply(w, reply)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(reply.Body)))
	reply.Body = reply.Body[:len(reply.Body)/2]
	WriteReply(w, reply)
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// accepted writes the answer to a call that is carried out.
func accepted(call enitest.Call, answer enitest.Answer, d Dialect) enitest.Reply {
	b, ok := d.(Builder)
	if !ok {
		return d.Accepted()
	}
	switch call.Action {
	case enitest.Create:
		return b.Created(answer.Interfaces[0])
	case enitest.Assign:
		return b.Assigned(call.InterfaceID, answer.Assigned)
	case enitest.DescribeInstances:
		return b.Instances(answer.Instances)
	default:
		return d.Accepted()
	}
}

// WriteReply writes a reply. An error in writing is the client's affair.
func WriteReply(w http.ResponseWriter, reply enitest.Reply) {
	if reply.ContentType != "" {
		w.Header().Set("Content-Type", reply.ContentType)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = w.Write(reply.Body) //nolint:errcheck // the client has gone
}
