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

// How much of a reply is read. A description of 100 interfaces that are full of
// addresses stays well below the first; an error is a few hundred bytes, and a
// longer one comes from a gateway.
const (
	maxSuccess = 8 << 20
	maxError   = 64 << 10
)

// answer is a reply that says success, or what could be read of another one.
type answer struct {
	status     int
	requestID  string
	body       []byte
	retryAfter time.Duration
}

// envelope is what every reply has in common. Gateways write numbers where the
// cloud writes strings; the SDK's own parser panics at these.
type envelope struct {
	RequestID scalar `json:"RequestId"`
	HostID    scalar `json:"HostId"`
	Code      scalar `json:"Code"`
	Message   scalar `json:"Message"`
	Recommend scalar `json:"Recommend"`
}

// scalar is a field that should be a string: a string's text, a number as it is
// written, and nothing for null. Any other value is not repeated.
type scalar struct {
	text   string
	quoted bool // it is a string
}

// UnmarshalJSON takes any valid JSON.
func (v *scalar) UnmarshalJSON(raw []byte) error {
	*v = scalar{}
	switch c := raw[0]; {
	case c == '"':
		v.quoted = true
		// Without escapes it is its own text. sanitize replaces what is not UTF-8.
		if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 {
			v.text = string(plain)
			return nil
		}
		return json.Unmarshal(raw, &v.text)
	case c == '-' || '0' <= c && c <= '9':
		v.text = string(raw)
	case c != 'n':
		v.text = "(not a text)"
	}
	return nil
}

// read returns an error for all but a success, which is a 2xx whose body is a JSON
// object with a request id and without an error code.
func read(ctx context.Context, resp *http.Response, r *redactor) (answer, error) {
	a := answer{
		status:     resp.StatusCode,
		requestID:  r.sanitize(resp.Header.Get("X-Acs-Request-Id"), maxID),
		retryAfter: retryAfter(resp.Header),
	}
	limit := maxError
	if a.ok() {
		limit = maxSuccess
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		e := lostAnswer(ctx, err, r)
		e.status, e.requestID = a.status, a.requestID
		return a, e
	}
	if len(body) > limit {
		return a, a.unreadable(fmt.Sprintf("more than %d bytes", limit))
	}
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return a, a.unreadable("not a JSON object")
	}
	id, code := r.sanitize(e.RequestID.text, maxID), r.sanitize(e.Code.text, maxID)
	if id != "" {
		a.requestID = id
	}
	switch {
	case code != "":
		return a, a.refused(code, e, r)
	case !a.ok(), e.Code.text != "": // a code with no visible character is a code too
		return a, a.unreadable("no error code: " + r.message(code, e.Message.text))
	case !e.RequestID.quoted || id == "":
		return a, a.unreadable("no request id")
	}
	a.body = body
	return a, nil
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// refused makes the error of a reply that has a code. Its cause is the SDK's own
// error, made from strings only and without secrets.
func (a answer) refused(code string, e envelope, r *redactor) *requestError {
	public := struct {
		RequestID string `json:"RequestId"`
		HostID    string `json:"HostId"`
		Code      string `json:"Code"`
		Message   string `json:"Message"`
		Recommend string `json:"Recommend"`
	}{
		RequestID: a.requestID,
		HostID:    r.sanitize(e.HostID.text, maxMessage),
		Code:      code,
		Message:   r.message(code, e.Message.text),
		Recommend: r.message(code, e.Recommend.text),
	}
	content, err := json.Marshal(public)
	if err != nil {
		return a.unreadable(err.Error())
	}
	refusal := &requestError{
		kind:       classify(code, a.status),
		status:     a.status,
		code:       code,
		message:    public.Message,
		requestID:  a.requestID,
		retryAfter: a.retryAfter,
		cause:      sdkerrors.NewServerError(a.status, string(content), ""),
	}
	if _, ok := expiries[strings.ToLower(code)]; ok {
		refusal.expired = r.creds
	}
	return refusal
}

// unreadable makes the error of a reply that is neither a success nor a refusal, so
// that the change may have been made or not.
func (a answer) unreadable(why string) *requestError {
	kind := eni.ErrUnavailable
	if a.status == http.StatusTooManyRequests {
		kind = eni.ErrThrottled
	}
	return &requestError{
		retryAfter: a.retryAfter,
		kind:       kind,
		status:     a.status,
		message:    clip("unreadable reply: "+why, maxMessage),
		requestID:  a.requestID,
	}
}

// signatureRefused replaces the cloud's message about a signature.
const signatureRefused = "the cloud computed another signature: the access key secret is wrong, or something changed the request on its way " +
	"(the cloud's message is left out, because it repeats the signed request)"

// message returns the cloud's message, unless it repeats the signed request.
func (r *redactor) message(code, text string) string {
	if quotesRequest(code, text) {
		return signatureRefused
	}
	return r.sanitize(text, maxMessage)
}

// quotesRequest reports whether a message repeats the string that was signed, which
// holds the credentials in yet another encoding.
func quotesRequest(code, message string) bool {
	switch strings.ToLower(code) {
	case "signaturedoesnotmatch", "incompletesignature":
		return true
	}
	message = strings.ToLower(message)
	return strings.Contains(message, "string to sign") || strings.Contains(message, "&%2f&")
}
