// SPDX-License-Identifier: Apache-2.0

// Package reply reads what comes back for a request to a cloud: the one JSON object
// that is an answer, an error in XML from a gateway, a page of somebody in between,
// or a connection that broke off. The drivers of all clouds use it and its
// [RequestError].
package reply

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/internal/redact"
)

// How much of a reply is read. A description of 100 interfaces that are full of
// addresses stays well below the first; an error is a few hundred bytes, and a
// longer one comes from a gateway.
const (
	MaxSuccess = 8 << 20
	MaxError   = 64 << 10
)

// Reply is what came back for one request.
type Reply struct {
	Status     int
	RetryAfter time.Duration // the pause that is asked for; zero is none

	// Object is what the reply says; only where Problem is empty and XML is nil.
	Object Fields

	// XML is an error in XML.
	XML *XMLError

	// Problem is why the reply is not an answer of the cloud's, or empty.
	Problem string

	// Foreign says that somebody between this machine and the cloud wrote the reply.
	Foreign bool
}

// XMLError is an error as the gateways of the clouds write it in XML.
type XMLError struct {
	Code      string `xml:"Code"`
	Message   string `xml:"Message"`
	RequestID string `xml:"RequestId"`
	HostID    string `xml:"HostId"`
}

// OK reports whether the status says success.
func (r *Reply) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Read reads a reply to its end and closes the body. It returns an error where the
// reply breaks off.
func Read(resp *http.Response, secrets *redact.Secrets) (*Reply, error) {
	defer resp.Body.Close() //nolint:errcheck // read to its end, or of no use
	r := &Reply{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header)}
	limit := MaxError
	if r.OK() {
		limit = MaxSuccess
	}
	body, err := readAll(resp.Body, resp.ContentLength, limit)
	switch {
	case err != nil:
		return r, err
	case len(body) > limit:
		r.Problem = fmt.Sprintf("more than %d bytes", limit)
	case resp.Header.Get("Content-Encoding") != "":
		r.Problem = "an encoding that nobody asked for"
	default:
		r.read(resp, bytes.TrimPrefix(body, []byte("\ufeff")), secrets)
	}
	return r, nil
}

// readAll reads a body to its end, or one byte beyond the limit. The first buffer has
// room for the length that the head announces, if any, and for what tells of the end.
func readAll(r io.Reader, announced int64, limit int) ([]byte, error) {
	size := bytes.MinRead
	if announced > 0 && announced <= int64(limit) {
		size = int(announced) + 1
	}
	body := make([]byte, 0, size)
	for len(body) <= limit {
		body = slices.Grow(body, 1)
		n, err := r.Read(body[len(body):min(cap(body), limit+1)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return nil, err
		}
	}
	return body, nil
}

func (r *Reply) read(resp *http.Response, body []byte, secrets *redact.Secrets) {
	object, err := ParseObject(body)
	if err == nil {
		r.Object = object
		return
	}
	if r.XML = readXML(body); r.XML != nil {
		return
	}
	r.Problem = err.Error()
	cut := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) // an answer, but not all of it
	if isPage := looksLikeHTML(resp.Header, body); !cut && r.comesFromBetween(isPage) {
		r.Foreign = true
		r.Problem = "not an answer of the cloud: " + r.author(resp, body, isPage, secrets)
	}
}

// comesFromBetween reports whether something between this machine and the cloud
// wrote a reply that is no answer: a proxy, a firewall or a portal. A gateway of the
// cloud's writes pages with 5xx.
func (r *Reply) comesFromBetween(isPage bool) bool {
	switch {
	case r.Status == http.StatusTooManyRequests, r.Status == http.StatusRequestTimeout, r.Status >= 500:
		return false
	case r.Status >= 300:
		return true
	default:
		return isPage
	}
}

// author says who wrote the reply, as far as it tells.
func (r *Reply) author(resp *http.Response, body []byte, isPage bool, secrets *redact.Secrets) string {
	said := "status " + strconv.Itoa(r.Status)
	if isPage {
		said = "a page with " + said
	}
	for _, name := range []string{"Server", "Via", "Proxy-Agent", "Proxy-Authenticate", "Www-Authenticate"} {
		if v := resp.Header.Get(name); v != "" {
			said += fmt.Sprintf(", %s %q", name, secrets.Text(v, redact.MaxID))
		}
	}
	if to, err := url.Parse(resp.Header.Get("Location")); err == nil && to.Host != "" {
		said += ", redirects to " + secrets.Text(to.Host, redact.MaxID)
	}
	if found := title.FindSubmatch(body); found != nil {
		said += fmt.Sprintf(", title %q", secrets.Text(string(found[1]), redact.MaxID))
	}
	return said
}

var title = regexp.MustCompile(`(?is)<title[^>]*>\s*([^<]{1,256})`)

func looksLikeHTML(header http.Header, body []byte) bool {
	if strings.Contains(strings.ToLower(header.Get("Content-Type")), "html") && len(body) > 0 {
		return true
	}
	start := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 512)], " \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// readXML returns the error in a body, or nil where there is none with a code. No
// success is written in XML.
func readXML(body []byte) *XMLError {
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) == 0 || start[0] != '<' {
		return nil
	}
	var doc struct {
		XMLError
		Inner XMLError `xml:"Error"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	if decoder.Decode(&doc) != nil {
		return nil
	}
	for _, e := range []XMLError{doc.XMLError, doc.Inner} {
		if strings.TrimSpace(e.Code) != "" {
			if e.RequestID == "" {
				e.RequestID = doc.RequestID
			}
			return &e
		}
	}
	return nil
}

// retryAfter reads the header Retry-After in either of its forms. It is zero where
// the header cannot be read.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 16); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, _ := http.ParseTime(value) //nolint:errcheck // that of an error is long ago
	return max(time.Until(at), 0)
}
