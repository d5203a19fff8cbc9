// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"strings"
)

// The clients of the vendor use the pointers of their models without a check, so each
// response has every field of its model.
//
//go:embed fields.txt
var fields string

// model is the structure of a part of a response: an object with members, a list, or a
// value.
type model struct {
	members map[string]*model
	items   *model
	empty   json.RawMessage // the value if nothing is known
}

// models has the structures of the responses, by action.
var models = readModels(fields)

func readModels(text string) map[string]*model {
	all := make(map[string]*model)
	empties := map[string]string{"text": `""`, "number": "0", "truth": "false"}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] == "#" {
			continue
		}
		if all[words[0]] == nil {
			all[words[0]] = new(model)
		}
		at := all[words[0]]
		for name := range strings.SplitSeq(words[1], ".") {
			name, list := strings.CutSuffix(name, "[]")
			if at.members == nil {
				at.members = make(map[string]*model)
			}
			if at.members[name] == nil {
				at.members[name] = new(model)
			}
			at = at.members[name]
			if !list {
				continue
			}
			if at.items == nil {
				at.items = new(model)
			}
			at = at.items
		}
		at.empty = json.RawMessage(empties[words[2]])
	}
	for _, m := range all {
		m.readEmpty()
	}
	return all
}

// readEmpty computes the value of each part of a response if nothing is known. That is
// so for most parts of most responses.
func (m *model) readEmpty() {
	switch {
	case m.items != nil:
		m.empty = json.RawMessage("[]")
		m.items.readEmpty()
	case m.members != nil:
		object := make(map[string]any, len(m.members))
		for _, part := range m.members {
			part.readEmpty()
		}
		m.complete(object)
		m.empty, _ = json.Marshal(object) //nolint:errcheck,errchkjson // of raw messages
	}
}

// complete adds the missing members of a model to an object.
func (m *model) complete(object map[string]any) {
	if m == nil {
		return
	}
	for name, part := range m.members {
		switch has := object[name].(type) {
		case map[string]any:
			part.complete(has)
		case []any:
			for _, item := range has {
				if inner, ok := item.(map[string]any); ok {
					part.items.complete(inner)
				}
			}
		case nil:
			object[name] = part.empty
		}
	}
}

// member returns the part of a model at a path; for a list, the part of its items.
func (m *model) member(path ...string) *model {
	for _, name := range path {
		if m = m.members[name]; m.items != nil {
			m = m.items
		}
	}
	return m
}

// only returns the members of an object that the model has.
func (m *model) only(object map[string]any) map[string]any {
	maps.DeleteFunc(object, func(name string, _ any) bool { return m.members[name] == nil })
	return object
}
