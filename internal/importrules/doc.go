// SPDX-License-Identifier: Apache-2.0

// Package importrules holds no code, only tests: one checks, through the whole
// import graph, that the arrows between the packages of this module point one
// way; another, that no exported identifier leads to an internal type.
//
//	examples ─▶ aliyun, tencent ─▶ internal/core ─▶ eni ─▶ the standard library
//
// The linter checks the direct imports as well; this test makes `go test ./...`
// alone tell.
package importrules
