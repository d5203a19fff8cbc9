// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/cloudeni/cloudeni/eni"
)

// document is the loaded and validated openapi.yaml.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background(), openapi3.EnableExamplesValidation())
})

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// routedBy returns a request with the pattern and the path values of its operation in the
// document. Without an operation the pattern is empty.
func routedBy(doc *openapi3.T, r *http.Request) *http.Request {
	mux := http.NewServeMux()
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			mux.HandleFunc(method+" "+path, func(http.ResponseWriter, *http.Request) {})
		}
	}
	r = r.Clone(context.Background())
	mux.ServeHTTP(httptest.NewRecorder(), r)
	return r
}

// checkDescribed compares an answer with the document: its status, header and body, and
// after success also the request. Unknown routes and disconnected callers are not
// described.
func checkDescribed(t *testing.T, r *http.Request, body []byte, w *httptest.ResponseRecorder) {
	t.Helper()
	doc := loadDocument(t)
	r = routedBy(doc, r)
	method, path, found := strings.Cut(r.Pattern, " ")
	if !found || w.Code == statusClientGone {
		return
	}
	item := doc.Paths.Value(path)
	r.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{
		Request:    r,
		PathParams: make(map[string]string),
		Route:      &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)},
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	for _, name := range []string{"provider", "region", "id"} {
		input.PathParams[name] = r.PathValue(name)
	}
	if w.Code < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("%s %s was served, and openapi.yaml refuses it: %v", method, r.URL, err)
		}
	}
	answer := (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: w.Code, Header: w.Header(), Options: input.Options,
	}).SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(t.Context(), answer); err != nil {
		t.Errorf("%s %s is answered with %d, not as openapi.yaml says: %v\n%s", method, r.URL, w.Code, err, w.Body)
	}
}

// The service returns the document of the repository.
func TestDescriptionIsServed(t *testing.T) {
	f := newFake(t)
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.yaml", nil))
	text, err := os.ReadFile("openapi.yaml")
	if err != nil || w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/yaml" || !bytes.Equal(w.Body.Bytes(), text) {
		t.Errorf("status %d, %v, %v", w.Code, w.Header(), err)
	}
}

// The document describes exactly the routes of the service.
func TestRoutesAreDescribed(t *testing.T) {
	var described []string
	for path, item := range loadDocument(t).Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(described)
	if routes := slices.Sorted(maps.Keys(newFake(t).service.routes())); !slices.Equal(described, routes) {
		t.Errorf("openapi.yaml has\n%q, and the service\n%q", described, routes)
	}
}

// The document describes exactly the fields of each body, and requires those that are
// always present.
func TestFieldsAreDescribed(t *testing.T) {
	for name, v := range map[string]any{
		"Release": releaseBody{}, "Detach": detachBody{}, "Answer": answer{}, "Result": result{}, "Failure": failure{},
		"Flaw": flaw{}, "Problem": problem{}, "Interface": described{}, "List": listed{}, "Address": describedAddress{}, "Health": health{},
	} {
		schema := loadDocument(t).Components.Schemas[name]
		if schema == nil {
			t.Errorf("%s is not described", name)
			continue
		}
		var fields, required []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
			tag, ok := field.Tag.Lookup("json")
			if !ok {
				continue
			}
			name, options, _ := strings.Cut(tag, ",")
			fields = append(fields, name)
			if options == "" {
				required = append(required, name)
			}
		}
		slices.Sort(fields)
		slices.Sort(required)
		if got := slices.Sorted(maps.Keys(schema.Value.Properties)); !slices.Equal(got, fields) {
			t.Errorf("%s: openapi.yaml has %q, and the service %q", name, got, fields)
		}
		if strings.HasSuffix(reflect.TypeOf(v).Name(), "Body") {
			continue // of a request, whose checks say what is required
		}
		if got := slices.Sorted(slices.Values(schema.Value.Required)); !slices.Equal(got, required) {
			t.Errorf("%s: openapi.yaml requires %q, and the service always has %q", name, got, required)
		}
	}
	if n := len(loadDocument(t).Components.Schemas); n != 11+2 { // and the two enumerations
		t.Errorf("%d schemas", n)
	}
}

