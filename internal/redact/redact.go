// SPDX-License-Identifier: Apache-2.0

// Package redact keeps secrets out of texts and errors: access keys, tokens and
// signatures, in every encoding in which a cloud, a gateway or a network error
// repeats them. The drivers of all clouds use it.
package redact

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mark replaces a secret.
const Mark = "[redacted]"

// caseMatters is the length below which a secret is matched in its own case alone:
// a shorter one is a part of many words.
const caseMatters = 8

// Secrets are the secrets of one request. They serve one goroutine.
type Secrets struct {
	list    []string
	room    [5]string      // for the list: a set of credentials and a signature
	pattern *regexp.Regexp // nil until it is needed
}

// New returns the secrets of a request. Empty ones are left out.
func New(secrets ...string) *Secrets {
	s := new(Secrets)
	s.list = s.room[:0]
	s.Add(secrets...)
	return s
}

// Add adds what became known later, such as the signature.
func (s *Secrets) Add(secrets ...string) {
	for _, secret := range secrets {
		if secret != "" {
			s.list, s.pattern = append(s.list, secret), nil
		}
	}
}

// Text returns a text from outside without secrets, on one line, without invisible
// characters, and of at most limit bytes. Redact first and add own words then: a
// short secret is a part of many words.
func (s *Secrets) Text(text string, limit int) string {
	// First the secrets: the other steps could cut a secret in two, or join its parts.
	return Clip(OneLine(s.Redact(text)), limit)
}

// Redact replaces each secret in a text with the mark.
func (s *Secrets) Redact(text string) string {
	if !s.in(text) {
		return text
	}
	return s.pattern.ReplaceAllLiteralString(text, Mark)
}

// in reports whether a text holds a secret in any encoding. The pattern costs more
// than a whole request, so it is compiled only for a text with the part of a
// secret that no encoding changes.
func (s *Secrets) in(text string) bool {
	for _, secret := range s.list {
		if !containsFold(text, literalPart(secret)) {
			continue
		}
		if s.pattern == nil {
			s.pattern = pattern(s.list)
		}
		return s.pattern.MatchString(text)
	}
	return false
}

// containsFold reports whether a text holds a run of ASCII letters and digits, in
// whatever case. Almost every text is ASCII, and can be compared as it is.
func containsFold(text, part string) bool {
	if part == "" || !isPrintable(text) {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part)) // some letters are ASCII in lower case alone
	}
	const caseBit = 'a' - 'A'
	first := part[0] | caseBit
	for i := range len(text) - len(part) + 1 {
		if text[i]|caseBit == first && strings.EqualFold(text[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// literalPart returns the longest run of letters and digits, which no encoding
// changes.
func literalPart(secret string) string {
	longest, start := "", 0
	for i := 0; i <= len(secret); i++ {
		if i < len(secret) && !encodable(secret[i]) {
			continue
		}
		if i-start > len(longest) {
			longest = secret[start:i]
		}
		start = i + 1
	}
	return longest
}

func encodable(c byte) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
}

// pattern matches the secrets as they are, as a URL holds them after any number of
// encodings (a string to sign is encoded twice), as JSON holds them, and as HTML
// and XML do.
func pattern(list []string) *regexp.Regexp {
	alternatives := make([]string, 0, len(list))
	for _, secret := range list {
		var b strings.Builder
		if len(secret) >= caseMatters {
			b.WriteString("(?i:")
		} else {
			b.WriteString("(?:")
		}
		for i := range len(secret) {
			c := secret[i]
			if !encodable(c) {
				b.WriteByte(c)
				continue
			}
			fmt.Fprintf(&b, `(?:\\?\x%02x|%%(?i:(?:25)*%02x)|\\u(?i:00%02x)|&(?i:amp;)*#0*%d;|&(?i:amp;)*#(?i:x0*%02x);%s)`, c, c, c, c, c, named[c])
		}
		b.WriteString(")")
		alternatives = append(alternatives, b.String())
	}
	// The longest comes first, so that a secret that begins another one does not
	// match a part of it.
	slices.SortFunc(alternatives, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

// named are the other ways of writing a character: its name in HTML, and the space
// that a form makes of a plus sign.
var named = map[byte]string{
	'+':  `| |&(?i:amp;)*(?i:plus;)`,
	'/':  `|&(?i:amp;)*(?i:sol;)`,
	'=':  `|&(?i:amp;)*(?i:equals;)`,
	'&':  `|&(?i:amp;)+`,
	'<':  `|&(?i:amp;)*(?i:lt;)`,
	'>':  `|&(?i:amp;)*(?i:gt;)`,
	'"':  `|&(?i:amp;)*(?i:quot;)`,
	'\'': `|&(?i:amp;)*(?i:apos;)`,
}

// Error returns err where nothing in its tree prints a secret, else the first part
// of its chain of which that holds, else an error that prints no secret and matches
// what err matches.
func (s *Secrets) Error(err error) error {
	if !s.inTree(err) {
		return err
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		if !s.inTree(inner) {
			return inner
		}
	}
	return hidden{is: func(target error) bool { return errors.Is(err, target) }}
}

// inTree reports whether a text anywhere in err's tree holds a secret.
func (s *Secrets) inTree(err error) bool {
	if err == nil {
		return false
	}
	if s.in(err.Error()) {
		return true
	}
	switch x := err.(type) { //nolint:errorlint // walks the tree itself
	case interface{ Unwrap() error }:
		return s.inTree(x.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(x.Unwrap(), s.inTree)
	}
	return false
}
