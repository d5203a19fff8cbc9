// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cloudeni/cloudeni/internal/redact"
)

func TestRedact(t *testing.T) {
	const secret = "abCd/ef+gh=="
	s := redact.New(secret, "", "abc", "abcdef", "k")
	for text, want := range map[string]string{
		"1 " + secret + " 2":                                   "1 [redacted] 2",
		"1 " + url.QueryEscape(secret) + " 2":                  "1 [redacted] 2",
		"1 " + url.PathEscape(secret) + " 2":                   "1 [redacted] 2",
		"1 " + url.QueryEscape(url.QueryEscape(secret)) + " 2": "1 [redacted] 2",
		`1 abCd\/ef\u002bgh%3d%3D 2`:                           "1 [redacted] 2",
		"1 abCd&#47;ef&#x2B;gh&#61;&#x03d; 2":                  "1 [redacted] 2",
		"1 abCd&amp;#47;ef&plus;gh&equals;&equals; 2":          "1 [redacted] 2",
		"1 " + strings.ToUpper(secret) + " 2":                  "1 [redacted] 2",
		"1 " + strings.ToLower(url.QueryEscape(secret)) + " 2": "1 [redacted] 2",
		"1 abCd/ef gh== 2":                                     "1 [redacted] 2", // a form makes a space of a plus
		"abcdef abc":                                           "[redacted] [redacted]",
		"abCdXef+gh==":                                         "abCdXef+gh==",
		"ABC in another case is no short secret":               "ABC in another case is no short secret",
		"地址 " + strings.ToUpper(secret):                        "地址 [redacted]",
		strings.ToUpper(secret)[1:] + strings.ToUpper(secret):  strings.ToUpper(secret)[1:] + "[redacted]",
		"": "",
	} {
		if got := s.Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
	}
	kelvin := redact.New("token0123")
	if got := kelvin.Redact("1 to\u212aen0123 2"); got != "1 [redacted] 2" {
		t.Errorf("with a letter that is ASCII in lower case alone: %q", got)
	}
	amp := redact.New(`a&b<c>d"e'f`)
	if got := amp.Redact("x " + html.EscapeString(`a&b<c>d"e'f`) + " y"); got != "x [redacted] y" {
		t.Errorf("escaped for HTML: %q", got)
	}
	late := redact.New("first1first1")
	_ = late.Redact("first1first1")
	late.Add("second2second2")
	if got := late.Redact("first1first1 second2second2"); got != "[redacted] [redacted]" {
		t.Errorf("one that was added later: %q", got)
	}
}

// The pattern is compiled only for a text with letters of a secret, and only once.
func TestCleanTextsAreCheap(t *testing.T) {
	clean := func() { _ = redact.New("xy+longestpart+xy", "AKID1234567890123456").Redact("the interface xy is busy") }
	if n := testing.AllocsPerRun(10, clean); n > 20 {
		t.Errorf("%v allocations for a clean text", n)
	}
	s := redact.New("longestpart+xy")
	const dirty = "longestpart+xy"
	_ = s.Redact(dirty)
	if n := testing.AllocsPerRun(10, func() { _ = s.Redact(dirty) }); n > 20 {
		t.Errorf("%v allocations for a second text", n)
	}
	if none := redact.New(); none.Redact("text") != "text" {
		t.Error("no secret, and a text is changed")
	}
}

