// SPDX-License-Identifier: Apache-2.0

package eniotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudeni/cloudeni/eni"
)

// scope names this package as the source of spans and metrics.
const scope = "github.com/cloudeni/cloudeni/eni/eniotel"

// Config has the providers of spans and metrics. The zero Config means the global
// providers of OpenTelemetry.
type Config struct {
	// TracerProvider makes the spans. Nil means the global one.
	TracerProvider trace.TracerProvider

	// MeterProvider makes the metrics. Nil means the global one.
	MeterProvider metric.MeterProvider
}

// Instrument returns a copy of opts whose hooks also record spans and metrics. The
// hooks of opts are called too, and the context that their OnCall returns is the
// parent of the span. Nil opts mean the defaults. The result can be used for any number
// of clients of any cloud. Do not instrument it again: everything would be recorded
// twice. The error is not nil if the MeterProvider cannot make an instrument.
func Instrument(opts *eni.Options, cfg Config) (*eni.Options, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	m, err := newMetrics(cfg.MeterProvider.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL)))
	if err != nil {
		return nil, err
	}
	i := instruments{
		metrics: m,
		spans:   spans{cfg.TracerProvider.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))},
	}
	return eni.JoinHooks(opts, &eni.Options{OnCall: i.call, OnAttempt: i.attempt, OnQuery: i.query, OnLoad: m.load}), nil
}

// instruments are the hooks.
type instruments struct {
	metrics *metrics
	spans   spans
}

func (i *instruments) call(ctx context.Context, call eni.Call) (context.Context, func(eni.CallEnd)) {
	ctx, span := i.spans.begin(ctx, call)
	return ctx, func(end eni.CallEnd) {
		i.metrics.call(ctx, call, end)
		endCall(span, end)
	}
}

func (i *instruments) attempt(a eni.Attempt) {
	i.spans.attempt(a)
	i.metrics.attempt(a)
}

func (i *instruments) query(q eni.Query) {
	i.spans.query(q)
	i.metrics.query(q)
}

// providers are OpenTelemetry's names of the clouds.
var providers = map[string]attribute.KeyValue{
	"aliyun":  semconv.CloudProviderAlibabaCloud,
	"tencent": semconv.CloudProviderTencentCloud,
}

// place returns the attributes of the cloud and the region. A cloud without a name in
// OpenTelemetry keeps its own.
func place(provider, region string) []attribute.KeyValue {
	cloud, ok := providers[provider]
	if !ok {
		cloud = semconv.CloudProviderKey.String(provider)
	}
	return []attribute.KeyValue{cloud, semconv.CloudRegion(region)}
}

// opKey is the attribute of the operation.
const opKey = attribute.Key("cloudeni.op")

// errorType returns the value of error.type, or "" for no error. It distinguishes the
// end of the caller's context from a failure of the cloud.
func errorType(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline_exceeded"
	default:
		return eni.KindOf(err).Error()
	}
}
