// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/reply"
	"github.com/cloudeni/cloudeni/internal/transport"
)

func TestSendMakesOneRequest(t *testing.T) {
	for _, status := range []int{200, 403, 500} {
		requests := 0
		_, e := send(t, func(r *http.Request) (*http.Response, error) {
			requests++
			if got := r.Header.Get("User-Agent"); !strings.HasPrefix(got, "cloudeni/") {
				t.Errorf("User-Agent = %q", got)
			}
			return respond(r, status, `{"RequestId":"R"}`), nil
		})
		if requests != 1 || (e == nil) != (status == 200) {
			t.Errorf("%d: %d requests, error = %v; want 1", status, requests, e)
		}
	}
}

// A client that follows a redirect sends the credentials in the query, as the
// Referer or in full, to the host that the reply names.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		requests := 0
		_, e := send(t, func(r *http.Request) (*http.Response, error) {
			requests++
			resp := respond(r, status, "")
			resp.Header.Set("Location", "https://elsewhere.invalid/"+"?"+r.URL.RawQuery)
			return resp, nil
		})
		if requests != 1 || e == nil || e.Kind != eni.ErrUnavailable || e.HTTPStatus != status {
			t.Errorf("%d: %d requests, error = %v", status, requests, e)
		}
		checkHides(t, e, "AccessKeyId=")
	}
}

func TestTheContextReachesTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := d.Send(ctx, testChange)
		e := d.Explain("Detach", err)
		if e.Kind != eni.ErrUnavailable || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("error = %v; want one that is the context's", e)
		}
	})
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, io.EOF
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	receipt, err := d.Send(ctx, testChange)
	if e := d.Explain("Detach", err); e.Kind != eni.ErrUnavailable || !errors.Is(e, context.Canceled) {
		t.Errorf("error = %v; want one that is the context's", e)
	}
	if !receipt.NotSent {
		t.Error("the receipt does not say that nothing was sent")
	}
}

// A request counts as sent unless it is certain that it was not.
func TestWhatLeftCountsAsSent(t *testing.T) {
	for name, rt := range map[string]roundTripper{
		"accepted":     replying(200, `{"RequestId":"R"}`),
		"refused":      replying(400, `{"RequestId":"R","Code":"InvalidParameter"}`),
		"unreadable":   replying(502, `<html>`),
		"reset":        func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"expired keys": replying(400, `{"RequestId":"R","Code":"InvalidSecurityToken.Expired"}`),
	} {
		if receipt, _ := send(t, rt); receipt.NotSent {
			t.Errorf("%s: the receipt says that nothing was sent", name)
		}
	}
}

// A request with all kinds of characters is sent exactly as it was signed.
func TestWhatIsSentIsWhatWasSigned(t *testing.T) {
	odd := "i-1 +*~%/?&=\"汉\x00"
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		if got := r.URL.Query().Get("InstanceId"); got != odd {
			t.Errorf("sent %q; want %q", got, odd)
		}
		return respond(r, 200, `{"RequestId":"R"}`), nil
	})
	change := testChange
	change.InstanceID = odd
	if _, err := d.Send(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// The time-outs of net and net/http match context.DeadlineExceeded, though the
// caller's context is alive.
func TestATimeoutOfTheClientIsNotTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDriver(t, nil)
		d.client = transport.New(&http.Client{Timeout: time.Second, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		_, err := d.Send(t.Context(), testChange)
		e := d.Explain("Detach", err)
		var timeout net.Error
		if e.Kind != eni.ErrUnavailable || !errors.As(e, &timeout) || !timeout.Timeout() {
			t.Errorf("error = %v; want a timeout", e)
		}
		if errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("error = %v matches the error of the caller's context, which is alive", e)
		}
	})
}

