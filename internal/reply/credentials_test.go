// SPDX-License-Identifier: Apache-2.0

package reply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/redact"
)

// answered is an error of a token service.
type answered struct {
	kind eni.Kind
	said string
}

func (a answered) Error() string { return a.said }

// quiet has a text without that of the error that it wraps.
type quiet struct{ err error }

func (quiet) Error() string   { return "quiet" }
func (q quiet) Unwrap() error { return q.err }

// errChain is the error of a chain that finds no credentials.
var errChain = errors.New("nothing in the chain")

var testCredentials = Credentials{
	Missing:  "set the variables",
	NotFound: func(err error) bool { return errors.Is(err, errChain) },
	Service: func(err error) (eni.Kind, string, bool) {
		var a answered
		ok := errors.As(err, &a)
		return a.kind, a.said, ok
	},
}

// A temporary failure of a source is ErrUnavailable with its name and its text.
func TestErrorsOfSources(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	const leak = "https://sts.test/?AccessKeyId=leaked"
	for name, test := range map[string]struct {
		err  error
		kind eni.Kind
		want string
	}{
		"a padded key":          {fmt.Errorf("w: %w", &credcache.MalformedError{Field: "access key ID", Problem: "ends with white space"}), eni.ErrUnauthenticated, "access key ID ends with white space"},
		"throttled":             {answered{eni.ErrThrottled, "Throttling: slowly"}, eni.ErrUnavailable, "Throttling: slowly"},
		"in conflict":           {answered{eni.ErrConflict, "busy"}, eni.ErrUnavailable, "busy"},
		"unavailable":           {answered{eni.ErrUnavailable, "status 503, down"}, eni.ErrUnavailable, "status 503, down"},
		"refused":               {answered{eni.ErrPermission, "NoPermission: no"}, eni.ErrUnauthenticated, "NoPermission: no"},
		"unknown":               {answered{eni.ErrUnknown, "status 404, Odd: no"}, eni.ErrUnauthenticated, "status 404, Odd: no"},
		"a URL":                 {&url.Error{Op: "Post", URL: leak, Err: dial}, eni.ErrUnavailable, "dial tcp: connection refused"},
		"a URL and a text":      {&url.Error{Op: "Post", URL: leak, Err: errors.New("odd")}, eni.ErrUnavailable, "odd"},
		"a URL and nothing":     {&url.Error{Op: "parse", URL: "x"}, eni.ErrUnauthenticated, ""},
		"a socket":              {fmt.Errorf("w: %w", dial), eni.ErrUnavailable, "dial tcp: connection refused"},
		"no credentials":        {credcache.ErrNone, eni.ErrUnauthenticated, "the provider returned no credentials"},
		"end of file":           {fmt.Errorf("w: %w", io.EOF), eni.ErrUnavailable, "w: EOF"},
		"an end without words":  {quiet{io.EOF}, eni.ErrUnavailable, "quiet"},
		"a cut without words":   {quiet{io.ErrUnexpectedEOF}, eni.ErrUnavailable, "quiet"},
		"half a body":           {io.ErrUnexpectedEOF, eni.ErrUnavailable, "unexpected EOF"},
		"a syntax error":        {fmt.Errorf("w: %w", &json.SyntaxError{}), eni.ErrUnavailable, "w:"},
		"its own kind":          {fmt.Errorf("vault: %w", eni.ErrThrottled), eni.ErrUnavailable, "vault: throttled"},
		"its own lasting kind":  {fmt.Errorf("vault with status 503: %w", eni.ErrPermission), eni.ErrUnauthenticated, "vault with status 503"},
		"a status that passes":  {errors.New("received 429 getting credentials"), eni.ErrUnavailable, "received 429 getting credentials"},
		"a status that lasts":   {errors.New("received 403 getting credentials"), eni.ErrUnauthenticated, "received 403 getting credentials"},
		"a broken text":         {errors.New("json.Unmarshal fail: x"), eni.ErrUnavailable, "json.Unmarshal fail: x"},
		"any other text":        {errors.New("no such profile"), eni.ErrUnauthenticated, "no such profile"},
		"a status that is cut":  {errors.New("sidecar: " + strings.Repeat("x ", 200) + "httpStatus: 503"), eni.ErrUnavailable, "status 503, sidecar: x x"},
		"a chain":               {fmt.Errorf("w: %w", errChain), eni.ErrUnauthenticated, ""},
		"a chain for a moment":  {fmt.Errorf("w: %w: http status 503", errChain), eni.ErrUnavailable, "nothing in the chain: http status 503"},
		"a body in the text":    {errors.New(`status 500 {"AccessKeySecret":"leaked"}`), eni.ErrUnavailable, "status 500"},
		"a status in that body": {errors.New(`failed {"message":"leaked, http status: 500"}`), eni.ErrUnavailable, "status 500, failed"},
	} {
		f := testCredentials.Error(t.Context(), "vault\nof mine", test.err)
		if f.Kind != test.kind || !f.NotSent || !strings.Contains(f.Message, test.want) || strings.Contains(f.Error(), "leaked") {
			t.Errorf("%s: %v: %s", name, f.Kind, f.Message)
		}
		switch {
		case test.err == errChain || name == "a chain":
			if f.Message != "set the variables" {
				t.Errorf("%s: %s", name, f.Message)
			}
		case !strings.HasPrefix(f.Message, "no credentials from provider vault of mine: "):
			t.Errorf("%s: %s", name, f.Message)
		}
		if f.Cause == nil || strings.Contains(fmt.Sprintf("%+v", f.Cause), "leaked") {
			t.Errorf("%s: the cause is %+v", name, f.Cause)
		}
		if strings.Contains(f.Message, "status 0") || strings.Count(f.Message, "503") > 1 || len(f.Message) > maxDetail+redact.MaxID {
			t.Errorf("%s: %s", name, f.Message)
		}
	}
	var malformed *credcache.MalformedError
	if f := testCredentials.Error(t.Context(), "v", &credcache.MalformedError{Field: "x"}); !errors.As(f, &malformed) {
		t.Errorf("%+v", f.Cause)
	}
	for err, cause := range map[error]error{
		&url.Error{Op: "Post", Err: dial}: syscall.ECONNREFUSED,
		error(dial):                       syscall.ECONNREFUSED,
	} {
		if f := testCredentials.Error(t.Context(), "v", err); !errors.Is(f, cause) {
			t.Errorf("%v no longer matches %v", f, cause)
		}
	}
}

