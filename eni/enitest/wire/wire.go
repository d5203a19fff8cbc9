// SPDX-License-Identifier: Apache-2.0

// Package wire is for implementers of a wire server: a server that serves an
// [enitest.Cloud] with a vendor's protocol, as aliyuntest and tencenttest do. Tests that
// use such a server do not need this package.
//
// A wire server reads and verifies a request, makes an [enitest.Call] of it, and calls
// [Serve] with a [Dialect], which writes the vendor's responses.
package wire

import (
	"fmt"
	"net/http"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Dialect writes the response to one request in the vendor's format. A wire server makes
// one for each request that it has parsed and verified.
type Dialect interface {
	Accepted() enitest.Reply
	Described([]eni.Interface) enitest.Reply
	Task(state enitest.TaskState, output string) enitest.Reply
	Rejected(*enitest.Rejection) enitest.Reply
	// Failed writes an arbitrary error; a zero status means the vendor's usual one.
	Failed(status int, code, message string) enitest.Reply
}

// Builder is the part of a Dialect that a server needs for [enitest.Create],
// [enitest.Assign] and [enitest.DescribeInstances]. A server whose Dialect is no Builder
// must not make these calls. The response to an accepted [enitest.Attach] is Accepted.
type Builder interface {
	Created(eni.Interface) enitest.Reply
	Assigned(interfaceID string, assigned []netip.Prefix) enitest.Reply
	Instances([]enitest.Instance) enitest.Reply
}

// Observer is a ResponseWriter that gets the call of each request before the call is
// carried out. A program that serves a wire server and writes a log implements it.
type Observer interface{ Observe(enitest.Call) }

// Serve carries out a call on the cloud, with its fault, and writes the response. It is
// the part of a wire server that does not depend on the vendor.
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

// WriteReply writes a reply. It ignores errors in writing: the client has gone.
func WriteReply(w http.ResponseWriter, reply enitest.Reply) {
	if reply.ContentType != "" {
		w.Header().Set("Content-Type", reply.ContentType)
	}
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	_, _ = w.Write(reply.Body) //nolint:errcheck // the client has gone
}
