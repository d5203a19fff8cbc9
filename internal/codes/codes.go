// SPDX-License-Identifier: Apache-2.0

// Package codes maps the error codes of a cloud to kinds, with a table of rules.
package codes

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// Rule is the meaning of a code.
type Rule struct {
	Kind       eni.Kind
	OnDetach   eni.Kind // for a detach, if not zero
	OnDescribe eni.Kind // for a description and a list, if not zero
	Expired    bool     // the credentials have expired, so the client may renew them
	Why        string   // the reason for the kind
}

// Of returns the kind of the code in a response to an operation.
func (r Rule) Of(op string) eni.Kind {
	switch {
	case r.OnDetach != 0 && op == eni.OpDetach:
		return r.OnDetach
	case r.OnDescribe != 0 && (op == eni.OpDescribe || op == eni.OpList):
		return r.OnDescribe
	default:
		return r.Kind
	}
}

// Rules are the rules by code.
type Rules map[string]Rule

// Table has the rules of a cloud. It is read-only.
type Table struct {
	exact    Rules
	families Rules
}

// New makes a table of rules for single codes and for families. A rule of a family also
// applies to every code that extends it after a dot. Codes are compared without case;
// New panics if two are equal.
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

// Find returns the rule of a code, or that of its nearest family.
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

// Classify returns the kind of a code in a response to an operation. The status counts
// only if the code has no rule, because the clouds send one code with several statuses,
// and one status for errors of different kinds.
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

// Each calls f for every rule.
func (t Table) Each(f func(code string, r Rule, isFamily bool)) {
	for code, r := range t.exact {
		f(code, r, false)
	}
	for code, r := range t.families {
		f(code, r, true)
	}
}
