// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/netip"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// tencentAPI speaks API 3.0 of the VPC service, by the SDK's core.
type tencentAPI struct {
	*settings

	tap tap
}

func (t *tencentAPI) create(ctx context.Context, name string, n network) answer {
	return t.send(ctx, "CreateNetworkInterface", map[string]any{
		"VpcId": n.vpc, "SubnetId": n.subnet, "SecurityGroupIds": []string{n.securityGroup}, "NetworkInterfaceName": name,
		"Tags": []any{map[string]any{"Key": tagKey, "Value": n.run}}, "ClientToken": name,
	})
}

func (t *tencentAPI) attach(ctx context.Context, id, instance string) answer {
	return t.send(ctx, "AttachNetworkInterface", map[string]any{"NetworkInterfaceId": id, "InstanceId": instance})
}

func (t *tencentAPI) assign(ctx context.Context, id string, count int) answer {
	return t.send(ctx, "AssignPrivateIpAddresses", map[string]any{"NetworkInterfaceId": id, "SecondaryPrivateIpAddressCount": count})
}

func (t *tencentAPI) assignIPv6(ctx context.Context, id string, count int) answer {
	return t.send(ctx, "AssignIpv6Addresses", map[string]any{"NetworkInterfaceId": id, "Ipv6AddressCount": count})
}

// assignPrefix sends nothing: the cloud has no prefixes.
func (*tencentAPI) assignPrefix(context.Context, string) answer {
	return answer{code: "the cloud has no prefixes"}
}

func (t *tencentAPI) unassign(ctx context.Context, id string, addresses ...netip.Addr) answer {
	list := make([]any, len(addresses))
	for n, addr := range addresses {
		list[n] = map[string]any{"PrivateIpAddress": addr.String()}
	}
	return t.send(ctx, "UnassignPrivateIpAddresses", map[string]any{"NetworkInterfaceId": id, "PrivateIpAddresses": list})
}

func (t *tencentAPI) detach(ctx context.Context, id, instance string) answer {
	return t.send(ctx, "DetachNetworkInterface", map[string]any{"NetworkInterfaceId": id, "InstanceId": instance})
}

func (t *tencentAPI) describe(ctx context.Context, ids ...string) answer {
	return t.send(ctx, "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": ids, "Limit": 100})
}

func (t *tencentAPI) send(ctx context.Context, action string, params map[string]any) (got answer) {
	r := tchttp.NewCommonRequest("vpc", "2017-03-12", action)
	if got.err = r.SetActionParameters(params); got.err != nil {
		return got
	}
	scheme, host := t.host("vpc.tencentcloudapi.com")
	r.SetScheme(scheme)
	r.SetDomain(host)
	r.SetPath("/")
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, answerKey{}, &got), requestTimeout)
	defer cancel()
	r.SetContext(ctx)
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.DisableRegionBreaker = true // it would send a request to another region
	client := new(common.Client).Init(t.region).WithProfile(p).WithHttpTransport(t.tap).
		WithCredential(common.NewTokenCredential(t.keyID, t.secret, t.token))
	if err := client.Send(r, tchttp.NewCommonResponse()); got.began.IsZero() {
		got.err = err // nothing was sent
	}
	got.read()
	return got
}
