package tencent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Where API 2.0 is unless the configuration says otherwise.
const (
	legacyHost = "vpc.api.qcloud.com"
	legacyPath = "/v2/index.php"
)

// The bounds of API 2.0. It documents none for the addresses of a change, so that
// of API 3.0 is used. A request describes one interface, so a description of many
// interfaces is as many requests at a time.
const (
	legacyAddresses  = maxAddresses
	legacyInterfaces = 10
	legacyPageSize   = 50
)

// NewLegacy makes a Client that speaks API 2.0, for private clouds that have no
// other. It sends nothing, and reads no credentials: an error is about cfg. Nil opts
// mean the defaults; those given are copied.
//
// That API has the calls UnassignPrivateIps and Describe; UnassignIpv6 and Detach
// are [eni.ErrUnsupported], and nothing is sent. The vendor's actions are
// UnassignPrivateIpAddresses, DescribeNetworkInterfaces and DescribeVpcTaskResult,
// with CAM permissions of the same names. The vendor documents no rates; task
// queries keep that of API 3.0. Replies have no request ids, so
// [eni.Operation.RequestIDs] is empty.
//
// The region is sent as it is in cfg: some of these clouds have short names, such
// as gz, and others the long ones.
func NewLegacy(cfg Config, opts *eni.Options) (*Client, error) {
	d, err := newLegacyDriver(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{core.New(core.Cloud{
		Provider:    Provider,
		Region:      cfg.Region,
		Driver:      d,
		Actions:     []core.Action{core.UnassignPrivateIps},
		PerChange:   legacyAddresses,
		PerDescribe: legacyInterfaces,
		Rates:       eni.Rates{Task: documentedRates.Task},
	}, opts)}, nil
}

// legacyDriver speaks API 2.0 for one account in one region.
type legacyDriver struct {
	*endpoint

	region string
}

var (
	_ core.Driver  = (*legacyDriver)(nil)
	_ core.Tasks   = (*legacyDriver)(nil)
	_ core.Renewer = (*legacyDriver)(nil)
)

func newLegacyDriver(cfg Config) (*legacyDriver, error) {
	if err := checkRegion(cfg.Region); err != nil {
		return nil, err
	}
	scheme, host, path, err := parseEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if host == "" {
		scheme, host = "https", legacyHost
	}
	if path == "" {
		path = legacyPath
	}
	return &legacyDriver{region: cfg.Region, endpoint: &endpoint{
		credentials: newCredentialCache(cfg.Credentials),
		client:      httpClient(cfg.HTTPClient),
		scheme:      scheme,
		host:        host,
		path:        path,
		header:      map[string]string{"User-Agent": userAgent},
		signature:   "HmacSHA256",
		keepReply:   true,
	}}, nil
}

// Send implements core.Driver. The change must name the VPC, so the interface is
// described first. That is done each time: a cache of VPCs would have to be
// invalidated. A description changes nothing, so where it fails no change was sent.
func (d *legacyDriver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	if change.Action != core.UnassignPrivateIps || len(change.Prefixes) > 0 {
		return core.Receipt{NotSent: true}, eni.ErrUnsupported // the core asks for none of these
	}
	found, err := d.describeOne(ctx, change.InterfaceID)
	switch {
	case err != nil && d.Explain(core.Describe, err).Kind == eni.ErrNotFound, err == nil && found == nil:
		return core.Receipt{NotSent: true}, missingInterfaceError{}
	case err != nil:
		return core.Receipt{NotSent: true}, err
	case found.VPCID == "":
		why := sdkError(codeUnreadable, "", unreadable("the interface has no VPC, which a change must name"))
		return core.Receipt{NotSent: true}, newRequestError(why, http.StatusOK, nil)
	}
	reply, err := d.do(ctx, newLegacyUnassignRequest(d.region, found.VPCID, change), (*legacyReply).readChange)
	if err != nil {
		return core.Receipt{RequestID: sdkPart(err).RequestId, NotSent: notSent(err)}, err
	}
	return core.Receipt{RequestID: reply.RequestID.text, TaskID: reply.task}, nil
}

// missingInterfaceError is the error of a change to an interface that does not exist.
type missingInterfaceError struct{}

func (missingInterfaceError) Error() string { return "no such interface in this account and region" }
func (missingInterfaceError) Unwrap() error { return eni.ErrNotFound }

// Describe implements core.Driver.
func (d *legacyDriver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	found, errs := make([]*eni.Interface, len(ids)), make([]error, len(ids))
	var requests sync.WaitGroup
	for n, id := range ids {
		requests.Go(func() { found[n], errs[n] = d.describeOne(ctx, id) })
	}
	requests.Wait()
	all := make([]eni.Interface, 0, len(ids))
	for n := range ids {
		switch {
		case errs[n] != nil && d.Explain(core.Describe, errs[n]).Kind != eni.ErrNotFound:
			return nil, errs[n]
		case found[n] != nil:
			all = append(all, *found[n])
		}
	}
	return all, nil
}

// maxPages bounds a description. One page is enough where the cloud does what its
// documentation says, and lists only the interface that was asked for.
const maxPages = 20

// describeOne describes one interface, and returns nil where there is none.
func (d *legacyDriver) describeOne(ctx context.Context, id string) (*eni.Interface, error) {
	seen := 0
	for range maxPages {
		reply, err := d.do(ctx, newLegacyDescribeRequest(d.region, id, seen), (*legacyReply).readInterfaces)
		if err != nil {
			return nil, err
		}
		for i := range reply.interfaces {
			if reply.interfaces[i].ID == id {
				return &reply.interfaces[i], nil
			}
		}
		seen += len(reply.interfaces)
		if seen >= reply.total {
			return nil, nil //nolint:nilnil // nothing is an answer
		}
		if len(reply.interfaces) == 0 {
			break
		}
	}
	why := unreadable(fmt.Sprintf("%d interfaces are listed, without the one that was asked for and without an end", seen))
	return nil, newRequestError(sdkError(codeUnreadable, "", why), http.StatusOK, nil)
}

// Task implements core.Tasks.
func (d *legacyDriver) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	reply, err := d.do(ctx, newLegacyTaskRequest(d.region, id), (*legacyReply).readTask)
	switch {
	case err == nil:
		return reply.status, nil
	case d.Explain(core.Describe, err).Kind == eni.ErrNotFound:
		return core.TaskStatus{State: core.TaskUnknown}, nil // the task, not the interface
	default:
		return core.TaskStatus{}, err
	}
}

// readAs reads a reply as the answer to one kind of request, or says why it is none.
type readAs func(*legacyReply, redactor) error

// do sends one request, and returns a reply only where it is valid and the answer
// to this request.
func (d *legacyDriver) do(ctx context.Context, request tchttp.Request, read readAs) (*legacyReply, error) {
	x, err := d.send(ctx, request, new(tchttp.BaseResponse))
	if err != nil {
		return nil, err
	}
	return x.read(read)
}

// read reads the reply that the exchange has kept.
func (x *exchange) read(as readAs) (*legacyReply, error) {
	reply, err := readLegacyReply(x.body, x.status)
	if err == nil {
		err = as(reply, x.redactor)
	}
	var refused *refusalError
	switch {
	case err == nil:
		return reply, nil
	case errors.As(err, &refused):
		failed := x.requestError(refused.sdkError())
		failed.number = refused.number
		return nil, failed
	default:
		return nil, x.requestError(sdkError(codeUnreadable, "", err))
	}
}
