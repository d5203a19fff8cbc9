// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"maps"
	"net/http"
	"net/netip"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// scheme is one way in which the vendor's SDK signs and sends.
type scheme struct{ sign, method string }

var schemes = []scheme{
	{"TC3-HMAC-SHA256", http.MethodPost},
	{"TC3-HMAC-SHA256", http.MethodGet},
	{"HmacSHA1", http.MethodPost},
	{"HmacSHA1", http.MethodGet},
	{"HmacSHA256", http.MethodPost},
	{"HmacSHA256", http.MethodGet},
}

// visit is what a client is made with.
type visit struct {
	scheme
	endpoint, service, region string
	id, key, token            string
	unsigned                  bool
}

func visitBy(s *tencenttest.Server, d scheme) visit {
	return visit{d, "vpc.tencentcloudapi.test", "vpc", s.Region, s.SecretID, s.SecretKey, s.Token, false}
}

// request has the vendor's SDK sign and encode a request, without sending it.
func (v visit) request(t *testing.T, action string, q tchttp.Request, base *tchttp.BaseRequest) *http.Request {
	t.Helper()
	var made *http.Request
	p := profile.NewClientProfile()
	p.SignMethod, p.HttpProfile.ReqMethod, p.HttpProfile.Endpoint, p.UnsignedPayload = v.sign, v.method, v.endpoint, v.unsigned
	client := common.NewCommonClient(common.NewTokenCredential(v.id, v.key, v.token), v.region, p)
	client.WithHttpTransport(capture(func(r *http.Request) { made = r }))
	base.Init().WithApiInfo(v.service, "2017-03-12", action)
	q.SetContext(t.Context())
	_ = client.Send(q, &tchttp.BaseResponse{})
	made.RequestURI = made.URL.RequestURI()
	return made
}

type unassignRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceID string        `json:"NetworkInterfaceId" name:"NetworkInterfaceId"`
	PrivateIPAddresses []unassigning `json:"PrivateIpAddresses" name:"PrivateIpAddresses"`
}

type unassigning struct {
	PrivateIPAddress string `json:"PrivateIpAddress" name:"PrivateIpAddress"`
	Primary          bool   `json:"Primary" name:"Primary"`
}

type describeRequest struct {
	tchttp.BaseRequest

	NetworkInterfaceIDs []string      `json:"NetworkInterfaceIds,omitempty" name:"NetworkInterfaceIds"`
	Filters             []filterNamed `json:"Filters,omitempty" name:"Filters"`
	Limit               *int          `json:"Limit,omitempty" name:"Limit"`
}

type filterNamed struct {
	Name   string   `json:"Name" name:"Name"`
	Values []string `json:"Values" name:"Values"`
}

type taskRequest struct {
	tchttp.BaseRequest

	TaskID string `json:"TaskId" name:"TaskId"`
}

func (v visit) describe(t *testing.T, ids ...string) *http.Request {
	t.Helper()
	q := &describeRequest{NetworkInterfaceIDs: ids}
	return v.request(t, "DescribeNetworkInterfaces", q, &q.BaseRequest)
}

func (v visit) unassign(t *testing.T, addresses ...string) *http.Request {
	t.Helper()
	q := &unassignRequest{NetworkInterfaceID: "eni-1"}
	for _, a := range addresses {
		q.PrivateIPAddresses = append(q.PrivateIPAddresses, unassigning{a, false})
	}
	return v.request(t, "UnassignPrivateIpAddresses", q, &q.BaseRequest)
}

func (v visit) task(t *testing.T, id string) *http.Request {
	t.Helper()
	q := &taskRequest{TaskID: id}
	return v.request(t, "DescribeVpcTaskResult", q, &q.BaseRequest)
}

func eachScheme(t *testing.T, test func(*testing.T, scheme)) {
	for _, d := range schemes {
		t.Run(d.sign+" "+d.method, func(t *testing.T) { test(t, d) })
	}
}

// parametersRequest has parameters of any name.
type parametersRequest struct {
	tchttp.BaseRequest

	parameters map[string]string
}

// GetParams is where the SDK adds the common ones, and signs.
func (r *parametersRequest) GetParams() map[string]string {
	maps.Copy(r.BaseRequest.GetParams(), r.parameters)
	return r.BaseRequest.GetParams()
}

func with(r *http.Request, change func(*http.Request)) *http.Request {
	change(r)
	return r
}

func withAddresses(id string, addresses ...string) eni.Interface {
	i := eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateAvailable}
	for n, a := range addresses {
		i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr(a), Primary: n == 0})
	}
	return i
}
