// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// texts is the table of kinds of the design, in its order.
var texts = []struct {
	kind      eni.Kind
	text      string
	retryable bool
}{
	{eni.ErrUnknown, "unknown", false},
	{eni.ErrInvalid, "invalid_argument", false},
	{eni.ErrUnauthenticated, "unauthenticated", false},
	{eni.ErrPermission, "permission_denied", false},
	{eni.ErrNotFound, "not_found", false},
	{eni.ErrNotAssigned, "not_assigned", false},
	{eni.ErrState, "invalid_state", false},
	{eni.ErrConflict, "conflict", true},
	{eni.ErrThrottled, "throttled", true},
	{eni.ErrQuota, "quota_exceeded", false},
	{eni.ErrUnsupported, "unsupported", false},
	{eni.ErrUnavailable, "unavailable", true},
}

func TestKinds(t *testing.T) {
	for _, want := range texts {
		if got := want.kind.Error(); got != want.text {
			t.Errorf("want %q, got %q", want.text, got)
		}
		for name, err := range map[string]error{
			"an Error":          &eni.Error{Kind: want.kind},
			"a wrapped Error":   fmt.Errorf("releasing: %w", &eni.Error{Kind: want.kind}),
			"a bare kind":       want.kind,
			"a wrapped kind":    fmt.Errorf("a third party's: %w", want.kind),
			"a kind among more": errors.Join(io.EOF, want.kind),
		} {
			if got := eni.KindOf(err); got != want.kind {
				t.Errorf("%s: want kind %s, got %s", name, want.kind, got)
			}
			if !errors.Is(err, want.kind) {
				t.Errorf("%s: errors.Is does not find %s", name, want.kind)
			}
			if errors.Is(err, (want.kind+1)%13) {
				t.Errorf("%s: errors.Is finds another kind", name)
			}
			if got := eni.IsRetryable(err); got != want.retryable {
				t.Errorf("%s: %s: want retryable %t", name, want.kind, want.retryable)
			}
		}
	}
}

func TestKindOfOtherErrors(t *testing.T) {
	for _, test := range []struct {
		err       error
		kind      eni.Kind
		retryable bool
	}{
		{nil, 0, false},
		{io.EOF, eni.ErrUnknown, false},
		{&eni.Error{}, eni.ErrUnknown, false},
		{context.Canceled, eni.ErrUnknown, false},
		{fmt.Errorf("waiting: %w", context.DeadlineExceeded), eni.ErrUnknown, false},
		{&eni.Error{Kind: eni.ErrPermission, Err: context.DeadlineExceeded}, eni.ErrPermission, false},
		{&eni.Error{Kind: eni.ErrThrottled, Err: context.DeadlineExceeded}, eni.ErrThrottled, true},
		{&eni.Error{Kind: eni.ErrThrottled, Err: context.Canceled}, eni.ErrThrottled, false},
	} {
		if got := eni.KindOf(test.err); got != test.kind {
			t.Errorf("%v: want kind %s, got %s", test.err, test.kind, got)
		}
		if got := eni.IsRetryable(test.err); got != test.retryable {
			t.Errorf("%v: want retryable %t", test.err, test.retryable)
		}
	}
}

func TestIgnoreNotFound(t *testing.T) {
	if err := eni.IgnoreNotFound(fmt.Errorf("x: %w", eni.ErrNotFound)); err != nil {
		t.Errorf("want nil, got %v", err)
	}
	if err := eni.IgnoreNotFound(eni.ErrState); !errors.Is(err, eni.ErrState) {
		t.Errorf("want the error itself, got %v", err)
	}
	if err := eni.IgnoreNotFound(nil); err != nil {
		t.Errorf("want nil, got %v", err)
	}
}

var conflict = &eni.Error{
	Kind: eni.ErrConflict, Provider: "aliyun", Op: "Detach", InterfaceID: "eni-1",
	Code: "Operation.Conflict", Message: "ecs task is conflicted.", RequestID: "473469C7",
	HTTPStatus: 403, Attempts: 12, Err: io.EOF,
}

func TestErrorText(t *testing.T) {
	for _, test := range []struct {
		err  *eni.Error
		want string
	}{
		{conflict, "aliyun Detach eni-1: conflict: Operation.Conflict: ecs task is conflicted. (http status 403, request id 473469C7, 12 attempts)"},
		{&eni.Error{Kind: eni.ErrInvalid, Message: "no interface id"}, "invalid_argument: no interface id"},
		{&eni.Error{Kind: eni.ErrState}, "invalid_state"},
		{&eni.Error{Kind: eni.ErrState, Count: 1}, "invalid_state"},
		{&eni.Error{Kind: eni.ErrState, Count: 7, Attempts: 2}, "invalid_state (7 addresses, 2 attempts)"},
		{&eni.Error{Kind: eni.ErrInvalid, InterfaceID: "eni-1\n2026 ERROR", Message: "no \x1b[2J"}, `"eni-1\n2026 ERROR": invalid_argument: "no \x1b[2J"`},
		{&eni.Error{Kind: eni.ErrInvalid, Code: "a\u2028b", RequestID: "\xff"}, `invalid_argument: "a\u2028b" (request id "\xff")`},
		{&eni.Error{Kind: eni.ErrInvalid, Message: "无效的 interface é"}, "invalid_argument: 无效的 interface é"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("want %q, got %q", test.want, got)
		}
	}
	if !errors.Is(conflict, io.EOF) {
		t.Error("the cause should be found")
	}
}

func TestErrorLogsAsFields(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Error("no luck", "err", conflict)
	for _, want := range []string{
		"err.kind=conflict", "err.provider=aliyun", "err.op=Detach", "err.interface_id=eni-1",
		"err.code=Operation.Conflict", "err.request_id=473469C7", "err.http_status=403", "err.attempts=12",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %s", want, out.String())
		}
	}
}

func TestOutcomeTexts(t *testing.T) {
	for outcome, want := range map[eni.Outcome]string{
		eni.OutcomeNotTried: "not_tried", eni.OutcomeAccepted: "accepted", eni.OutcomeReleased: "released", eni.OutcomeAbsent: "absent",
		eni.OutcomeRefused: "refused", eni.OutcomeUnknown: "unknown", -1: "invalid", 99: "invalid",
	} {
		if got := outcome.String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	if got := eni.Kind(99).Error(); got != "kind(99)" {
		t.Errorf("got %q", got)
	}
}
