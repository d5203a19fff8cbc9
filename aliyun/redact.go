package aliyun

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

const redacted = "[redacted]"

// The lengths of texts that come from outside, in bytes. A message has room for
// ten IPv6 addresses: the core reads in it which addresses of a batch were bad.
// All together stay below 2 KiB.
const (
	maxMessage = 1024
	maxID      = 128
)

// redactor replaces the secrets of one request in every text about it. It is used
// by the one goroutine that serves the request.
type redactor struct {
	creds     *credentials.Credentials
	signature string

	pattern *regexp.Regexp // nil until it is needed
}

// sanitize returns a text from outside without secrets, on one line, without
// control characters, and of at most limit bytes.
func (r *redactor) sanitize(text string, limit int) string {
	// First the secrets: the other steps could cut a secret in two, or join its parts.
	return clip(oneLine(r.redact(text)), limit)
}

func (r *redactor) redact(text string) string {
	if !r.contains(text) {
		return text
	}
	return r.pattern.ReplaceAllLiteralString(text, redacted)
}

// contains reports whether a text holds a secret in any encoding. The pattern
// costs more than a whole request, so it is compiled only for a text with the part
// of a secret that no encoding changes.
func (r *redactor) contains(text string) bool {
	for _, secret := range r.list() {
		if secret == "" || !strings.Contains(text, literalPart(secret)) {
			continue
		}
		if r.pattern == nil {
			r.pattern = secretPattern(r.list())
		}
		return r.pattern.MatchString(text)
	}
	return false
}

func (r *redactor) list() [5]string {
	return [...]string{r.creds.AccessKeyId, r.creds.AccessKeySecret, r.creds.SecurityToken, r.creds.BearerToken, r.signature}
}

// literalPart returns the longest run of letters and digits, which no encoding
// changes.
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

// secretPattern matches the secrets as they are, as a URL holds them after any
// number of encodings (a string to sign is encoded twice), and as JSON holds them.
func secretPattern(list [5]string) *regexp.Regexp {
	var alternatives []string
	for _, secret := range list {
		if secret == "" {
			continue
		}
		var b strings.Builder
		for i := range len(secret) {
			c := secret[i]
			if !encodable(rune(c)) {
				b.WriteByte(c)
				continue
			}
			fmt.Fprintf(&b, `(?:\\?%s|%%(?i:(?:25)*%02x)|\\u(?i:00%02x))`, regexp.QuoteMeta(string(rune(c))), c, c)
		}
		alternatives = append(alternatives, b.String())
	}
	// The longest comes first, so that a secret that begins another one does not
	// match a part of it.
	slices.SortFunc(alternatives, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

// withoutSecrets returns the part of err's chain that holds no secret, or nil. It
// removes the *url.Error of net/http, which has the whole signed URL.
func (r *redactor) withoutSecrets(err error) error {
	for err != nil && r.inTree(err) {
		err = errors.Unwrap(err)
	}
	return err
}

// inTree reports whether a text anywhere in err's tree holds a secret.
func (r *redactor) inTree(err error) bool {
	if r.contains(err.Error()) {
		return true
	}
	switch x := err.(type) { //nolint:errorlint // walks the tree itself
	case interface{ Unwrap() error }:
		inner := x.Unwrap()
		return inner != nil && r.inTree(inner)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(x.Unwrap(), func(e error) bool { return e != nil && r.inTree(e) })
	}
	return false
}

// secretShapes are the shapes of secrets whose values are not known, such as those
// with which a provider requested new credentials.
var secretShapes = []struct {
	shape       *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`(?i)\b(GET|POST)&%2F&\S*`), redacted}, // a string to sign
	{regexp.MustCompile(`\?[^\s"']+`), "?" + redacted},         // a query
	{regexp.MustCompile(`(?s)[{<].*`), redacted},               // the body of a reply
	{regexp.MustCompile(`(?i)(AccessKeyId|AccessKeySecret|SecurityToken|BearerToken|Signature)(["']?\s*[=:]\s*)\S+`), "$1$2" + redacted},
}

var longRun = regexp.MustCompile(`[A-Za-z0-9+/=_%]{16,}`)

// redactUnknown is sanitize for a text whose secrets are not known. It removes too
// much rather than too little: every long random string.
func redactUnknown(text string) string {
	for _, s := range secretShapes {
		text = s.shape.ReplaceAllString(text, s.replacement)
	}
	text = longRun.ReplaceAllStringFunc(text, func(run string) string {
		if strings.ContainsAny(run, "0123456789") && strings.ContainsFunc(run, unicode.IsLetter) {
			return redacted
		}
		return run
	})
	return clip(oneLine(text), maxMessage)
}

// oneLine replaces each run of invisible characters with a space: line ends,
// terminal escapes and marks that change the direction of writing.
func oneLine(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r != ' ' && invisible(r) || r == unicode.ReplacementChar }) {
		return strings.TrimSpace(text)
	}
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), invisible), " ")
}

func invisible(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

// clip cuts a text to at most limit bytes, between two runes.
func clip(text string, limit int) string {
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
