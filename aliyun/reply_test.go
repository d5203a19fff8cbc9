// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

func TestSuccess(t *testing.T) {
	for _, body := range []string{
		`{"RequestId":"R"}`,
		"\n {\"RequestId\":\"R\",\"Code\":null}\n",
		`{"RequestId":"R","Code":""}`,
	} {
		receipt, e := send(t, replying(http.StatusOK, body))
		if e != nil || receipt.RequestID != "R" || receipt.TaskID != "" {
			t.Errorf("%s = %+v, %v; want success", body, receipt, e)
		}
	}
}

// A response is a success only if it is complete, and the change may have taken effect
// unless the response is a refusal.
func TestRepliesThatAreNotSuccess(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   eni.Kind
	}{
		{"empty 200", 200, ``, eni.ErrUnavailable},
		{"no request id", 200, `{}`, eni.ErrUnavailable},
		{"empty request id", 200, `{"RequestId":""}`, eni.ErrUnavailable},
		{"request id of spaces", 200, `{"RequestId":" \n"}`, eni.ErrUnavailable},
		{"null request id", 200, `{"RequestId":null}`, eni.ErrUnavailable},
		{"numeric request id", 200, `{"RequestId":12}`, eni.ErrUnavailable},
		{"null", 200, `null`, eni.ErrUnavailable},
		{"list", 200, `[{"RequestId":"R"}]`, eni.ErrUnavailable},
		{"text", 200, `"RequestId"`, eni.ErrUnavailable},
		{"truncated", 200, `{"RequestId":"R"`, eni.ErrUnavailable},
		{"two objects", 200, `{"RequestId":"R"}{}`, eni.ErrUnavailable},
		{"page of a portal", 200, `<html>login</html>`, eni.ErrUnavailable},
		{"error body with 200", 200, `{"RequestId":"R","Code":"Operation.Conflict"}`, eni.ErrConflict},
		{"code of spaces", 200, `{"RequestId":"R","Code":" \n"}`, eni.ErrUnavailable},
		{"object as code", 200, `{"RequestId":"R","Code":{}}`, eni.ErrUnknown},
		{"numeric code", 200, `{"RequestId":"R","Code":1}`, eni.ErrUnknown},
		{"numeric code and id", 403, `{"RequestId":12,"Code":403,"Message":7}`, eni.ErrUnknown},
		{"numeric id", 403, `{"RequestId":12,"Code":"Forbidden.RAM"}`, eni.ErrPermission},
		{"numeric host id", 403, `{"RequestId":"R","HostId":1,"Recommend":2,"AccessDeniedDetail":3,"Code":"Forbidden.RAM"}`, eni.ErrPermission},
		{"request id with 4xx", 404, `{"RequestId":"R"}`, eni.ErrUnavailable},
		{"html 403", 403, `<html>`, eni.ErrUnavailable},
		{"html 429", 429, `<html>`, eni.ErrThrottled},
		{"html 502", 502, `<html>Bad Gateway</html>`, eni.ErrUnavailable},
		{"empty 503", 503, ``, eni.ErrUnavailable},
		{"unknown code 400", 400, `{"RequestId":"R","Code":"New.Code","Message":"m"}`, eni.ErrUnknown},
		{"unknown code 500", 500, `{"RequestId":"R","Code":"New.Code","Message":"m"}`, eni.ErrUnavailable},
		{"not modified", 304, `{"RequestId":"R"}`, eni.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, e := send(t, replying(test.status, test.body))
			if e == nil {
				t.Fatal("success")
			}
			if e.Kind != test.want || e.HTTPStatus != test.status || e.Message == "" && e.Code == "" {
				t.Errorf("error = %+v; want %v", e, test.want)
			}
			if strings.Contains(e.Message, "<html>") {
				t.Errorf("a page is repeated: %s", e.Message)
			}
		})
	}
}

func TestNumbersAreKeptAsTexts(t *testing.T) {
	receipt, e := send(t, replying(403, `{"RequestId":12,"Code":403,"Message":7}`))
	if e == nil || e.Code != "403" || e.RequestID != "12" || e.Message != "7" || receipt.RequestID != "12" {
		t.Errorf("receipt = %+v, error = %+v", receipt, e)
	}
}

func TestTheRequestIDOfAnUnreadableReplyIsInTheHeader(t *testing.T) {
	for _, body := range []string{"<html>", "{}", `{"Code":"X"}`, `<Error><Code>X</Code></Error>`} {
		_, e := send(t, func(r *http.Request) (*http.Response, error) {
			resp := respond(r, http.StatusBadGateway, body)
			resp.Header.Set("X-Acs-Request-Id", "R-2")
			return resp, nil
		})
		if e == nil || e.RequestID != "R-2" {
			t.Errorf("%s: error = %+v; want the request id R-2", body, e)
		}
	}
}

func TestLongWordsAreCut(t *testing.T) {
	_, e := send(t, replying(400, `{"RequestId":"R","Code":"`+strings.Repeat("C", 1000)+`","Message":"`+strings.Repeat("汉", 1000)+`"}`))
	if e == nil || len(e.Message) > redact.MaxMessage || len(e.Message) < redact.MaxMessage-2 || len(e.Code) != redact.MaxID || !utf8.ValidString(e.Message) {
		t.Errorf("error = %+v", e)
	}
}

// endless is a body of 64 MiB that counts the bytes read.
type endless struct{ remaining, read int }

func (b *endless) Read(p []byte) (int, error) {
	if b.remaining == 0 {
		return 0, io.EOF
	}
	n := min(len(p), b.remaining)
	for i := range p[:n] {
		p[i] = 'x'
	}
	b.remaining -= n
	b.read += n
	return n, nil
}

func (*endless) Close() error { return nil }

func TestLongRepliesAreNotReadToTheirEnd(t *testing.T) {
	for _, test := range []struct{ status, limit int }{{500, reply.MaxError}, {403, reply.MaxError}, {200, reply.MaxSuccess}} {
		body := &endless{remaining: 64 << 20}
		_, e := send(t, func(r *http.Request) (*http.Response, error) {
			resp := respond(r, test.status, "")
			resp.Body = body
			return resp, nil
		})
		if e == nil || e.Kind != eni.ErrUnavailable || strings.Contains(e.Error(), "xxx") {
			t.Errorf("%d: error = %v", test.status, e)
		}
		if body.read > test.limit+1 {
			t.Errorf("%d: %d bytes were read; want at most %d", test.status, body.read, test.limit+1)
		}
	}
}
