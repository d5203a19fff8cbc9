// SPDX-License-Identifier: Apache-2.0

// Mutants finds what the tests of a package do not detect. It changes the package's code
// in one place at a time, runs the tests, and lists each change with which they pass.
//
//	go run ./internal/mutants ./internal/core
//	go run ./internal/mutants -sample 30 -tests ./internal/core,./internal/e2e ./internal/core
//
// It does not change the tree: the go command reads changed files with its flag -overlay.
// One binary contains most mutants, and an environment variable chooses one of them. A
// change that does not compile is not counted. A test detects a mutant if it fails,
// panics, runs out of memory or exceeds its time limit, which counts processor time. The
// fastest tests run first, and the first failure ends the run.
//
// # Operators
//
//	drop         a statement is removed
//	if-true      a condition is always true
//	if-false     a condition is always false
//	case-always  a case always matches; in a switch with a tag it becomes the default
//	case-never   a case never matches
//	operand      an operand of && or || is removed
//	compare      < and <=, > and >=, == and != are exchanged
//	sign         + and - are exchanged
//	constant     a constant of an enumeration of this module becomes the next one
//	literal      true and false are exchanged where they are assigned or returned
//
// # Equivalents
//
// Some mutants cannot be detected, because they behave like the original code. Each of
// them has a line in the file of the flag -equivalent, with the reason, and is skipped:
//
//	internal/core/rate.go:compare:if rate < most { :: at the most, both branches do the same
//
// The line identifies its place by the text of the code, so that it remains valid when
// code moves. If the text matches more than one change, add the function or the printed
// change:
//
//	internal/core/rate.go#rate.slower:compare:if rate < most { → rate <= most :: …
//
// A line that matches no mutant is an error, and so is skipping more than a tenth of the
// mutants.
package main
