// SPDX-License-Identifier: Apache-2.0

// Package redact removes secrets from texts and errors: access keys, tokens and
// signatures, in every encoding that a cloud, a gateway or a network error uses. The
// drivers of all clouds use it.
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

// caseMatters is the length from which a secret is matched without case. A shorter one
// is a part of too many words.
const caseMatters = 8

// Secrets are the secrets of one request. They are not safe for concurrent use.
type Secrets struct {
	list    []string
	room    [5]string      // memory for the list: a set of credentials and a signature
	pattern *regexp.Regexp // nil until it is needed
}

// New returns the secrets of a request. Empty ones are ignored.
func New(secrets ...string) *Secrets {
	s := new(Secrets)
	s.list = s.room[:0]
	s.Add(secrets...)
	return s
}

// Add adds secrets that are known later, such as the signature.
func (s *Secrets) Add(secrets ...string) {
	for _, secret := range secrets {
		if secret != "" {
			s.list, s.pattern = append(s.list, secret), nil
		}
	}
}

// Text returns an external text without secrets, on one line, without invisible
// characters, and of at most limit bytes. Add own words only to the result, because a
// short secret can be a part of them.
func (s *Secrets) Text(text string, limit int) string {
	// Secrets first, because the other steps could split a secret, or join its parts.
	return Clip(OneLine(s.Redact(text)), limit)
}

// Redact replaces each secret in a text with the mark.
func (s *Secrets) Redact(text string) string {
	if !s.in(text) {
		return text
	}
	return s.pattern.ReplaceAllLiteralString(text, Mark)
}

// in reports whether a text contains a secret in any encoding. To compile the pattern
// costs more than a whole request, so it is compiled only if the text contains the part
// of a secret that no encoding changes.
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

// containsFold reports whether a text contains a run of ASCII letters and digits, without
// case. Almost every text is ASCII and needs no conversion.
func containsFold(text, part string) bool {
	if part == "" || !isPrintable(text) {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part)) // some other letters have an ASCII lower case
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

// pattern matches the secrets in plain text, in a URL after any number of encodings (a
// string to sign is encoded twice), in JSON, and in HTML and XML.
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
	// The longest comes first, so that a secret which is a prefix of another one does not
	// match a part of it.
	slices.SortFunc(alternatives, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

// named are other encodings of a character: its HTML name, and a space for a plus sign
// in a form.
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

// Error returns err if nothing in its tree prints a secret; else the first error of its
// chain for which that is true; else an error without a secret that matches the same
// targets.
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

// inTree reports whether a text in err's tree contains a secret.
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
