// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// Responses for which the SDK panics, reports success, or prints.
func TestRepliesThatLie(t *testing.T) {
	const body = "leaked-body"
	stream := respond(http.StatusOK, "data: "+accepted+"\n\n")
	stream.Header.Set("Content-Type", "text/event-stream")
	encoded := respond(http.StatusOK, accepted)
	encoded.Header.Set("Content-Encoding", "br")
	replies := map[string]*http.Response{
		"null":                    respond(http.StatusOK, `null`),
		"null with a 502":         respond(http.StatusBadGateway, `null`),
		"empty object":            respond(http.StatusOK, `{}`),
		"empty response":          respond(http.StatusOK, `{"Response":{}}`),
		"null response":           respond(http.StatusOK, `{"Response":null}`),
		"null request id":         respond(http.StatusOK, `{"Response":{"RequestId":null}}`),
		"numeric request id":      respond(http.StatusOK, `{"Response":{"RequestId":1,"x":"leaked-body"}}`),
		"code in another case":    respond(http.StatusOK, `{"Response":{"Error":{"code":"X","Message":"leaked-body"},"RequestId":"r"}}`),
		"id in another case":      respond(http.StatusOK, `{"Response":{"requestID":"r"}}`),
		"response twice":          respond(http.StatusOK, `{"Response":{"RequestId":"r"},"response":{"Error":{"Code":"X"}}}`),
		"error twice":             respond(http.StatusOK, `{"Response":{"Error":{"Code":"X"},"Error":null,"RequestId":"r"}}`),
		"error without a code":    respond(http.StatusOK, `{"Response":{"Error":{"Message":"leaked-body"},"RequestId":"r"}}`),
		"empty error":             respond(http.StatusOK, `{"Response":{"Error":{},"RequestId":"r"}}`),
		"textual code of API 2.0": respond(http.StatusOK, `{"code":"4000","message":"leaked-body"}`),
		"nothing":                 respond(http.StatusOK, ``),
		"array":                   respond(http.StatusOK, `[`+accepted+`]`),
		"two objects":             respond(http.StatusOK, accepted+accepted),
		"truncated":               respond(http.StatusOK, accepted[:20]),
		"deep":                    respond(http.StatusOK, `{"x":`+strings.Repeat("[", 1<<20)+strings.Repeat("]", 1<<20)+`}`),
		"html":                    respond(http.StatusOK, "<html>leaked-body</html>"),
		"html with a 502":         respond(http.StatusBadGateway, "<html>leaked-body</html>"),
		"object with a 502":       respond(http.StatusBadGateway, `{"x":"leaked-body"}`),
		"accepted with a 502":     respond(http.StatusBadGateway, accepted),
		"created":                 respond(http.StatusCreated, accepted),
		"stream":                  stream,
		"encoding":                encoded,
	}
	for name, resp := range replies {
		t.Run(name, func(t *testing.T) {
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) { return resp, nil })
			_, err := d.Send(t.Context(), testChange)
			if err == nil {
				t.Fatal("taken for a success")
			}
			e := d.Explain(string(core.UnassignPrivateIps), err)
			if e.Kind != eni.ErrUnavailable || e.HTTPStatus != resp.StatusCode || e.Message == "" {
				t.Errorf("%+v", e)
			}
			if text := fmt.Sprintf("%v %+v %v", e, e, e.Err); strings.Contains(text, body) {
				t.Errorf("%s prints the body", text)
			}
			wantNoSecret(t, e)
		})
	}
}

func TestRepliesMayBeIndented(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		return respond(http.StatusOK, "\r\n\t "+accepted+"\n"), nil
	})
	if receipt, err := d.Send(t.Context(), testChange); err != nil || receipt.TaskID != "r-1" {
		t.Errorf("%+v, %v", receipt, err)
	}
}

