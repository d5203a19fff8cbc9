package aliyun

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
)

// How much of a reply is read. A look at 100 interfaces that are full of
// addresses stays well below the first; an error is a few hundred bytes, and
// what is more comes from somebody in between.
const (
	maxSuccess = 8 << 20
	maxError   = 64 << 10
)

// answer is a reply that says success, or as much of another as could be read.
type answer struct {
	status     int
	requestID  string
	body       []byte
	retryAfter time.Duration
}

// envelope is what every reply has around it. Gateways in between write numbers
// where the cloud writes strings, at which the SDK's own parser panics.
type envelope struct {
	RequestID word `json:"RequestId"`
	HostID    word `json:"HostId"`
	Code      word `json:"Code"`
	Message   word `json:"Message"`
	Recommend word `json:"Recommend"`
}

// word is what a reply has in place of a text: a string's text, a number as it is
// written, and nothing for null. Whatever else stands there is not repeated.
type word struct {
	text   string
	quoted bool // it is a string
}

// UnmarshalJSON takes any valid JSON.
func (w *word) UnmarshalJSON(raw []byte) error {
	*w = word{}
	switch c := raw[0]; {
	case c == '"':
		w.quoted = true
		// Without escapes it is its own text. What is not UTF-8 in it is seen to by
		// whoever shows it.
		if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 {
			w.text = string(plain)
			return nil
		}
		return json.Unmarshal(raw, &w.text)
	case c == '-' || '0' <= c && c <= '9':
		w.text = string(raw)
	case c != 'n':
		w.text = "(not a text)"
	}
	return nil
}

// read tells success from everything that looks like it: success is a 2xx whose
// body is a JSON object with a request id and without an error code.
func read(ctx context.Context, resp *http.Response, s *secrets) (answer, error) {
	a := answer{
		status:     resp.StatusCode,
		requestID:  s.line(resp.Header.Get("X-Acs-Request-Id"), maxID),
		retryAfter: hint(resp.Header),
	}
	limit := maxError
	if a.ok() {
		limit = maxSuccess
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		f := lost(ctx, err, s)
		f.status, f.requestID = a.status, a.requestID
		return a, f
	}
	if len(body) > limit {
		return a, a.unreadable(fmt.Sprintf("more than %d bytes", limit))
	}
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return a, a.unreadable("not a JSON object")
	}
	id, code := s.line(e.RequestID.text, maxID), s.line(e.Code.text, maxID)
	if id != "" {
		a.requestID = id
	}
	switch {
	case code != "":
		return a, a.refused(code, e, s)
	case !a.ok(), e.Code.text != "": // a code of which nothing can be shown is one too
		return a, a.unreadable("no error code: " + s.words(code, e.Message.text))
	case !e.RequestID.quoted || id == "":
		return a, a.unreadable("no request id")
	}
	a.body = body
	return a, nil
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// refused makes the error of a reply that has a code. Its cause is the SDK's own
// error, made from strings only and without secrets.
func (a answer) refused(code string, e envelope, s *secrets) *callError {
	public := struct {
		RequestID string `json:"RequestId"`
		HostID    string `json:"HostId"`
		Code      string `json:"Code"`
		Message   string `json:"Message"`
		Recommend string `json:"Recommend"`
	}{
		RequestID: a.requestID,
		HostID:    s.line(e.HostID.text, maxMessage),
		Code:      code,
		Message:   s.words(code, e.Message.text),
		Recommend: s.words(code, e.Recommend.text),
	}
	content, err := json.Marshal(public)
	if err != nil {
		return a.unreadable(err.Error())
	}
	f := &callError{
		kind:       classify(code, a.status),
		status:     a.status,
		code:       code,
		message:    public.Message,
		requestID:  a.requestID,
		retryAfter: a.retryAfter,
		cause:      sdkerrors.NewServerError(a.status, string(content), ""),
	}
	if _, ok := expiries[strings.ToLower(code)]; ok {
		f.expired = s.creds
	}
	return f
}

// unreadable makes the error of a reply that tells neither success nor refusal,
// so that the change may have been made or not.
func (a answer) unreadable(why string) *callError {
	kind := eni.ErrUnavailable
	if a.status == http.StatusTooManyRequests {
		kind = eni.ErrThrottled
	}
	return &callError{
		retryAfter: a.retryAfter,
		kind:       kind,
		status:     a.status,
		message:    clip("unreadable reply: "+why, maxMessage),
		requestID:  a.requestID,
	}
}

// signatureRefused stands for the cloud's words about a signature.
const signatureRefused = "the cloud computed another signature: the access key secret is wrong, or something changed the request on its way " +
	"(the cloud's words are withheld, because they repeat the signed request)"

// words are the cloud's own, as far as they can be shown.
func (s *secrets) words(code, text string) string {
	if quotesRequest(code, text) {
		return signatureRefused
	}
	return s.line(text, maxMessage)
}

// quotesRequest reports whether the words that come with a code repeat the
// string that was signed, which holds the credentials in yet another encoding.
func quotesRequest(code, message string) bool {
	switch strings.ToLower(code) {
	case "signaturedoesnotmatch", "incompletesignature":
		return true
	}
	message = strings.ToLower(message)
	return strings.Contains(message, "string to sign") || strings.Contains(message, "&%2f&")
}
