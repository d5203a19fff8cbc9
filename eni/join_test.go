// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

func failure(kind eni.Kind, code string, count int) *eni.Error {
	return &eni.Error{Kind: kind, Provider: "aliyun", Op: eni.OpDetach, InterfaceID: "eni-1", Code: code, Count: count, Attempts: count}
}

func TestJoin(t *testing.T) {
	throttled, denied := failure(eni.ErrThrottled, "Throttling", 2), failure(eni.ErrPermission, "Denied", 3)
	cancelled := &eni.Error{Kind: eni.ErrConflict, Err: context.Canceled}
	foreign := fmt.Errorf("a wrapper's: %w", denied)
	tests := []struct {
		name string
		errs []error
		want string // the kinds and counts
	}{
		{name: "nothing", want: ""},
		{name: "only nil", errs: []error{nil, nil, (*eni.Error)(nil)}, want: ""},
		{name: "one", errs: []error{nil, denied}, want: "permission_denied 3"},
		{name: "the same twice", errs: []error{denied, denied}, want: "permission_denied 3"},
		{name: "two of one reason", errs: []error{denied, failure(eni.ErrPermission, "Denied", 4)}, want: "permission_denied 7"},
		{name: "three of one reason, the first again", errs: []error{denied, failure(eni.ErrPermission, "Denied", 4), denied}, want: "permission_denied 7"},
		{name: "two codes", errs: []error{denied, failure(eni.ErrPermission, "Other", 1)}, want: "permission_denied 3, permission_denied 1"},
		{name: "the retryable one comes first", errs: []error{denied, throttled}, want: "throttled 2, permission_denied 3"},
		{name: "a cancelled one is not retryable", errs: []error{cancelled, throttled}, want: "throttled 2, conflict 0"},
		{name: "joined ones", errs: []error{eni.Join(denied, throttled), eni.Join(throttled, failure(eni.ErrPermission, "Denied", 1))}, want: "throttled 2, permission_denied 4"},
		{name: "a stranger", errs: []error{io.EOF, denied}, want: "unknown 0, permission_denied 3"},
		{name: "one that wraps", errs: []error{foreign}, want: "permission_denied 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := eni.Join(tt.errs...)
			var got []string
			for _, e := range reasonsOf(t, err) {
				got = append(got, fmt.Sprintf("%s %d", e.Kind, e.Count))
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("want %q, got %q", tt.want, text)
			}
			for _, e := range tt.errs {
				if e != nil && e != error((*eni.Error)(nil)) && !errors.Is(err, eni.KindOf(e)) {
					t.Errorf("%v is not found in %v", e, err)
				}
			}
		})
	}
	if throttled.Count != 2 || denied.Count != 3 {
		t.Error("the errors given should not change")
	}
	if err := eni.Join(denied); err != error(denied) {
		t.Errorf("one reason should be the error itself, got %#v", err)
	}
	var e *eni.Error
	if !errors.As(eni.Join(foreign), &e) || e.Provider != "aliyun" || e.InterfaceID != "eni-1" || e.Op != "Detach" {
		t.Errorf("who wraps an error should keep its who and where, got %#v", e)
	}
	if !errors.Is(eni.Join(io.EOF), io.EOF) {
		t.Error("an unknown error should be found")
	}
}

// reasonsOf returns the errors that a joined error consists of.
func reasonsOf(t *testing.T, err error) []*eni.Error {
	t.Helper()
	switch e := err.(type) {
	case nil:
		return nil
	case *eni.Error:
		return []*eni.Error{e}
	case eni.Errors:
		return e
	}
	t.Fatalf("a joined error of type %T", err)
	return nil
}

// many returns an error with n reasons.
func many(n int) error {
	var errs []error
	for i := range n {
		errs = append(errs, failure(eni.ErrConflict, fmt.Sprint("code-", i+1), 1))
	}
	return eni.Join(errs...)
}

func TestTheTextOfManyReasonsIsShort(t *testing.T) {
	for n, want := range map[int]string{
		2:   "aliyun Detach eni-1: conflict: code-1; aliyun Detach eni-1: conflict: code-2",
		200: "code-4; and 196 more reasons",
	} {
		text := many(n).Error()
		if !strings.HasSuffix(text, want) || len(text) > 300 {
			t.Errorf("%d reasons: want a short text that ends in %q, got %q", n, want, text)
		}
	}
}

// The first reason has the same log fields as a single error, so that one query finds
// both.
func TestReasonsLogAsFields(t *testing.T) {
	for n, more := range map[int]int{1: 0, 2: 1, 4: 3, 200: 3} {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Error("release failed", "error", many(n))
		if out.Len() > 2000 {
			t.Errorf("%d reasons are logged in %d bytes", n, out.Len())
		}
		var record struct {
			Error struct {
				Kind, Code string
				Count      int
				Reasons    int
				More       map[string]struct{ Kind, Code string }
			}
		}
		if err := json.Unmarshal(out.Bytes(), &record); err != nil {
			t.Fatal(err)
		}
		e := record.Error
		if e.Kind != "conflict" || e.Code != "code-1" || e.Count != 1 || len(e.More) != more {
			t.Errorf("%d reasons are logged as %s", n, out.String())
		}
		if more > 0 && (e.Reasons != n || e.More["2"].Code != "code-2") {
			t.Errorf("%d reasons are logged as %s", n, out.String())
		}
	}
	if got := (eni.Errors{}).LogValue(); got.Kind() != slog.KindAny || got.Any() != nil {
		t.Errorf("no reasons are logged as %v", got)
	}
}

func TestReasonsDecideTogether(t *testing.T) {
	missing, other := failure(eni.ErrNotFound, "", 1), failure(eni.ErrState, "", 1)
	if err := eni.Join(missing, failure(eni.ErrNotFound, "Other", 1)); eni.IgnoreNotFound(err) != nil {
		t.Errorf("all reasons are not found, got %v", eni.IgnoreNotFound(err))
	}
	if err := eni.Join(missing, other); eni.IgnoreNotFound(err) == nil {
		t.Error("one reason is something else, and it was ignored")
	}
	if err := errors.Join(missing, other); eni.IgnoreNotFound(err) == nil {
		t.Error("one reason of a stranger's join is something else, and it was ignored")
	}
	if err := eni.Join(other, failure(eni.ErrConflict, "", 1)); !eni.IsRetryable(err) || eni.KindOf(err) != eni.ErrConflict {
		t.Errorf("what is worth another try should decide, got %v", err)
	}
}
