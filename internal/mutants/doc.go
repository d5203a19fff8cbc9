// SPDX-License-Identifier: Apache-2.0

// Mutants tells what the tests of a package would not notice. It breaks the
// package's code in one place at a time, runs the tests, and names each break
// that they let pass.
//
//	go run ./internal/mutants ./internal/core
//	go run ./internal/mutants -sample 30 -tests ./internal/core,./internal/e2e ./internal/core
//
// It never touches the tree: the go command reads a broken file in place of the
// real one by its flag -overlay. One binary holds most mutants, and the environment
// chooses one of them. A break that does not compile is no mutant and is not
// counted. A test that fails, panics, runs out of memory or does not end in time has
// noticed the mutant; what counts is the time that it has the processor for. The
// quickest tests come first, and the first that fails ends the try.
//
// # Operators
//
//	drop         a statement is left out
//	if-true      a condition holds whatever it says
//	if-false     a condition does not hold whatever it says
//	case-always  a case matches whatever it says; in a switch with a tag it is the default
//	case-never   a case never matches
//	operand      an operand of && or || is left out
//	compare      < and <=, > and >=, == and != change places
//	sign         + and - change places
//	constant     a constant of an enumeration of this module becomes the next one
//	literal      true and false change places where they are assigned or returned
//
// # Equivalents
//
// Some mutants cannot be noticed, because they do what the code does. Each is left
// out by a line of the file that -equivalent names, with the reason:
//
//	internal/core/rate.go:compare:if rate < most { :: at the most, both branches do the same
//
// The place is given by the text of its line, so that it stays right when lines
// move. Where this text stands for more than one change, the function or the
// change, as it is printed, tells which:
//
//	internal/core/rate.go#rate.slower:compare:if rate < most { → rate <= most :: …
//
// A line that stands for no mutant is an error, and so is leaving out more than a
// tenth of the mutants.
package main
