// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// document scrubs a body. What is no JSON is scrubbed as a text.
func (c *scrubber) document(body []byte) []byte {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil || !errors.Is(d.Decode(new(any)), io.EOF) {
		return []byte(c.text(string(body)))
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(c.value("", doc)); err != nil {
		return []byte(scrubbed)
	}
	return out.Bytes()
}

// value scrubs what stands under a key.
func (c *scrubber) value(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		// In the order of the keys, so that placeholders do not depend on chance.
		clean := make(map[string]any, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			clean[k] = c.value(k, v[k])
		}
		return clean
	case []any:
		clean := make([]any, len(v))
		for i := range v {
			clean[i] = c.value(key, v[i])
		}
		return clean
	case string:
		return c.scalar(key, v)
	case json.Number:
		if len(v) > 5 { // the numbers of accounts are longer, counts and sizes are not
			return json.Number("0")
		}
	}
	return v
}

var (
	macAddress  = regexp.MustCompile(`^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$`)
	uuid        = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	typedID     = regexp.MustCompile(`^(eni|ecm|i|ins|vpc|vsw|subnet|sg|rg|eip|m|r|s|acl|rtb|havip|cluster)-[0-9A-Za-z-]+$`)
	smallNumber = regexp.MustCompile(`^\d{1,5}$`)
	timestamp   = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?$`)
	plainWord   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9]+)*$`)
)

// vendorWords are the fields whose values are words of the vendor's. In any other field a
// word may be a person's.
var vendorWords = map[string]bool{
	"action": true, "code": true, "status": true, "state": true, "type": true, "format": true, "version": true,
	"regionid": true, "zoneid": true, "zone": true, "region": true, "instancetype": true, "qoslevel": true,
	"networkinterfacetrafficmode": true, "attachtype": true, "business": true,
}

// scalar scrubs one text by the field that it stands in and by its form.
func (c *scrubber) scalar(key, v string) string {
	key = stem(key)
	switch {
	case v == "" || smallNumber.MatchString(v) || v == "true" || v == "false" || c.isOwn(key, v):
		return v
	case macAddress.MatchString(v):
		return c.mac(v)
	case timestamp.MatchString(v):
		return "2000-01-01T00:00:00Z"[:min(len(v), len("2000-01-01T00:00:00Z"))]
	case key == "requestid" || key == "taskid" || uuid.MatchString(v):
		return c.requestID(v)
	case key == "nexttoken" || key == "clienttoken":
		return c.opaque(v)
	case key == "message" || key == "output":
		return c.text(v)
	case vendorWords[key] && plainWord.MatchString(v):
		return v
	}
	if a, err := netip.ParseAddr(v); err == nil {
		return c.addr(a.WithZone(""))
	}
	if p, err := netip.ParsePrefix(v); err == nil {
		return c.prefix(p)
	}
	if typedID.MatchString(v) || strings.HasSuffix(key, "id") || strings.HasSuffix(key, "ids") {
		return c.id(v)
	}
	return scrubbed
}

// stem is a field's name without the places in lists, in lower case: "value" of
// "Filters.0.Values" is values, of "PrivateIpAddress.2" privateipaddress.
func stem(key string) string {
	parts := strings.Split(strings.ToLower(key), ".")
	for len(parts) > 1 && smallNumber.MatchString(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	return parts[len(parts)-1]
}

// filters are names of Tencent Cloud's filters.
var filters = []string{"vpc-id", "subnet-id", "attachment.instance-id", "is-primary", "tag-key", "tag:" + tagKey}

// isOwn reports whether a text was made up by this program.
func (c *scrubber) isOwn(key, v string) bool {
	switch key {
	case "networkinterfacename", "name", "clienttoken":
		return slices.Contains(filters, v) || strings.HasPrefix(v, namePrefix(c.run)) && smallNumber.MatchString(v[len(namePrefix(c.run)):])
	case "tagkey", "key", "value", "tagvalue", "values":
		return v == tagKey || v == c.run
	}
	return false
}

// What may stand within a text of the vendor's.
var tokens = regexp.MustCompile(`[0-9A-Za-z][0-9A-Za-z_.:/+-]*[0-9A-Za-z]|[0-9a-fA-F:]*::[0-9a-fA-F:]*(/\d+)?`)

// text scrubs words that a vendor wrote for people: each part that is not a plain word
// is scrubbed by its form.
func (c *scrubber) text(v string) string {
	v = c.secrets.Redact(v)
	if lower := strings.ToLower(v); strings.Contains(lower, "string to sign") || strings.Contains(lower, "stringtosign") {
		return scrubbed
	}
	c.mu.Lock()
	for _, seen := range c.seen() {
		if len(seen) >= 10 {
			v = strings.ReplaceAll(v, seen, c.known[seen])
		}
	}
	c.mu.Unlock()
	return tokens.ReplaceAllStringFunc(v, func(token string) string {
		if slices.Contains(public, token) {
			return token
		}
		if known, ok := c.seenAs(token); ok {
			return known
		}
		if isWord(token) {
			return token
		}
		return c.scalar("", token)
	})
}

// duration is a time as this program writes it.
var duration = regexp.MustCompile(`^(\d+(\.\d+)?(h|m|s|ms))+$`)

// isWord reports whether a part of a text is a word, or a time: ids, addresses and
// resource names have more digits, or a separator.
func isWord(token string) bool {
	if duration.MatchString(token) {
		return true
	}
	digits := strings.Count(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return -1
	}, token), "0")
	return digits <= 2 && len(token) < 64 && !strings.ContainsAny(token, ":/") && !typedID.MatchString(token)
}

// seenAs is the placeholder of a text that was seen, or a placeholder itself.
func (c *scrubber) seenAs(text string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[text] {
		return text, true
	}
	known, ok := c.known[text]
	return known, ok
}
