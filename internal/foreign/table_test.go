// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var write = flag.Bool("write", false, "write the tables into the pages, instead of comparing them")

// What stands around a table on its page.
const (
	begin = "<!-- begin: written by make foreign WRITE=1 -->\n"
	end   = "<!-- end -->\n"
)

// compare compares the table on a page with the one of this run, or writes it.
func compare(t *testing.T, page, table string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	old, after, found := strings.Cut(rest, end)
	switch {
	case !found:
		t.Errorf("%s has no place for the table, between the lines %q and %q", page, begin, end)
	case *write:
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != table:
		t.Errorf("%s has another table than this run; make foreign WRITE=1 writes it. The table of this run:\n%s", page, table)
	}
}

// long is a table of clients and calls for each vendor, and one of the calls.
func long(vendors []*vendor, played []result) string {
	var b strings.Builder
	for _, v := range vendors {
		fmt.Fprintf(&b, "\n## %s\n\n| client | mode |", v.name)
		for _, s := range v.steps {
			fmt.Fprintf(&b, " %s |", s.name)
		}
		fmt.Fprintf(&b, "\n|---|---|%s\n", strings.Repeat(":-:|", len(v.steps)))
		for _, r := range played {
			if r.vendor != v {
				continue
			}
			fmt.Fprintf(&b, "| %s | %s |", r.contender.sdk, r.contender.mode)
			for _, failed := range r.failures {
				fmt.Fprintf(&b, " %s |", mark(failed))
			}
			b.WriteByte('\n')
		}
		b.WriteString("\n| call | action | expected result |\n|---|---|---|\n")
		for _, s := range v.steps {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", s.name, s.action, s.outcome())
		}
	}
	b.WriteByte('\n')
	return b.String()
}

func mark(failed string) string {
	if failed != "" {
		return "✗"
	}
	return "✓"
}

// outcome says what must come of a step.
func (s step) outcome() string {
	who := ""
	if s.by != owner {
		who = string(s.by) + ": "
	}
	switch {
	case s.code != "":
		return who + "refused with `" + s.code + "`"
	case s.only != "":
		return who + "a list with `" + s.only + "` in it"
	case s.all:
		return who + "all interfaces of one VPC, on several pages"
	case s.change != "":
		return who + "accepted, and the cloud has done it: `" + s.change + "`"
	case s.status != "":
		return who + "`" + s.status + "`"
	case len(s.want) == 0:
		return who + "an empty list"
	default:
		return who + "the interface as it is in the cloud: state, instance, addresses, tags"
	}
}

// short is a table of clients with the number of calls.
func short(vendors []*vendor, played []result) string {
	var b strings.Builder
	b.WriteString("\n| cloud | client | modes | calls |\n|---|---|---|---|\n")
	for _, v := range vendors {
		var order []string
		modes, good, all := make(map[string][]string), make(map[string]int), make(map[string]int)
		for _, r := range played {
			if r.vendor != v {
				continue
			}
			sdk := r.contender.sdk
			if modes[sdk] == nil {
				order = append(order, sdk)
			}
			modes[sdk] = append(modes[sdk], r.contender.mode)
			for _, failed := range r.failures {
				all[sdk]++
				if failed == "" {
					good[sdk]++
				}
			}
		}
		for _, sdk := range order {
			fmt.Fprintf(&b, "| %s | %s | %s | %d of %d |\n", v.name, sdk, strings.Join(modes[sdk], "; "), good[sdk], all[sdk])
		}
	}
	b.WriteByte('\n')
	return b.String()
}
