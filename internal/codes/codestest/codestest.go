// Package codestest compares a table of codes with what the vendor's words say of
// each: files that were written by hand from those words, never printed from a
// table.
package codestest

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/codes"
)

// NoRule is the kind of a code that has no rule on purpose; the words say why.
const NoRule = "no rule"

// Row is what the vendor says of a code.
type Row struct {
	Code   string
	Action string // the vendor's name, or "*" for any
	Kind   string // the text of an eni.Kind, or NoRule
	Renew  bool   // other credentials may be the cure
	Words  string // the vendor's, or why there is no rule
}

// Read reads a file of rows.
func Read(tb testing.TB, file string) []Row {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var rows []Row
	for _, r := range records[1:] {
		kind, renew := strings.CutSuffix(r[2], "+renew")
		rows = append(rows, Row{r[0], r[1], kind, renew, r[3]})
		if r[3] == "" {
			tb.Errorf("%s: %s has no words", file, r[0])
		}
	}
	return rows
}

// ops are the operations of the vendors' actions.
var ops = map[string]string{
	"UnassignPrivateIpAddresses": "UnassignPrivateIps",
	"UnassignIpv6Addresses":      "UnassignIpv6",
	"DetachNetworkInterface":     eni.OpDetach,
	"DescribeNetworkInterfaces":  eni.OpDescribe,
}

// Ops returns the operations that a row is about.
func (r Row) Ops() []string {
	if r.Action != "*" {
		return []string{ops[r.Action]}
	}
	return slices.Sorted(maps.Values(ops))
}

// Differences lists where a table differs from the rows, with any status where
// there is a rule.
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

// Uncovered lists the rules that no row is about, and those without a reason.
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

// CheckMutants changes rules at random, one in each copy of the table, and fails
// where the rows do not notice.
func CheckMutants(t *testing.T, rows []Row, exact, families codes.Rules, seed uint64) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, seed))
	var all []string
	for code := range exact {
		all = append(all, code)
	}
	for code := range families {
		all = append(all, code)
	}
	slices.Sort(all)
	for range 50 {
		code := all[random.IntN(len(all))]
		copied, copiedFamilies := maps.Clone(exact), maps.Clone(families)
		in := copied
		if _, ok := families[code]; ok {
			in = copiedFamilies
		}
		r := in[code]
		var what string
		switch random.IntN(4) {
		case 0:
			what = "removed"
			delete(in, code)
		case 1:
			what = "renewal turned"
			r.Expired = !r.Expired
			in[code] = r
		default:
			other := eni.Kind(1 + random.IntN(int(eni.ErrUnavailable)))
			if other == r.Kind {
				other = other%eni.ErrUnavailable + 1
			}
			what = fmt.Sprintf("%v for %v", other, r.Kind)
			r.Kind = other
			in[code] = r
		}
		if len(Differences(rows, codes.New(copied, copiedFamilies))) == 0 {
			t.Errorf("%s: %s, and nobody notices", code, what)
		}
	}
}
