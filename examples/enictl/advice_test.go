// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// TestAdvice checks the advice for each kind of error.
func TestAdvice(t *testing.T) {
	for kind := eni.ErrUnknown; kind <= eni.ErrUnavailable; kind++ {
		for provider := range providers {
			line := adviceFor(provider, kind)
			if line == "" || strings.Contains(line, "\n") || strings.Contains(line, "KEYS") {
				t.Errorf("%s, %s: %q", provider, kind, line)
			}
		}
	}
}

// Each kind in an error has its advice, once. The end of a context without an answer is no
// unknown code.
func TestAdviceForAnError(t *testing.T) {
	conflict, throttled := &eni.Error{Kind: eni.ErrConflict, Code: "A"}, &eni.Error{Kind: eni.ErrThrottled}
	primary := &eni.Error{Kind: eni.ErrInvalid, Message: "a primary address"}
	for _, test := range []struct {
		err  error
		want []eni.Kind
	}{
		{primary, []eni.Kind{eni.ErrInvalid}},
		{eni.Join(primary, conflict, &eni.Error{Kind: eni.ErrConflict, Code: "B"}, throttled), []eni.Kind{eni.ErrConflict, eni.ErrThrottled, eni.ErrInvalid}},
		{&eni.Error{Kind: eni.ErrUnknown, Err: context.Canceled}, []eni.Kind{eni.ErrUnavailable}},
		{&eni.Error{Kind: eni.ErrPermission, Err: context.DeadlineExceeded}, []eni.Kind{eni.ErrPermission}},
		{&eni.Error{Kind: eni.ErrUnknown, Code: "New.Code"}, []eni.Kind{eni.ErrUnknown}},
	} {
		if got := kindsOf(test.err); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}
