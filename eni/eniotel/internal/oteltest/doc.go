// SPDX-License-Identifier: Apache-2.0

// Package oteltest tests package eniotel with OpenTelemetry's SDK and its exporter for
// Prometheus. It is a separate module, so that these two are not in the module graph of
// programs that use eniotel.
package oteltest
