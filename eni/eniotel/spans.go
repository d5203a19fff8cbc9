// SPDX-License-Identifier: Apache-2.0

package eniotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudeni/cloudeni/eni"
)

// spans makes the spans.
type spans struct{ tracer trace.Tracer }

func (s spans) begin(ctx context.Context, call eni.Call) (context.Context, trace.Span) {
	return s.tracer.Start(ctx, "cloudeni."+call.Op, //nolint:spancheck // endCall ends it
		trace.WithSpanKind(trace.SpanKindInternal),
		trace.WithAttributes(place(call.Provider, call.Region)...),
		trace.WithAttributes(
			opKey.String(call.Op),
			attribute.String("cloudeni.interface.id", call.InterfaceID),
			attribute.Int("cloudeni.items", call.Items),
		))
}

func endCall(span trace.Span, end eni.CallEnd) {
	if span.IsRecording() {
		span.SetAttributes(attribute.Int("cloudeni.attempts", end.Operation.Attempts()))
		if ids := end.Operation.RequestIDs(); len(ids) > 0 {
			span.SetAttributes(attribute.StringSlice("cloudeni.request_ids", ids))
		}
		fail(span, end.Err)
	}
	span.End()
}

// attempt makes a span for each caller of the change, below the span of its call. All
// but the first link to the first.
func (s spans) attempt(a eni.Attempt) {
	attrs := append(place(a.Provider, a.Region),
		opKey.String(a.Op),
		attribute.String("cloudeni.interface.id", a.InterfaceID),
		attribute.Int("cloudeni.items", a.Items),
		attribute.Int("cloudeni.callers", len(a.Contexts)),
		attribute.Float64("cloudeni.lane.wait_time", a.QueueWait.Seconds()),
		attribute.Float64("cloudeni.limiter.wait_time", a.PermitWait.Seconds()),
	)
	if a.RequestID != "" {
		attrs = append(attrs, attribute.String("cloudeni.request_id", a.RequestID))
	}
	shared := trace.WithAttributes(attrs...)
	begin := trace.WithTimestamp(a.Start)
	end := trace.WithTimestamp(a.Start.Add(a.Duration))
	var first []trace.Link
	for _, ctx := range a.Contexts {
		ctx, span := s.tracer.Start(ctx, "cloudeni."+a.Op+".attempt",
			trace.WithSpanKind(trace.SpanKindClient), shared, begin, trace.WithLinks(first...))
		if span.IsRecording() {
			if first == nil {
				first = []trace.Link{trace.LinkFromContext(ctx)}
			}
			fail(span, a.Err)
		}
		span.End(end)
	}
}

// query makes a span for a read request, below one of the calls that share it.
func (s spans) query(q eni.Query) {
	_, span := s.tracer.Start(q.Context, "cloudeni."+q.Op,
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(place(q.Provider, q.Region)...),
		trace.WithAttributes(opKey.String(q.Op), attribute.Int("cloudeni.interfaces", q.Interfaces)),
		trace.WithTimestamp(q.Start))
	if span.IsRecording() {
		fail(span, q.Err)
	}
	span.End(trace.WithTimestamp(q.Start.Add(q.Duration)))
}

// fail records an error on a span. The text of an [eni.Error] contains no secrets.
func fail(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetStatus(codes.Error, err.Error())
	span.SetAttributes(semconv.ErrorTypeKey.String(errorType(err)))
	var e *eni.Error
	if !errors.As(err, &e) {
		return
	}
	if e.Code != "" {
		span.SetAttributes(attribute.String("cloudeni.code", e.Code))
	}
	if e.HTTPStatus != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(e.HTTPStatus))
	}
}
