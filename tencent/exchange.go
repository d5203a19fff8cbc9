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

// account sends the requests of one account to one host. The drivers of both APIs
// share it. It holds no lock across a request, and sends none twice.
type account struct {
	credentials *credcache.Cache
	awaited     string // while there are no credentials
	client      *transport.Client
	to          endpoint.Endpoint
	header      map[string]string // for the SDK, of every request; nobody writes to it
	userAgent   []string          // the header; likewise
	signature   string            // the SDK's name of the method
}

// answer is a reply and the request that it answers.
type answer struct {
	*reply.Reply

	op        string
	requestID string
	secrets   *redact.Secrets
	signed    credcache.Set
}

// exchange sends one request. Without an error there is a reply, whatever it says.
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

	client := sdk // a copy, so that these credentials sign this request and no other
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

// query is exchange for what changes nothing: lost on a connection that had been
// idle, the request is sent once more over a new one. It is made afresh, because the
// SDK keeps state in it. For the tables of codes a task query describes too: what is
// not found is the task.
func (c *account) query(ctx context.Context, request func() tchttp.Request) (*answer, error) {
	a, err := c.exchange(ctx, eni.OpDescribe, request())
	var f *reply.RequestError
	if errors.As(err, &f) && f.Reused() {
		return c.exchange(ctx, eni.OpDescribe, request())
	}
	return a, err
}

// Renew implements core.Renewer. It fetches as for any request: credentials that
// refresh themselves know when they have to, and those that are rotated from outside
// are the next set by then.
func (c *account) Renew(ctx context.Context, err error) bool {
	var f *reply.RequestError
	return errors.As(err, &f) && f.Expired != nil && c.credentials.Renew(ctx, *f.Expired)
}
