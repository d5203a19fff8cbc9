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
// the names of ten IPv6 addresses: the core reads in it which of a batch were
// bad. All together stay below 2 KiB.
const (
	maxMessage = 1024
	maxID      = 128
)

// secrets are what one request holds that must not show up in any text about it.
// It is used by the one goroutine that serves the request.
type secrets struct {
	creds     *credentials.Credentials
	signature string

	pattern *regexp.Regexp // nil until it is needed
}

// line makes a text from outside fit to be shown: without secrets, on one line,
// without control characters, and not too long.
func (s *secrets) line(text string, limit int) string {
	// First the secrets: what follows could cut one in two, or join one together.
	return clip(oneLine(s.redact(text)), limit)
}

func (s *secrets) redact(text string) string {
	if !s.in(text) {
		return text
	}
	return s.pattern.ReplaceAllLiteralString(text, redacted)
}

// in reports whether a text holds a secret in any encoding. The pattern costs
// more than a whole request, so it is made only for a text that has the part of
// a secret which no encoding changes.
func (s *secrets) in(text string) bool {
	for _, secret := range s.list() {
		if secret == "" || !strings.Contains(text, stem(secret)) {
			continue
		}
		if s.pattern == nil {
			s.pattern = spellings(s.list())
		}
		return s.pattern.MatchString(text)
	}
	return false
}

func (s *secrets) list() [5]string {
	return [...]string{s.creds.AccessKeyId, s.creds.AccessKeySecret, s.creds.SecurityToken, s.creds.BearerToken, s.signature}
}

// stem returns the longest run of letters and digits.
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

// spellings matches the secrets as they are, as a URL holds them, however many
// times it was encoded (a string to sign is encoded twice), and as JSON does.
func spellings(list [5]string) *regexp.Regexp {
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
	// The longest comes first, so that none is taken apart by another that is the
	// beginning of it.
	slices.SortFunc(alternatives, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

// strip returns the part of err's chain that holds no secret, or nil. It takes
// off the *url.Error of net/http, which has the whole signed URL.
func (s *secrets) strip(err error) error {
	for err != nil && s.inChain(err) {
		err = errors.Unwrap(err)
	}
	return err
}

// inChain reports whether a text anywhere in err's tree holds a secret.
func (s *secrets) inChain(err error) bool {
	if s.in(err.Error()) {
		return true
	}
	switch x := err.(type) { //nolint:errorlint // walks the tree itself
	case interface{ Unwrap() error }:
		inner := x.Unwrap()
		return inner != nil && s.inChain(inner)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(x.Unwrap(), func(e error) bool { return e != nil && s.inChain(e) })
	}
	return false
}

// guarded are the shapes in which texts hold secrets that we do not know, such
// as those with which a provider asked for new ones.
var guarded = []struct {
	shape *regexp.Regexp
	with  string
}{
	{regexp.MustCompile(`(?i)\b(GET|POST)&%2F&\S*`), redacted}, // a string to sign
	{regexp.MustCompile(`\?[^\s"']+`), "?" + redacted},         // a query
	{regexp.MustCompile(`(?s)[{<].*`), redacted},               // the body of a reply
	{regexp.MustCompile(`(?i)(AccessKeyId|AccessKeySecret|SecurityToken|BearerToken|Signature)(["']?\s*[=:]\s*)\S+`), "$1$2" + redacted},
}

var run = regexp.MustCompile(`[A-Za-z0-9+/=_%]{16,}`)

// guard is line for a text whose secrets are not known. It would rather withhold
// too much: whatever is long and random goes.
func guard(text string) string {
	for _, g := range guarded {
		text = g.shape.ReplaceAllString(text, g.with)
	}
	text = run.ReplaceAllStringFunc(text, func(r string) string {
		if strings.ContainsAny(r, "0123456789") && strings.ContainsFunc(r, unicode.IsLetter) {
			return redacted
		}
		return r
	})
	return clip(oneLine(text), maxMessage)
}

// oneLine puts a space for each run of what is not to be seen, which takes in
// line ends, terminal escapes and marks that turn the direction of writing.
func oneLine(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r != ' ' && unseen(r) || r == unicode.ReplacementChar }) {
		return strings.TrimSpace(text)
	}
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), unseen), " ")
}

func unseen(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

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
