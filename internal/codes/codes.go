// SPDX-License-Identifier: Apache-2.0

// Package codes decides what the error codes of a cloud mean, by a table with a rule
// for each code.
package codes

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// Rule is what a code means.
type Rule struct {
	Kind       eni.Kind
	OnDetach   eni.Kind // where it means something else there
	OnDelete   eni.Kind // likewise
	OnDescribe eni.Kind // likewise, and where interfaces are listed
	Expired    bool     // the credentials were valid once: there may be others by now
	Why        string   // where the code does not say it
}

// Of returns what the code means as the answer to an operation.
func (r Rule) Of(op string) eni.Kind {
	switch {
	case r.OnDetach != 0 && op == eni.OpDetach:
		return r.OnDetach
	case r.OnDelete != 0 && op == eni.OpDelete:
		return r.OnDelete
	case r.OnDescribe != 0 && (op == eni.OpDescribe || op == eni.OpList):
		return r.OnDescribe
	default:
		return r.Kind
	}
}

// Rules are the rules by code.
type Rules map[string]Rule

// Table has the rules of a cloud. It is only read once it is made.
type Table struct {
	exact    Rules
	families Rules
}

// New makes a table of rules for single codes and for families, which are codes of
// which every extension after a dot means the same. Codes are compared without case;
// New panics where two differ in nothing else.
func New(exact, families Rules) Table {
	t := Table{make(Rules, len(exact)), make(Rules, len(families))}
	for code, r := range exact {
		t.exact.add(code, r)
	}
	for code, r := range families {
		if _, ok := t.exact[strings.ToLower(code)]; ok {
			panic(fmt.Sprintf("codes: %s is a code and a family", code))
		}
		t.families.add(code, r)
	}
	return t
}

func (r Rules) add(code string, rule Rule) {
	lower := strings.ToLower(code)
	if _, ok := r[lower]; ok {
		panic(fmt.Sprintf("codes: two rules for %s", lower))
	}
	r[lower] = rule
}

// Find returns the rule of a code, or that of the nearest family that it belongs to.
func (t Table) Find(code string) (Rule, bool) {
	code = strings.ToLower(code)
	if r, ok := t.exact[code]; ok {
		return r, true
	}
	for {
		if r, ok := t.families[code]; ok {
			return r, true
		}
		dot := strings.LastIndexByte(code, '.')
		if dot < 0 {
			return Rule{}, false
		}
		code = code[:dot]
	}
}

// Classify returns the kind of a code as the answer to an operation. The code
// decides: the clouds send one code with several statuses, and one status for what
// is done, in conflict, badly written or not found. The status counts only where
// there is no rule for the code.
func (t Table) Classify(op, code string, status int) eni.Kind {
	r, ok := t.Find(code)
	switch {
	case ok:
		return r.Of(op)
	case status == http.StatusTooManyRequests:
		return eni.ErrThrottled
	case status >= http.StatusInternalServerError:
		return eni.ErrUnavailable
	default:
		return eni.ErrUnknown
	}
}

// Exact returns the rules for single codes, by the code in lower case.
func (t Table) Exact() Rules { return maps.Clone(t.exact) }

// Families returns the rules for families, by the code in lower case.
func (t Table) Families() Rules { return maps.Clone(t.families) }

// Each calls f for every rule, those of families with a true.
func (t Table) Each(f func(code string, r Rule, isFamily bool)) {
	for code, r := range t.exact {
		f(code, r, false)
	}
	for code, r := range t.families {
		f(code, r, true)
	}
}
