// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"strings"
)

// A client of the vendor's follows the pointers of its models without a look, so each
// answer has every field of its model.
//
//go:embed fields.txt
var fields string

// model is the shape of a part of an answer: an object with members, a list of parts,
// or a value.
type model struct {
	members map[string]*model
	items   *model
	empty   json.RawMessage // what it is where nothing is known
}

// models are the shapes of the answers, by action.
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

// readEmpty writes down what each part of an answer is where nothing is known: most
// parts of most answers.
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

// complete adds to an object what its model has and it has not.
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

// member is the part of a model at a path, the items of a list where it is one.
func (m *model) member(path ...string) *model {
	for _, name := range path {
		if m = m.members[name]; m.items != nil {
			m = m.items
		}
	}
	return m
}

// only returns what the model has of an object.
func (m *model) only(object map[string]any) map[string]any {
	maps.DeleteFunc(object, func(name string, _ any) bool { return m.members[name] == nil })
	return object
}
