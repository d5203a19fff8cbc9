// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// asked is what a request is about.
type asked struct {
	id, instance string
	addresses    []string
}

// send sends a request with the vendor's SDK, which refuses nothing by itself, and returns
// the code of the answer.
func send(t *testing.T, c *Cloud, action string, about asked) string {
	t.Helper()
	keys := c.now.Load().keys()
	if c.Provider == aliyun.Provider {
		client, err := sdk.NewClientWithOptions(c.Region(), sdk.NewConfig(), credentials.NewStsTokenCredential(keys.ID, keys.Secret, keys.Token))
		if err != nil {
			t.Fatal(err)
		}
		client.SetTransport(enitest.Transport(c))
		request := requests.NewCommonRequest()
		request.Method, request.Scheme, request.Domain, request.Version, request.ApiName = http.MethodPost, "http", "cloud.invalid", "2014-05-26", action
		request.QueryParams["NetworkInterfaceId"], request.QueryParams["InstanceId"] = about.id, about.instance
		for n, address := range about.addresses {
			request.QueryParams[fmt.Sprintf("PrivateIpAddress.%d", n+1)] = address
		}
		_, err = client.ProcessCommonRequest(request)
		var refused *sdkerrors.ServerError
		if errors.As(err, &refused) {
			return refused.ErrorCode()
		} else if err != nil {
			t.Fatal(err)
		}
		return ""
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = "cloud.invalid"
	client := common.NewCommonClient(common.NewTokenCredential(keys.ID, keys.Secret, keys.Token), c.Region(), p)
	client.WithHttpTransport(enitest.Transport(c))
	request := tchttp.NewCommonRequest("vpc", "2017-03-12", action)
	parameters := map[string]any{"NetworkInterfaceId": about.id}
	if about.instance != "" {
		parameters["InstanceId"] = about.instance
	}
	var list []map[string]any
	for _, address := range about.addresses {
		list = append(list, map[string]any{"PrivateIpAddress": address})
		parameters["PrivateIpAddresses"] = list
	}
	if err := request.SetActionParameters(parameters); err != nil {
		t.Fatal(err)
	}
	err := client.Send(request, tchttp.NewCommonResponse())
	var refused *tcerrors.TencentCloudSDKError
	if errors.As(err, &refused) {
		return refused.Code
	} else if err != nil {
		t.Fatal(err)
	}
	return ""
}
