// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

var fuzzChanges = []core.Change{
	{Action: core.UnassignPrivateIps, InterfaceID: "eni-1", Addresses: addrs("10.0.0.2")},
	{Action: core.UnassignIpv6, InterfaceID: "eni-1", Prefixes: prefixes("2001:db8::/80")},
	testChange,
}

// fuzzIDs are the interfaces of a description. A page with a token is served again.
var fuzzIDs = []string{"eni-1", "eni-2"}

// FuzzReply reads responses to each action. In a body, $URL, $SIGNATURE and $HEX are
// replaced with parts of the request that a cloud could repeat.
func FuzzReply(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/*.http")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		written, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		head, body, _ := bytes.Cut(written, []byte("\n\n"))
		var status int
		if _, err := fmt.Sscanf(string(head), "HTTP/1.1 %d", &status); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(2), status, "473469C7", body)
		f.Add(uint8(3), status, "", body)
	}
	f.Fuzz(func(t *testing.T, action uint8, status int, header string, body []byte) {
		var signature string
		d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
			signature = r.URL.Query().Get("Signature")
			echo := strings.NewReplacer("$URL", r.URL.String(), "$SIGNATURE", signature, "$HEX", url.QueryEscape(r.URL.RawQuery))
			body = []byte(echo.Replace(string(body)))
			resp := respond(r, status, "")
			resp.Header["X-Acs-Request-Id"] = []string{header}
			resp.Body = io.NopCloser(bytes.NewReader(body))
			return resp, nil
		})
		if n := int(action) % (len(fuzzChanges) + 1); n < len(fuzzChanges) {
			receipt, err := d.Send(t.Context(), fuzzChanges[n])
			checkText(t, receipt.RequestID, signature)
			if err != nil {
				checkError(t, d.Explain(string(fuzzChanges[n].Action), err), signature)
				return
			}
			checkSuccess(t, status, body)
			if receipt.RequestID == "" || receipt.NotSent {
				t.Errorf("success with the receipt %+v", receipt)
			}
			return
		}
		found, err := d.Describe(t.Context(), fuzzIDs)
		if err != nil {
			checkError(t, d.Explain("Describe", err), signature)
			return
		}
		checkSuccess(t, status, body)
		checkFound(t, found, body)
	})
}

// FuzzExplain makes errors of arbitrary texts of a cloud, a provider or a network.
func FuzzExplain(f *testing.F) {
	for _, code := range []string{"Operation.Conflict", "Throttling.User", "signaturedoesnotmatch", "InvalidAccessKeyId.NotFound", "", "A.B.C", testToken} {
		for _, message := range []string{
			"ecs task is conflicted.", "key " + testKeyID, url.QueryEscape(testSecret) + " " + url.QueryEscape(url.QueryEscape(testToken)),
			"string to sign is:POST&%2F&a%3Db", "one\r\ntwo\u2028three\x1b[31m\u202efour", "https://host/?AccessKeyId=x&Signature=y",
			strings.Repeat("汉字 ", 500), "\xff\xfe", `{"a":"b"}`,
		} {
			f.Add(code, message, "473469C7", 403)
		}
	}
	f.Fuzz(func(t *testing.T, code, message, id string, status int) {
		body, err := json.Marshal(map[string]string{"Code": code, "Message": message, "RequestId": id, "HostId": message, "Recommend": message})
		if err != nil {
			t.Fatal(err)
		}
		if classify("", code, status) != classify("", strings.ToUpper(strings.ToLower(code)), status) && isASCII(code) {
			t.Errorf("the kind of %q depends on its case", code)
		}
		if _, ok := ruleFor(code); ok && classify("", code, status) != classify("", code, 0) {
			t.Errorf("the status %d changes what %q means", status, code)
		}

		var signature string
		network := func(r *http.Request) (*http.Response, error) {
			signature = r.URL.Query().Get("Signature")
			return nil, &net.OpError{Op: message, Net: code, Err: fmt.Errorf("%s %s %s", id, r.URL, testSecret)}
		}
		for _, rt := range []roundTripper{replying(status, string(body)), network} {
			d := newTestDriver(t, rt)
			if _, err := d.Send(t.Context(), testChange); err != nil {
				checkError(t, d.Explain("Detach", err), signature)
			}
		}

		// Of these the secrets are not known; what is checked is the shape.
		d := newTestDriver(t, nil)
		for _, err := range []error{
			noCredentials.Error(t.Context(), id, errors.New(message)),
			noCredentials.Error(t.Context(), code, &url.Error{Op: "Post", URL: message, Err: errors.New(message)}),
			errors.New(message),
		} {
			checkShape(t, d.Explain(code, err))
		}
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// checkError checks the error of any request.
func checkError(t *testing.T, e *eni.Error, signature string) {
	t.Helper()
	checkShape(t, e)
	checkText(t, fmt.Sprintf("%+v", *e), signature)
	checkText(t, e.LogValue().String(), signature)
	for _, err := range chain(e) {
		checkText(t, err.Error(), signature)
		checkText(t, fmt.Sprintf("%+v", err), signature)
		checkText(t, fmt.Sprintf("%#v", err), signature)
	}
}

// checkShape checks any error.
func checkShape(t *testing.T, e *eni.Error) {
	t.Helper()
	if e.Kind < eni.ErrUnknown || e.Kind > eni.ErrUnavailable {
		t.Errorf("kind %d", e.Kind)
	}
	if e.Code == "" && e.Message == "" {
		t.Error("an error that says nothing")
	}
	e.Provider, e.Op, e.InterfaceID, e.Attempts = "aliyun", "UnassignPrivateIps", "eni-bp67acfmxazb4p12345", 12
	text := e.Error()
	if len(text) > 2<<10 {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != ' ' && (!unicode.IsGraphic(r) || unicode.IsSpace(r)) }) {
		t.Errorf("not one line of text: %q", text)
	}
}

// forms are the encodings of a secret.
func forms(secret string) []string {
	once := url.QueryEscape(secret)
	twice := url.QueryEscape(once)
	return []string{
		secret, once, twice, strings.ReplaceAll(secret, "/", `\/`),
		lowerHex.ReplaceAllStringFunc(once, strings.ToLower), lowerHex.ReplaceAllStringFunc(twice, strings.ToLower),
	}
}

var testForms = slices.Concat(forms(testKeyID), forms(testSecret), forms(testToken))

// checkText checks that a text contains no secret in any encoding.
func checkText(t *testing.T, text, signature string) {
	t.Helper()
	secret := func(form string) bool { return form != "" && strings.Contains(text, form) }
	if slices.ContainsFunc(testForms, secret) || slices.ContainsFunc(forms(signature), secret) {
		t.Errorf("there is a secret in %q", text)
	}
}

// checkSuccess parses the body again with another parser.
func checkSuccess(t *testing.T, status int, body []byte) {
	t.Helper()
	var plain map[string]any
	if err := decode(body, &plain); err != nil {
		t.Errorf("success with a body that is no object: %q", body)
		return
	}
	if status < 200 || status > 299 {
		t.Errorf("success with status %d", status)
	}
	if hasDuplicates(body) {
		return
	}
	for key, value := range plain {
		switch {
		case strings.EqualFold(key, "Code"):
			if text := fmt.Sprint(value); value != nil && text != "" && !harmless[strings.ToLower(strings.TrimSpace(text))] {
				t.Errorf("success with the code %v", value)
			}
		case strings.EqualFold(key, "RequestId"):
			if id, ok := value.(string); !ok || id == "" {
				t.Errorf("success with the request id %v", value)
			}
		}
	}
}

// checkFound checks that the result has exactly the addresses and prefixes of the
// description.
func checkFound(t *testing.T, found []eni.Interface, body []byte) {
	t.Helper()
	if hasDuplicates(body) {
		return
	}
	var plain any
	if err := decode(body, &plain); err != nil {
		t.Fatal(err)
	}
	// Of an interface on two pages the later description counts.
	want := make(map[string][]string)
	for _, set := range list(plain, "NetworkInterfaceSets", "NetworkInterfaceSet") {
		var items []string
		if a, ok := field(set, "PrivateIpAddress").(string); ok && a != "" {
			items = append(items, a)
		}
		for _, path := range [][3]string{
			{"PrivateIpSets", "PrivateIpSet", "PrivateIpAddress"},
			{"Ipv6Sets", "Ipv6Set", "Ipv6Address"},
			{"Ipv4PrefixSets", "Ipv4PrefixSet", "Ipv4Prefix"},
			{"Ipv6PrefixSets", "Ipv6PrefixSet", "Ipv6Prefix"},
		} {
			for _, item := range list(set, path[0], path[1]) {
				items = append(items, fmt.Sprint(field(item, path[2])))
			}
		}
		if id := fmt.Sprint(field(set, "NetworkInterfaceId")); slices.Contains(fuzzIDs, id) {
			want[id] = items
		}
	}
	if len(found) != len(want) {
		t.Errorf("found %v; want %v", found, want)
	}
	for _, i := range found {
		var got []string
		for _, a := range i.Addresses {
			got = append(got, a.Addr.String())
		}
		for _, p := range i.Prefixes {
			got = append(got, p.String())
		}
		for _, item := range want[i.ID] {
			if a, err := netip.ParseAddr(item); err == nil {
				item = a.String()
			} else if p, err := netip.ParsePrefix(item); err == nil {
				item = p.String()
			}
			if !slices.Contains(got, item) {
				t.Errorf("%s is missing in %+v", item, i)
			}
		}
		if len(got) > len(want[i.ID]) {
			t.Errorf("%+v has more than %v", i, want[i.ID])
		}
	}
}

// decode parses JSON without a conversion of numbers to floats, which would lose
// digits.
func decode(body []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return decoder.Decode(value)
}

// field and list read decoded JSON without case, as package json does.
func field(value any, name string) any {
	object, _ := value.(map[string]any)
	for key, inner := range object {
		if strings.EqualFold(key, name) {
			return inner
		}
	}
	return nil
}

func list(value any, outer, inner string) []any {
	items, _ := field(field(value, outer), inner).([]any)
	return items
}

// hasDuplicates reports whether an object in a body has a key twice.
func hasDuplicates(body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var read func() bool
	read = func() bool {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		delim, ok := token.(json.Delim)
		if !ok {
			return false
		}
		var keys []string
		twins := false
		for decoder.More() {
			if delim == '{' {
				token, err := decoder.Token()
				if err != nil {
					return twins
				}
				key, _ := token.(string)
				twins = twins || slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
				keys = append(keys, key)
			}
			twins = read() || twins
		}
		_, _ = decoder.Token()
		return twins
	}
	return read()
}
