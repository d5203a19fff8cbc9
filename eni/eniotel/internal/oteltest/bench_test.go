// SPDX-License-Identifier: Apache-2.0

package oteltest

import (
	"context"
	"testing"
	"time"

	noopmetric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/eniotel"
)

// BenchmarkHooks measures the cost of the hooks for a call with one change.
func BenchmarkHooks(b *testing.B) {
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(tracetest.NewNoopExporter()))
	for _, bm := range []struct {
		name string
		cfg  eniotel.Config
	}{
		{"neither", eniotel.Config{TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: noopmetric.NewMeterProvider()}},
		{"metrics", eniotel.Config{TracerProvider: nooptrace.NewTracerProvider(), MeterProvider: metrics}},
		{"metrics and spans", eniotel.Config{TracerProvider: traces, MeterProvider: metrics}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			opts, err := eniotel.Instrument(nil, bm.cfg)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				ctx, end := opts.OnCall(b.Context(), eni.Call{Provider: "aliyun", Region: "cn-hangzhou", Op: eni.OpUnassignPrivateIps, InterfaceID: "eni-1", Items: 1})
				opts.OnLoad(eni.Load{Provider: "aliyun", Region: "cn-hangzhou", Lanes: 1, Pending: 1})
				opts.OnAttempt(eni.Attempt{
					Provider: "aliyun", Region: "cn-hangzhou", Op: eni.OpUnassignPrivateIps, InterfaceID: "eni-1", Items: 1,
					Duration: time.Millisecond, Contexts: []context.Context{ctx},
				})
				opts.OnLoad(eni.Load{Provider: "aliyun", Region: "cn-hangzhou", Lanes: -1, Pending: -1})
				end(eni.CallEnd{Duration: time.Millisecond})
			}
		})
	}
}
