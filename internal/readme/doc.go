// SPDX-License-Identifier: Apache-2.0

// Package readme tests the pages: the README's programs compile and print what it
// says, .ci/run runs its commands, its tables and the diagram of DESIGN.md agree with
// the code, and links have targets. It contains only tests.
package readme
