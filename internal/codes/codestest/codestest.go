// SPDX-License-Identifier: Apache-2.0

// Package codestest compares a table of codes with files that were written by hand from
// the vendor's documentation, never generated from the table.
package codestest

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// NoRule is the kind of a code that has no rule on purpose; Words has the reason.
const NoRule = "no rule"

// Row is the vendor's documentation of a code.
type Row struct {
	Code   string
	Action string // the vendor's name, or "*" for any
	Kind   string // the text of an eni.Kind, or NoRule
	Renew  bool   // renewed credentials may succeed
	Words  string // the vendor's text, or why there is no rule
}

// Read reads a file of rows.
func Read(tb testing.TB, file string) []Row {
	tb.Helper()
	var rows []Row
	for _, r := range records(tb, file) {
		kind, renew := strings.CutSuffix(r[2], "+renew")
		rows = append(rows, Row{r[0], r[1], kind, renew, r[3]})
		if r[3] == "" {
			tb.Errorf("%s: %s has no words", file, r[0])
		}
	}
	return rows
}

// Listed is a code that a page of the vendor lists, or that was observed, for an action
// or for all actions.
type Listed struct {
	Code   string
	Action string // the vendor's name, or "*" for any
	Status int    // 0 if it is not known
}

// ReadListed reads a file of listed codes.
func ReadListed(tb testing.TB, file string) []Listed {
	tb.Helper()
	var all []Listed
	for _, r := range records(tb, file) {
		l := Listed{Action: r[0], Code: r[1]}
		if r[2] != "" {
			status, err := strconv.Atoi(r[2])
			if err != nil {
				tb.Fatalf("%s: %s: %v", file, l.Code, err)
			}
			l.Status = status
		}
		all = append(all, l)
	}
	return all
}

// records reads a CSV file without its header.
func records(tb testing.TB, file string) [][]string {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return all[1:]
}

// Unanswered returns the listed codes without a row.
func Unanswered(listed []Listed, rows []Row) []string {
	var all []string
	for _, l := range listed {
		answers := func(r Row) bool {
			return strings.EqualFold(r.Code, l.Code) && (r.Action == "*" || r.Action == l.Action || l.Action == "*")
		}
		if !slices.ContainsFunc(rows, answers) {
			all = append(all, fmt.Sprintf("%s is listed for %s and is in no row", l.Code, l.Action))
		}
	}
	return all
}

// ops are the operations of the vendors' actions.
var ops = map[string]string{
	"UnassignPrivateIpAddresses": "UnassignPrivateIps",
	"UnassignIpv6Addresses":      "UnassignIpv6",
	"DetachNetworkInterface":     eni.OpDetach,
	"DeleteNetworkInterface":     eni.OpDelete,
	"DescribeNetworkInterfaces":  eni.OpDescribe,
	"DescribeVpcTaskResult":      eni.OpDescribe, // to the tables a task query describes
}

// Ops returns the operations of a row.
func (r Row) Ops() []string {
	if r.Action != "*" {
		return []string{ops[r.Action]}
	}
	return slices.Compact(slices.Sorted(maps.Values(ops)))
}

// Differences returns the differences between a table and the rows. A code with a rule
// is checked with several statuses.
func Differences(rows []Row, t codes.Table) []string {
	var all []string
	for _, r := range rows {
		rule, ok := t.Find(r.Code)
		if ok != (r.Kind != NoRule) {
			all = append(all, fmt.Sprintf("%s: a rule: %t, want %s", r.Code, ok, r.Kind))
			continue
		}
		if !ok {
			continue
		}
		if rule.Expired != r.Renew {
			all = append(all, fmt.Sprintf("%s: renew: %t", r.Code, rule.Expired))
		}
		for _, op := range r.Ops() {
			for _, status := range []int{0, 200, 400, 403, 404, 429, 500, 503} {
				for _, code := range []string{r.Code, strings.ToLower(r.Code), strings.ToUpper(r.Code)} {
					if got := t.Classify(op, code, status); got.Error() != r.Kind {
						all = append(all, fmt.Sprintf("%s with status %d on %s is %v, want %s (%s)", code, status, op, got, r.Kind, r.Words))
					}
				}
			}
		}
	}
	return all
}

// Uncovered returns the rules without a row, and those without a reason.
func Uncovered(rows []Row, t codes.Table) []string {
	rowFor := make(map[string]bool)
	for _, r := range rows {
		rowFor[strings.ToLower(r.Code)] = true
	}
	var all []string
	t.Each(func(code string, r codes.Rule, _ bool) {
		if !rowFor[code] {
			all = append(all, code+" is in no row")
		}
		if r.Why == "" {
			all = append(all, code+" has no reason")
		}
	})
	return all
}

// changes is the number of rules that CheckChanges changes.
const changes = 50

// CheckChanges changes rules at random, one in each copy of the table, and fails if the
// rows do not detect a change. CODES_SEED in the environment selects other rules.
func CheckChanges(t *testing.T, rows []Row, exact, families codes.Rules) {
	t.Helper()
	seed := uint64(13)
	if text := os.Getenv("CODES_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("CODES_SEED: %v", err)
		}
		seed = n
	}
	random := rand.New(rand.NewPCG(seed, seed))
	all := slices.Sorted(maps.Keys(exact))
	all = slices.AppendSeq(all, maps.Keys(families))
	slices.Sort(all)
	unchanged := codes.New(exact, families)
	for n := 0; n < changes; {
		code := all[random.IntN(len(all))]
		copied, copiedFamilies := maps.Clone(exact), maps.Clone(families)
		in := copied
		if _, ok := families[code]; ok {
			in = copiedFamilies
		}
		what := change(random, in, code)
		changed := codes.New(copied, copiedFamilies)
		if meaning(changed, code) == meaning(unchanged, code) {
			continue // the removed rule equals that of its family
		}
		n++
		seen := len(Differences(rows, changed)) > 0
		t.Logf("seed %d: %s: %s: noticed: %t", seed, code, what, seen)
		if !seen {
			t.Errorf("seed %d: %s: %s, which no row detects", seed, code, what)
		}
	}
}

// meaning is the rule of a code without its reason.
func meaning(t codes.Table, code string) codes.Rule {
	r, _ := t.Find(code)
	r.Why = ""
	return r
}

// change changes the rule of a code and returns a description of the change.
func change(random *rand.Rand, in codes.Rules, code string) string {
	r := in[code]
	kinds := []*eni.Kind{&r.Kind}
	if r.OnDetach != 0 {
		kinds = append(kinds, &r.OnDetach)
	}
	if r.OnDescribe != 0 {
		kinds = append(kinds, &r.OnDescribe)
	}
	var what string
	switch random.IntN(4) {
	case 0:
		delete(in, code)
		return "removed"
	case 1:
		r.Expired = !r.Expired
		what = "renewal turned"
	default:
		kind := kinds[random.IntN(len(kinds))]
		other := *kind%eni.ErrUnavailable + 1 // any but this one
		for range random.IntN(int(eni.ErrUnavailable) - 1) {
			other = other%eni.ErrUnavailable + 1
		}
		what = fmt.Sprintf("%v for %v", other, *kind)
		*kind = other
	}
	in[code] = r
	return what
}
