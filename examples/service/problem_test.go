// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// status is the HTTP answer for an error.
type status struct {
	code       int
	retryAfter string
	retryable  bool
}

func statusOf(t *testing.T, err error) status {
	t.Helper()
	w := httptest.NewRecorder()
	writeProblem(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil), err)
	var s said
	s.read(t, w.Code, w.Header(), w.Body.String())
	return status{w.Code, w.Header().Get("Retry-After"), s.Retryable}
}

func TestStatuses(t *testing.T) {
	conflict := &eni.Error{Kind: eni.ErrConflict}
	tests := []struct {
		name string
		err  error
		want status
	}{
		{"unknown", &eni.Error{Kind: eni.ErrUnknown}, status{502, "", false}},
		{"invalid", &eni.Error{Kind: eni.ErrInvalid}, status{422, "", false}},
		{"unauthenticated is not the caller's", &eni.Error{Kind: eni.ErrUnauthenticated}, status{502, "", false}},
		{"permission is not the caller's", &eni.Error{Kind: eni.ErrPermission}, status{502, "", false}},
		{"not found", &eni.Error{Kind: eni.ErrNotFound}, status{404, "", false}},
		{"not assigned", &eni.Error{Kind: eni.ErrNotAssigned}, status{404, "", false}},
		{"state", &eni.Error{Kind: eni.ErrState}, status{409, "", false}},
		{"conflict", conflict, status{409, "5", true}},
		{"throttled is the service's", &eni.Error{Kind: eni.ErrThrottled}, status{503, "60", true}},
		{"quota", &eni.Error{Kind: eni.ErrQuota}, status{502, "", false}},
		{"unsupported", &eni.Error{Kind: eni.ErrUnsupported}, status{501, "", false}},
		{"unavailable", &eni.Error{Kind: eni.ErrUnavailable}, status{503, "10", true}},

		{"somebody else's error", errors.New("?"), status{502, "", false}},
		{"a bare kind, wrapped", fmt.Errorf("?: %w", eni.ErrQuota), status{502, "", false}},
		{"the deadline comes before the cloud's last word", &eni.Error{Kind: eni.ErrConflict, Err: context.DeadlineExceeded}, status{504, "5", true}},
		{"the service's end comes before what ended with it", fmt.Errorf("%w: %w", context.Canceled, errShuttingDown), status{503, "5", true}},
		{"the caller has disconnected", &eni.Error{Kind: eni.ErrUnavailable, Err: context.Canceled}, status{499, "", false}},
		{"a bug", errPanicked, status{500, "", false}},

		{"a try that can help comes first", eni.Join(&eni.Error{Kind: eni.ErrInvalid}, conflict), status{409, "5", true}},
		{"wherever it stands", eni.Join(conflict, &eni.Error{Kind: eni.ErrInvalid}), status{409, "5", true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := statusOf(t, test.err); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestEveryKindHasARow(t *testing.T) {
	for kind := eni.ErrUnknown; kind <= eni.ErrUnavailable; kind++ {
		if rows[kind].name != kind.Error() || rows[kind].title == "" {
			t.Errorf("%s has the row %+v", kind, rows[kind])
		}
		if waits := rows[kind].retryAfter > 0; waits != eni.IsRetryable(kind) {
			t.Errorf("%s: Retry-After %t, retryable %t", kind, waits, eni.IsRetryable(kind))
		}
	}
}

// The table in the README equals the table in the code.
func TestTypesAreInTheReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]status)
	for _, m := range regexp.MustCompile("(?m)^\\| <a id=\"(\\w+)\"></a>`(\\w+)` \\| (\\d+) \\| (\\d*) *\\|").FindAllStringSubmatch(string(text), -1) {
		code, err := strconv.Atoi(m[3])
		if err != nil || m[1] != m[2] {
			t.Errorf("a row that cannot be: %q", m[0])
		}
		listed[m[1]] = status{code: code, retryAfter: m[4]}
	}
	for _, row := range rows {
		want := status{code: row.status}
		if row.retryAfter > 0 {
			want.retryAfter = strconv.Itoa(int(row.retryAfter / time.Second))
		}
		if got, ok := listed[row.name]; !ok || got != want {
			t.Errorf("%s: the README has %+v, want %+v", row.name, got, want)
		}
	}
	if len(listed) != len(rows) {
		t.Errorf("the README lists %d types, want %d", len(listed), len(rows))
	}
}
