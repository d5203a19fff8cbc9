// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The maximum lengths of external texts, in bytes. A message must fit ten IPv6
// addresses, because the core finds the bad addresses of a batch in it.
const (
	MaxMessage = 1024
	MaxID      = 128 // of a code, a request id or a name
)

// shapes match secrets of unknown value, such as those that a credential provider sends.
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

// Unknown returns a text on one line, without secrets of unknown value. It removes every
// long random string, so it rather removes too much.
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

// OneLine replaces each run of invisible characters with a space: line ends, terminal
// escapes and marks of the text direction.
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

// isPrintable reports whether a text is printable ASCII.
func isPrintable(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func invisible(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// Clip cuts a text between two runes to at most limit bytes, including the ellipsis.
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
