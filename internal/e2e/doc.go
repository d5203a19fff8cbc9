// SPDX-License-Identifier: Apache-2.0

// Package e2e tests both clouds side by side: the adapters, the vendors' SDKs and
// the wire servers together, over sockets where the socket matters and in virtual
// time elsewhere. It holds tests only.
package e2e
