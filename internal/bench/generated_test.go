// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	alicredentials "github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	alierrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"
)

// generated is a vendor's generated client, with the usual handling of its errors.
type generated interface {
	// unassign and detach send one change, and return its task where the cloud has
	// tasks.
	unassign(id string, addresses []string) (task string, err error)
	detach(id, instance string) (task string, err error)
	// remove deletes an interface, and returns its task likewise.
	remove(id string) (task string, err error)
	// completed asks once whether an accepted detach, or a task, has completed.
	completed(id, task string) (bool, error)
	// read returns the meaning of an error.
	read(err error) meaning
}

// meaning is the usual handling of an error.
type meaning int

const (
	hopeless meaning = iota
	again            // a conflict, throttled, or a network error
	done             // not assigned, not attached, or no such interface
)

type generatedAliyun struct{ client *ecs.Client }

func newGeneratedAliyun(network http.RoundTripper) (generated, error) {
	c, err := ecs.NewClientWithOptions(aliyunRegion, sdk.NewConfig().WithScheme(requests.HTTPS),
		alicredentials.NewStaticAKCredentialsProvider(keyID, secret))
	if err != nil {
		return nil, err
	}
	c.Domain = host
	c.SetTransport(network)
	return generatedAliyun{c}, nil
}

func (g generatedAliyun) unassign(id string, addresses []string) (string, error) {
	r := ecs.CreateUnassignPrivateIpAddressesRequest()
	r.NetworkInterfaceId = id
	r.PrivateIpAddress = &addresses
	_, err := g.client.UnassignPrivateIpAddresses(r)
	return "", err
}

func (g generatedAliyun) detach(id, instance string) (string, error) {
	r := ecs.CreateDetachNetworkInterfaceRequest()
	r.NetworkInterfaceId, r.InstanceId = id, instance
	_, err := g.client.DetachNetworkInterface(r)
	return "", err
}

func (g generatedAliyun) remove(id string) (string, error) {
	r := ecs.CreateDeleteNetworkInterfaceRequest()
	r.NetworkInterfaceId = id
	_, err := g.client.DeleteNetworkInterface(r)
	return "", err
}

func (g generatedAliyun) completed(id, _ string) (bool, error) {
	r := ecs.CreateDescribeNetworkInterfacesRequest()
	r.NetworkInterfaceId = &[]string{id}
	resp, err := g.client.DescribeNetworkInterfaces(r)
	if err != nil {
		return false, err
	}
	set := resp.NetworkInterfaceSets.NetworkInterfaceSet
	return len(set) == 1 && set[0].Status == "Available", nil
}

func (generatedAliyun) read(err error) meaning {
	var e *alierrors.ServerError
	if !errors.As(err, &e) {
		return again
	}
	switch code := e.ErrorCode(); {
	case code == "Operation.Conflict", code == "InvalidOperation.InvalidEniState", strings.HasPrefix(code, "Throttling"):
		return again
	case code == "InvalidIp.IpUnassigned", code == "InvalidParameter.EniNotBelongEcs", code == "InvalidEniId.NotFound":
		return done
	default:
		return hopeless
	}
}

type generatedTencent struct{ client *vpc.Client }

func newGeneratedTencent(network http.RoundTripper) (generated, error) {
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = host
	c, err := vpc.NewClient(common.NewCredential(keyID, secret), tencentRegion, p)
	if err != nil {
		return nil, err
	}
	c.WithHttpTransport(network)
	return generatedTencent{c}, nil
}

func (g generatedTencent) unassign(id string, addresses []string) (string, error) {
	r := vpc.NewUnassignPrivateIpAddressesRequest()
	r.NetworkInterfaceId = &id
	for _, a := range addresses {
		r.PrivateIpAddresses = append(r.PrivateIpAddresses, &vpc.PrivateIpAddressSpecification{PrivateIpAddress: &a})
	}
	resp, err := g.client.UnassignPrivateIpAddresses(r)
	if err != nil {
		return "", err
	}
	return *resp.Response.RequestId, nil
}

func (g generatedTencent) detach(id, instance string) (string, error) {
	r := vpc.NewDetachNetworkInterfaceRequest()
	r.NetworkInterfaceId, r.InstanceId = &id, &instance
	resp, err := g.client.DetachNetworkInterface(r)
	if err != nil {
		return "", err
	}
	return *resp.Response.RequestId, nil
}

func (g generatedTencent) remove(id string) (string, error) {
	r := vpc.NewDeleteNetworkInterfaceRequest()
	r.NetworkInterfaceId = &id
	resp, err := g.client.DeleteNetworkInterface(r)
	if err != nil {
		return "", err
	}
	return *resp.Response.RequestId, nil
}

func (g generatedTencent) completed(_, task string) (bool, error) {
	r := vpc.NewDescribeVpcTaskResultRequest()
	r.TaskId = &task
	resp, err := g.client.DescribeVpcTaskResult(r)
	if err != nil {
		return false, err
	}
	return *resp.Response.Status == "SUCCESS", nil
}

func (generatedTencent) read(err error) meaning {
	var e *tcerrors.TencentCloudSDKError
	if !errors.As(err, &e) {
		return again
	}
	switch e.Code {
	case "UnsupportedOperation.MutexOperationTaskRunning", "RequestLimitExceeded", "ResourceInUse", "ClientError.NetworkError":
		return again
	case "UnsupportedOperation.AttachmentNotFound", "UnsupportedOperation.InvalidState", "ResourceNotFound":
		return done
	default:
		return hopeless
	}
}
