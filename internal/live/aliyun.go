// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

// aliyunAPI speaks to ECS, by the SDK's signer alone.
type aliyunAPI struct {
	*settings

	tap tap
}

func (a *aliyunAPI) create(ctx context.Context, name string, n network) answer {
	return a.send(ctx, "CreateNetworkInterface", map[string]string{
		"VSwitchId": n.subnet, "SecurityGroupId": n.securityGroup, "NetworkInterfaceName": name,
		"Tag.1.Key": tagKey, "Tag.1.Value": n.run, "ClientToken": name,
	})
}

func (a *aliyunAPI) attach(ctx context.Context, id, instance string) answer {
	return a.send(ctx, "AttachNetworkInterface", map[string]string{"NetworkInterfaceId": id, "InstanceId": instance})
}

func (a *aliyunAPI) assign(ctx context.Context, id string, count int) answer {
	return a.send(ctx, "AssignPrivateIpAddresses", map[string]string{
		"NetworkInterfaceId": id, "SecondaryPrivateIpAddressCount": strconv.Itoa(count),
	})
}

func (a *aliyunAPI) assignIPv6(ctx context.Context, id string, count int) answer {
	return a.send(ctx, "AssignIpv6Addresses", map[string]string{"NetworkInterfaceId": id, "Ipv6AddressCount": strconv.Itoa(count)})
}

func (a *aliyunAPI) assignPrefix(ctx context.Context, id string) answer {
	return a.send(ctx, "AssignPrivateIpAddresses", map[string]string{"NetworkInterfaceId": id, "Ipv4PrefixCount": "1"})
}

func (a *aliyunAPI) unassign(ctx context.Context, id string, addresses ...netip.Addr) answer {
	params := map[string]string{"NetworkInterfaceId": id}
	for n, addr := range addresses {
		params["PrivateIpAddress."+strconv.Itoa(n+1)] = addr.String()
	}
	return a.send(ctx, "UnassignPrivateIpAddresses", params)
}

func (a *aliyunAPI) detach(ctx context.Context, id, instance string) answer {
	return a.send(ctx, "DetachNetworkInterface", map[string]string{"NetworkInterfaceId": id, "InstanceId": instance})
}

func (a *aliyunAPI) describe(ctx context.Context, ids ...string) answer {
	params := make(map[string]string)
	for n, id := range ids {
		params["NetworkInterfaceId."+strconv.Itoa(n+1)] = id
	}
	return a.send(ctx, "DescribeNetworkInterfaces", params)
}

func (a *aliyunAPI) send(ctx context.Context, action string, params map[string]string) (got answer) {
	r := new(requests.RpcRequest)
	r.InitWithApiInfo("Ecs", "2014-05-26", action, "ecs", "openAPI")
	r.QueryParams = params
	scheme, host := a.host("ecs." + a.region + ".aliyuncs.com")
	r.SetDomain(host)
	r.SetScheme(scheme)
	if got.err = requests.InitParams(r); got.err != nil {
		return got
	}
	key := staticKey{a.settings}
	if got.err = auth.Sign(r, nil, a.region, key); got.err != nil {
		return got
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, answerKey{}, &got), requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.GetMethod(), r.BuildUrl(), r.GetBodyReader())
	if err != nil {
		got.err = err
		return got
	}
	for name, value := range r.GetHeaders() {
		req.Header.Set(name, value)
	}
	_, _ = a.tap.RoundTrip(req) //nolint:errcheck,bodyclose // the answer has it
	got.read()
	return got
}

// requestTimeout is how long a request of the set-up may take.
const requestTimeout = 30 * time.Second

// host is the scheme and the host that requests go to.
func (s *settings) host(vendors string) (scheme, host string) {
	if s.endpoint == "" {
		return "https", vendors
	}
	if scheme, host, ok := strings.Cut(s.endpoint, "://"); ok {
		return scheme, strings.Trim(host, "/")
	}
	return "https", strings.Trim(s.endpoint, "/")
}

// staticKey gives the account's key to the SDK's signer.
type staticKey struct{ s *settings }

func (k staticKey) GetCredentials() (*credentials.Credentials, error) {
	return &credentials.Credentials{AccessKeyId: k.s.keyID, AccessKeySecret: k.s.secret, SecurityToken: k.s.token}, nil
}

func (staticKey) GetProviderName() string { return "static" }
