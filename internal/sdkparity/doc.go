// SPDX-License-Identifier: Apache-2.0

// Package sdkparity has only tests and benchmarks. It makes the same calls with the
// clients of this library and with the vendors' generated clients, and compares the
// requests on the wire.
//
// It is a separate module, so that other builds need not compile the generated packages,
// which takes a minute:
//
//	cd internal/sdkparity && go test ./...
//	cd internal/sdkparity && go test -run '^$' -bench . -benchmem
package sdkparity
