package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// target is one address or prefix to release. An address has its full length.
type target struct {
	eni    string
	prefix netip.Prefix
}

func (t target) String() string { return t.eni + " " + name(t.prefix) }

func parseTarget(eni, address string) (target, error) {
	if err := checkID("eni", eni); err != nil {
		return target{}, err
	}
	prefix, err := parsePrefix(address)
	return target{eni, prefix}, err
}

// readTargets reads a file, or standard input where its name is "-". An error
// names the line.
func (p *program) readTargets(file string) ([]target, error) {
	text, err := p.read(file)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // spreadsheets put it there
	parse := parseCSV
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		parse = parseJSONLines
	}
	var targets []target
	known := make(map[target]bool)
	err = parse(text, func(eni, address string) error {
		t, err := parseTarget(eni, address)
		if err == nil && !known[t] {
			known[t] = true
			targets = append(targets, t)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s:%w", file, err)
	case len(targets) == 0:
		return nil, fmt.Errorf("%s has no addresses: want lines such as eni-1,10.0.0.5", file)
	}
	return targets, nil
}

func (p *program) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(p.stdin)
	}
	return os.ReadFile(file)
}

// parseJSONLines reads an object on each line. Fields of other names are left
// alone, so that the lines of other tools will do. An error begins with the line.
func parseJSONLines(text []byte, add func(eni, address string) error) error {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var object struct {
			ENI     string `json:"eni"`
			Address string `json:"address"`
		}
		err := json.Unmarshal(line, &object)
		if err == nil {
			err = add(object.ENI, object.Address)
		}
		if err != nil {
			return fmt.Errorf("%d: %w", n, err)
		}
	}
	return nil
}

// parseCSV reads an interface and an address from each line, and from any columns
// where the first line names them. An error begins with the line.
func parseCSV(text []byte, add func(eni, address string) error) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	eni, address := 0, 1
	for first := true; ; first = false {
		record, err := r.Read()
		var malformed *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &malformed):
			return fmt.Errorf("%d: %w", malformed.Line, malformed.Err)
		case err != nil:
			return err
		}
		if first {
			e, a := column(record, "eni"), column(record, "address")
			if e >= 0 && a >= 0 {
				eni, address = e, a
				continue
			}
		}
		line, _ := r.FieldPos(0)
		if len(record) <= max(eni, address) {
			return fmt.Errorf("%d: want an interface and an address, such as eni-1,10.0.0.5", line)
		}
		if err := add(strings.TrimSpace(record[eni]), strings.TrimSpace(record[address])); err != nil {
			return fmt.Errorf("%d: %w", line, err)
		}
	}
}

func column(header []string, name string) int {
	return slices.IndexFunc(header, func(field string) bool { return strings.EqualFold(strings.TrimSpace(field), name) })
}

// digest names a set of targets, in whatever order and form they were written.
func digest(targets []target) string {
	lines := make([]string, len(targets))
	for n, t := range targets {
		lines[n] = t.String() + "\n"
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
