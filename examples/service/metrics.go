// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// metrics is what the service measures, and the page that Prometheus reads.
type metrics struct {
	provider *sdk.MeterProvider
	page     http.Handler
	duration metric.Float64Histogram
}

func newMetrics() (*metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	// Prometheus has its own labels for the source of a series.
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	m := &metrics{
		provider: sdk.NewMeterProvider(sdk.WithReader(reader)),
		page:     promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	// The name and the attributes are those of OpenTelemetry's semantic conventions.
	m.duration, err = m.provider.Meter("github.com/cloudeni/cloudeni/examples/service").Float64Histogram(
		"http.server.request.duration",
		metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
	)
	return m, err
}

// methods are the methods that become labels: callers must not create series at will.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// answered records the duration of a request.
func (m *metrics) answered(r *http.Request, status int, elapsed time.Duration) {
	method := r.Method
	if !slices.Contains(methods, method) {
		method = "_OTHER"
	}
	_, route, _ := strings.Cut(r.Pattern, " ")
	m.duration.Record(r.Context(), elapsed.Seconds(), metric.WithAttributes(
		attribute.String("http.request.method", method),
		attribute.String("http.route", route),
		attribute.Int("http.response.status_code", status),
	))
}
