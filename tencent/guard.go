package tencent

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
	"strconv"
	"strings"
	"sync"
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
	return *new(common.Client).Init("").WithProfile(p).WithHttpTransport(guard{})
}

// exchange is one request on its way: what the guard needs to send it, and what it
// has seen that the SDK does not pass on.
type exchange struct {
	client *http.Client
	keep   bool // the SDK gets an empty object instead of the reply

	secrets   secrets // of the request
	signed    keys
	signature string

	sent   bool   // whether anything can have left
	status int    // 0 where no reply arrived
	body   []byte // the reply, where it is kept
	err    error  // why there is no reply that can be read

	retryAfter time.Duration // the cloud's hint, if it gave one
}

// transport is the one of the user's HTTP client. The SDK brings a client around
// it; another one in between would only copy the headers once more and follow
// redirects.
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

// guard stands between the SDK and the user's HTTP client. It lets through what
// the SDK reads right, a single JSON object, and keeps back what makes it panic
// (null), print the body (HTML), leave a goroutine behind (an event stream) or
// follow a redirect with a signed request.
type guard struct{}

var errNoExchange = errors.New("a request that no driver has sent")

// RoundTrip sends the request with the client of its exchange.
func (guard) RoundTrip(req *http.Request) (*http.Response, error) {
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
	if x.keep {
		// Of API 2.0 the SDK knows half the shapes, and forgets the number.
		x.body, body, resp.StatusCode = body, []byte("{}"), http.StatusOK
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	// Neither the SDK nor the client that it sends with may act on a header: not
	// on a Location, and not on a content type or an encoding that was a lie.
	resp.Header = nil
	return resp, nil
}

// retryAfter reads the hint, in either of its forms; what cannot be read is none.
func retryAfter(h http.Header) time.Duration {
	hint := h.Get("Retry-After")
	if hint == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(hint, 10, 16); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(hint); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// withoutURL takes off the wrapper that net/http puts around every error, which
// prints the URL, and with it what a request may carry there.
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
		return nil, unreadable(fmt.Sprintf("the reply is a stream (%s)", kind))
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

// isObject leans on encoding/json for the depth as well: the SDK's own decoder
// follows any nesting until the stack is gone.
func isObject(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && body[0] == '{' && json.Valid(body)
}

// httpClient returns the user's client, or one of the package's own.
func httpClient(user *http.Client) *http.Client {
	if user != nil {
		return user
	}
	return ownHTTPClient()
}

// ownHTTPClient is shared, so that the clients of a process share connections. It
// is not the process's default client, which others may change.
var ownHTTPClient = sync.OnceValue(func() *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          128,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       30 * time.Second, // as the SDK has it
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
	}
})
