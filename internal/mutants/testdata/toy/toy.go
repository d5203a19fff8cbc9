// Package toy has tests that notice some mutants and let others pass.
package toy

import "cmp"

const size = 1 + 2

// Strict is a variable whose value can be broken.
var Strict = true

// Count counts down from n and returns how long it took.
func Count(n int) int {
	count := 0
	for n > 0 {
		n--
		count++
	}
	return count
}

// Sign is -1 for a negative number and 1 for any other.
func Sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// Larger returns the larger number.
func Larger(a, b int) int {
	if cmp.Compare(a, b) > 0 {
		return a
	}
	return b
}

// Double is tested from the outside only.
func Double(n int) int { return n + n }

// Untested is what no test calls.
func Untested(b bool) bool {
	b = true
	return b
}
