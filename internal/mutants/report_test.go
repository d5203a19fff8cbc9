// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"
)

func TestNewReport(t *testing.T) {
	m := many(6)
	r := newReport([]result{
		{mutant: m[0], outcome: noticed, took: 1500 * time.Millisecond},
		{mutant: m[1], outcome: timedOut},
		{mutant: m[2], outcome: unnoticed},
		{mutant: m[3], outcome: uncovered},
		{mutant: m[4], outcome: broken},
	}, []leftOut{{m[5], "it is the same"}})
	if r.Mutants != 4 || r.Noticed != 2 || r.Percent != 50 || r.Equivalent != 1 || r.Broken != 1 || len(r.Lines) != 6 {
		t.Errorf("got %+v", r)
	}
	var out strings.Builder
	if err := r.writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"noticed": 2`, `"seconds": 1.5`, `"outcome": "not covered"`, `"reason": "it is the same"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the JSON lacks %s:\n%s", want, &out)
		}
	}
	if none := newReport(nil, nil); none.Percent != 0 || none.Lines == nil {
		t.Errorf("nothing was tried: got %+v", none)
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		report report
		want   string
	}{
		{"just enough", report{All: 50, Equivalent: 5, Statements: 100, Percent: 85}, ""},
		{"too few noticed", report{All: 50, Statements: 100, Percent: 84.99}, "85.0 % of the mutants were noticed: want 85 %"},
		{"too many left out", report{All: 50, Equivalent: 6, Percent: 100}, "6 of 50 mutants are left out as equivalent: more than a tenth"},
		{"too few", report{All: 50, Statements: 101, Percent: 100}, "50 mutants for 101 statements: fewer than one for two"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := test.report.check(85); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