// The error matches a context error only if the caller's context has ended.
func TestSourcesAndContexts(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f := testCredentials.Error(ended, "vault", errors.New("anything"))
	if f.Kind != eni.ErrUnavailable || !f.NotSent || !errors.Is(f, context.Canceled) || f.Message != "no credentials from provider vault yet: context canceled" {
		t.Errorf("%+v", f)
	}
	late := &net.OpError{Op: "read", Net: "tcp", Err: context.DeadlineExceeded}
	for _, err := range []error{late, &url.Error{Op: "Get", Err: late}, &url.Error{Op: "Get", Err: context.DeadlineExceeded}} {
		f := testCredentials.Error(t.Context(), "vault", err)
		var timeout net.Error
		if errors.Is(f, context.DeadlineExceeded) || !errors.As(f, &timeout) || !timeout.Timeout() || f.Kind != eni.ErrUnavailable {
			t.Errorf("%v: %+v", err, f)
		}
	}
	for _, err := range []error{errors.New("odd"), &net.DNSError{Err: "no such host", Name: "x"}} {
		f = testCredentials.Error(t.Context(), "vault", &url.Error{Op: "Get", Err: err})
		var other net.Error
		if !errors.As(f, &other) || other.Timeout() {
			t.Errorf("%+v", f.Cause)
		}
	}
}

func TestStatusesInTexts(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "received 403 getting": 403, "httpStatus: 503, message": 503, "HTTP status code = 429": 429, "status: 404": 404,
		"request https://host/x 502": 502, "HTTP/1.1 504 Gateway": 504, `status "500"`: 500, "received 4031": 0, "status 600": 0, "port 8080": 0,
		"received 403, then received 503": 503, "received 503, then received 403": 503, "status 408": 408, "received 403, then status 404": 403,
	} {
		if got := statusOf(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	for status, want := range map[int]bool{408: true, 429: true, 500: true, 503: true, 499: false, 403: false, 404: false, 407: false, 428: false} {
		if got := statusPasses(status); got != want {
			t.Errorf("%d passes: %t", status, got)
		}
	}
}
