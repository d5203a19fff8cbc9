// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// parameters are those of an action, from a JSON body or from the names of a form
// (PrivateIpAddresses.0.PrivateIpAddress). In a form all values are texts.
type parameters struct {
	tree  any // of map[string]any, []any, string, json.Number, bool and nil
	texts bool
}

func fromJSON(body []byte) (parameters, *failure) {
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil || tree == nil {
		return parameters{}, &failure{"InvalidRequest", "The request body is not a JSON object."}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return parameters{}, &failure{"InvalidRequest", "The request body has something after its JSON object."}
	}
	return parameters{tree: tree}, nil
}

// fromForm reads the parameters that are not common to all requests.
func fromForm(form url.Values, common []string) (parameters, *failure) {
	root := make(map[string]any)
	for name, values := range form {
		switch {
		case len(values) != 1:
			return parameters{}, &failure{"InvalidParameter", fmt.Sprintf("The parameter `%s` is given twice.", name)}
		case slices.Contains(common, name):
			continue
		case !put(root, strings.Split(name, "."), values[0]):
			return parameters{}, &failure{"InvalidParameter", fmt.Sprintf("The parameter `%s` is both a value and a structure.", name)}
		}
	}
	return parameters{listed(root), true}, nil
}

// put stores a value at a path, or reports that the path has another value.
func put(at map[string]any, path []string, value string) bool {
	for _, step := range path[:len(path)-1] {
		if at[step] == nil {
			at[step] = make(map[string]any)
		}
		next, ok := at[step].(map[string]any)
		if !ok {
			return false
		}
		at = next
	}
	last := path[len(path)-1]
	if at[last] != nil {
		return false
	}
	at[last] = value
	return true
}

// listed converts objects with the names 0, 1 and so on to lists.
func listed(node any) any {
	fields, ok := node.(map[string]any)
	if !ok {
		return node
	}
	for name, value := range fields {
		fields[name] = listed(value)
	}
	list := make([]any, len(fields))
	for name, value := range fields {
		n, err := strconv.Atoi(name)
		if err != nil || n < 0 || n >= len(list) || name != strconv.Itoa(n) {
			return fields
		}
		list[n] = value
	}
	if len(list) == 0 {
		return fields
	}
	return list
}

// read fills a struct, or returns an error for a parameter that is unknown or has a
// wrong type.
func (p parameters) read(into any) *failure {
	return p.fill(reflect.ValueOf(into).Elem(), p.tree, "")
}

// fill stores a node in a value; path is that of the parameter. A null counts as a
// missing parameter.
func (p parameters) fill(to reflect.Value, node any, path string) *failure {
	if node == nil {
		return nil
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		return p.fill(to.Elem(), node, path)
	case reflect.Struct:
		fields, ok := node.(map[string]any)
		if !ok {
			return wrongType(path, "object")
		}
		return p.fillStruct(to, fields, path)
	case reflect.Slice:
		list, ok := node.([]any)
		if !ok {
			return wrongType(path, "list")
		}
		to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
		for n, item := range list {
			if f := p.fill(to.Index(n), item, join(path, strconv.Itoa(n))); f != nil {
				return f
			}
		}
		return nil
	default:
		return p.fillScalar(to, node, path)
	}
}

func (p parameters) fillStruct(to reflect.Value, fields map[string]any, path string) *failure {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		field, ok := fieldNamed(to, name)
		if !ok {
			return &failure{"UnknownParameter", fmt.Sprintf("The parameter `%s` is not recognized.", join(path, name))}
		}
		if f := p.fill(field, fields[name], join(path, name)); f != nil {
			return f
		}
	}
	return nil
}

// fieldNamed finds a field by the vendor's name, which is case-sensitive.
func fieldNamed(in reflect.Value, name string) (reflect.Value, bool) {
	for n := range in.NumField() {
		field := in.Type().Field(n)
		if tag := field.Tag.Get("json"); name == tag || tag == "" && name == field.Name {
			return in.Field(n), true
		}
	}
	return reflect.Value{}, false
}

func (p parameters) fillScalar(to reflect.Value, node any, path string) *failure {
	text, isText := node.(string)
	switch to.Kind() {
	case reflect.String:
		if !isText {
			return wrongType(path, "string")
		}
		to.SetString(text)
	case reflect.Int:
		number, ok := node.(json.Number)
		if p.texts {
			number, ok = json.Number(text), true
		}
		n, err := strconv.Atoi(number.String())
		if !ok || err != nil {
			return wrongType(path, "integer")
		}
		to.SetInt(int64(n))
	case reflect.Bool:
		truth, ok := node.(bool)
		if p.texts && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")) {
			truth, ok = strings.EqualFold(text, "true"), true // Python writes True
		}
		if !ok {
			return wrongType(path, "boolean")
		}
		to.SetBool(truth)
	default:
		panic("no request has a field of the kind " + to.Kind().String())
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
