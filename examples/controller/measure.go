// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// newMeterProvider measures for a registry of Prometheus. The names are those of
// package eniotel as Prometheus writes them.
func newMeterProvider(registry prometheus.Registerer) (metric.MeterProvider, error) {
	// Prometheus has labels of its own for where a series comes from.
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("make the exporter: %w", err)
	}
	return sdk.NewMeterProvider(sdk.WithReader(reader)), nil
}
