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

// sdk signs for every driver of the process. Each request uses a copy with its own
// credentials, and has its region, its host and, in its context, its HTTP client.
//
// It is made once, when the package is initialised. If common.DefaultHttpClient is set,
// common.Client uses it and writes its time-out and its transport, which would change an
// http.Client of the application and cause a data race.
var sdk = newSDK()

func newSDK() common.Client {
	if shared := common.DefaultHttpClient; shared != nil {
		// Only if a package that was initialised before this one has set it.
		common.DefaultHttpClient = nil
		defer func() { common.DefaultHttpClient = shared }()
	}
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.DisableRegionBreaker = true // it would send a change to another region
	p.HttpProfile.ReqTimeout = 0  // the HTTP client of the request has its own
	return *new(common.Client).Init("").WithProfile(p).WithHttpTransport(capture{})
}

// sending has what sends one request below the SDK, and its response. It is the context
// of the request.
type sending struct {
	context.Context //nolint:containedctx // it is one

	account *account
	secrets *redact.Secrets

	reply *reply.Reply
	err   error // why there is no complete response
}

type sendingKey struct{}

// Value implements context.Context.
func (s *sending) Value(key any) any {
	if key == (sendingKey{}) {
		return s
	}
	return s.Context.Value(key)
}

// capture is the transport of the SDK. It sends the signed request, keeps the response,
// and returns an empty one to the SDK, whose parser panics at a null, prints a page,
// accepts an empty object as success, and leaks a goroutine for a stream.
type capture struct{}

var errNoSending = errors.New("the request has no driver")

// RoundTrip sends the request with the client of its sending.
func (capture) RoundTrip(req *http.Request) (*http.Response, error) {
	s, ok := req.Context().Value(sendingKey{}).(*sending)
	if !ok {
		return nil, errNoSending
	}
	_, signature, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
	s.secrets.Add(signature)
	// Set here, because the SDK would copy it twice. The signature does not cover it.
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
	// The SDK does not search a body of this type for an error.
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": octets}, Request: req, Body: http.NoBody,
	}, nil
}

var octets = []string{"application/octet-stream"}

// kept is the SDK's response type. It parses nothing, because capture keeps the response.
type kept struct{}

var errKept = errors.New("the driver reads the reply itself")

// ParseErrorFromHTTPResponse implements tchttp.Response. After its error the SDK parses
// nothing more.
func (kept) ParseErrorFromHTTPResponse([]byte) error { return errKept }
