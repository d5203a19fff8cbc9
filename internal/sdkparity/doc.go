// SPDX-License-Identifier: Apache-2.0

// Package sdkparity holds no code, only tests and benchmarks: it sends the same
// calls through the clients of this library and through the vendors' generated
// ones, and compares what goes over the wire.
//
// It is a module of its own, so that the generated packages, which take a minute
// to compile, stay out of everybody else's build:
//
//	cd internal/sdkparity && go test ./...
//	cd internal/sdkparity && go test -run '^$' -bench . -benchmem
package sdkparity
