// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// page makes a page of a proxy or of a gateway of the cloud.
func page(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1}
}

func read(t *testing.T, resp *http.Response) *Reply {
	t.Helper()
	r, err := Read(resp, redact.New("hunter22hunter22"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A page of a proxy is tried at most twice, and the error describes its author.
func TestPagesOfSomebodyInBetween(t *testing.T) {
	const html = "<!DOCTYPE html>\n<html><head><title>\n Access denied by policy hunter22hunter22</title></head></html>"
	for name, test := range map[string]struct {
		resp *http.Response
		says []string
	}{
		"a proxy wants credentials": {page(407, html, "Proxy-Authenticate", `Basic realm="corp"`, "Via", "1.1 squid.corp"), []string{"status 407", "squid.corp", `Basic realm=\"corp\"`}},
		"a firewall":                {page(403, html, "Server", "BigIP"), []string{"a page with status 403", `Server "BigIP"`, `title "Access denied by policy [redacted]"`}},
		"a page without a type":     {page(401, "<html><TITLE lang=en>Sign in</TITLE>"), []string{`title "Sign in"`}},
		"a method that is refused":  {page(405, "Method Not Allowed", "Server", "nginx"), []string{"status 405", "nginx"}},
		"a portal":                  {page(302, "", "Location", "https://portal.corp/login?x=hunter22hunter22"), []string{"status 302", "redirects to portal.corp"}},
		"the first status":          {page(300, "odd"), []string{"not an answer of the cloud: status 300"}},
		"a portal that says no URL": {page(302, "", "Location", "http://[::1"), []string{"not an answer of the cloud: status 302"}},
		"a portal of this host":     {page(302, "", "Location", "/login"), []string{"not an answer of the cloud: status 302"}},
		"a document type alone":     {page(200, "<!doctype html>x"), []string{"a page with status 200"}},
		"a portal without a status": {page(200, html), []string{"a page with status 200"}},
		"plain text":                {page(404, "no such app"), []string{"status 404"}},
		"http to an https port":     {page(400, "Client sent an HTTP request to an HTTPS server.\n"), []string{"status 400"}},
		"a page that says html":     {page(200, "\n\n<head>", "Content-Type", "text/html; charset=gbk"), []string{"a page with status 200"}},
	} {
		r := read(t, test.resp)
		f := r.Unreadable("", r.Problem)
		if !r.Foreign || f.MaxTries() != 2 || f.Kind != eni.ErrUnavailable || f.NotSent || f.Status != r.Status {
			t.Errorf("%s: %+v", name, r)
		}
		if want := "unreadable reply: not an answer of the cloud: status 30"; strings.HasPrefix(test.says[0], "not an answer") && (f.Message[:len(f.Message)-1] != want) {
			t.Errorf("%s: %q", name, f.Message)
		}
		for _, want := range test.says {
			if !strings.Contains(f.Message, want) {
				t.Errorf("%s: %q does not say %q", name, f.Message, want)
			}
		}
		if strings.Contains(f.Message, "hunter22") || strings.Contains(f.Message, "<") {
			t.Errorf("%s: %q", name, f.Message)
		}
	}
}

// The tries of a gateway's page or an incomplete response are not limited.
func TestPagesOfTheCloud(t *testing.T) {
	for name, resp := range map[string]*http.Response{
		"a server error":   page(500, "<html>"),
		"an empty page":    page(200, "", "Content-Type", "text/html"),
		"bad gateway":      page(502, "<html><title>502 Bad Gateway</title>"),
		"unavailable":      page(503, ""),
		"too many":         page(429, "<html>slow down"),
		"time-out":         page(408, "<html>"),
		"empty":            page(200, ""),
		"half an answer":   page(200, `{"RequestId":"R"`),
		"half a refusal":   page(403, `{"Code":"Throttl`),
		"a list":           page(200, `[]`),
		"null":             page(200, `null`),
		"an odd encoding":  page(200, `{}`, "Content-Encoding", "br"),
		"an odd text":      page(200, `OK`),
		"two fields alike": page(200, `{"RequestId":"R","requestId":"S"}`),
	} {
		r := read(t, resp)
		f := r.Unreadable("R", r.Problem)
		want := eni.ErrUnavailable
		if r.Status == 429 {
			want = eni.ErrThrottled
		}
		if r.Problem == "" || r.Foreign || f.MaxTries() != 0 || f.Kind != want || f.RequestID != "R" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestErrorsInXML(t *testing.T) {
	for _, body := range []string{
		`<?xml version='1.0' encoding='UTF-8'?><Error><RequestId>R</RequestId><HostId>h</HostId><Code>Throttling</Code><Message>slow</Message></Error>`,
		"\ufeff<Error>\n<Code> Throttling </Code><RequestId>R</RequestId><Message>slow</Message></Error>",
		`<?xml version="1.0" encoding="GBK"?><ErrorResponse><Error><Code>Throttling</Code><Message>slow</Message></Error><RequestId>R</RequestId></ErrorResponse>`,
	} {
		for _, status := range []int{200, 400, 503} {
			r := read(t, page(status, body))
			if r.XML == nil || strings.TrimSpace(r.XML.Code) != "Throttling" || r.XML.Message != "slow" || r.XML.RequestID != "R" || r.Problem != "" {
				t.Errorf("%s: %+v", body, r)
			}
		}
	}
	inner := `<Response><Error><Code>X</Code><RequestId>R</RequestId></Error><RequestId>S</RequestId></Response>`
	if r := read(t, page(400, inner)); r.XML == nil || r.XML.RequestID != "R" {
		t.Errorf("%+v", r.XML)
	}
	for _, body := range []string{`<Response><RequestId>R</RequestId></Response>`, `<Error><Code></Code></Error>`, `<Error><Code>X`, `<`, `oops <Error><Code>X</Code></Error>`} {
		if r := read(t, page(200, body)); r.XML != nil || r.Problem == "" {
			t.Errorf("%s: %+v", body, r)
		}
	}
}

func TestSuccessByStatus(t *testing.T) {
	for status, want := range map[int]bool{199: false, 200: true, 204: true, 299: true, 300: false, 404: false, 500: false, 101: false} {
		if r := (&Reply{Status: status}); r.OK() != want {
			t.Errorf("%d: %t", status, r.OK())
		}
	}
}

func TestByteOrderMarks(t *testing.T) {
	r := read(t, page(200, "\ufeff{\"RequestId\":\"R\"}"))
	if r.Problem != "" || r.Object.Text("RequestId") != "R" {
		t.Errorf("%+v", r)
	}
}

// endless is a body that counts the bytes read.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	return len(p), nil
}

func (*endless) Close() error { return nil }

func TestLongRepliesAreNotReadToTheirEnd(t *testing.T) {
	for status, limit := range map[int]int64{200: MaxSuccess, 403: MaxError, 500: MaxError} {
		for _, length := range []int64{-1, 64 << 20} {
			body := &endless{}
			r := read(t, &http.Response{StatusCode: status, Body: body, ContentLength: length})
			if r.Problem == "" || body.read > limit+1 {
				t.Errorf("%d: %d bytes were read", status, body.read)
			}
		}
	}
}

// A response may be as long as the limit, and its announced length may be wrong. The
// body is always closed.
func TestLongReplies(t *testing.T) {
	for _, test := range []struct {
		status, length int
		read           bool
	}{{200, MaxError + 1, true}, {200, MaxSuccess, true}, {200, MaxSuccess + 1, false}, {403, MaxError, true}, {403, MaxError + 1, false}} {
		for _, length := range []int64{-1, 0, 7, int64(test.length), 1 << 50} {
			const frame = `{"a":""}`
			body := &closer{Reader: strings.NewReader(`{"a":"` + strings.Repeat("x", test.length-len(frame)) + `"}`)}
			r := read(t, &http.Response{StatusCode: test.status, Body: body, ContentLength: length})
			if (r.Problem == "") != test.read || !body.closed {
				t.Errorf("%+v, %d: %q, closed: %t", test, length, r.Problem, body.closed)
			}
		}
	}
}

type closer struct {
	io.Reader

	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for header, want := range map[string]time.Duration{
			"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999999": 0,
			time.Now().UTC().Add(time.Minute).Format(http.TimeFormat): time.Minute,
			"Thu, 01 Jan 1970 00:00:00 GMT":                           0,
		} {
			r := read(t, page(503, "{}", "Retry-After", header))
			if got := r.Unreadable("", "x").RetryAfter(); got != want {
				t.Errorf("%q: %s, want %s", header, got, want)
			}
			if got := r.Refused(eni.ErrThrottled, "X", "", "", nil).RetryAfter(); got != want {
				t.Errorf("%q: %s, want %s", header, got, want)
			}
		}
	})
}

func TestRepliesThatBreakOff(t *testing.T) {
	secrets := redact.New("hunter22hunter22")
	resp := page(200, "")
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"a`), brokenReader{errors.New("reset hunter22hunter22")}))
	r, err := Read(resp, secrets)
	if err == nil {
		t.Fatal(r)
	}
	f := r.BrokenOff(nil, err, secrets)
	if f.Kind != eni.ErrUnavailable || f.Status != 200 || f.NotSent || strings.Contains(fmt.Sprintf("%v %+v", f, f.Cause), "hunter22") {
		t.Errorf("%+v", f)
	}
	if f := r.BrokenOff(context.Canceled, err, secrets); !errors.Is(f, context.Canceled) {
		t.Errorf("%+v", f)
	}
	if f := r.BrokenOff(nil, context.DeadlineExceeded, secrets); errors.Is(f, context.DeadlineExceeded) {
		t.Errorf("%v is the caller's", f)
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

func TestLost(t *testing.T) {
	secrets := redact.New("hunter22hunter22")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://cloud.test", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	failing := func(err error) *transport.Client {
		return transport.New(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })})
	}
	_, err = failing(errors.New("reset hunter22hunter22")).Do(req)
	if f := Lost(err, secrets); f.Kind != eni.ErrUnavailable || f.NotSent || f.Reused() || f.MaxTries() != 0 || strings.Contains(fmt.Sprintf("%v %#v", f, f.Cause), "hunter22") {
		t.Errorf("%+v", f)
	}
	_, err = failing(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused " + strings.Repeat("x", 2*redact.MaxMessage))}).Do(req)
	if f := Lost(err, secrets); f.Kind != eni.ErrUnavailable || !f.NotSent || f.MaxTries() != 0 || f.Cause == nil || len(f.Message) != redact.MaxMessage ||
		!strings.HasPrefix(f.Message, "no connection to cloud.test: dial tcp: refused") {
		t.Errorf("%+v", f)
	}
	_, err = failing(errors.New("a\r\nb")).Do(req)
	if f := Lost(err, secrets); f.Message != "no answer: a b" {
		t.Errorf("%q", f.Message)
	}
	for _, test := range []struct {
		err  *transport.Error
		kind eni.Kind
		most int
	}{
		{&transport.Error{NotSent: true, Permanent: true}, eni.ErrInvalid, 0},
		{&transport.Error{NotSent: true, Refused: true}, eni.ErrUnavailable, 2},
		{&transport.Error{}, eni.ErrUnavailable, 0},
	} {
		if f := Lost(fmt.Errorf("w: %w", test.err), secrets); f.Kind != test.kind || f.MaxTries() != test.most || f.NotSent != test.err.NotSent || f.Reused() {
			t.Errorf("%+v: %+v", test.err, f)
		}
	}
	if f := Lost(errors.New("other"), secrets); f.Kind != eni.ErrUnavailable || f.Message != "no answer: other" {
		t.Errorf("%+v", f)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestExplain(t *testing.T) {
	cause := errors.New("cause")
	f := &RequestError{Kind: eni.ErrConflict, Status: 403, Code: "X", Message: "m", RequestID: "r", Cause: cause}
	e := Explain(fmt.Errorf("wrapped: %w", f))
	if e.Kind != eni.ErrConflict || e.HTTPStatus != 403 || e.Code != "X" || e.Message != "m" || e.RequestID != "r" || e.Err != cause {
		t.Errorf("%+v", e)
	}
	if (&RequestError{Code: "X"}).Error() != "X" || f.Error() != "m" {
		t.Error("a failure says nothing")
	}
	for err, want := range map[error]eni.Kind{
		errors.New("Post \"https://x/?AccessKeyId=abc\": boom\nat once"): eni.ErrUnknown,
		fmt.Errorf("lane: %w", context.Canceled):                         eni.ErrUnavailable,
		error(eni.ErrUnsupported):                                        eni.ErrUnsupported,
	} {
		e := Explain(err)
		if e.Kind != want || e.Message == "" || strings.Contains(e.Error(), "abc") || strings.Contains(e.Error(), "\n") {
			t.Errorf("%v: %+v", err, e)
		}
		if own := err == error(eni.ErrUnsupported); own != (e.Err == error(eni.ErrUnsupported)) || want == eni.ErrUnknown && e.Err != nil {
			t.Errorf("%v: the cause is %v", err, e.Err)
		}
		if errors.Is(err, context.Canceled) != errors.Is(e, context.Canceled) {
			t.Errorf("%v: %+v", err, e)
		}
	}
	if NotSent(errors.New("x")) || NotSent(f) || !NotSent(fmt.Errorf("w: %w", &RequestError{NotSent: true})) {
		t.Error("sent or not")
	}
}
