// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"encoding/json"
	"strings"
	"testing"
)

func parse(t *testing.T, body string) Fields {
	t.Helper()
	f, err := ParseObject([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return f
}

func TestFieldsReadScalars(t *testing.T) {
	f := parse(t, "\n {\"text\":\"a\\u0041\\/\",\"number\":12, \"big\":9007199254740993,\"truth\":true,\"null\":null,\"list\":[ ],\"object\":{ }}\n")
	for name, want := range map[string]string{
		"text": "aA/", "number": "12", "big": "9007199254740993", "truth": "true", "null": "", "list": "", "object": "", "none": "",
	} {
		if got := f.Text(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if f.Err() != nil || !f.IsText("text") || f.IsText("number") || f.Has("null") || !f.Has("list") {
		t.Errorf("%v", f.Err())
	}
}

// Escapes are decoded, and invalid UTF-8 is kept.
func TestFieldsReadTexts(t *testing.T) {
	f := parse(t, "{ \"a\" : \"x\\\"y\\\\\" ,\"b\\\"\":\"\\\\\",\"c\":\"\\u00e9\\\"\",\"d\":\"\xff\"\t,\n\"e\": 1 , \"f\" :true}")
	for name, want := range map[string]string{"a": `x"y\`, `b"`: `\`, "c": `é"`, "d": "\xff", "e": "1", "f": "true"} {
		if got := f.Text(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// The first error is kept.
func TestTheFirstErrorIsKept(t *testing.T) {
	f := parse(t, `{"A":1,"b":[1]}`)
	_ = f.Text("a")
	_ = f.Text("b")
	f.Fail("later")
	if f.Err() == nil || f.Err().Error() != "the field a is in the wrong case" {
		t.Error(f.Err())
	}
}

func TestWhatIsShown(t *testing.T) {
	f := parse(t, `{"first":"1","LIST":[1],"object":{"a":1},"text":"x","empty":[]}`)
	for name, want := range map[string]string{"object": "(not a text)", "text": "x", "empty": "(not a text)", "none": ""} {
		if got := f.Shown(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if shown, written := f.Fold("list"); shown != "(not a text)" || written != "LIST" {
		t.Errorf("%q, %q", shown, written)
	}
	if shown, written := f.Fold("none"); shown != "" || written != "" {
		t.Errorf("%q, %q", shown, written)
	}
	if f.Err() != nil {
		t.Error(f.Err())
	}
}

func TestFieldsReadTruthAndCounts(t *testing.T) {
	f := parse(t, `{"a":true,"b":"True","c":1,"d":"1","e":false,"f":"false","g":0,"h":"","i":null,"n":7,"s":"7"}`)
	for name, want := range map[string]bool{"a": true, "b": true, "c": true, "d": true, "e": false, "f": false, "g": false, "h": false, "i": false, "none": false} {
		if got := f.Truth(name); got != want {
			t.Errorf("%s = %t", name, got)
		}
	}
	for _, name := range []string{"n", "s"} {
		if n, ok := f.Count(name); n != 7 || !ok {
			t.Errorf("%s = %d, %t", name, n, ok)
		}
	}
	for _, name := range []string{"h", "i", "none"} {
		if _, ok := f.Count(name); ok {
			t.Errorf("%s is there", name)
		}
	}
	if f.Err() != nil {
		t.Error(f.Err())
	}
	for _, bad := range []string{`{"x":"perhaps"}`, `{"x":2}`, `{"x":[1]}`, `{"x":{"y":1}}`} {
		if f := parse(t, bad); f.Truth("x") || f.Err() == nil {
			t.Errorf("%s is a truth value", bad)
		}
	}
	for _, bad := range []string{`{"x":"many"}`, `{"x":-1}`, `{"x":1.5}`, `{"x":[1]}`, `{"x":1e3}`, `{"x":99999999999}`, `{"x":true}`} {
		f := parse(t, bad)
		if _, ok := f.Count("x"); ok || f.Err() == nil {
			t.Errorf("%s is a count", bad)
		}
	}
}

// An empty value of any type counts as missing; any other value must have the right
// type.
func TestFieldsReadContainers(t *testing.T) {
	for _, empty := range []string{`null`, `""`, `[]`, `{}`} {
		f := parse(t, `{"x":`+empty+`}`)
		if len(f.List("x")) != 0 || f.Object("x").Text("y") != "" || f.Lone("x").Text("y") != "" || f.Err() != nil {
			t.Errorf("%s: %v", empty, f.Err())
		}
	}
	f := parse(t, `{"list":[{"y":1},{"y":2}],"one":[{"y":3}],"object":{"y":4}}`)
	list := f.List("list")
	if len(list) != 2 || list[1].Text("y") != "2" || f.Lone("one").Text("y") != "3" || f.Lone("object").Text("y") != "4" || f.Object("object").Text("y") != "4" {
		t.Errorf("%v", list)
	}
	if !f.IsList("list") || f.IsList("object") || !f.IsObject("object") || f.IsObject("list") || f.Err() != nil {
		t.Error(f.Err())
	}
	for _, bad := range []string{`{"x":"text"}`, `{"x":1}`, `{"x":[1]}`, `{"x":[null]}`, `{"x":[""]}`, `{"x":true}`} {
		if f := parse(t, bad); f.Lone("x").Text("y") != "" || f.Err() == nil {
			t.Errorf("%s is an object", bad)
		}
		if f := parse(t, bad); len(f.List("x")) > 1 || f.Err() == nil {
			t.Errorf("%s is a list of objects", bad)
		}
	}
	if f := parse(t, `{"x":[{},{}]}`); f.Lone("x").Text("y") != "" || f.Err() == nil {
		t.Error("two objects are one")
	}
	// An interface that cannot be read does not spoil the others.
	f = parse(t, `{"list":[{"y":[1]},{"y":2}]}`)
	for n, item := range f.List("list") {
		own := item.Apart()
		_ = own.Text("y")
		if (own.Err() != nil) != (n == 0) {
			t.Errorf("%d: %v", n, own.Err())
		}
	}
	if f.Err() != nil {
		t.Error(f.Err())
	}
}

func TestNamesInAnotherCase(t *testing.T) {
	f := parse(t, `{"requestid":"R","outer":{"Code":"X"}}`)
	if f.Text("RequestId") != "" || f.Err() == nil {
		t.Error("a name in another case is read")
	}
	f = parse(t, `{"code":"X"}`)
	if shown, written := f.Fold("Code"); shown != "X" || written != "code" || f.Err() != nil {
		t.Errorf("%q, %q, %v", shown, written, f.Err())
	}
	// As encoding/json takes them for the same.
	f = parse(t, `{"Reque\u017ftId":"R"}`)
	if f.Text("RequestId") != "" || f.Err() == nil {
		t.Error("a name with a long s is read")
	}
}

func TestObjectsThatAreNone(t *testing.T) {
	for _, body := range []string{
		``, ` `, `null`, `[]`, `"x"`, `1`, `{`, `{"a":1}{}`, `{"a":1} x`, `{"a":`, "\xff", `<html>`, `{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`,
		`{"a":1,"a":1}`, `{"a":1,"A":2}`, `{"a":1,"A":2,"b":3}`, `{"x":[{"Code":"","code":"X"}]}`, `{"Reque\u017ftId":1,"RequestId":2}`,
	} {
		if f, err := ParseObject([]byte(body)); err == nil {
			t.Errorf("%.40s is read as %+v", body, f.value)
		}
	}
}

func TestWritten(t *testing.T) {
	const body = `{"x":{"a":[1,"b",null,true],"c":{}}}`
	if got := parse(t, body).Written("x"); got != `{"a":[1,"b",,true],"c":{}}` {
		t.Error(got)
	}
	if got := parse(t, `{"x":"plain"}`).Written("x"); got != "plain" {
		t.Error(got)
	}
}

// FuzzParseObject compares the parser with encoding/json.
func FuzzParseObject(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"a":[1,{"b":"\u0041"}],"c":null}`, ` {"a" : -1.5e3 , "b":[ ] }`, `{"a":"\\"}`, `{"":""}`, `{"a":tru}`, `{"a":{"b":{"c":[[],[[]]]}}}`,
		`{"a":"é\ud800"}`, "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, `{"RequestId":"R","Code":""}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := ParseObject(body)
		var want map[string]any
		if err != nil {
			if err == errDuplicate && json.Unmarshal(body, &want) != nil {
				t.Errorf("%q has a field twice, and is no JSON", body)
			}
			return
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if len(want) != len(got.value.fields) {
			t.Errorf("%q has %d fields, not %d", body, len(want), len(got.value.fields))
		}
		for name, v := range want {
			shown, written := got.Fold(name)
			if s, ok := v.(string); ok && written == name && !strings.ContainsRune(s, '\ufffd') && shown != s {
				t.Errorf("%q: %s = %q, want %q", body, name, shown, s)
			}
			if v == nil && got.Has(name) {
				t.Errorf("%q: %s is there", body, name)
			}
		}
	})
}
