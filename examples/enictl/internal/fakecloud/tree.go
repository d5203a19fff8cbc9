// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// node is a value of a JSON text, with the line on which it begins.
type node struct {
	line    int
	value   any // string, json.Number, bool or nil; of an object or an array its json.Delim
	members []member
	items   []*node
}

// member is a member of an object.
type member struct {
	name string
	node *node
}

// kind returns the type of a value, for messages.
func (n *node) kind() string {
	switch v := n.value.(type) {
	case string:
		return "text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case json.Delim:
		if v == '[' {
			return "a list"
		}
		return "an object"
	default:
		return "null"
	}
}

// text returns a string, or an empty text for any other value.
func (n *node) text() string {
	if text, ok := n.value.(string); ok {
		return text
	}
	return ""
}

// parse reads a whole JSON text.
func parse(text []byte) (*node, *Problem) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // written by some editors
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, &Problem{Line: 1, Text: "the file is empty: want a JSON object"}
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		p := &Problem{Line: 1 + bytes.Count(text, []byte("\n")), Text: "no JSON: " + err.Error()}
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			p.Line = lineAt(text, syntax.Offset)
		}
		return nil, p
	}
	t := &tree{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	t.decoder.UseNumber()
	return t.next(), nil
}

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

// tree makes nodes from a valid JSON text.
type tree struct {
	text    []byte
	decoder *json.Decoder
	line    int   // at offset
	offset  int64 // up to which the lines are counted
}

func (t *tree) token() json.Token {
	token, err := t.decoder.Token()
	if err != nil {
		panic(fmt.Sprintf("a text that was JSON is none: %v", err))
	}
	end := t.decoder.InputOffset()
	t.line += bytes.Count(t.text[t.offset:end], []byte("\n"))
	t.offset = end
	return token
}

func (t *tree) next() *node {
	token := t.token()
	n := &node{line: 1 + t.line, value: token}
	switch token {
	case json.Delim('{'):
		for t.decoder.More() {
			name := node{value: t.token()}
			n.members = append(n.members, member{name.text(), t.next()})
		}
		t.token()
	case json.Delim('['):
		for t.decoder.More() {
			n.items = append(n.items, t.next())
		}
		t.token()
	}
	return n
}

// Problem is one error of a scene.
type Problem struct {
	Line int
	Text string
}

// SceneError has all errors of a scene, in the order of the lines.
type SceneError struct {
	File string
	All  []Problem
}

// Texts has a line for each problem.
func (p *SceneError) Texts() []string {
	texts := make([]string, len(p.All))
	for n, one := range p.All {
		texts[n] = fmt.Sprintf("%s:%d: %s", p.File, one.Line, one.Text)
	}
	return texts
}

func (p *SceneError) Error() string { return strings.Join(p.Texts(), "\n") }
