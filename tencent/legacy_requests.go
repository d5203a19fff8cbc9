// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"

	"github.com/cloudeni/cloudeni/internal/core"
)

// The requests of API 2.0 are forms. The SDK encodes the fields with a name, omits "",
// and numbers lists from 0. Each request has a field for the region, because the SDK's
// client, which has its own, is shared by all regions.

type legacyUnassignRequest struct {
	tchttp.BaseRequest

	Region             string   `name:"Region"`
	VPCID              string   `name:"vpcId"`
	NetworkInterfaceID string   `name:"networkInterfaceId"`
	PrivateIPAddress   []string `name:"privateIpAddress"`
}

func newLegacyUnassignRequest(region, vpcID string, change core.Change) *legacyUnassignRequest {
	r := &legacyUnassignRequest{
		Region:             region,
		VPCID:              vpcID,
		NetworkInterfaceID: change.InterfaceID,
		PrivateIPAddress:   make([]string, len(change.Addresses)),
	}
	for i, a := range change.Addresses {
		r.PrivateIPAddress[i] = a.String()
	}
	r.Init().WithApiInfo(service, "", "UnassignPrivateIpAddresses")
	return r
}

type legacyDescribeRequest struct {
	tchttp.BaseRequest

	Region             string `name:"Region"`
	NetworkInterfaceID string `name:"networkInterfaceId"`
	Offset             int    `name:"offset"`
	Limit              int    `name:"limit"`
}

func newLegacyDescribeRequest(region, id string, offset int) *legacyDescribeRequest {
	r := &legacyDescribeRequest{Region: region, NetworkInterfaceID: id, Offset: offset, Limit: legacyPageSize}
	r.Init().WithApiInfo(service, "", "DescribeNetworkInterfaces")
	return r
}

type legacyTaskRequest struct {
	tchttp.BaseRequest

	Region string `name:"Region"`
	TaskID string `name:"taskId"`
}

func newLegacyTaskRequest(region, id string) *legacyTaskRequest {
	r := &legacyTaskRequest{Region: region, TaskID: id}
	r.Init().WithApiInfo(service, "", "DescribeVpcTaskResult")
	return r
}