// The enumerations are those of the library.
func TestEnumerationsAreDescribed(t *testing.T) {
	var outcomes, kinds []any
	for o := eni.OutcomeNotTried; o <= eni.OutcomeUnknown; o++ {
		outcomes = append(outcomes, o.String())
	}
	for kind := eni.ErrUnknown; kind <= eni.ErrUnavailable; kind++ {
		kinds = append(kinds, kind.Error())
	}
	for name, want := range map[string][]any{"Outcome": outcomes, "Kind": kinds} {
		if got := loadDocument(t).Components.Schemas[name].Value.Enum; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: openapi.yaml has %v, and the library %v", name, got, want)
		}
	}
}

// unreadable is a request body that does not arrive.
type unreadable struct{}

func (unreadable) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// Every status of every operation is described, and every described status occurs: for all
// answers of the cloud and all invalid requests.
func TestStatusesAreDescribed(t *testing.T) {
	answered := make(map[string]map[int]bool) // by the operation
	f := newFake(t)
	ask := func(method, path string, body io.Reader, header string) {
		var sent bytes.Buffer
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		if body != nil {
			r.Body = io.NopCloser(io.TeeReader(body, &sent))
		}
		r.Header.Set("Content-Type", header)
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		checkDescribed(t, r, sent.Bytes(), w)
		operation := routedBy(loadDocument(t), r).Pattern
		if answered[operation] == nil {
			answered[operation] = make(map[int]bool)
		}
		answered[operation][w.Code] = true
	}
	const json = "application/json"
	site := interfacePath("aliyun", "eni-1")
	operations := []struct{ method, path, body string }{
		{http.MethodGet, strings.TrimSuffix(site, "/eni-1"), ""},
		{http.MethodGet, site, ""},
		{http.MethodDelete, site, ""},
		{http.MethodPost, site + "/release", `{"addresses": ["10.0.0.5"]}`},
		{http.MethodPost, site + "/detach", `{"instance_id": "i-1"}`},
	}
	all := func(stub stub) {
		f.service.clouds["aliyun/cn-hangzhou"] = stub
		for _, op := range operations {
			ask(op.method, op.path, strings.NewReader(op.body), json)
		}
	}
	for cause := range rows {
		switch {
		case errors.Is(cause, context.Canceled): // nobody is left to read it
		case errors.Is(cause, errPanicked):
			all(stub{panics: true})
		default:
			all(stub{outcome: eni.OutcomeRefused, err: fmt.Errorf("stub: %w", cause)})
		}
	}
	all(stub{outcome: eni.OutcomeReleased})
	for _, op := range operations {
		elsewhere := strings.Replace(op.path, "cn-hangzhou", "cn-beijing", 1)
		ask(op.method, elsewhere, strings.NewReader(op.body), json)
		ask(op.method, op.path+"?timeout=soon", strings.NewReader(op.body), json)
		if op.body == "" {
			continue
		}
		ask(op.method, op.path, strings.NewReader(op.body), "text/plain")
		ask(op.method, op.path, strings.NewReader(strings.Repeat(" ", maxBody+1)), json)
		ask(op.method, op.path, unreadable{}, json)
	}
	f.service.clouds["aliyun/cn-hangzhou"] = stub{outcome: eni.OutcomeAccepted}
	for _, op := range operations[2:] {
		ask(op.method, op.path+"?wait=accepted", strings.NewReader(op.body), json)
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/openapi.yaml"} {
		ask(http.MethodGet, path, nil, "")
	}
	f.service.ending.Store(true)
	ask(http.MethodGet, "/readyz", nil, "")
	for _, who := range []access{{tokens: make([][32]byte, 1)}, {certificate: true}} {
		f.service.access = who
		f.handler = f.service.handler()
		for _, op := range operations {
			ask(op.method, op.path, strings.NewReader(op.body), json)
		}
	}

	for path, item := range loadDocument(t).Paths.Map() {
		for method, operation := range item.Operations() {
			var described, seen []string
			for status := range operation.Responses.Map() {
				described = append(described, status)
			}
			for status := range answered[method+" "+path] {
				seen = append(seen, fmt.Sprint(status))
			}
			slices.Sort(described)
			slices.Sort(seen)
			if !slices.Equal(described, seen) {
				t.Errorf("%s %s: openapi.yaml has %q, and the service answers %q", method, path, described, seen)
			}
		}
	}
}
