// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"fmt"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/endpoint"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// account sends the requests of one account to one host, for the drivers of both APIs.
// It holds no lock during a request and sends none twice.
type account struct {
	credentials *credcache.Cache
	awaited     string // what a request waits for while it has no credentials
	client      *transport.Client
	to          endpoint.Endpoint
	header      map[string]string // of every request, for the SDK; read-only
	userAgent   []string          // the header; read-only
	signature   string            // the SDK's name of the method
}

// answer is a response with the details of its request.
type answer struct {
	*reply.Reply

	op        string
	requestID string
	secrets   *redact.Secrets
	signed    credcache.Set
}

// exchange sends one request. A nil error means that there is a response, which can
// still be an error of the cloud.
func (c *account) exchange(ctx context.Context, op string, request tchttp.Request) (*answer, error) {
	core.Awaits(ctx, c.awaited)
	set, err := c.credentials.Get(ctx)
	if err != nil {
		return &answer{}, noCredentials.Error(ctx, c.credentials.SourceName(), err)
	}
	core.Awaits(ctx, "")
	s := &sending{Context: ctx, account: c, secrets: redact.New(set.ID, set.Secret, set.Token)}
	request.SetContext(s) //nolint:contextcheck // it is the context of its request
	request.SetScheme(c.to.Scheme)
	request.SetDomain(c.to.Host)
	request.SetPath(c.to.Path)
	request.SetHeader(c.header)

	client := sdk // a copy, which has the credentials of this request only
	client.WithSignatureMethod(c.signature).WithCredential(common.NewTokenCredential(set.ID, set.Secret, set.Token))
	err = client.Send(request, kept{})
	// API 2.0 has the signature among the parameters.
	s.secrets.Add(request.GetParams()["Signature"])
	a := &answer{Reply: s.reply, op: op, secrets: s.secrets, signed: set}
	switch {
	case s.err != nil && s.reply != nil:
		return a, a.BrokenOff(ctx.Err(), s.err, s.secrets)
	case s.err != nil:
		return a, reply.Lost(s.err, s.secrets)
	case s.reply == nil:
		// The SDK could not make the request.
		return a, &reply.RequestError{Kind: eni.ErrInvalid, Message: redact.Unknown(s.secrets.Redact(fmt.Sprint(err))), NotSent: true}
	}
	return a, nil
}

// query is exchange for read requests: if the request is lost on an idle connection, it
// is sent once more over a new one. It is built again, because the SDK keeps state in
// it. The tables of codes treat a task query as a description: a not-found is then the
// task.
func (c *account) query(ctx context.Context, request func() tchttp.Request) (*answer, error) {
	a, err := c.exchange(ctx, eni.OpDescribe, request())
	var f *reply.RequestError
	if errors.As(err, &f) && f.Reused() {
		return c.exchange(ctx, eni.OpDescribe, request())
	}
	return a, err
}

// Renew implements core.Renewer. It fetches as for any request: refreshing credentials
// know their expiry, and a rotation from outside has replaced the keys by then.
func (c *account) Renew(ctx context.Context, err error) bool {
	var f *reply.RequestError
	return errors.As(err, &f) && f.Expired != nil && c.credentials.Renew(ctx, *f.Expired)
}
