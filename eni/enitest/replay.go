// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Replay returns a RoundTripper that answers from a recording of `make live`. A
// recording has pairs of files: NAME.request is a request and NAME.http its reply. Their
// order is that of the names. For a request without a reply, whose response was lost,
// the connection breaks.
//
// A request gets the first unused reply to a recorded request of the same action with
// the same parameters. Parameters that the recording omits, such as signatures, may
// differ. A reply to a change is used once. A change is every action whose name does not
// begin with Describe. A description gets a reply from before the next unused change; if
// all of these are used, it gets the last one again. If the recording has no matching
// request, the error names the request.
//
// A reply takes as long as in the recording, so the times are the same in the virtual
// time of testing/synctest.
func Replay(recording fs.FS) (http.RoundTripper, error) {
	names, err := fs.Glob(recording, "*.request")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("enitest: the recording has no *.request")
	}
	slices.Sort(names)
	r := &replay{position: -1}
	for _, name := range names {
		e, err := readExchange(recording, name)
		if err != nil {
			return nil, fmt.Errorf("enitest: %s: %w", name, err)
		}
		r.exchanges = append(r.exchanges, e)
	}
	return r, nil
}

// replay is a recording, with the position up to which it was used.
type replay struct {
	mu        sync.Mutex
	exchanges []*exchange
	position  int // the last change that was answered; the next descriptions come after it
}

// exchange is one recorded request and its reply.
type exchange struct {
	wanted wanted
	took   time.Duration
	reply  []byte // nil: lost
	used   bool
}

// wanted is the action and the parameters of a request.
type wanted struct {
	action string
	params map[string]string
}

func (w wanted) reads() bool { return strings.HasPrefix(w.action, "Describe") }

// readExchange reads a pair of files.
func readExchange(recording fs.FS, name string) (*exchange, error) {
	text, err := fs.ReadFile(recording, name)
	if err != nil {
		return nil, err
	}
	head, body, _ := bytes.Cut(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...))))
	if err != nil {
		return nil, err
	}
	e := &exchange{wanted: readWanted(req, body)}
	if e.took, err = time.ParseDuration(req.Header.Get("X-Recorded-Took")); err != nil {
		e.took = 0
	}
	e.reply, err = fs.ReadFile(recording, strings.TrimSuffix(name, ".request")+".http")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return e, err
}

// readWanted reads parameters from the query, and from a body that is JSON or a form.
func readWanted(req *http.Request, body []byte) wanted {
	a := wanted{params: make(map[string]string)}
	for key, values := range req.URL.Query() {
		a.params[key] = values[0]
	}
	var doc map[string]any
	if json.Unmarshal(body, &doc) == nil {
		flatten("", doc, a.params)
	} else if form, err := url.ParseQuery(string(body)); err == nil && len(body) > 0 {
		for key, values := range form {
			a.params[key] = values[0]
		}
	}
	a.action = a.params["Action"]
	delete(a.params, "Action")
	for name, values := range req.Header {
		if strings.HasSuffix(strings.ToLower(name), "-action") && a.action == "" {
			a.action = values[0]
		}
	}
	return a
}

// flatten names each value in a document by its path.
func flatten(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			flatten(strings.TrimPrefix(path+"."+key, "."), value, into)
		}
	case []any:
		for i, value := range v {
			flatten(path+"."+strconv.Itoa(i), value, into)
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}

// like reports whether a request matches a recorded one: parameters of the recording
// must be equal, and a list must have no more items than in the recording.
func (w wanted) like(recorded wanted) bool {
	if w.action != recorded.action {
		return false
	}
	lists := make(map[string]bool)
	for key, value := range recorded.params {
		if got, ok := w.params[key]; !ok || got != value {
			return false
		}
		lists[withoutPlaces(key)] = true
	}
	for key := range w.params {
		if _, ok := recorded.params[key]; !ok && lists[withoutPlaces(key)] {
			return false
		}
	}
	return true
}

// withoutPlaces returns the name of a parameter without the numbers in its path.
func withoutPlaces(key string) string {
	parts := strings.Split(key, ".")
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { _, err := strconv.Atoi(p); return err == nil }), ".")
}

// RoundTrip answers a request from the recording.
func (r *replay) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readAll(req.Body)
	if err != nil {
		return nil, err
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	a := readWanted(req, body)
	e := r.find(a)
	if e == nil {
		return nil, fmt.Errorf("enitest: the recording does not have %s %q", a.action, describeParams(a.params))
	}
	if err := sleep(req.Context(), e.took); err != nil {
		return nil, err
	}
	if e.reply == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(e.reply)), req)
}

// find returns the recorded exchange for a request.
func (r *replay) find(a wanted) *exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.reads() {
		return r.findRead(a)
	}
	for n, e := range r.exchanges {
		if !e.used && a.like(e.wanted) {
			e.used = true
			r.position = max(r.position, n)
			return e
		}
	}
	return nil
}

// findRead returns a recorded description from before the next unused change: the first
// unused one after the last change that was answered, or else the last one.
func (r *replay) findRead(a wanted) *exchange {
	var last *exchange
	for n, e := range r.exchanges {
		if n > r.position && !e.wanted.reads() && !e.used {
			break
		}
		if !a.like(e.wanted) {
			continue
		}
		last = e
		if n > r.position && !e.used {
			e.used = true
			return e
		}
	}
	return last
}

// describeParams lists parameters in the order of their names.
func describeParams(params map[string]string) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(params)) {
		list = append(list, key+"="+params[key])
	}
	return list
}
