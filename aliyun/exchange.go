// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// exchange sends one request and reads the response. A nil error means success.
func (d *driver) exchange(ctx context.Context, op string, req requests.AcsRequest) (*answer, error) {
	core.Awaits(ctx, d.awaited)
	set, err := d.credentials.Get(ctx)
	if err != nil {
		return &answer{}, noCredentials.Error(ctx, d.credentials.SourceName(), err)
	}
	core.Awaits(ctx, "")
	secrets := redact.New(set.ID, set.Secret, set.Token, set.Bearer)
	httpReq, err := d.sign(ctx, req, set, secrets)
	if err != nil {
		return &answer{}, &reply.RequestError{Kind: eni.ErrInvalid, Message: redact.Unknown(secrets.Redact(err.Error())), NotSent: true}
	}
	resp, err := d.client.Do(httpReq) //nolint:bodyclose // reply.Read closes it
	if err != nil {
		return &answer{}, reply.Lost(err, secrets)
	}
	a := &answer{op: op, secrets: secrets, signed: set, requestID: secrets.Text(resp.Header.Get("X-Acs-Request-Id"), redact.MaxID)}
	a.Reply, err = reply.Read(resp, secrets)
	if err != nil {
		lost := a.BrokenOff(ctx.Err(), err, secrets)
		lost.RequestID = a.requestID
		return a, lost
	}
	return a, a.read()
}

// query is exchange for read requests: if the request is lost on an idle connection, it
// is sent once more over a new one. It is built again, because a nonce is used once.
func (d *driver) query(ctx context.Context, op string, request func() requests.AcsRequest) (*answer, error) {
	a, err := d.exchange(ctx, op, request())
	var f *reply.RequestError
	if errors.As(err, &f) && f.Reused() {
		return d.exchange(ctx, op, request())
	}
	return a, err
}

// sign makes an HTTP request of req and adds the signature to the secrets.
func (d *driver) sign(ctx context.Context, req requests.AcsRequest, set credcache.Set, secrets *redact.Secrets) (*http.Request, error) {
	if err := requests.InitParams(req); err != nil {
		return nil, err
	}
	signer := issued{set, redact.Clip(redact.OneLine(d.credentials.SourceName()), redact.MaxID)}
	if err := signOnShortStack(req, d.region, signer); err != nil {
		return nil, err
	}
	secrets.Add(req.GetQueryParams()["Signature"])
	query, err := signedQuery(req)
	if err != nil {
		return nil, err
	}
	if signed := req.GetMethod(); signed != d.blank.Method {
		return nil, fmt.Errorf("the SDK signed a request with the method %s, want %s", signed, d.blank.Method)
	}
	httpReq, to := d.blank.WithContext(ctx), *d.blank.URL
	to.RawQuery = query
	httpReq.URL, httpReq.Header = &to, d.newHeader(req.GetHeaders())
	return httpReq, nil
}

// signOnShortStack signs in a coroutine, which has its own short stack. For its nonce
// the SDK parses the goroutine's id from a print of the whole call stack; with a deep
// stack that costs more than the rest of the call. Another goroutine would cost two
// switches of the scheduler.
func signOnShortStack(req requests.AcsRequest, region string, signer issued) error {
	resume, stop := iter.Pull(func(yield func(error) bool) { yield(auth.Sign(req, nil, region, signer)) })
	defer stop()
	err, _ := resume()
	return err
}

// signedQuery returns the signed query with the signature. To encode the parameters
// again with the SDK would cost as much as signing.
func signedQuery(req requests.AcsRequest) (string, error) {
	_, written, ok := strings.Cut(req.GetStringToSign(), "&%2F&")
	signature := url.QueryEscape(req.GetQueryParams()["Signature"])
	var query strings.Builder
	query.Grow(len(written) + len("&Signature=") + len(signature))
	if !ok || !unescape(&query, written) {
		return "", errors.New("the SDK signed something that is not a query")
	}
	query.WriteString("&Signature=")
	query.WriteString(signature)
	return query.String(), nil
}

// unescape decodes an encoded query and reports whether the encoding was valid. An
// encoded query has no plus sign for a space. [url.QueryUnescape] takes four times as
// long.
func unescape(to *strings.Builder, written string) bool {
	for {
		plain, rest, more := strings.Cut(written, "%")
		to.WriteString(plain)
		if !more {
			return true
		}
		if len(rest) < 2 {
			return false
		}
		c, err := strconv.ParseUint(rest[:2], 16, 8)
		if err != nil {
			return false
		}
		to.WriteByte(byte(c))
		written = rest[2:]
	}
}

// canonicalNames maps the header names that the SDK writes in lower case to their
// canonical form. [http.CanonicalHeaderKey] would allocate them for each request.
var canonicalNames = func() map[string]string {
	names := make(map[string]string)
	for _, written := range [...]string{
		"x-acs-action", "x-acs-credentials-provider", "x-acs-version", "x-sdk-client", "x-sdk-invoke-type",
	} {
		names[written] = http.CanonicalHeaderKey(written)
	}
	return names
}()

func canonical(name string) string {
	if known, ok := canonicalNames[name]; ok {
		return known
	}
	return http.CanonicalHeaderKey(name)
}

// newHeader copies the SDK's headers. The values share one array.
func (d *driver) newHeader(signed map[string]string) http.Header {
	header := make(http.Header, len(signed)+1)
	values := make([]string, 0, len(signed)+1)
	add := func(name, value string) {
		values = append(values, value)
		header[canonical(name)] = values[len(values)-1 : len(values) : len(values)]
	}
	for name, value := range signed {
		add(name, value)
	}
	add("User-Agent", d.userAgent)
	return header
}
