package tencent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// driver speaks API 3.0 for one account in one region.
type driver struct{ *endpoint }

var (
	_ core.Driver  = (*driver)(nil)
	_ core.Tasks   = (*driver)(nil)
	_ core.Renewer = (*driver)(nil)
)

func newDriver(cfg Config) (*driver, error) {
	if err := checkRegion(cfg.Region); err != nil {
		return nil, err
	}
	scheme, host, path, err := parseEndpoint(cfg.Endpoint)
	switch {
	case err != nil:
		return nil, err
	case host == "":
		scheme, host = "https", defaultHost
	case path != "":
		return nil, errors.New("tencent: endpoint has a path, which API 3.0 does not have")
	}
	return &driver{&endpoint{
		credentials: newCredentialCache(cfg.Credentials),
		client:      httpClient(cfg.HTTPClient),
		scheme:      scheme,
		host:        host,
		path:        "/",
		header:      map[string]string{"X-TC-Region": cfg.Region, "User-Agent": userAgent},
		signature:   "TC3-HMAC-SHA256",
	}}, nil
}

// Send implements core.Driver. An accepted change goes on as a task, whose id is
// that of the request.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	request, err := newChangeRequest(change)
	if err != nil {
		return core.Receipt{NotSent: true}, err
	}
	var reply changeResponse
	if err := d.do(ctx, request, &reply); err != nil {
		return core.Receipt{RequestID: sdkPart(err).RequestId, NotSent: notSent(err)}, err
	}
	id := reply.requestID()
	return core.Receipt{RequestID: id, TaskID: id}, nil
}

func newChangeRequest(change core.Change) (tchttp.Request, error) {
	if len(change.Prefixes) > 0 || change.TrunkInterfaceID != "" {
		return nil, eni.ErrUnsupported // without them the request would be another one
	}
	switch change.Action {
	case core.UnassignPrivateIps:
		return newUnassignPrivateIPsRequest(change.InterfaceID, change.Addresses), nil
	case core.UnassignIpv6:
		return newUnassignIPv6Request(change.InterfaceID, change.Addresses), nil
	case core.Detach:
		return newDetachRequest(change.InterfaceID, change.InstanceID), nil
	default:
		return nil, eni.ErrUnsupported
	}
}

// Describe implements core.Driver. A single unknown id makes the cloud answer
// ResourceNotFound to the whole request.
func (d *driver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	if len(ids) == 0 {
		return nil, nil // without ids the cloud would list all there are
	}
	found := make([]eni.Interface, 0, len(ids))
	for {
		var reply describeResponse
		if err := d.do(ctx, newDescribeRequest(ids, len(found)), &reply); err != nil {
			return nil, err
		}
		found = append(found, reply.interfaces...)
		total := *reply.Response.TotalCount
		if uint64(len(found)) >= total {
			return found, nil
		}
		// Every page must hold something, and there cannot be more interfaces than ids.
		if len(reply.interfaces) == 0 || total > uint64(len(ids)) {
			why := unreadable(fmt.Sprintf("%d interfaces of %d, for %d ids", len(found), total, len(ids)))
			return nil, newRequestError(sdkError(codeUnreadable, reply.requestID(), why), http.StatusOK, nil)
		}
	}
}

// Task implements core.Tasks.
func (d *driver) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	var reply taskResponse
	err := d.do(ctx, newTaskRequest(id), &reply)
	switch {
	case err == nil:
		return reply.status, nil
	case strings.EqualFold(sdkPart(err).Code, "ResourceNotFound"):
		return core.TaskStatus{State: core.TaskUnknown}, nil // the task, not the interface
	default:
		return core.TaskStatus{}, err
	}
}

// do sends one request, and returns nil only for a valid reply.
func (d *driver) do(ctx context.Context, request tchttp.Request, reply response) error {
	x, err := d.send(ctx, request, reply)
	if err != nil {
		return err
	}
	if err := reply.validate(x.redactor); err != nil {
		return x.requestError(sdkError(codeUnreadable, reply.requestID(), err))
	}
	return nil
}
