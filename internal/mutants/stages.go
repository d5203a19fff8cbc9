// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// stage is some of a package's tests. The quick ones come first: they notice most
// mutants, and the slow ones are asked about the rest.
type stage struct {
	args    []string // that choose the tests
	timeout time.Duration
}

// Tests that take much longer than without a mutant will not end. What counts is
// the time that they have the processor for, because other programs may take it
// away for long; only what hangs without it ends by the clock.
const (
	patience     = 3
	leastTimeout = 4 * time.Second
	others       = 20 // times as long by the clock
	longestIdle  = 20 * time.Second
	rehearsal    = time.Hour
)

// quickPart is the part of the time of all tests that the quick ones take together.
const quickPart = 5

// verdict is what go test -v says of a test that is not a part of another.
var verdict = regexp.MustCompile(`(?m)^--- PASS: (\S+) \((\S+)\)$`)

// took is how long a test takes.
type took struct {
	name string
	time time.Duration
}

// stages parts the tests by what they said when nothing was broken, and all of them
// took the processor for so long. A timeout of zero is one that follows from that.
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
