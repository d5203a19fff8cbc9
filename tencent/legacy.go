// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"fmt"
	"sync"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/endpoint"
	"github.com/cloudeni/cloudeni/internal/reply"
	"github.com/cloudeni/cloudeni/internal/transport"
)

// ProviderLegacy is the Provider of the errors, hooks and log records of a client of
// [NewLegacy].
const ProviderLegacy = "tencent-legacy"

// The default endpoint of API 2.0.
const (
	legacyHost = "vpc.api.qcloud.com"
	legacyPath = "/v2/index.php"
)

// The limits of API 2.0. It documents no limit for the addresses of a change, so that of
// API 3.0 is used. A request describes one interface, so a description of several
// interfaces is several concurrent requests.
const (
	legacyAddresses  = maxAddresses
	legacyInterfaces = 10
	legacyPageSize   = 50
)

// NewLegacy makes a Client for API 2.0, for private clouds that have no newer API. It
// sends nothing and fetches no credentials, so an error is about cfg. Nil opts mean the
// defaults; opts are copied.
//
// The Client has UnassignPrivateIps and Describe. UnassignIpv6, Detach, Delete and List
// return [eni.ErrUnsupported], and nothing is sent. The vendor actions are
// UnassignPrivateIpAddresses, DescribeNetworkInterfaces and DescribeVpcTaskResult, with
// CAM permissions of the same names. The vendor documents no rates; task queries use the
// rate of API 3.0. Responses have no request ids, so [eni.Operation.RequestIDs] is empty.
//
// The region of cfg is sent in lower case and otherwise unchanged, because some of these
// clouds use short names, such as gz, and others the long ones.
func NewLegacy(cfg Config, opts *eni.Options) (*Client, error) {
	d, err := newLegacyDriver(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{core.New(core.Cloud{
		Provider:    ProviderLegacy,
		Region:      d.region,
		Driver:      d,
		Actions:     []core.Action{core.UnassignPrivateIps},
		PerChange:   legacyAddresses,
		PerDescribe: legacyInterfaces,
		Rates:       eni.Rates{Task: documentedRates.Task},
	}, opts)}, nil
}

// legacyDriver implements API 2.0 for one account in one region.
type legacyDriver struct {
	*account

	region string
}

var (
	_ core.Driver  = (*legacyDriver)(nil)
	_ core.Tasks   = (*legacyDriver)(nil)
	_ core.Renewer = (*legacyDriver)(nil)
)

func newLegacyDriver(cfg Config) (*legacyDriver, error) {
	region, err := endpoint.Region(cfg.Region)
	if err != nil {
		return nil, fmt.Errorf("tencent: %w", err)
	}
	to, err := endpoint.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("tencent: %w", err)
	}
	userAgent, err := transport.UserAgent(cfg.UserAgent)
	if err != nil {
		return nil, fmt.Errorf("tencent: %w", err)
	}
	if to.Host == "" {
		to = endpoint.Endpoint{Scheme: "https", Host: legacyHost}
	}
	if to.Path == "" {
		to.Path = legacyPath
	}
	cache := newCredentialCache(cfg.Credentials)
	return &legacyDriver{region: region, account: &account{
		credentials: cache,
		awaited:     reply.Awaited(cache.SourceName()),
		client:      transport.New(cfg.HTTPClient),
		to:          to,
		userAgent:   []string{userAgent},
		signature:   "HmacSHA256",
	}}, nil
}

// Send implements core.Driver. The change needs the VPC, so the interface is described
// first, each time: a cache of VPCs would need invalidation. If the description fails,
// no change was sent.
func (d *legacyDriver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	if change.Action != core.UnassignPrivateIps || len(change.Prefixes) > 0 {
		return core.Receipt{NotSent: true}, eni.ErrUnsupported // never: the core checks it before
	}
	found, err := d.describeOne(ctx, change.InterfaceID)
	switch {
	case err == nil && found == nil:
		return core.Receipt{NotSent: true}, missingInterface()
	case err != nil:
		return core.Receipt{NotSent: true}, err
	case found.VPCID == "":
		return core.Receipt{NotSent: true}, &reply.RequestError{
			Kind: eni.ErrUnavailable, NotSent: true, Message: "unreadable reply: the interface has no VPC, want one for the change",
		}
	}
	a, err := d.exchange(ctx, string(change.Action), newLegacyUnassignRequest(d.region, found.VPCID, change))
	if err != nil {
		return core.Receipt{NotSent: reply.NotSent(err)}, err
	}
	task, err := a.readLegacyChange()
	return core.Receipt{RequestID: a.requestID, TaskID: task}, err
}

// missingInterface is the error of a change to an interface that does not exist.
func missingInterface() error {
	return &reply.RequestError{Kind: eni.ErrNotFound, Message: "no such interface in this account and region", NotSent: true}
}

// Describe implements core.Driver.
func (d *legacyDriver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	found, errs := make([]*eni.Interface, len(ids)), make([]error, len(ids))
	var requests sync.WaitGroup
	for n, id := range ids {
		requests.Go(func() { found[n], errs[n] = d.describeOne(ctx, id) })
	}
	requests.Wait()
	all, failed := make([]eni.Interface, 0, len(ids)), make(map[string]*reply.RequestError)
	for n, id := range ids {
		var f *reply.RequestError
		switch {
		case errors.As(errs[n], &f):
			failed[id] = f
		case errs[n] != nil:
			return nil, errs[n]
		case found[n] != nil:
			all = append(all, *found[n])
		}
	}
	return all, reply.Partial(failed)
}

// maxPages limits the pages of a description. By the vendor's documentation the cloud
// lists only the requested interface, so one page is enough.
const maxPages = 20

// describeOne describes one interface. It returns nil if the interface does not exist.
func (d *legacyDriver) describeOne(ctx context.Context, id string) (*eni.Interface, error) {
	all := reply.NewDescription([]string{id})
	for range maxPages {
		seen := all.Count()
		a, err := d.query(ctx, func() tchttp.Request { return newLegacyDescribeRequest(d.region, id, seen) })
		if err != nil {
			return nil, err
		}
		total, err := a.readLegacyPage(all)
		var f *reply.RequestError
		switch {
		case errors.As(err, &f) && f.Kind == eni.ErrNotFound:
			return nil, nil //nolint:nilnil // nothing is an answer
		case err != nil:
			return nil, err
		}
		found, err := all.Result()
		switch {
		case err != nil:
			return nil, err
		case len(found) > 0:
			return &found[0], nil
		case all.Count() >= total:
			return nil, nil //nolint:nilnil // nothing is an answer
		case all.Count() == seen:
			return nil, a.Unreadable(a.requestID, fmt.Sprintf("%d interfaces of %d, and no further page", seen, total))
		}
	}
	return nil, &reply.RequestError{
		Kind:    eni.ErrUnavailable,
		Message: fmt.Sprintf("unreadable reply: the list does not end after %d interfaces and does not contain the requested one", all.Count()),
	}
}

// Task implements core.Tasks. See [driver.Task].
func (d *legacyDriver) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	a, err := d.query(ctx, func() tchttp.Request { return newLegacyTaskRequest(d.region, id) })
	if err != nil {
		return core.TaskStatus{}, err
	}
	status, err := a.readLegacyTask()
	if err != nil {
		return unknownTask(err)
	}
	return status, nil
}

// Explain implements core.Driver.
func (*legacyDriver) Explain(_ string, err error) *eni.Error { return reply.Explain(err) }
