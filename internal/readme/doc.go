// SPDX-License-Identifier: Apache-2.0

// Package readme keeps the README true: its snippets compile, its commands are
// run by .ci/run, and its tables say what the code says. It holds tests only.
package readme
