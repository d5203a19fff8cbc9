// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

var update = flag.Bool("update", false, "write the answers into README.md")

// The README's requests, made in their order, get the README's answers. Both clouds have an
// eni-1 and an eni-2.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, func(f *fake) {
		for provider, cloud := range f.clouds {
			for _, id := range []string{"eni-1", "eni-2"} {
				i := newInterface(id)
				if provider == "tencent" {
					i.InstanceID, i.Prefixes = "ins-1", nil
				}
				if id == "eni-2" {
					i.Addresses = i.Addresses[:4]
				}
				cloud.Put(i)
			}
		}
		f.clouds["aliyun"].Put(leftBehind())
		f.clouds["tencent"].CompletesAfter = func(enitest.Call) time.Duration { return 2 * time.Second }
		example := regexp.MustCompile("(?ms)^```sh\n(curl .*?)^```\n\n```http\n(.*?)^```$")
		made, ids := 0, make(sequence)
		got := example.ReplaceAllStringFunc(string(text), func(block string) string {
			made++
			m := example.FindStringSubmatch(block)
			answer := f.curl(m[1], ids)
			if m[2] != answer && !*update {
				f.Errorf("%sis answered with\n%s", m[1], answer)
			}
			return "```sh\n" + m[1] + "```\n\n```http\n" + answer + "```"
		})
		if made < 5 || made != strings.Count(string(text), "curl -i") {
			f.Errorf("%d requests were found", made)
		}
		if *update {
			if err := os.WriteFile("README.md", []byte(got), 0o600); err != nil {
				f.Fatal(err)
			}
		}
	})
}

// leftBehind is an unused interface.
func leftBehind() eni.Interface {
	return eni.Interface{
		ID: "eni-3", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "vsw-1",
		Zone: "cn-hangzhou-h", Name: "left-behind", Tags: map[string]string{"cluster": "c1"},
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.0.40"), Primary: true}},
	}
}

// curl makes the request of a command line, and returns the HTTP answer as text, with an
// indented body and replaced random ids.
func (f *fake) curl(command string, ids sequence) string {
	f.Helper()
	var method, url, body string
	header := make(http.Header)
	words := shellWords(command)
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-i":
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header.Set(name, value)
		case "--json":
			i++
			body = words[i]
			header.Set("Content-Type", "application/json")
		default:
			url = words[i]
		}
	}
	if method == "" {
		method = http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
	}
	r := httptest.NewRequestWithContext(f.Context(), method, url, strings.NewReader(body))
	r.Header = header
	got := f.serve(r)

	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\n", got.status, http.StatusText(got.status))
	for _, name := range []string{"Content-Type", "Retry-After", "X-Request-Id"} {
		if value := got.header.Get(name); value != "" {
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	text.WriteByte('\n')
	if err := json.Indent(&text, []byte(got.body), "", "  "); err != nil {
		f.Error(err)
	}
	return ids.replace(text.String())
}

// sequence replaces random ids, one after the other.
type sequence map[string]string

func (s sequence) replace(text string) string {
	return randomID.ReplaceAllStringFunc(text, func(id string) string {
		if s[id] == "" {
			s[id] = fmt.Sprintf("3F2504E0-4F89-41D3-9A0C-0305E82C33%02X", len(s))
			if len(id) == randomLength {
				s[id] = fmt.Sprintf("4TQZ2XJ7W5NR3KMBHYCVDAEG%c%c", 'A'+len(s)/26, 'A'+len(s)%26)
			}
		}
		return s[id]
	})
}

// randomLength is that of rand.Text.
const randomLength = 26

// randomID is a request id of a cloud or of the service.
var randomID = regexp.MustCompile(`\b([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Z2-7]{26})\b`)

// shellWords splits a command line with single quotes.
func shellWords(line string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|([^'\s]+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2])
	}
	return words
}