// A secret of eight or more characters is matched without case.
func TestCaseOfSecrets(t *testing.T) {
	s := redact.New("hunter22", "hunter1")
	for text, want := range map[string]string{"HUNTER22 hunter22": "[redacted] [redacted]", "HUNTER1 hunter1": "HUNTER1 [redacted]"} {
		if got := s.Redact(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestText(t *testing.T) {
	s := redact.New("hunter22")
	if got := s.Text("a\nhunter22 bcd", 15); got != "a [redacted]…" {
		t.Errorf("%q", got)
	}
	// Cut first, a part of the secret would stay.
	if got := s.Text("123456 hunter22", 12); strings.Contains(got, "hunt") {
		t.Errorf("%q", got)
	}
}

func TestError(t *testing.T) {
	s := redact.New("hunter22")
	clean := fmt.Errorf("a: %w", context.Canceled)
	if got := s.Error(clean); got != clean {
		t.Errorf("a clean error became %v", got)
	}
	if s.Error(nil) != nil {
		t.Error("nil became an error")
	}
	for name, dirty := range map[string]error{
		"text":   fmt.Errorf("hunter22: %w", context.Canceled),
		"below":  fmt.Errorf("%w, %w", context.Canceled, quietError{errors.New("hunter22")}),
		"joined": errors.Join(context.Canceled, errors.New("hunter22")),
		"single": quietError{fmt.Errorf("hunter22: %w", quietError{errors.Join(context.Canceled, errors.New("hunter22"))})},
		"chain":  fmt.Errorf("hunter22: %w", fmt.Errorf("hunter22: %w", context.Canceled)),
	} {
		got := s.Error(dirty)
		if strings.Contains(fmt.Sprintf("%v %+v %#v", got, got, got), "hunter22") || got.Error() == "" {
			t.Errorf("%s: %v", name, got)
		}
		if !errors.Is(got, context.Canceled) {
			t.Errorf("%s: %v matches nothing any more", name, got)
		}
		if clean := name == "text" || name == "chain"; got == dirty || (got == context.Canceled) != clean {
			t.Errorf("%s: %#v", name, got)
		}
	}
}

func TestContextErrors(t *testing.T) {
	ended := quietError{context.DeadlineExceeded}
	for err, want := range map[error]error{
		nil: nil, errors.New("x"): nil, ended: context.DeadlineExceeded, context.Canceled: context.Canceled,
		fmt.Errorf("w: %w", context.Canceled): context.Canceled,
	} {
		if got := redact.ContextError(err); got != want {
			t.Errorf("%v is %v", err, got)
		}
	}
	other := errors.New("x")
	if redact.WithoutContextError(nil) != nil || redact.WithoutContextError(other) != other {
		t.Error("an error of no context is changed")
	}
	for err, late := range map[error]bool{
		context.DeadlineExceeded: true, context.Canceled: false,
		&net.OpError{Op: "read\nit", Err: context.DeadlineExceeded}: true,
		&net.OpError{Op: "read", Err: context.Canceled}:             false,
	} {
		got := redact.WithoutContextError(err)
		var network net.Error
		if redact.ContextError(got) != nil || !errors.As(got, &network) || network.Timeout() != late || strings.Contains(got.Error(), "\n") {
			t.Errorf("%v: %#v", err, got)
		}
	}
}

// quietError has a text without that of the error that it wraps.
type quietError struct{ err error }

func (quietError) Error() string   { return "quiet" }
func (e quietError) Unwrap() error { return e.err }

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"a\r\nb\tc\x1b[31m\x00d": "a b c [31m d",
		"\u202eevil\u2028x":      "evil x",
		"bad \xff utf-8":         "bad utf-8",
		" kept  as it is ":       "kept  as it is",
		"":                       "",
	} {
		if got := redact.OneLine(text); got != want || !utf8.ValidString(got) {
			t.Errorf("OneLine(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, test := range []struct {
		text string
		gone string // empty: the text stays as it is
	}{
		{"no credentials in the environment (ALIBABA_CLOUD_ACCESS_KEY_ID), cannot found home dir", ""},
		{"the task 12345678901234567890 and ALLCAPITALLETTERS", ""},
		{"open /var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token: no such file or directory", ""},
		{"Get http://100.100.100.200/latest/meta-data/ram/security-credentials/: connection refused", ""},
		{`Post "https://sts.aliyuncs.com/?AccessKeyId=ab&Signature=cd": EOF`, "cd"},
		{`server string to sign is:POST&%2F&AccessKeyId%3Dab`, "ab"},
		{`get credentials from http://x failed: {"AccessKeySecret":"ab"}`, "ab"},
		{`<html>ab</html>`, "ab"},
		{`AccessKeySecret: "ab"`, `"ab"`},
		{`SecurityToken=ab`, "=ab"},
		{"key LTAI5tTestKeyId0123456 is wrong", "LTAI5t"},
		{"one\r\ntwo\u2028three\u202efour", "\u202e"},
	} {
		got := redact.Unknown(test.text)
		if test.gone == "" && got != test.text {
			t.Errorf("Unknown(%q) = %q; want no change", test.text, got)
		}
		if test.gone != "" && (strings.Contains(got, test.gone) || strings.ContainsAny(got, "\r\n\u2028")) {
			t.Errorf("Unknown(%q) = %q, with %q", test.text, got, test.gone)
		}
	}
}

func TestClip(t *testing.T) {
	for text, want := range map[string]string{"": "", "abcdef": "abcdef", "abcdefg": "abc…", "汉字": "汉字", "汉字a": "汉…", "a汉字": "a…", "\x80\x80\x80\x80\x80\x80\x80": "…"} {
		if got := redact.Clip(text, 6); got != want {
			t.Errorf("clip(%q) = %q; want %q", text, got, want)
		}
	}
}
