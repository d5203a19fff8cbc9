// SPDX-License-Identifier: Apache-2.0

// Package importrules has only tests. One checks, through the whole import graph, the
// import rules between the packages of this module; another, that no exported identifier
// leads to an internal type.
//
//	examples ─▶ aliyun, tencent ─▶ internal/core ─▶ eni ─▶ the standard library
//
// The linter also checks direct imports. With these tests `go test ./...` is enough.
package importrules
