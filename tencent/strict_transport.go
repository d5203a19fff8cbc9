package tencent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// maxReply bounds what is read of a reply. A hundred interfaces with fifty
// addresses each take a quarter of it.
const maxReply = 8 << 20

// sdk signs, sends and parses for every driver of the process. Each request works
// on a copy with its own credentials, and brings its region, its host and, in its
// context, its HTTP client.
//
// There is one of it, made before anybody can have made a client, because
// common.Client takes common.DefaultHttpClient for its own where that is set, and
// writes its timeout and its transport: it would change, and race with, what an
// application shares with the rest of its code.
var sdk = newSDK()

func newSDK() common.Client {
	if shared := common.DefaultHttpClient; shared != nil {
		// Only where a package initialised before this one has set it.
		common.DefaultHttpClient = nil
		defer func() { common.DefaultHttpClient = shared }()
	}
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.DisableRegionBreaker = true // it would send a change to another region
	p.HttpProfile.ReqTimeout = 0  // the HTTP client of the request has its own
	return *new(common.Client).Init("").WithProfile(p).WithHttpTransport(strictTransport{})
}

// exchange is one request: what strictTransport needs to send it, and what it has
// read of the reply that the SDK does not pass on.
type exchange struct {
	client    *http.Client
	keepReply bool // the SDK gets an empty object instead of the reply

	redactor  redactor // of the secrets of the request
	signed    credentialSet
	signature string

	sent   bool   // whether anything can have left
	status int    // 0 where no reply arrived
	body   []byte // the reply, where it is kept
	err    error  // why there is no reply that can be read

	retryAfter time.Duration // the pause that the cloud asks for, if it does
}

// transport returns the transport of the user's HTTP client. The SDK puts a client
// around it; a second one would copy the headers once more and follow redirects.
func (x *exchange) transport() http.RoundTripper {
	if x.client.Transport != nil {
		return x.client.Transport
	}
	return http.DefaultTransport
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// strictTransport is between the SDK and the user's HTTP client. It passes on what
// the SDK reads correctly, a single JSON object, and returns an error for what
// makes it panic (null), print the body (HTML), leave a goroutine behind (an event
// stream) or follow a redirect with a signed request.
type strictTransport struct{}

var errNoExchange = errors.New("a request that no driver has sent")

// RoundTrip sends the request with the client of its exchange.
func (strictTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	x, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errNoExchange
	}
	_, x.signature, _ = strings.Cut(req.Header.Get("Authorization"), "Signature=")
	if x.err = req.Context().Err(); x.err != nil {
		return nil, x.err
	}
	x.sent = true
	if x.client.Timeout > 0 {
		ctx, cancel := context.WithTimeout(req.Context(), x.client.Timeout)
		defer cancel() // the reply has been read by then
		req = req.WithContext(ctx)
	}
	resp, err := x.transport().RoundTrip(req)
	if err != nil {
		x.err = withoutURL(err)
		return nil, x.err
	}
	x.status, x.retryAfter = resp.StatusCode, retryAfter(resp.Header)
	body, err := readReply(resp)
	if err != nil {
		x.err = err
		return nil, err
	}
	if x.keepReply {
		// Of API 2.0 the SDK knows half the shapes, and forgets the number.
		x.body, body, resp.StatusCode = body, []byte("{}"), http.StatusOK
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	// Neither the SDK nor its HTTP client may act on a header: not on a Location, and
	// not on a content type or an encoding that is wrong.
	resp.Header = nil
	return resp, nil
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
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// withoutURL removes the wrapper that net/http puts around every error. It prints
// the URL, which may hold secrets.
func withoutURL(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) && wrapped.Err != nil {
		err = wrapped.Err
	}
	return err
}

// unreadable is a reply that arrived and is not what the API documents.
type unreadable string

func (u unreadable) Error() string { return string(u) }

// readReply reads and closes the body, and refuses what is not one JSON object.
func readReply(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close() //nolint:errcheck // read to its end, or of no use
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "text/event-stream", "application/octet-stream":
		return nil, unreadable(fmt.Sprintf("the reply is a stream (%q)", kind))
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" {
		return nil, unreadable("the reply is encoded, which nobody asked for")
	}
	var body bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= maxReply {
		body.Grow(int(n) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(resp.Body, maxReply+1))
	switch {
	case err != nil:
		return nil, err
	case n > maxReply:
		return nil, unreadable(fmt.Sprintf("the reply is larger than %d bytes", maxReply))
	case !isObject(body.Bytes()):
		return nil, unreadable("the reply is not a JSON object")
	}
	return body.Bytes(), nil
}

// isObject relies on encoding/json for the depth as well: the SDK's decoder follows
// any nesting until the stack overflows.
func isObject(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && body[0] == '{' && json.Valid(body)
}
