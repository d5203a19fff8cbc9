// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"
	"time"
)

// The slow tests are run after the quick ones, each stage within its own time.
func TestStages(t *testing.T) {
	const output = `=== RUN   TestA
--- PASS: TestA (0.10s)
--- PASS: TestSlow (3.00s)
    --- PASS: TestSlow/part (3.00s)
--- PASS: TestB (0.20s)
--- PASS: ExampleSlow (1.00s)
`
	for _, test := range []struct {
		name, output string
		timeout      time.Duration
		want         []stage
	}{
		{"quick and slow", output, 0, []stage{
			{[]string{"-test.run=^Test", "-test.skip=^(ExampleSlow|TestSlow)$"}, patience * 3 * time.Second},
			{[]string{"-test.run=^(ExampleSlow|TestSlow)$"}, patience * 40 * time.Second},
		}},
		{"with a timeout", output, time.Minute, []stage{
			{[]string{"-test.run=^Test", "-test.skip=^(ExampleSlow|TestSlow)$"}, time.Minute},
			{[]string{"-test.run=^(ExampleSlow|TestSlow)$"}, time.Minute},
		}},
		{"one test", "--- PASS: TestA (10.00s)\n", 0, []stage{{[]string{"-test.run=^Test"}, patience * 43 * time.Second}}},
		{"none", "PASS\n", 0, []stage{{[]string{"-test.run=^Test"}, leastTimeout}}},
	} {
		got := stages(test.output, "^Test", 43*time.Second, test.timeout)
		same := func(a, b stage) bool { return slices.Equal(a.args, b.args) && a.timeout == b.timeout }
		if !slices.EqualFunc(got, test.want, same) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
