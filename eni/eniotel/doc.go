// SPDX-License-Identifier: Apache-2.0

// Package eniotel shows in OpenTelemetry what a client of cloudeni does: a span
// for each call and each request sent to a cloud, and the metrics to alert on.
//
//	opts, err := eniotel.Instrument(nil, eniotel.Config{})
//	…
//	client, err := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, opts)
//
// It is a module of its own, so that those who do without it do not depend on
// OpenTelemetry.
//
// # Spans
//
// A call is an INTERNAL span such as cloudeni.UnassignPrivateIps, a child of the
// span in the caller's context; a Wait with something to wait for is one as well,
// cloudeni.Wait. What an instrumented HTTP client records of a request hangs below one
// of the calls that the request is for.
//
// A change sent to the cloud is a CLIENT span such as
// cloudeni.UnassignPrivateIps.attempt. Callers share changes: each of them gets a
// span of the change below its own call, so that each trace tells the whole story,
// and all but the first of these link to the first. To count changes, take the
// metrics.
//
// A description of interfaces is a CLIENT span cloudeni.Describe, and a query for a
// task is one cloudeni.Task. Callers share descriptions too; their span is below one
// of the calls, or of the Waits, that it is for.
//
// # Metrics
//
//	cloudeni.call.duration     s       histogram   calls, until the cloud has accepted or refused; a Wait, until all has taken effect
//	cloudeni.items             {item}  counter     addresses, prefixes and detaches, by their outcome when the call or the Wait ended
//	cloudeni.attempt.duration  s       histogram   changes sent, until the cloud has answered
//	cloudeni.attempt.items     {item}  histogram   addresses and prefixes in one change, 1 for a detach
//	cloudeni.query.duration    s       histogram   descriptions and task queries, until the cloud has answered
//	cloudeni.lane.wait_time    s       histogram   of a change, behind other changes to its interface
//	cloudeni.limiter.wait_time s       histogram   of a change, for a permit of its API's limiter
//	cloudeni.lane.count        {lane}  up-down     interfaces with pending items
//	cloudeni.pending           {item}  up-down     addresses, prefixes and detaches that are pending
//
// The count of a histogram is the number of calls, changes or queries, by error.type the
// number of failures of each kind.
//
// A call mostly ends when the cloud has accepted it, so its items are accepted, or
// absent, refused and so on. A Wait counts all items of its call once more, under its
// own cloudeni.op, with the outcome that they have when the Wait ends: released is
// found there. A detach is one item.
//
// # Attributes
//
// Spans and metrics have cloud.provider and cloud.region in the words of
// OpenTelemetry, and cloudeni.op: one of the three calls, Wait, Describe or Task. What failed has
// error.type: the text of its [eni.Kind], or "canceled" or "deadline_exceeded"
// where the caller's own context ended. The counter of items has cloudeni.outcome,
// the text of an [eni.Outcome]. Nothing else is an attribute of a metric, so the
// number of series is bounded.
//
// Spans also tell the interface or the number of interfaces, the number of items and callers, the waits in
// seconds, the cloud's own code, its request ids, and the HTTP status.
package eniotel