func TestTooManyRequestsWithoutACode(t *testing.T) {
	for _, body := range []string{"<html>", `{"x":1}`} {
		d := newTestDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusTooManyRequests, body), nil })
		_, err := d.Send(t.Context(), testChange)
		if e := d.Explain("", err); e.Kind != eni.ErrThrottled {
			t.Errorf("a 429 with %s is %v", body, e)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for hint, want := range map[string]time.Duration{
			"":      0,
			"7":     7 * time.Second,
			"-7":    0,
			"soon":  0,
			"99999": 0,
			time.Now().UTC().Add(time.Minute).Format(http.TimeFormat): time.Minute,
			"Thu, 01 Jan 1970 00:00:00 GMT":                           0,
		} {
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
				resp := respond(http.StatusServiceUnavailable, "<html>")
				resp.Header.Set("Retry-After", hint)
				return resp, nil
			})
			_, err := d.Send(t.Context(), testChange)
			var given interface{ RetryAfter() time.Duration }
			if !errors.As(err, &given) || given.RetryAfter() != want {
				t.Errorf("%q: %v", hint, err)
			}
		}
	})
}

// An API error is recognised with any status, and keeps the status.
func TestErrorsKeepTheirStatus(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusForbidden, http.StatusServiceUnavailable} {
		d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
			return respond(status, `{"Response":{"Error":{"Code":"UnauthorizedOperation","Message":"no\nway"},"RequestId":"r-9"}}`), nil
		})
		receipt, err := d.Send(t.Context(), testChange)
		e := d.Explain("", err)
		if e.Kind != eni.ErrPermission || e.HTTPStatus != status || e.RequestID != "r-9" || e.Message != "no way" {
			t.Errorf("%d: %+v", status, e)
		}
		if receipt.RequestID != "r-9" || receipt.TaskID != "" {
			t.Errorf("receipt %+v", receipt)
		}
	}
}

// endless is a body that counts the bytes read.
type endless struct{ remaining, read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.remaining == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.remaining)
	for i := range p[:n] {
		p[i] = ' '
	}
	e.remaining, e.read = e.remaining-n, e.read+n
	return n, nil
}

func (e *endless) Close() error { return nil }

func TestLargeRepliesAreNotReadWhole(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadGateway} {
		for _, length := range []int64{-1, 64 << 20} {
			body := &endless{remaining: 64 << 20}
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
				resp := respond(status, "")
				resp.Body, resp.ContentLength = body, length
				return resp, nil
			})
			_, err := d.Send(t.Context(), testChange)
			if e := d.Explain("", err); e.Kind != eni.ErrUnavailable {
				t.Errorf("%+v", e)
			}
			if body.read > reply.MaxSuccess+1 {
				t.Errorf("%d bytes were read", body.read)
			}
		}
	}
}

func TestCancelInMidRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		cancel()
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	_, err := d.Send(ctx, testChange)
	wantCanceled(t, d, err)
}

// cutBody ends with an error that does not match a context error.
type cutBody struct{ cancel func() }

func (b cutBody) Read([]byte) (int, error) {
	b.cancel()
	return 0, errors.New("use of closed network connection")
}

func (cutBody) Close() error { return nil }

func TestCancelInMidBody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		resp := respond(http.StatusOK, "")
		resp.Body = cutBody{cancel}
		return resp, nil
	})
	_, err := d.Send(ctx, testChange)
	wantCanceled(t, d, err)
}

func TestCanceledBeforeTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return respond(http.StatusOK, accepted), nil
	})
	_, err := d.Send(ctx, testChange)
	wantCanceled(t, d, err)
}

func wantCanceled(t *testing.T, d *driver, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	e := d.Explain("Detach", err)
	if e.Kind != eni.ErrUnavailable || !errors.Is(e, context.Canceled) {
		t.Errorf("%+v", e)
	}
}

// A time-out of the HTTP client is a lost response and does not match the error of the
// caller's context.
func TestClientTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, err := newDriver(Config{Region: "ap-guangzhou", Credentials: testCredentials, HTTPClient: &http.Client{
			Timeout: time.Second,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Send(t.Context(), testChange)
		if e := d.Explain("", err); e.Kind != eni.ErrUnavailable || errors.Is(e, context.DeadlineExceeded) || strings.Contains(e.Message, defaultHost) {
			t.Errorf("%+v", e)
		}
	})
}
