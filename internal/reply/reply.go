// SPDX-License-Identifier: Apache-2.0

// Package reply reads the responses of a cloud: a JSON object, an XML error of a gateway,
// a page of a proxy, or an incomplete response. The drivers of all clouds use it and its
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

// The maximum length of a response. A description of 100 interfaces with the maximum
// number of addresses is much shorter than the first. An error of a cloud has a few
// hundred bytes; a longer one comes from a gateway.
const (
	MaxSuccess = 8 << 20
	MaxError   = 64 << 10
)

// Reply is the response to one request.
type Reply struct {
	Status     int
	RetryAfter time.Duration // the pause that the cloud asks for; zero means none

	// Object is the JSON object; only if Problem is empty and XML is nil.
	Object Fields

	// XML is the XML error, or nil.
	XML *XMLError

	// Problem is why the response is not one of the cloud, or empty.
	Problem string

	// Foreign says that a proxy or a firewall wrote the response.
	Foreign bool
}

// XMLError is an XML error of a gateway of a cloud.
type XMLError struct {
	Code      string `xml:"Code"`
	Message   string `xml:"Message"`
	RequestID string `xml:"RequestId"`
	HostID    string `xml:"HostId"`
}

// OK reports whether the status is 2xx.
func (r *Reply) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Read reads a response to its end and closes the body. It returns an error if the
// response is incomplete.
func Read(resp *http.Response, secrets *redact.Secrets) (*Reply, error) {
	defer resp.Body.Close() //nolint:errcheck // read to its end, or not used
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
		r.Problem = "a content encoding, want none"
	default:
		r.read(resp, bytes.TrimPrefix(body, []byte("\ufeff")), secrets)
	}
	return r, nil
}

// readAll reads a body to its end, or to one byte beyond the limit. The first buffer fits
// the announced length, if any, and one byte to detect the end.
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
	cut := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) // an incomplete JSON object
	if isPage := isHTML(resp.Header, body); !cut && r.fromProxy(isPage) {
		r.Foreign = true
		r.Problem = "not an answer of the cloud: " + r.author(resp, body, isPage, secrets)
	}
}

// fromProxy reports whether a proxy, a firewall or a portal wrote the response. A
// gateway of the cloud writes pages with 5xx.
func (r *Reply) fromProxy(isPage bool) bool {
	switch {
	case r.Status == http.StatusTooManyRequests, r.Status == http.StatusRequestTimeout, r.Status >= 500:
		return false
	case r.Status >= 300:
		return true
	default:
		return isPage
	}
}

// author describes who wrote the response, from its headers and its title.
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

func isHTML(header http.Header, body []byte) bool {
	if strings.Contains(strings.ToLower(header.Get("Content-Type")), "html") && len(body) > 0 {
		return true
	}
	start := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 512)], " \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// readXML returns the XML error in a body, or nil if there is none with a code. A success
// is never XML.
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

// retryAfter returns the value of the header Retry-After in either of its forms, or zero
// if it is missing or invalid.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 16); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, _ := http.ParseTime(value) //nolint:errcheck // with an error it is the zero time
	return max(time.Until(at), 0)
}
