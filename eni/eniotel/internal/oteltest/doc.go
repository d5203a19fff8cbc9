// SPDX-License-Identifier: Apache-2.0

// Package oteltest tests package eniotel with OpenTelemetry's SDK and its exporter for
// Prometheus. It is a module of its own, so that those two are not in the module
// graph of who uses eniotel.
package oteltest
