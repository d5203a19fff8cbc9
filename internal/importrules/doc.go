// Package importrules holds no code, only a test: it checks, through the whole
// import graph, that the arrows between the packages of this module point one
// way.
//
//	examples ─▶ aliyun, tencent ─▶ internal/core ─▶ eni ─▶ the standard library
//
// The linter checks the direct imports as well; this test makes `go test ./...`
// alone tell.
package importrules
