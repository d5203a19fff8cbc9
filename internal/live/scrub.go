// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cloudeni/cloudeni/internal/redact"
)

// scrubber takes out of a recording what belongs to an account. Only what a rule knows
// to be harmless stays as it is. An id, an address and a token have the same placeholder
// everywhere, so that a recording stays coherent.
type scrubber struct {
	run     string
	secrets *redact.Secrets

	mu     sync.Mutex
	known  map[string]string // what was seen, and its placeholder
	made   map[string]bool   // the placeholders
	counts map[string]int    // placeholders of each kind
	order  []string          // what was seen, the longest first; nil when it has grown
}

// scrubbed stands for what no rule knows.
const scrubbed = "scrubbed"

// What this program makes up, the same for every account.
var (
	public = []string{unknownInterface, unknownInstanceAliyun, unknownInstanceTencent}
	madeUp = netip.MustParsePrefix("198.18.0.0/24")
)

func newScrubber(s *settings) *scrubber {
	c := &scrubber{
		run: s.run, secrets: redact.New(s.keyID, s.secret, s.token),
		known: make(map[string]string), made: make(map[string]bool), counts: make(map[string]int),
	}
	for _, id := range []string{s.subnet, s.securityGroup, s.instance} {
		c.id(id)
	}
	return c
}

// placeholder is the one of a text, made by make where it is new. The lock is held.
func (c *scrubber) placeholder(text string, create func() string) string {
	if known, ok := c.known[text]; ok {
		return known
	}
	made := create()
	c.known[text], c.made[made], c.order = made, true, nil
	return made
}

// next counts the placeholders of a kind. The lock is held.
func (c *scrubber) next(kind string) int {
	c.counts[kind]++
	return c.counts[kind]
}

var idKind = regexp.MustCompile(`^[a-z]{1,10}-`)

// id is the placeholder of an id: it begins as the id does.
func (c *scrubber) id(text string) string {
	if text == "" || slices.Contains(public, text) {
		return text
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.placeholder(text, func() string {
		kind := idKind.FindString(text)
		if kind == "" {
			kind = "id-"
		}
		return fmt.Sprintf("%splaceholder%d", kind, c.next(kind))
	})
}

// requestID is the placeholder of a request's or a task's id, a UUID.
func (c *scrubber) requestID(text string) string {
	if text == "" {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.placeholder(text, func() string {
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", c.next("request"))
	})
}

// opaque is the placeholder of a token that leads to a page or recognises a request.
func (c *scrubber) opaque(text string) string {
	if text == "" {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.placeholder(text, func() string { return fmt.Sprintf("token-placeholder%d", c.next("token")) })
}

// mac is the placeholder of a hardware address.
func (c *scrubber) mac(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.placeholder(text, func() string {
		n := c.next("mac")
		return fmt.Sprintf("02:5e:00:53:%02x:%02x", n>>8&255, n&255)
	})
}

// addr is the placeholder of an address. An IPv4 address keeps its place in its /24, an
// IPv6 address only its subnet's identity.
func (c *scrubber) addr(a netip.Addr) string {
	if madeUp.Contains(a) {
		return a.String()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Is4() {
		to, from := c.subnet4(a), a.As4()
		to[3] = from[3]
		return c.placeholder(a.String(), netip.AddrFrom4(to).String)
	}
	return c.placeholder(a.String(), func() string {
		subnet := c.subnet6(a)
		return fmt.Sprintf("2001:db8:0:%x::%x", subnet, c.next(fmt.Sprint("ipv6-", subnet)))
	})
}

// prefix is the placeholder of a prefix, of the same length.
func (c *scrubber) prefix(p netip.Prefix) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.placeholder(p.String(), func() string {
		if p.Addr().Is4() {
			to, from := c.subnet4(p.Addr()), p.Addr().As4()
			to[3] = from[3]
			return netip.PrefixFrom(netip.AddrFrom4(to), p.Bits()).String()
		}
		subnet := c.subnet6(p.Addr())
		text := fmt.Sprintf("2001:db8:0:%x::", subnet)
		if p.Bits() > 64 {
			text = fmt.Sprintf("2001:db8:0:%x:%x::", subnet, c.next(fmt.Sprint("prefix6-", subnet)))
		}
		return netip.PrefixFrom(netip.MustParseAddr(text), p.Bits()).String()
	})
}

// subnet4 is a /24 of 198.18.0.0/15, which is for tests, for one of the account.
func (c *scrubber) subnet4(a netip.Addr) (to [4]byte) {
	from := a.As4()
	text := c.placeholder(fmt.Sprintf("%d.%d.%d.0/24", from[0], from[1], from[2]), func() string {
		n := c.next("subnet4")
		return fmt.Sprintf("198.%d.%d.0", 18+n>>8&1, n&255)
	})
	return netip.MustParseAddr(strings.TrimSuffix(text, "/24")).As4()
}

func (c *scrubber) subnet6(a netip.Addr) int {
	p := netip.PrefixFrom(a, 64).Masked().String()
	text := c.placeholder("/64 "+p, func() string { return fmt.Sprint(c.next("subnet6")) })
	var n int
	_, _ = fmt.Sscan(text, &n) //nolint:errcheck // it was printed here
	return n
}

// Forms of what an account has, wherever they stand.
var (
	anyIPv4 = regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b`)
	anyID   = regexp.MustCompile(`\b(eni|ecm|i|ins|vpc|vsw|subnet|sg|rg|eip|rtb|acl)-[0-9a-zA-Z]{6,}\b`)
	anyUUID = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
	anyLong = regexp.MustCompile(`\b\d{9,}\b`)
)

// leaks names what a scrubbed text still has of the account: the last check of all.
func (c *scrubber) leaks(text string) string {
	if c.secrets.Redact(text) != text {
		return "a part of the key"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, seen := range c.seen() {
		if len(seen) >= 10 && !c.made[seen] && strings.Contains(text, seen) {
			return "an id or an address"
		}
	}
	for _, a := range anyIPv4.FindAllString(text, -1) {
		if !strings.HasPrefix(a, "198.18.") && !strings.HasPrefix(a, "198.19.") {
			return "an address"
		}
	}
	for _, id := range anyID.FindAllString(text, -1) {
		if !strings.Contains(id, "-placeholder") && !slices.Contains(public, id) {
			return "an id"
		}
	}
	for _, id := range anyUUID.FindAllString(text, -1) {
		if !strings.HasPrefix(id, "00000000-0000-4000-8000-") {
			return "the id of a request"
		}
	}
	for _, n := range anyLong.FindAllString(anyUUID.ReplaceAllString(text, ""), -1) {
		if strings.Trim(n, "0") != "" {
			return "a long number"
		}
	}
	return ""
}

// seen is what was seen, the longest first. The lock is held.
func (c *scrubber) seen() []string {
	if c.order == nil {
		for text := range c.known {
			c.order = append(c.order, text)
		}
		slices.SortFunc(c.order, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
	}
	return c.order
}
