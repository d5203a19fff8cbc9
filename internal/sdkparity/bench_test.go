package sdkparity

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// The benchmarks release one address over a transport that does nothing:
// BenchmarkGenerated through the vendors' generated clients, BenchmarkCloudeni
// through ours. Each call is for another interface, because ours would wait until
// the change before it has settled, which nothing here ever tells.

const (
	aliyunAnswer  = canned(`{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}`)
	tencentAnswer = canned(`{"Response":{"RequestId":"8b2ef2ab-1f45-4a64-9b8f-b3a8f6b9b0f1"}}`)
)

func aliyunConfig() aliyun.Config {
	return aliyun.Config{
		Region:      "cn-hangzhou",
		Credentials: credentials.NewStaticAKCredentialsProvider("id", "secret"),
		Endpoint:    "ecs.cn-hangzhou.aliyuncs.com",
		HTTPClient:  &http.Client{Transport: aliyunAnswer},
	}
}

func tencentConfig() tencent.Config {
	return tencent.Config{
		Region:      "ap-guangzhou",
		Credentials: common.NewCredential("id", "secret"),
		Endpoint:    "vpc.tencentcloudapi.com",
		HTTPClient:  &http.Client{Transport: tencentAnswer},
	}
}

// unbounded lets a call cost what it costs: no pace.
var unbounded = eni.Rates{UnassignPrivateIps: -1}

func interfaceID(n int) string { return "eni-" + strconv.Itoa(n) }

func BenchmarkGenerated(b *testing.B) {
	b.Run("aliyun", func(b *testing.B) {
		c := generatedAliyun(b, aliyunConfig(), aliyunAnswer)
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			r := ecs.CreateUnassignPrivateIpAddressesRequest()
			r.NetworkInterfaceId = interfaceID(n)
			r.PrivateIpAddress = &[]string{"10.0.0.11"}
			if _, err := c.UnassignPrivateIpAddresses(r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tencent", func(b *testing.B) {
		c := generatedTencent(b, tencentConfig(), tencentAnswer)
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			r := vpc.NewUnassignPrivateIpAddressesRequest()
			r.NetworkInterfaceId = common.StringPtr(interfaceID(n))
			r.PrivateIpAddresses = []*vpc.PrivateIpAddressSpecification{{PrivateIpAddress: common.StringPtr("10.0.0.11")}}
			if _, err := c.UnassignPrivateIpAddressesWithContext(b.Context(), r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCloudeni(b *testing.B) {
	b.Run("aliyun", func(b *testing.B) {
		c, err := aliyun.New(aliyunConfig(), &eni.Options{Rates: unbounded})
		if err != nil {
			b.Fatal(err)
		}
		release(b, c)
	})
	b.Run("tencent", func(b *testing.B) {
		c, err := tencent.New(tencentConfig(), &eni.Options{Rates: unbounded})
		if err != nil {
			b.Fatal(err)
		}
		release(b, c)
	})
}

func release(b *testing.B, c eni.Client) {
	b.Helper()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		req := eni.UnassignRequest{InterfaceID: interfaceID(n), Addresses: addresses("10.0.0.11")}
		op, err := c.UnassignPrivateIps(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		if op.Attempts() != 1 {
			b.Fatalf("%d requests, want 1", op.Attempts())
		}
	}
}
