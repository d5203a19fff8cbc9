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
	minSecret  = 4    // a shorter text is no secret, but a part of many words
	maxMessage = 1024 // bytes: the core reads in a message which of ten addresses were bad
	maxName    = 128  // bytes of a code or a request id
)

// redactor replaces the secrets of one request in every text about it.
type redactor []string

// redact replaces each secret with a mark.
func (r redactor) redact(text string) string {
	for _, secret := range r {
		// A pattern costs more than the rest of an error, and a secret is rare.
		if len(secret) >= minSecret && strings.Contains(text, literalPart(secret)) {
			text = secretPattern(secret).ReplaceAllLiteralString(text, redacted)
		}
	}
	return text
}

// literalPart returns the longest run of a secret that no encoding changes.
func literalPart(secret string) string {
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

// secretPattern matches a secret as it is, as a URL holds it after any number of
// encodings, and as JSON holds it.
func secretPattern(secret string) *regexp.Regexp {
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

// redactError returns err itself where nothing in its tree prints a secret, else an
// error that prints none and still matches what err matches.
func (r redactor) redactError(err error) error {
	if !r.leaks(err) {
		return err
	}
	return &redactedError{text: r.redact(err.Error()), is: func(target error) bool { return errors.Is(err, target) }}
}

// leaks reports whether anything in err's tree prints a secret.
func (r redactor) leaks(err error) bool {
	if err == nil {
		return false
	}
	if text := err.Error(); r.redact(text) != text {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // walks the tree by itself
	case interface{ Unwrap() error }:
		return r.leaks(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), r.leaks)
	}
	return false
}

// redactedError replaces an error that prints a secret. It neither unwraps to that
// error nor holds it in a field, so that nobody prints it.
type redactedError struct {
	text string
	is   func(target error) bool
}

func (e *redactedError) Error() string        { return e.text }
func (e *redactedError) Is(target error) bool { return e.is(target) }

// oneLine returns a text from outside on one line and without invisible characters.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) { // line breaks, escape sequences, marks that change the direction of writing
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	return clip(text, maxMessage)
}

// clip cuts a text to at most limit bytes, the mark of the cut included.
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
