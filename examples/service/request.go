// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"
)

// terms are the parameters that every request may have.
type terms struct {
	timeout time.Duration // for the whole request
	wait    string
}

// What a caller may wait for.
const (
	waitCompleted = "completed" // until the change is complete
	waitAccepted  = "accepted"  // until the cloud has accepted it
)

// terms reads the query, which may also have the parameters of the operation. A value
// out of bounds is an error: if it were replaced, the caller would not know how long
// the request takes.
func (s *service) terms(r *http.Request, own parameters) (terms, error) {
	how := terms{timeout: s.cfg.timeout, wait: waitCompleted}
	known := parameters{"timeout": {read: func(value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d > s.cfg.maxTimeout {
			return fmt.Errorf("want a duration such as 30s, up to %s", s.cfg.maxTimeout)
		}
		how.timeout = d
		return nil
	}}}
	if r.Method == http.MethodPost || r.Method == http.MethodDelete {
		known["wait"] = parameter{read: func(value string) error {
			if !slices.Contains([]string{waitCompleted, waitAccepted}, value) {
				return fmt.Errorf("want %s or %s", waitCompleted, waitAccepted)
			}
			how.wait = value
			return nil
		}}
	}
	maps.Copy(known, own)
	err := known.read(r)
	return how, err
}

// parameter is a parameter of a query.
type parameter struct {
	read     func(value string) error // its error says what is expected
	repeated bool                     // it may occur more than once
}

// parameters are the parameters of a query, by name.
type parameters map[string]parameter

// read reads a query. An unknown or repeated parameter is an error.
func (known parameters) read(r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return plainProblem(http.StatusBadRequest, fmt.Sprintf("the query cannot be read: %v", err))
	}
	for name, values := range query {
		p, ok := known[name]
		switch {
		case !ok:
			return plainProblem(http.StatusBadRequest, "unknown parameter "+name)
		case len(values) > 1 && !p.repeated:
			return plainProblem(http.StatusBadRequest, fmt.Sprintf("%s occurs %d times: want it once", name, len(values)))
		}
		for _, value := range values {
			if err := p.read(value); err != nil {
				return plainProblem(http.StatusBadRequest, fmt.Sprintf("%s=%s: %v", name, value, err))
			}
		}
	}
	return nil
}

// text returns a parameter that must not be empty: an empty variable in a script would
// match more interfaces than intended.
func text(into *string) parameter {
	return parameter{read: func(value string) error {
		if value == "" {
			return errors.New("want a value, or remove the parameter")
		}
		*into = value
		return nil
	}}
}

// tags returns a parameter that occurs once for each tag.
func tags(into *map[string]string) parameter {
	return parameter{repeated: true, read: func(word string) error {
		key, value, exact := strings.Cut(word, "=")
		_, twice := (*into)[key]
		switch {
		case key == "":
			return errors.New("want a tag such as key=value, or a key alone for any value")
		case exact && value == "":
			return errors.New("want key=value, or the key alone for any value")
		case twice:
			return errors.New("want each key once")
		case *into == nil:
			*into = make(map[string]string)
		}
		(*into)[key] = value
		return nil
	}}
}

// maxBody holds about a thousand addresses.
const maxBody = 64 << 10

// decode reads a body into v. It must be one JSON object with members of v only, and
// none twice.
func decode(r *http.Request, v any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return plainProblem(http.StatusUnsupportedMediaType, "want Content-Type: application/json")
	}
	tooLarge := plainProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("want a body of up to %d bytes", maxBody))
	if r.ContentLength > maxBody {
		// Reading the body would ask a client that waits for 100 Continue to send it.
		return tooLarge
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return plainProblem(http.StatusRequestTimeout, "the body did not arrive in time")
	case err != nil:
		return plainProblem(http.StatusBadRequest, "the body did not arrive completely")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err = dec.Decode(v)
	var (
		syntax  *json.SyntaxError
		badType *json.UnmarshalTypeError
	)
	switch {
	case errors.Is(err, io.EOF):
		return badBody(flaw{"", "the body is empty"})
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badBody(flaw{"", "the body ends too early"})
	case errors.As(err, &syntax):
		return badBody(flaw{"", fmt.Sprintf("%v, at byte %d", syntax, syntax.Offset)})
	case errors.As(err, &badType):
		return badBody(flaw{pointer(badType.Field), fmt.Sprintf("a JSON %s, want %s", badType.Value, jsonName(badType.Type.Kind()))})
	case err != nil:
		return badBody(flaw{"", strings.TrimPrefix(err.Error(), "json: ")})
	case len(bytes.TrimSpace(text[dec.InputOffset():])) > 0:
		return badBody(flaw{"", "want nothing after the object"})
	}
	if name := twin(text); name != "" {
		return badBody(flaw{"/" + name, "the member occurs twice"})
	}
	return nil
}

// twin returns the name of a member that an object has twice, or "". Package json would
// ignore the first one.
func twin(object []byte) string {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil { // the brace
		return ""
	}
	names := make(map[string]bool)
	for dec.More() {
		var value json.RawMessage
		name, err := dec.Token()
		if err != nil || dec.Decode(&value) != nil {
			return ""
		}
		folded := strings.ToLower(fmt.Sprint(name)) // as package json matches them
		if names[folded] {
			return fmt.Sprint(name)
		}
		names[folded] = true
	}
	return ""
}

// jsonName returns JSON's name for a kind of value.
func jsonName(kind reflect.Kind) string {
	switch kind {
	case reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "a list of strings"
	default:
		return "a " + kind.String()
	}
}

// pointer converts a path of package json to a JSON pointer.
func pointer(field string) string {
	if field == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(field, ".", "/")
}

// badBody returns the problem for an invalid body.
func badBody(flaws ...flaw) *problem {
	p := plainProblem(http.StatusBadRequest, "the body is invalid")
	p.Flaws = flaws
	return p
}
