// SPDX-License-Identifier: Apache-2.0

// Package e2e has tests of both clouds: the adapters, the vendors' SDKs and the test
// servers together. They run in virtual time, except those that need sockets.
package e2e
