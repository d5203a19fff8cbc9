// SPDX-License-Identifier: Apache-2.0

// Package eniotel records spans and metrics of a cloudeni client with OpenTelemetry:
// a span for each call and each request, and metrics for dashboards and alerts.
//
//	opts, err := eniotel.Instrument(nil, eniotel.Config{})
//	…
//	client, err := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, opts)
//
// It is a separate module, so that programs without it do not depend on
// OpenTelemetry.
//
// # Spans
//
// A call is an INTERNAL span such as cloudeni.UnassignPrivateIps, a child of the span
// in the caller's context. A Wait for an Operation that is not done is an INTERNAL
// span cloudeni.Wait. The span that an instrumented HTTP client makes for a request is
// below one of the calls that share the request.
//
// A change is a CLIENT span such as cloudeni.UnassignPrivateIps.attempt. If several
// callers share a change, each trace has a span of it below the caller's call, and all
// but the first of these spans link to the first. So count changes with the metrics.
//
// A description of interfaces is a CLIENT span cloudeni.Describe, a page of a list is
// cloudeni.List, and a task query is cloudeni.Task. The span is below one of the calls
// or Waits that share the request.
//
// # Metrics
//
//	cloudeni.call.duration     s       histogram   duration of calls until the cloud accepts or refuses them; of a Wait, until all changes take effect
//	cloudeni.items             {item}  counter     items by their outcome at the end of the call or Wait
//	cloudeni.attempt.duration  s       histogram   duration of change requests
//	cloudeni.attempt.items     {item}  histogram   items in one change request
//	cloudeni.query.duration    s       histogram   duration of descriptions, list pages and task queries
//	cloudeni.lane.wait_time    s       histogram   time that a change waited in the queue of its interface
//	cloudeni.limiter.wait_time s       histogram   time that a change waited for a permit of the API's limiter
//	cloudeni.lane.count        {lane}  up-down     interfaces with pending items
//	cloudeni.pending           {item}  up-down     pending items; one shared by several callers counts once
//
// An item is an address, a prefix, a detach or a deletion. The count of a histogram is
// the number of calls, changes or queries; with error.type it is the number of failures
// of a kind.
//
// Most calls end when the cloud has accepted them, so their items are accepted, absent
// or refused. A Wait counts all items of its call again, with cloudeni.op Wait and
// their outcome at the end of the Wait, such as released.
//
// # Attributes
//
// Spans and metrics have OpenTelemetry's cloud.provider and cloud.region, and
// cloudeni.op: UnassignPrivateIps, UnassignIpv6, Detach, Delete, Wait, Describe, List
// or Task. A failure has error.type: the text of its [eni.Kind], or "canceled" or
// "deadline_exceeded" if the caller's context ended. The metric cloudeni.items has
// cloudeni.outcome, the text of an [eni.Outcome]. Metrics have no other attributes, so
// the number of series is bounded.
//
// Spans also have the interface or the number of interfaces, the number of items and
// callers, the wait times in seconds, the cloud's code and request ids, and the HTTP
// status.
package eniotel
