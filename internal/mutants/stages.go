// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// stage has some of a package's tests. The fast ones run first, because they detect most
// mutants; the slow ones run for the rest.
type stage struct {
	args    []string // that choose the tests
	timeout time.Duration
}

// Tests that take much longer than without a mutant are ended. Their limit counts
// processor time, because other programs may use the processor too. Only tests that hang
// without using it are ended by elapsed time.
const (
	patience     = 3
	leastTimeout = 4 * time.Second
	others       = 20 // times as long by the clock
	longestIdle  = 20 * time.Second
	rehearsal    = time.Hour
)

// quickPart is the part of the total time that the fast tests take together.
const quickPart = 5

// verdict matches the result line of a top-level test in go test -v.
var verdict = regexp.MustCompile(`(?m)^--- PASS: (\S+) \((\S+)\)$`)

// took is the duration of a test.
type took struct {
	name string
	time time.Duration
}

// stages splits the tests by their output without a mutant, and their total processor
// time. A timeout of zero means one that is derived from that time.
func stages(output, pattern string, processor, timeout time.Duration) []stage {
	var tests []took
	var all time.Duration
	for _, v := range verdict.FindAllStringSubmatch(output, -1) {
		if d, err := time.ParseDuration(v[2]); err == nil {
			tests = append(tests, took{v[1], d})
			all += d
		}
	}
	slices.SortStableFunc(tests, func(a, b took) int { return cmp.Compare(a.time, b.time) })
	quick, n := time.Duration(0), 0
	for ; n < len(tests) && quick+tests[n].time <= all/quickPart; n++ {
		quick += tests[n].time
	}
	limit := func(d time.Duration) time.Duration {
		if timeout != 0 {
			return timeout
		}
		return max(time.Duration(patience*float64(processor)*float64(d)/float64(max(all, 1))), leastTimeout)
	}
	if n == 0 || n == len(tests) {
		return []stage{{[]string{"-test.run=" + pattern}, limit(all)}}
	}
	slow := make([]string, 0, len(tests)-n)
	for _, t := range tests[n:] {
		slow = append(slow, regexp.QuoteMeta(t.name))
	}
	list := "^(" + strings.Join(slow, "|") + ")$"
	return []stage{
		{[]string{"-test.run=" + pattern, "-test.skip=" + list}, limit(quick)},
		{[]string{"-test.run=" + list}, limit(all - quick)},
	}
}
