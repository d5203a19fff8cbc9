// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"fmt"
	"strconv"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/endpoint"
	"github.com/cloudeni/cloudeni/internal/reply"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// driver implements API 3.0 for one account in one region.
type driver struct {
	*account

	region string
}

var (
	_ core.Driver  = (*driver)(nil)
	_ core.Tasks   = (*driver)(nil)
	_ core.Pages   = (*driver)(nil)
	_ core.Renewer = (*driver)(nil)
)

func newDriver(cfg Config) (*driver, error) {
	region, err := endpoint.Region(cfg.Region)
	if err != nil {
		return nil, fmt.Errorf("tencent: %w", err)
	}
	to, err := endpoint.ParseHost(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("tencent: %w", err)
	}
	userAgent, err := transport.UserAgent(cfg.UserAgent)
	if err != nil {
		return nil, fmt.Errorf("tencent: %w", err)
	}
	if to.Host == "" {
		to = endpoint.Endpoint{Scheme: "https", Host: defaultHost}
	}
	to.Path = "/"
	cache := newCredentialCache(cfg.Credentials)
	return &driver{region: region, account: &account{
		credentials: cache,
		awaited:     reply.Awaited(cache.SourceName()),
		client:      transport.New(cfg.HTTPClient),
		to:          to,
		header:      map[string]string{"X-TC-Region": region},
		userAgent:   []string{userAgent},
		signature:   "TC3-HMAC-SHA256",
	}}, nil
}

// Send implements core.Driver. An accepted change is a task, whose id is the request id.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	request, err := newChangeRequest(change)
	if err != nil {
		return core.Receipt{NotSent: true}, err
	}
	a, err := d.exchange(ctx, string(change.Action), request)
	if err != nil {
		return core.Receipt{NotSent: reply.NotSent(err)}, err
	}
	_, task, err := a.readResponse()
	return core.Receipt{RequestID: a.requestID, TaskID: task}, err
}

func newChangeRequest(change core.Change) (tchttp.Request, error) {
	if len(change.Prefixes) > 0 || change.TrunkInterfaceID != "" {
		return nil, eni.ErrUnsupported // the API has no field for them
	}
	switch change.Action {
	case core.UnassignPrivateIps:
		return newUnassignPrivateIPsRequest(change.InterfaceID, change.Addresses), nil
	case core.UnassignIpv6:
		return newUnassignIPv6Request(change.InterfaceID, change.Addresses), nil
	case core.Detach:
		return newDetachRequest(change.InterfaceID, change.InstanceID), nil
	case core.Delete:
		return newDeleteRequest(change.InterfaceID), nil
	default:
		return nil, eni.ErrUnsupported
	}
}

// Describe implements core.Driver. If one id is unknown, the cloud refuses the whole
// request with ResourceNotFound.
func (d *driver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	if len(ids) == 0 {
		return nil, nil // without ids the cloud would list every interface
	}
	all := reply.NewDescription(ids)
	for {
		before := all.Count()
		a, err := d.query(ctx, func() tchttp.Request { return newDescribeRequest(ids, before) })
		if err != nil {
			return nil, err
		}
		response, _, err := a.readResponse()
		if err != nil {
			return nil, err
		}
		total, err := a.readPage(response, all)
		switch {
		case err != nil:
			return nil, a.Unreadable(a.requestID, err.Error())
		case all.Count() >= total:
			return all.Result()
		// Every page must have an interface, and there cannot be more interfaces than ids.
		case all.Count() == before || total > len(ids):
			return nil, a.Unreadable(a.requestID, fmt.Sprintf("%d interfaces of %d, for %d ids, and no further page", all.Count(), total, len(ids)))
		}
	}
}

// List implements core.Pages. A page begins with the last interface of the previous one,
// because the cloud counts pages by offset and a creation or deletion shifts them.
func (d *driver) List(ctx context.Context, f eni.Filter, page string) (core.Page, error) {
	offset := 0
	if page != "" {
		var err error
		if offset, err = strconv.Atoi(page); err != nil {
			return core.Page{}, err // never: the core passes a value of Page.Next
		}
	}
	a, err := d.query(ctx, func() tchttp.Request { return newListRequest(f, offset) })
	if err != nil {
		return core.Page{}, err
	}
	response, _, err := a.readResponse()
	if err != nil {
		return core.Page{}, err
	}
	all := reply.NewList()
	total, err := a.readPage(response, all)
	if err != nil {
		return core.Page{}, a.Unreadable(a.requestID, err.Error())
	}
	interfaces, err := all.Result()
	p := core.Page{Interfaces: interfaces, Total: total}
	if offset > 0 {
		p.Back = strconv.Itoa(max(offset-maxInterfaces/2, 0))
	}
	switch count := all.Count(); {
	case offset+count >= total:
	case count < 2:
		return core.Page{}, a.Unreadable(a.requestID, fmt.Sprintf("a page of %d from interface %d of %d, want a full page", count, offset+1, total))
	default:
		p.Next = strconv.Itoa(offset + count - 1)
	}
	return p, err
}

// Task implements core.Tasks. A task that is not found, or that the account may not
// query, is unknown; then only the interface shows the result of the change.
func (d *driver) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	a, err := d.query(ctx, func() tchttp.Request { return newTaskRequest(id) })
	if err != nil {
		return core.TaskStatus{}, err
	}
	response, _, err := a.readResponse()
	if err != nil {
		return unknownTask(err)
	}
	return a.readTask(response)
}

// unknownTask returns an unknown task for errors that are not about the change. The
// output has the reason.
func unknownTask(err error) (core.TaskStatus, error) {
	switch reply.Explain(err).Kind {
	case eni.ErrNotFound:
		return core.TaskStatus{State: core.TaskUnknown}, nil
	case eni.ErrPermission:
		return core.TaskStatus{State: core.TaskUnknown, Output: "the task query is not permitted: " + err.Error()}, nil
	default:
		return core.TaskStatus{}, err
	}
}

// Explain implements core.Driver.
func (*driver) Explain(_ string, err error) *eni.Error { return reply.Explain(err) }
