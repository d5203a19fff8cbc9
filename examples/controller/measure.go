// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// newMeterProvider returns a meter provider that exports to a Prometheus registry. The
// metrics are those of package eniotel, with their Prometheus names.
func newMeterProvider(registry prometheus.Registerer) (metric.MeterProvider, error) {
	// Prometheus has its own labels for the source of a series.
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("make the exporter: %w", err)
	}
	return sdk.NewMeterProvider(sdk.WithReader(reader)), nil
}
