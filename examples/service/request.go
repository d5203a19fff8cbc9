package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// terms are on what a caller waits for an answer.
type terms struct {
	timeout time.Duration // for everything together
	wait    string
}

// What a caller may wait for.
const (
	waitSettled  = "settled"  // until it has taken effect
	waitAccepted = "accepted" // until the cloud has accepted it
)

// terms reads the query. A value out of bounds is refused, not mended: a caller
// would wait for another time than he thinks.
func (s *service) terms(r *http.Request) (terms, error) {
	how := terms{timeout: s.cfg.timeout, wait: waitSettled}
	bad := func(format string, args ...any) (terms, error) {
		return how, plainProblem(http.StatusBadRequest, fmt.Sprintf(format, args...))
	}
	for name, values := range r.URL.Query() {
		value := values[0]
		switch {
		case len(values) > 1:
			return bad("%s is there %d times: want it once", name, len(values))
		case name == "timeout":
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 || d > s.cfg.maxTimeout {
				return bad("timeout=%s: want a duration such as 30s, up to %s", value, s.cfg.maxTimeout)
			}
			how.timeout = d
		case name == "wait" && r.Method == http.MethodPost:
			if !slices.Contains([]string{waitSettled, waitAccepted}, value) {
				return bad("wait=%s: want %s or %s", value, waitSettled, waitAccepted)
			}
			how.wait = value
		default:
			return bad("unknown parameter %s", name)
		}
	}
	return how, nil
}

// maxBody holds about a thousand addresses.
const maxBody = 64 << 10

// decode reads a body that must be one JSON object with no other members than
// those of v.
func decode(r *http.Request, v any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return plainProblem(http.StatusUnsupportedMediaType, "want Content-Type: application/json")
	}
	body := http.MaxBytesReader(nil, r.Body, maxBody)
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("something follows the object")
		}
	}
	var (
		tooBig  *http.MaxBytesError
		syntax  *json.SyntaxError
		badType *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &tooBig):
		return plainProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("want a body of up to %d bytes", tooBig.Limit))
	case errors.Is(err, io.EOF):
		return badBody(flaw{"", "the body is empty"})
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badBody(flaw{"", "the body ends too early"})
	case errors.As(err, &syntax):
		return badBody(flaw{"", fmt.Sprintf("%v, at byte %d", syntax, syntax.Offset)})
	case errors.As(err, &badType):
		return badBody(flaw{pointer(badType.Field), fmt.Sprintf("a JSON %s, want %s", badType.Value, jsonName(badType.Type.Kind()))})
	default:
		return badBody(flaw{"", strings.TrimPrefix(err.Error(), "json: ")})
	}
}

// jsonName is what JSON calls a kind of value of the bodies.
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

// pointer makes a JSON pointer of a path as package json writes it.
func pointer(field string) string {
	if field == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(field, ".", "/")
}

// badBody is the problem of a body that is not what was asked for.
func badBody(flaws ...flaw) *problem {
	p := plainProblem(http.StatusBadRequest, "the body is not what was asked for")
	p.Flaws = flaws
	return p
}
