// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// reader converts nodes to values, and collects errors.
type reader struct{ problems []Problem }

func (r *reader) badf(n *node, path, format string, args ...any) {
	r.problems = append(r.problems, Problem{n.line, path + ": " + fmt.Sprintf(format, args...)})
}

// field reads a value into its destination. The path names it in messages.
type field func(n *node, path string)

// fields has the possible members of an object.
type fields map[string]field

// object reads an object, and reports whether the node is one.
func (r *reader) object(n *node, path string, known fields) bool {
	if len(n.members) == 0 && n.kind() != "an object" {
		r.badf(n, named(path), "got %s, want an object", n.kind())
		return false
	}
	seen := make(map[string]bool)
	for _, m := range n.members {
		at := strings.TrimPrefix(path+"."+m.name, ".")
		read := known[m.name]
		switch {
		case seen[m.name]:
			r.badf(m.node, at, "is there twice")
		case read == nil:
			r.badf(m.node, at, "is unknown: want %s", oneOf(slices.Sorted(maps.Keys(known))))
		default:
			read(m.node, at)
		}
		seen[m.name] = true
	}
	return true
}

// named returns a path for the beginning of a message.
func named(path string) string {
	if path == "" {
		return "the scene"
	}
	return path
}

func (r *reader) list(item field) field {
	return func(n *node, path string) {
		if n.kind() != "a list" {
			r.badf(n, path, "got %s, want a list", n.kind())
			return
		}
		for k, one := range n.items {
			item(one, fmt.Sprintf("%s[%d]", path, k))
		}
	}
}

func (r *reader) text(to *string) field {
	return func(n *node, path string) {
		text, ok := n.value.(string)
		if !ok {
			r.badf(n, path, "got %s, want text", n.kind())
			return
		}
		*to = text
	}
}

// id reads an id that a cloud can assign.
func (r *reader) id(to *string) field {
	return func(n *node, path string) {
		before := len(r.problems)
		r.text(to)(n, path)
		bad := func(c rune) bool { return c <= ' ' || c >= 0x7f }
		if len(r.problems) == before && (*to == "" || strings.ContainsFunc(*to, bad)) {
			r.badf(n, path, "%q is no id: want letters, digits and signs without spaces", *to)
		}
	}
}

// word reads one of several words.
func word[T ~string](r *reader, to *T, words ...T) field {
	return func(n *node, path string) {
		text, ok := n.value.(string)
		if !ok || !slices.Contains(words, T(text)) {
			got := n.kind()
			if ok {
				got = fmt.Sprintf("%q", text)
			}
			r.badf(n, path, "got %s, want %s", got, oneOf(words))
			return
		}
		*to = T(text)
	}
}

func (r *reader) flag(to *bool) field {
	return func(n *node, path string) {
		value, ok := n.value.(bool)
		if !ok {
			r.badf(n, path, "got %s, want true or false", n.kind())
			return
		}
		*to = value
	}
}

func (r *reader) texts(to *[]string) field {
	return r.list(func(n *node, path string) {
		var one string
		r.id(&one)(n, path)
		*to = append(*to, one)
	})
}

// textMap reads an object whose members are all strings.
func (r *reader) textMap(to *map[string]string) field {
	return func(n *node, path string) {
		if n.kind() != "an object" {
			r.badf(n, path, "got %s, want an object of text", n.kind())
			return
		}
		*to = make(map[string]string, len(n.members))
		for _, m := range n.members {
			at := path + "." + m.name
			if _, twice := (*to)[m.name]; twice {
				r.badf(m.node, at, "is there twice")
			}
			var value string
			r.text(&value)(m.node, at)
			(*to)[m.name] = value
		}
	}
}

func (r *reader) address(to *netip.Addr) field {
	return func(n *node, path string) {
		text := n.text()
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" || a.Is4In6() {
			r.badf(n, path, "%s is no address: want one such as \"10.0.1.2\" or \"2001:db8::1\"", n.written())
			return
		}
		*to = a
	}
}

func (r *reader) prefix(to *netip.Prefix) field {
	return func(n *node, path string) {
		text := n.text()
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil || p.Addr().Is4In6():
			r.badf(n, path, "%s is no prefix: want one such as \"172.16.0.16/28\"", n.written())
		case p != p.Masked():
			r.badf(n, path, "%q has host bits set: want %q", text, p.Masked())
		default:
			*to = p
		}
	}
}

// written returns a value for a message.
func (n *node) written() string {
	switch v := n.value.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case json.Number:
		return v.String()
	default:
		return n.kind()
	}
}

// oneOf joins words for a message: "a, b or c".
func oneOf[T ~string](words []T) string {
	var b strings.Builder
	for n, w := range words {
		switch {
		case n > 0 && n == len(words)-1:
			b.WriteString(" or ")
		case n > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
