// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// listForm is a form of lists. It has the names of CSV columns and JSON members, in any
// case: those of this program and those of other tools.
type listForm struct {
	what    string   // what the lines are, for messages
	eni     []string // names of the interface
	address []string // names of the address; nil if lines have no addresses
	csv     string   // an example
	json    string   // an example
}

var (
	addressList = listForm{
		what:    "addresses",
		eni:     []string{"eni", "eni_id", "interface", "interface_id", "network_interface_id", "networkinterfaceid"},
		address: []string{"address", "ip", "ip_address", "private_ip", "private_ip_address", "privateipaddress", "prefix"},
		csv:     "eni-1,10.0.0.5",
		json:    `{"eni":"eni-1","address":"10.0.0.5"}`,
	}
	interfaceList = listForm{
		what: "interfaces",
		eni:  append(slices.Clone(addressList.eni), "id"), // as list and show print it
		csv:  "eni-1",
		json: `{"eni":"eni-1"}`,
	}
)

// wholeInterfaces reports whether lines have no addresses.
func (f *listForm) wholeInterfaces() bool { return f.address == nil }

// object is one entry in JSON. Members with other names are ignored, so that the lines of
// other tools work.
type object map[string]json.RawMessage

// member returns the value of a name in any case.
func (o object) member(name string) (json.RawMessage, bool) {
	for key, value := range o {
		if strings.EqualFold(key, name) {
			return value, true
		}
	}
	return nil, false
}

func (o object) entry(line int, form *listForm) (entry, error) {
	e := entry{line: line}
	for _, field := range []struct {
		to    *string
		names []string
	}{{&e.eni, form.eni}, {&e.address, form.address}} {
		if field.names == nil {
			continue
		}
		for _, name := range field.names {
			value, ok := o.member(name)
			if !ok {
				continue
			}
			if err := json.Unmarshal(value, field.to); err != nil {
				return e, fmt.Errorf("%s is %s: want a string", name, value)
			}
			break
		}
		if *field.to == "" {
			return e, fmt.Errorf("no %s: want an object such as %s", field.names[0], form.json)
		}
	}
	return e, nil
}

// parseJSONLines reads an object on each line.
func parseJSONLines(text []byte, form *listForm) (entries []entry, bad []badLine) {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var o object
		err := json.Unmarshal(line, &o)
		var e entry
		if err == nil {
			e, err = o.entry(n, form)
		}
		if err != nil {
			bad = append(bad, badLine{n, err})
			continue
		}
		entries = append(entries, e)
	}
	return entries, bad
}

// parseJSONArray reads an array of objects. It stops at the first syntax error.
func parseJSONArray(text []byte, form *listForm) (entries []entry, bad []badLine) {
	dec := json.NewDecoder(bytes.NewReader(text))
	lineAt := func(offset int64) int { return 1 + bytes.Count(text[:offset], []byte("\n")) }
	fail := func(offset int64, err error) ([]entry, []badLine) {
		return entries, append(bad, badLine{lineAt(offset), err})
	}
	if _, err := dec.Token(); err != nil {
		return fail(0, err)
	}
	for dec.More() {
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				return fail(min(syntax.Offset, int64(len(text))), err)
			}
			return fail(int64(len(text)), errors.New("the array does not end"))
		}
		line := lineAt(dec.InputOffset() - int64(len(value)))
		var o object
		err := json.Unmarshal(value, &o)
		if err != nil {
			err = fmt.Errorf("%.40s is not an object", value)
		}
		var e entry
		if err == nil {
			e, err = o.entry(line, form)
		}
		if err != nil {
			bad = append(bad, badLine{line, err})
			continue
		}
		entries = append(entries, e)
	}
	if _, err := dec.Token(); err != nil {
		return fail(int64(len(text)), errors.New("the array does not end"))
	}
	if rest := bytes.TrimSpace(text[dec.InputOffset():]); len(rest) > 0 {
		return fail(int64(len(text))-int64(len(rest)), errors.New("want nothing after the array"))
	}
	return entries, bad
}

// parseCSV reads an interface and, if the form has one, an address from the first columns
// of each line, or from the columns that the header names.
func parseCSV(text []byte, form *listForm) (entries []entry, bad []badLine) {
	r, before := newCSVReader(text), 0 // the lines before r's first
	eni, address := 0, 1
	if form.wholeInterfaces() {
		address = 0
	}
	for first := true; ; first = false {
		record, err := r.Read()
		var malformed *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return entries, bad
		case errors.As(err, &malformed):
			bad = append(bad, badLine{before + malformed.StartLine, malformed.Err})
			// A quote without its end takes in all further lines: begin again after its line.
			text = afterLines(text, malformed.StartLine)
			r, before = newCSVReader(text), before+malformed.StartLine
			continue
		case err != nil:
			return entries, append(bad, badLine{1, err})
		}
		line, _ := r.FieldPos(0)
		line += before
		if first {
			e, a := column(record, form.eni), column(record, form.address)
			if form.wholeInterfaces() {
				a = e
			}
			if e >= 0 && a >= 0 {
				eni, address = e, a
				continue
			}
			if e >= 0 || a >= 0 || isHeader(record) {
				// The columns of the other lines are unknown.
				return nil, []badLine{{line, fmt.Errorf("the header has no column for the %s", form.lacking(e))}}
			}
		}
		if len(record) <= max(eni, address) {
			bad = append(bad, badLine{line, errors.New("want an interface and an address, such as " + form.csv)})
			continue
		}
		e := entry{line: line, eni: strings.TrimSpace(record[eni])}
		if !form.wholeInterfaces() {
			e.address = strings.TrimSpace(record[address])
		}
		entries = append(entries, e)
	}
}

func newCSVReader(text []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	return r
}

// afterLines returns the text after its first n lines.
func afterLines(text []byte, n int) []byte {
	for ; n > 0; n-- {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text
}

// lacking returns the column that a header lacks, and its expected names.
func (f *listForm) lacking(eni int) string {
	switch {
	case f.wholeInterfaces():
		return "interface: want eni or eni_id"
	case eni < 0:
		return "interface: want eni or eni_id, and address or ip"
	default:
		return "address: want eni or eni_id, and address or ip"
	}
}

// isHeader reports whether a first line is a header: it has two columns or more, and no
// column has a digit or a character of an address.
func isHeader(record []string) bool {
	return len(record) > 1 && !slices.ContainsFunc(record, func(field string) bool {
		return field == "" || strings.ContainsAny(field, "0123456789.:/")
	})
}

func column(header, names []string) int {
	return slices.IndexFunc(header, func(field string) bool {
		return slices.Contains(names, strings.ToLower(strings.TrimSpace(field)))
	})
}
