// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths of texts that come from outside, in bytes. A message has room for
// ten IPv6 addresses: the core reads in it which addresses of a batch were bad.
const (
	MaxMessage = 1024
	MaxID      = 128 // of a code, a request id or a name
)

// shapes are the shapes of secrets whose values are not known, such as those with
// which a provider requested new credentials.
var shapes = []struct {
	shape       *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`(?i)\b(GET|POST)&%2F&\S*`), Mark}, // a string to sign
	{regexp.MustCompile(`\?[^\s"']+`), "?" + Mark},         // a query
	{regexp.MustCompile(`(?s)[{<].*`), Mark},               // the body of a reply
	{regexp.MustCompile(`(?i)((?:AccessKeyId|AccessKeySecret|SecurityToken|BearerToken|SecretId|SecretKey|Signature)["']?\s*[=:]\s*)\S+`), "${1}" + Mark},
}

var longRun = regexp.MustCompile(`[A-Za-z0-9+/=_%]{16,}`)

// Unknown returns a text whose secrets are not known, on one line. It removes too
// much rather than too little: every long random string.
func Unknown(text string) string {
	for _, s := range shapes {
		text = s.shape.ReplaceAllString(text, s.replacement)
	}
	text = longRun.ReplaceAllStringFunc(text, func(run string) string {
		if strings.ContainsAny(run, "0123456789") && strings.ContainsFunc(run, unicode.IsLetter) {
			return Mark
		}
		return run
	})
	return Clip(OneLine(text), MaxMessage)
}

// OneLine replaces each run of invisible characters with a space: line ends,
// terminal escapes and marks that change the direction of writing.
func OneLine(text string) string {
	if isPrintable(text) {
		return strings.Trim(text, " ")
	}
	odd := func(r rune) bool { return r != ' ' && invisible(r) || r == unicode.ReplacementChar }
	if !strings.ContainsFunc(text, odd) {
		return strings.TrimSpace(text)
	}
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, " "), invisible), " ")
}

// isPrintable reports whether a text is printable ASCII, as almost all are.
func isPrintable(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func invisible(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// Clip cuts a text to at most limit bytes, between two runes, the mark of the cut
// included.
func Clip(text string, limit int) string {
	const mark = "…"
	if len(text) <= limit {
		return text
	}
	end := limit - len(mark)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}
