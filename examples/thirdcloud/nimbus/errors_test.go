// SPDX-License-Identifier: Apache-2.0

package nimbus

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// The file has the codes of the vendor's page, each with its status. A code that
// the page gains fails the test until the table has it, and the other way round.
func TestEveryDocumentedCodeHasARule(t *testing.T) {
	page, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		var status int
		var code string
		if _, err := fmt.Sscan(line, &status, &code); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		documented[code] = true
		rule, ok := rules[code]
		if !ok {
			t.Errorf("%s has no rule", code)
		}
		// The rule, not the status, decides.
		for _, status := range []int{status, 200, 400, 409, 429, 503} {
			if got := classify(code, status); got != rule.kind {
				t.Errorf("%s with status %d is %v, want %v", code, status, got, rule.kind)
			}
		}
	}
	for code := range rules {
		if !documented[code] {
			t.Errorf("%s is on no page", code)
		}
	}
}

// A kind that the code's own words do not suggest has its reason beside it.
func TestRulesHaveReasons(t *testing.T) {
	suggests := map[eni.Kind]string{
		eni.ErrConflict:        "busy",
		eni.ErrThrottled:       "rate",
		eni.ErrNotFound:        "interface.unknown",
		eni.ErrState:           "state",
		eni.ErrInvalid:         "malformed",
		eni.ErrUnauthenticated: "token.missing token.unknown",
		eni.ErrPermission:      "denied",
		eni.ErrUnavailable:     "fault",
	}
	for code, rule := range rules {
		obvious := false
		for word := range strings.FieldsSeq(suggests[rule.kind]) {
			obvious = obvious || strings.Contains(code, word)
		}
		if !obvious && rule.why == "" {
			t.Errorf("%s is %v without a reason", code, rule.kind)
		}
	}
}

func TestACodeWithoutARule(t *testing.T) {
	for status, want := range map[int]eni.Kind{
		400: eni.ErrUnknown, 404: eni.ErrUnknown, 409: eni.ErrUnknown,
		429: eni.ErrThrottled, 500: eni.ErrUnavailable, 503: eni.ErrUnavailable,
	} {
		for _, code := range []string{"never.heard_of", "interface.busy.really", ""} {
			if got := classify(code, status); got != want {
				t.Errorf("%q with status %d is %v, want %v", code, status, got, want)
			}
		}
	}
}
