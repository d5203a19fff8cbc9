// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// kind is the kind of a JSON value.
type kind uint8

const (
	absent kind = iota // or null
	text
	scalar // a number or a truth value
	list
	object
)

// value is a JSON value.
type value struct {
	kind   kind
	text   string  // of a text, unescaped; of a scalar, its JSON
	items  []value // of a list
	fields []field // of an object
}

type field struct {
	name  string
	value value
}

var (
	errNotObject = errors.New("not a JSON object")
	errDuplicate = errors.New("a field appears twice")
)

// parseObject parses one JSON object. It rejects an object with two fields whose names
// are equal without case, because parsers disagree about which one counts.
func parseObject(body []byte) (value, error) {
	// Valid also bounds the depth.
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' || !json.Valid(body) {
		return value{}, errNotObject
	}
	p := parser{body: string(body)}
	v := p.value()
	if p.duplicate {
		return value{}, errDuplicate
	}
	return v, nil
}

// parser parses JSON that is known to be valid.
type parser struct {
	body      string
	at        int
	duplicate bool
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func (p *parser) space() {
	for isSpace(p.body[p.at]) {
		p.at++
	}
}

// next skips white space and reports whether the next byte is c, and then skips it.
func (p *parser) next(c byte) bool {
	p.space()
	if p.body[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value() value {
	p.space()
	switch p.body[p.at] {
	case '{':
		return p.object()
	case '[':
		p.at++
		v := value{kind: list}
		for !p.next(']') {
			v.items = append(v.items, p.value())
			p.next(',')
		}
		return v
	case '"':
		return value{kind: text, text: p.string()}
	default:
		start := p.at
		for strings.IndexByte(",]} \t\r\n", p.body[p.at]) < 0 {
			p.at++
		}
		if p.body[start] == 'n' {
			return value{}
		}
		return value{kind: scalar, text: p.body[start:p.at]}
	}
}

func (p *parser) object() value {
	p.at++
	v := value{kind: object}
	for !p.next('}') {
		name := p.string()
		p.next(':')
		for i := range v.fields {
			p.duplicate = p.duplicate || strings.EqualFold(v.fields[i].name, name)
		}
		v.fields = append(v.fields, field{name, p.value()})
		p.next(',')
	}
	return v
}

func (p *parser) string() string {
	rest := p.body[p.at+1:]
	plain := rest[:strings.IndexByte(rest, '"')]
	if strings.IndexByte(plain, '\\') < 0 {
		p.at += len(plain) + 2
		return plain // invalid UTF-8 is replaced when it is shown
	}
	start := p.at
	for p.at++; p.body[p.at] != '"'; p.at++ {
		if p.body[p.at] == '\\' {
			p.at++
		}
	}
	p.at++
	var unescaped string
	if json.Unmarshal([]byte(p.body[start:p.at]), &unescaped) != nil {
		return plain // never: the JSON is valid
	}
	return unescaped
}

// get returns a field of an object, or an absent value. A field whose name differs only
// in case is an error.
func (v value) get(name string) (value, error) {
	for i := range v.fields {
		switch f := &v.fields[i]; {
		case f.name == name:
			return f.value, nil
		case strings.EqualFold(f.name, name):
			return value{}, fmt.Errorf("the field %s is in the wrong case", name)
		}
	}
	return value{}, nil
}

// empty reports whether a value is absent, null, "", {} or [].
func (v value) empty() bool {
	return v.kind == absent || v.kind == text && v.text == "" ||
		(v.kind == list && len(v.items) == 0) || v.kind == object && len(v.fields) == 0
}

// Fields read the fields of a JSON object. A number may be written as a text and a text
// as a number, and an empty value of any type counts as a missing field. Any other
// mismatch is an error. The first error is kept for [Fields.Err]; after an error the
// results are undefined.
type Fields struct {
	value value
	err   *error // shared by all Fields of one response
}

// ParseObject parses a JSON object.
func ParseObject(body []byte) (Fields, error) {
	v, err := parseObject(body)
	return Fields{value: v, err: new(error)}, err
}

// Err returns the first error.
func (f Fields) Err() error { return *f.err }

// Fail sets the error, unless there is one.
func (f Fields) Fail(format string, args ...any) {
	if *f.err == nil {
		*f.err = fmt.Errorf(format, args...)
	}
}

// Apart returns the same fields with an own error.
func (f Fields) Apart() Fields { return Fields{value: f.value, err: new(error)} }

func (f Fields) get(name string) value {
	v, err := f.value.get(name)
	if err != nil {
		f.Fail("%w", err)
	}
	return v
}

// Has reports whether there is a field of this name that is not null.
func (f Fields) Has(name string) bool { return f.get(name).kind != absent }

// IsText reports whether a field is a text.
func (f Fields) IsText(name string) bool { return f.get(name).kind == text }

// Text returns a text, or the JSON of a number or boolean; "" if there is none.
func (f Fields) Text(name string) string {
	v := f.get(name)
	switch {
	case v.empty():
		return ""
	case v.kind == list || v.kind == object:
		f.Fail("%s is not a single value", name)
		return ""
	default:
		return v.text
	}
}

// Shown returns a field for error texts, also if it has the wrong type.
func (f Fields) Shown(name string) string { return f.get(name).shown() }

func (v value) shown() string {
	if v.kind == list || v.kind == object {
		return "(not a text)"
	}
	return v.text
}

// Fold is Shown for a name without case. It also returns the name as written; both are
// empty if there is no such field.
func (f Fields) Fold(name string) (shown, written string) {
	for i := range f.value.fields {
		if own := &f.value.fields[i]; strings.EqualFold(own.name, name) {
			return own.value.shown(), own.name
		}
	}
	return "", ""
}

// Truth returns a boolean, which may be written as a text or as 1 or 0; false if there is
// none.
func (f Fields) Truth(name string) bool {
	switch strings.ToLower(f.Text(name)) {
	case "true", "1":
		return true
	case "false", "0", "":
		return false
	}
	f.Fail("%s is neither true nor false", name)
	return false
}

// Count returns a number that is not negative, which may be written as a text, and
// whether there is one.
func (f Fields) Count(name string) (n int, ok bool) {
	written := f.Text(name)
	if written == "" {
		return 0, false
	}
	parsed, err := strconv.ParseUint(written, 10, 31)
	if err != nil {
		f.Fail("%s is not a count", name)
	}
	return int(parsed), err == nil
}

// Object returns an object; an empty one if there is none.
func (f Fields) Object(name string) Fields {
	v := f.get(name)
	if v.kind != object && !v.empty() {
		f.Fail("%s is not an object", name)
	}
	return Fields{v, f.err}
}

// Lone returns an object, or the only object of a list; an empty one if there is none.
func (f Fields) Lone(name string) Fields {
	v := f.get(name)
	if v.kind != list {
		return f.Object(name)
	}
	switch {
	case len(v.items) == 0:
		return Fields{value{}, f.err}
	case len(v.items) > 1:
		f.Fail("%s has several objects, want one", name)
	case v.items[0].kind != object:
		f.Fail("%s is not an object", name)
	}
	return Fields{v.items[0], f.err}
}

// IsList reports whether a field is a list.
func (f Fields) IsList(name string) bool { return f.get(name).kind == list }

// IsObject reports whether a field is an object.
func (f Fields) IsObject(name string) bool { return f.get(name).kind == object }

// List returns the objects of a list; none if there is no list. They share the error of
// f.
func (f Fields) List(name string) []Fields {
	v := f.get(name)
	if v.kind != list {
		if !v.empty() {
			f.Fail("%s is not a list", name)
		}
		return nil
	}
	all := make([]Fields, len(v.items))
	for i, item := range v.items {
		if item.kind != object {
			f.Fail("%s has an item that is not an object", name)
		}
		all[i] = Fields{item, f.err}
	}
	return all
}

// Texts returns the texts of a list; none if there is no list.
func (f Fields) Texts(name string) []string {
	v := f.get(name)
	if v.kind != list {
		if !v.empty() {
			f.Fail("%s is not a list", name)
		}
		return nil
	}
	var all []string
	for _, item := range v.items {
		if item.kind == list || item.kind == object {
			f.Fail("%s has an item that is not a single value", name)
		}
		all = append(all, item.text)
	}
	return all
}

// Written returns a text, or the JSON of any other field.
func (f Fields) Written(name string) string {
	v := f.get(name)
	if v.kind == text {
		return v.text
	}
	var b strings.Builder
	v.write(&b)
	return b.String()
}

func (v value) write(b *strings.Builder) {
	switch v.kind {
	case text:
		b.WriteString(strconv.Quote(v.text))
	case list:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	case object:
		b.WriteByte('{')
		for i, f := range v.fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(f.name) + ":")
			f.value.write(b)
		}
		b.WriteByte('}')
	default:
		b.WriteString(v.text)
	}
}