func TestAnAnswerThatBreaksOff(t *testing.T) {
	_, e := send(t, func(r *http.Request) (*http.Response, error) {
		resp := respond(r, http.StatusOK, "")
		resp.Header.Set("X-Acs-Request-Id", "R")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"Request`), broken{}))
		return resp, nil
	})
	if e == nil || e.Kind != eni.ErrUnavailable || !errors.Is(e, io.ErrUnexpectedEOF) || e.HTTPStatus != 200 || e.RequestID != "R" {
		t.Errorf("error = %+v", e)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestBodiesAreClosed(t *testing.T) {
	for _, body := range []string{`{"RequestId":"R"}`, `<html>`, strings.Repeat("x", reply.MaxError+2)} {
		closed := false
		_, e := send(t, func(r *http.Request) (*http.Response, error) {
			resp := respond(r, http.StatusBadRequest, "")
			resp.Body = closing{bytes.NewBufferString(body), &closed}
			return resp, nil
		})
		if e == nil || !closed {
			t.Errorf("the body of %d bytes was left open, error = %v", len(body), e)
		}
	}
}

type closing struct {
	io.Reader
	closed *bool
}

func (c closing) Close() error {
	*c.closed = true
	return nil
}

// pages serves a description: each page has the interfaces of one list, and each
// token is the number of the next page.
func pages(t *testing.T, requests *int, lists ...[]string) roundTripper {
	all := slices.Concat(lists...)
	slices.Sort(all)
	total := len(slices.Compact(all))
	return func(r *http.Request) (*http.Response, error) {
		*requests++
		query := r.URL.Query()
		n := 0
		if token := query.Get("NextToken"); token != "" {
			var err error
			if n, err = strconv.Atoi(token); err != nil {
				t.Error(err)
			}
		}
		if query.Get("MaxResults") != "100" || query.Get("NetworkInterfaceId.1") == "" {
			t.Errorf("query = %v", query)
		}
		set := []map[string]any{}
		for _, id := range lists[n] {
			set = append(set, map[string]any{"NetworkInterfaceId": id, "PrivateIpAddress": "10.0.0.1"})
		}
		next := ""
		if n+1 < len(lists) {
			next = fmt.Sprint(n + 1)
		}
		body, err := json.Marshal(map[string]any{
			"RequestId": "R", "NextToken": next, "TotalCount": total,
			"NetworkInterfaceSets": map[string]any{"NetworkInterfaceSet": set},
		})
		if err != nil {
			t.Fatal(err)
		}
		return respond(r, http.StatusOK, string(body)), nil
	}
}

func TestDescribe(t *testing.T) {
	for _, test := range []struct {
		name     string
		ids      []string
		pages    [][]string
		want     []string
		requests int
	}{
		{"nobody", nil, nil, nil, 0},
		{"one", []string{"a"}, [][]string{{"a"}}, []string{"a"}, 1},
		{"missing", []string{"a", "b"}, [][]string{{"b"}}, []string{"b"}, 1},
		{"nothing there", []string{"a"}, [][]string{{}}, nil, 1},
		{"two pages", []string{"a", "b"}, [][]string{{"a"}, {"b"}}, []string{"a", "b"}, 2},
		{"an empty page at the end", []string{"a"}, [][]string{{"a"}, {}}, []string{"a"}, 2},
		{"one, and an empty page behind it", []string{"a"}, [][]string{{"a"}, {}}, []string{"a"}, 2},
		{"on two pages", []string{"a", "b"}, [][]string{{"a"}, {"a", "b"}}, []string{"a", "b"}, 2},
		{"not asked for", []string{"a"}, [][]string{{"a", "z"}}, []string{"a"}, 1},
		{"asked for twice", []string{"a", "a"}, [][]string{{"a"}}, []string{"a"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			d := newTestDriver(t, pages(t, &requests, test.pages...))
			found, err := d.Describe(t.Context(), test.ids)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, i := range found {
				got = append(got, i.ID)
			}
			if !slices.Equal(got, test.want) || requests != test.requests {
				t.Errorf("found %v in %d requests; want %v in %d", got, requests, test.want, test.requests)
			}
		})
	}
}

func TestPagesThatDoNotEnd(t *testing.T) {
	for name, test := range map[string]struct {
		token func(n int) string
		want  int // requests
	}{
		"the same token":  {func(int) string { return "token" }, 2},
		"ever new tokens": {func(n int) string { return fmt.Sprint(n) }, 3}, // the last page may be empty
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
				requests++
				return respond(r, 200, `{"RequestId":"R","NextToken":"`+test.token(requests)+`","NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`), nil
			})
			_, err := d.Describe(t.Context(), []string{"a", "b"})
			if err == nil {
				t.Fatal("no error")
			}
			if e := d.Explain("Describe", err); e.Kind != eni.ErrUnavailable || e.RequestID != "R" || requests != test.want {
				t.Errorf("error after %d requests = %v", requests, e)
			}
		})
	}
}

func TestADescribeFailsWithAnyOfItsPages(t *testing.T) {
	var requests atomic.Int32
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		if requests.Add(1) == 2 {
			return respond(r, 400, `{"RequestId":"R","Code":"Throttling.User"}`), nil
		}
		return respond(r, 200, `{"RequestId":"R","NextToken":"n","NetworkInterfaceSets":{"NetworkInterfaceSet":[{"NetworkInterfaceId":"a","PrivateIpAddress":"10.0.0.1"}]}}`), nil
	})
	found, err := d.Describe(t.Context(), []string{"a", "b"})
	if err == nil || len(found) > 0 || d.Explain("Describe", err).Kind != eni.ErrThrottled {
		t.Errorf("found %v, %v; want nothing and the error", found, err)
	}
}

func TestNoncesAndSignaturesDiffer(t *testing.T) {
	seen := url.Values{}
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		for _, name := range []string{"SignatureNonce", "Signature"} {
			value := r.URL.Query().Get(name)
			if slices.Contains(seen[name], value) {
				t.Errorf("%s %s was sent twice", name, value)
			}
			seen.Add(name, value)
		}
		return respond(r, 200, `{"RequestId":"R"}`), nil
	})
	for range 100 {
		if _, err := d.Send(t.Context(), testChange); err != nil {
			t.Fatal(err)
		}
	}
}
