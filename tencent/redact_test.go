package tencent

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedact(t *testing.T) {
	s := redactor{"abcd/ef+gh==", "", "abc"}
	for text, want := range map[string]string{
		"a abcd/ef+gh== b": "a [redacted] b",
		"a " + url.QueryEscape("abcd/ef+gh==") + " b":                  "a [redacted] b",
		"a " + url.PathEscape("abcd/ef+gh==") + " b":                   "a [redacted] b",
		"a " + url.QueryEscape(url.QueryEscape("abcd/ef+gh==")) + " b": "a [redacted] b",
		`a abcd\/ef\u002bgh%3d%3D b`:                                   "a [redacted] b",
		"abcd/ef+gh":                                                   "abcd/ef+gh",
		"abcdXef+gh==":                                                 "abcdXef+gh==",
		"abc is too short to be one":                                   "abc is too short to be one",
		"":                                                             "",
	} {
		if got := s.redact(text); got != want {
			t.Errorf("redact(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestHide(t *testing.T) {
	s := redactor{"hunter22"}
	clean := fmt.Errorf("a: %w", context.Canceled)
	if got := s.redactError(clean); got != clean {
		t.Errorf("a clean error became %v", got)
	}
	if s.redactError(nil) != nil {
		t.Error("nil became an error")
	}
	quiet := quietError{errors.New("hunter22")} // its own text is clean
	for name, dirty := range map[string]error{
		"text":   fmt.Errorf("hunter22: %w", context.Canceled),
		"below":  fmt.Errorf("%w, %w", context.Canceled, quiet),
		"joined": errors.Join(context.Canceled, errors.New("hunter22")),
	} {
		got := s.redactError(dirty)
		if strings.Contains(fmt.Sprintf("%v %+v %#v", got, got, got), "hunter22") || errors.Unwrap(got) != nil {
			t.Errorf("%s: %v", name, got)
		}
		if !errors.Is(got, context.Canceled) {
			t.Errorf("%s: %v matches nothing any more", name, got)
		}
	}
}

type quietError struct{ err error }

func (quietError) Error() string   { return "quiet" }
func (e quietError) Unwrap() error { return e.err }

func TestOneLine(t *testing.T) {
	long := strings.Repeat("界", 342) // 1026 bytes
	for text, want := range map[string]string{
		"a\r\nb\tc\x1b[31m\x00d": "a b c [31m d",
		"\u202eevil\u2028x":      "evil x",
		"bad \xff utf-8":         "bad utf-8",
		"":                       "",
		long[:3*341]:             long[:3*341],
		long:                     long[:3*340] + "…",
	} {
		got := oneLine(text)
		if got != want || len(got) > 1024 || !utf8.ValidString(got) {
			t.Errorf("oneLine(%q) = %q, want %q", text, got, want)
		}
	}
}
