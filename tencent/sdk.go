// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// sdk signs for every driver of the process. Each request works on a copy with its
// own credentials, and brings its region, its host and, in its context, its HTTP
// client.
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
	return *new(common.Client).Init("").WithProfile(p).WithHttpTransport(capture{})
}

// sending is one request below the SDK: what sends it, and what came back. It is the
// context of the request.
type sending struct {
	context.Context //nolint:containedctx // it is one

	account *account
	secrets *redact.Secrets

	reply *reply.Reply
	err   error // why there is no reply
}

type sendingKey struct{}

// Value implements context.Context.
func (s *sending) Value(key any) any {
	if key == (sendingKey{}) {
		return s
	}
	return s.Context.Value(key)
}

// capture is what the SDK takes for its transport: it sends the signed request and
// keeps the reply. The SDK gets another one in its place: it panics at a null, prints
// a page, takes an empty object for a success, and leaves a goroutine behind a stream.
type capture struct{}

var errNoSending = errors.New("a request that no driver has sent")

// RoundTrip sends the request with the client of its sending.
func (capture) RoundTrip(req *http.Request) (*http.Response, error) {
	s, ok := req.Context().Value(sendingKey{}).(*sending)
	if !ok {
		return nil, errNoSending
	}
	_, signature, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
	s.secrets.Add(signature)
	// Not among the headers that the SDK is given, which it copies twice. The
	// signature covers neither.
	req.Header["User-Agent"] = s.account.userAgent
	resp, err := s.account.client.Do(req)
	if err != nil {
		s.err = err
		return nil, err
	}
	if s.reply, err = reply.Read(resp, s.secrets); err != nil {
		s.err = err
		return nil, err
	}
	// The SDK searches this type for no error, and hands the body to the response.
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": octets}, Request: req, Body: http.NoBody,
	}, nil
}

var octets = []string{"application/octet-stream"}

// kept is the response that the SDK fills: capture has the reply, so that nothing is
// left to be parsed.
type kept struct{}

var errKept = errors.New("the driver reads the reply itself")

// ParseErrorFromHTTPResponse implements tchttp.Response. The SDK parses nothing after
// an error.
func (kept) ParseErrorFromHTTPResponse([]byte) error { return errKept }
