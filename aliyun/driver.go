// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/endpoint"
	"github.com/cloudeni/cloudeni/internal/reply"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// driver speaks the API of ECS for one account in one region. It signs with the SDK
// and sends with net/http: the SDK's own client takes no context, and writes to
// what all of its callers share.
type driver struct {
	region      string
	blank       *http.Request // what all requests have in common; nobody writes to it
	userAgent   string
	credentials *credcache.Cache
	awaited     string // while there are no credentials
	client      *transport.Client
}

var (
	_ core.Driver  = (*driver)(nil)
	_ core.Pages   = (*driver)(nil)
	_ core.Renewer = (*driver)(nil)
)

func newDriver(cfg Config) (*driver, error) {
	region, err := endpoint.Region(cfg.Region)
	if err != nil {
		return nil, fmt.Errorf("aliyun: %w", err)
	}
	to, err := endpoint.ParseHost(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("aliyun: %w", err)
	}
	userAgent, err := transport.UserAgent(cfg.UserAgent)
	if err != nil {
		return nil, fmt.Errorf("aliyun: %w", err)
	}
	if to.Host == "" {
		to = endpoint.Endpoint{Scheme: "https", Host: "ecs." + region + ".aliyuncs.com"}
	}
	blank, err := http.NewRequest(http.MethodPost, to.Scheme+"://"+to.Host+"/", http.NoBody) //nolint:noctx // each request has its own
	if err != nil {
		return nil, fmt.Errorf("aliyun: %w", err)
	}
	cache := newCredentialCache(cfg.Credentials)
	return &driver{
		region:      region,
		blank:       blank,
		userAgent:   userAgent,
		credentials: cache,
		awaited:     reply.Awaited(cache.SourceName()),
		client:      transport.New(cfg.HTTPClient),
	}, nil
}

// Send implements core.Driver. An accepted change completes soon: the cloud has no
// tasks.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	req, err := newChange(change)
	if err != nil {
		return core.Receipt{NotSent: true}, &reply.RequestError{Kind: eni.ErrInvalid, Message: err.Error(), NotSent: true}
	}
	a, err := d.exchange(ctx, string(change.Action), req)
	return core.Receipt{RequestID: a.requestID, NotSent: reply.NotSent(err)}, err
}

// Renew fetches other credentials after the cloud has refused a request because its
// credentials had expired.
func (d *driver) Renew(ctx context.Context, err error) bool {
	var f *reply.RequestError
	return errors.As(err, &f) && f.Expired != nil && d.credentials.Renew(ctx, *f.Expired)
}

// Describe implements core.Driver. Interfaces that the reply does not hold do not
// exist.
func (d *driver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	if len(ids) == 0 {
		// Without ids the cloud would describe every interface of the account.
		return nil, nil
	}
	all := reply.NewDescription(ids)
	seen := make(map[string]bool, 1)
	for token := ""; ; {
		a, err := d.query(ctx, core.Describe, func() requests.AcsRequest { return newDescribe(ids, token) })
		if err != nil {
			return nil, err
		}
		total, next, err := a.readPage(all)
		switch {
		case err != nil:
			return nil, a.Unreadable(a.requestID, err.Error())
		case next == "" && total > all.Count():
			return nil, a.Unreadable(a.requestID, fmt.Sprintf("%d interfaces of %d, and no further page", all.Count(), total))
		case next == "":
			return all.Result()
		// Each page but the last holds an interface, so there is at most one page
		// more than interfaces; a token that repeats would never end.
		case seen[next] || len(seen) >= len(ids):
			return nil, a.Unreadable(a.requestID, "the pages do not end")
		}
		seen[next] = true
		token = next
	}
}

// List implements core.Pages.
func (d *driver) List(ctx context.Context, f eni.Filter, page string) (core.Page, error) {
	a, err := d.query(ctx, eni.OpList, func() requests.AcsRequest { return newList(f, page) })
	if err != nil {
		return core.Page{}, err
	}
	all := reply.NewList()
	total, next, err := a.readPage(all)
	if err != nil {
		return core.Page{}, a.Unreadable(a.requestID, err.Error())
	}
	interfaces, err := all.Result()
	return core.Page{Interfaces: interfaces, Next: next, Total: total}, err
}

// Explain implements core.Driver.
func (*driver) Explain(_ string, err error) *eni.Error { return reply.Explain(err) }
