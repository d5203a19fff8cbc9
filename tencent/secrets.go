package tencent

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const redacted = "[redacted]"

const (
	minSecret  = 4    // what is shorter is no secret, but a part of many words
	maxMessage = 1024 // bytes: the core reads in a message which of ten addresses were bad
	maxName    = 128  // bytes of a code or a request id
)

// secrets are the texts of one request that no error may hold.
type secrets []string

// redact puts a mark in the place of each secret.
func (s secrets) redact(text string) string {
	for _, secret := range s {
		// A pattern costs more than the rest of an error, and a secret is rare.
		if len(secret) >= minSecret && strings.Contains(text, stem(secret)) {
			text = spellings(secret).ReplaceAllLiteralString(text, redacted)
		}
	}
	return text
}

// stem returns the longest run of a secret that no encoding changes.
func stem(secret string) string {
	longest := ""
	for run := range strings.FieldsFuncSeq(secret, encodable) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	return longest
}

func encodable(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// spellings matches a secret as it is, as a URL writes it, encoded once or many
// times, and as JSON does.
func spellings(secret string) *regexp.Regexp {
	var b strings.Builder
	for _, c := range []byte(secret) {
		if encodable(rune(c)) {
			fmt.Fprintf(&b, `(?:\\?\x%02x|%%(?i:(?:25)*%02x)|\\u(?i:00%02x))`, c, c, c)
		} else {
			b.WriteByte(c)
		}
	}
	return regexp.MustCompile(b.String())
}

// hide returns err itself where nothing in its tree prints a secret, else an error
// that prints none and still matches what err matches.
func (s secrets) hide(err error) error {
	if !s.leak(err) {
		return err
	}
	return &hidden{text: s.redact(err.Error()), is: func(target error) bool { return errors.Is(err, target) }}
}

// leak reports whether anything in err's tree prints a secret.
func (s secrets) leak(err error) bool {
	if err == nil {
		return false
	}
	if text := err.Error(); s.redact(text) != text {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // walks the tree by itself
	case interface{ Unwrap() error }:
		return s.leak(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), s.leak)
	}
	return false
}

// hidden stands for an error that prints a secret. It neither unwraps to that
// error nor holds it in a field, so that nobody prints it after all.
type hidden struct {
	text string
	is   func(target error) bool
}

func (h *hidden) Error() string        { return h.text }
func (h *hidden) Is(target error) bool { return h.is(target) }

// oneLine fits a text from elsewhere into one line of a log.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) { // line breaks, escape sequences, marks that turn the writing round
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	return clip(text, maxMessage)
}

// clip cuts a text to so many bytes, the mark of the cut included.
func clip(text string, limit int) string {
	const mark = "…"
	if len(text) <= limit {
		return text
	}
	cut := limit - len(mark)
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}
