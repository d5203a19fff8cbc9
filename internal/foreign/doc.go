// SPDX-License-Identifier: Apache-2.0

// Package foreign holds no code, only tests: clients that the vendors wrote, each in
// every mode that it has, play the same scene against the wire servers of this library
// over loopback. README.md has the table of what came of it, which the tests write
// and compare.
//
// It is a module of its own, because the vendors' generated packages take two minutes
// to compile, and because some of the clients need Node:
//
//	make foreign          # installs the Node packages outside of the tree, and runs the tests
//	make foreign WRITE=1  # writes the table anew
//
// In the scene, the servers run in the test's own process and not as `enictl fake`, which
// serves the same handlers: so the test sees what a call changed in the cloud behind the
// server, whatever the answer says, and each client has a cloud of its own. Beside that,
// each client makes one call to `enictl fake`.
//
// Alibaba Cloud's current Go SDK is tried in v7.7.0: the checksum database does not
// have v7.1.3.
package foreign
