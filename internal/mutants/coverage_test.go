// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/token"
	"testing"
)

func TestCoverage(t *testing.T) {
	c, err := parseCoverage(`mode: set
m/p/a.go:3.10,5.2 1 1
m/p/a.go:7.10,9.2 2 0
m/p/a.go:11.1,12.2 1 0
m/p/a.go:11.1,12.2 1 4
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name         string
		file         string
		line, column int
		want         bool
	}{
		{"reached", "/m/p/a.go", 4, 1, false},
		{"before what is missed", "/m/p/a.go", 7, 9, false},
		{"the first of what is missed", "/m/p/a.go", 7, 10, true},
		{"the last of what is missed", "/m/p/a.go", 9, 1, true},
		{"after what is missed", "/m/p/a.go", 9, 2, false},
		{"reached by another package's tests", "/m/p/a.go", 11, 5, false},
		{"a declaration", "/m/p/a.go", 1, 1, false},
		{"another file", "/m/p/b.go", 8, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := token.Position{Filename: test.file, Line: test.line, Column: test.column}
			if got := c.misses("m/p", at); got != test.want {
				t.Errorf("missed: got %t, want %t", got, test.want)
			}
		})
	}
	if _, err := parseCoverage("mode: set\nm/p/a.go:3.10,5.2 1\n"); err == nil {
		t.Error("half a line is no error")
	}
}
