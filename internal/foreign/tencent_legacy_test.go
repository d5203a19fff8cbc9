// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// newLegacyClient makes a client of API 2.0 with the signer of
// github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common. The host has the port
// with it. The signature is HmacSHA256 or HmacSHA1.
func newLegacyClient(a account, host, httpMethod, signature string) *common.Client {
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint, p.HttpProfile.Scheme = host+"/v2/index.php", "HTTP"
	p.HttpProfile.ReqMethod, p.SignMethod = httpMethod, signature
	return common.NewCommonClient(common.NewTokenCredential(a.ID, a.Secret, a.Token), a.Region, p)
}

// legacyRequest is a request of any action: the SDK leaves out what is empty.
type legacyRequest struct {
	tchttp.BaseRequest

	VPCID              string   `name:"vpcId"`
	NetworkInterfaceID string   `name:"networkInterfaceId"`
	PrivateIPAddress   []string `name:"privateIpAddress"`
	TaskID             string   `name:"taskId"`
}

type legacyResponse struct {
	tchttp.BaseResponse

	Code     int             `json:"code"`
	CodeDesc string          `json:"codeDesc"`
	Data     json.RawMessage `json:"data"`
}

// openLegacy opens the client for requests that are sent and signed in this way. The
// region is the one of the account, or its short name where one is given.
func openLegacy(httpMethod, signature, shortRegion string) func(*testing.T, account) client {
	return func(t *testing.T, a account) client {
		t.Helper()
		if shortRegion != "" && a.Region == "ap-guangzhou" {
			a.Region = shortRegion
		}
		return legacyClient{newLegacyClient(a, a.host(t), httpMethod, signature)}
	}
}

type legacyClient struct{ *common.Client }

func (c legacyClient) call(action string, p parameters) (any, error) {
	send := func(r *legacyRequest) (*legacyResponse, error) {
		response := new(legacyResponse)
		return response, c.Send(r, response)
	}
	response, err := method(func() *legacyRequest {
		r := new(legacyRequest)
		r.Init().WithApiInfo("vpc", "", action)
		return r
	}, send)(p)
	sdk := (*sdkerrors.TencentCloudSDKError)(nil)
	if !errors.As(err, &sdk) || strings.HasPrefix(sdk.Code, "ClientError") {
		return response, err
	}
	r := &refusal{sdk.Code, sdk.Message, noRequestID}
	if r.Code == "" { // the SDK drops the number, which the message repeats
		r.Code, _, _ = strings.Cut(strings.TrimPrefix(sdk.Message, "("), ")")
	}
	return nil, r
}

// noRequestID stands for the request ids of API 2.0, whose answers have none.
const noRequestID = "none"

var legacy = vendor{
	name: "Tencent Cloud, API 2.0", zone: "ap-guangzhou-3", otherRegion: "ap-shanghai",
	contenders: []contender{
		{"Go `tencentcloud/common` v1.3.209", "POST HmacSHA256", openLegacy("POST", "HmacSHA256", "")},
		{"Go `tencentcloud/common` v1.3.209", "GET HmacSHA256", openLegacy("GET", "HmacSHA256", "")},
		{"Go `tencentcloud/common` v1.3.209", "POST HmacSHA1", openLegacy("POST", "HmacSHA1", "")},
		{"Go `tencentcloud/common` v1.3.209", "GET HmacSHA1", openLegacy("GET", "HmacSHA1", "")},
		{"Go `tencentcloud/common` v1.3.209", "POST HmacSHA256, region gz", openLegacy("POST", "HmacSHA256", "gz")},
	},
	serve: serveLegacy,
	steps: legacySteps,
	read:  readLegacy,
}

var legacySteps = []step{
	{
		name: "describe", action: "DescribeNetworkInterfaces", p: parameters{"networkInterfaceId": "eni-1"},
		want: []seen{{ID: "eni-1", Instance: "i-1", VPC: "vpc-1", Primary: "10.0.0.1", Addresses: []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"}}},
	},
	{
		name: "unassign", action: "UnassignPrivateIpAddresses", change: "eni-1 -10.0.0.2 -10.0.0.3",
		p: parameters{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress": []string{"10.0.0.2", "10.0.0.3"}},
	},
	{name: "task", action: "DescribeVpcTaskResult", p: parameters{"taskId": lastChange}, status: "0"},
	{
		name: "stale", action: "UnassignPrivateIpAddresses", code: "InvalidPrivateip.NotFound",
		p: parameters{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress": []string{"10.0.0.2"}},
	},
	{
		name: "primary", action: "UnassignPrivateIpAddresses", code: "InvalidPrivateip.IsPrimary",
		p: parameters{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress": []string{"10.0.0.1"}},
	},
	{
		name: "token", action: "UnassignPrivateIpAddresses", by: withToken, change: "eni-1 -10.0.0.4",
		p: parameters{"vpcId": "vpc-1", "networkInterfaceId": "eni-1", "privateIpAddress": []string{"10.0.0.4"}},
	},
	{
		name: "wrong secret", action: "DescribeNetworkInterfaces", by: wrongSecret, code: "4100",
		p: parameters{"networkInterfaceId": "eni-1"},
	},
	{name: "wrong region", action: "DescribeNetworkInterfaces", by: elsewhere, p: parameters{"networkInterfaceId": "eni-1"}},
}

// readLegacy reads what a client returned.
func readLegacy(response any) (*reading, error) {
	r, ok := response.(*legacyResponse)
	if !ok {
		return nil, errors.New("the response is of another type")
	}
	var data struct {
		TaskID json.Number `json:"taskId"`
		Status json.Number `json:"status"`
		Data   []struct {
			NetworkInterfaceID    string `json:"networkInterfaceId"`
			VPCID                 string `json:"vpcId"`
			InstanceSet           struct{ InstanceID string }
			PrivateIPAddressesSet []struct {
				PrivateIPAddress string
				Primary          bool
			} `json:"privateIpAddressesSet"`
		} `json:"data"`
	}
	if err := read(r.Data, &data); err != nil {
		return nil, err
	}
	out := &reading{requestID: data.TaskID.String(), status: data.Status.String()}
	if out.requestID == "" {
		out.requestID = noRequestID
	}
	for _, i := range data.Data {
		s := seen{ID: i.NetworkInterfaceID, Instance: i.InstanceSet.InstanceID, VPC: i.VPCID}
		for _, a := range i.PrivateIPAddressesSet {
			if a.Primary {
				s.Primary = a.PrivateIPAddress
			} else {
				s.Addresses = append(s.Addresses, a.PrivateIPAddress)
			}
		}
		out.interfaces = append(out.interfaces, s)
	}
	return out, nil
}
