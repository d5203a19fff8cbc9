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

// driver implements the API of ECS for one account in one region. It signs with the SDK
// and sends with net/http, because the SDK's client takes no context and writes to
// state that its callers share.
type driver struct {
	region      string
	blank       *http.Request // the common part of all requests; read-only
	userAgent   string
	credentials *credcache.Cache
	awaited     string // what a request waits for while it has no credentials
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

// Send implements core.Driver. The receipt has no task, because the cloud has none.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	req, err := newChange(change)
	if err != nil {
		return core.Receipt{NotSent: true}, &reply.RequestError{Kind: eni.ErrInvalid, Message: err.Error(), NotSent: true}
	}
	a, err := d.exchange(ctx, string(change.Action), req)
	return core.Receipt{RequestID: a.requestID, NotSent: reply.NotSent(err)}, err
}

// Renew implements core.Renewer. It fetches credentials again after the cloud has
// reported expired ones.
func (d *driver) Renew(ctx context.Context, err error) bool {
	var f *reply.RequestError
	return errors.As(err, &f) && f.Expired != nil && d.credentials.Renew(ctx, *f.Expired)
}

// Describe implements core.Driver. Interfaces that are not in the response do not exist.
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
		// Each page but the last has an interface, so there is at most one page more than
		// interfaces. A repeated token would never end.
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
