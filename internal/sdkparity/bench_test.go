// SPDX-License-Identifier: Apache-2.0

package sdkparity

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	vpc "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/vpc/v20170312"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// The benchmarks release one address over a transport that does nothing:
// BenchmarkGenerated with the vendors' generated clients, BenchmarkCloudeni with this
// library. Each call is for another interface: for the same one this library would wait
// until the previous change is complete, which never happens here.

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

// unbounded switches the limiter off.
var unbounded = eni.Rates{UnassignPrivateIps: -1}

func interfaceID(n int) string { return "eni-" + strconv.Itoa(n) }

// The four variants of one call.

func generatedAliyunRelease(tb testing.TB) func(n int) {
	tb.Helper()
	c := generatedAliyun(tb, aliyunConfig(), aliyunAnswer)
	return func(n int) {
		r := ecs.CreateUnassignPrivateIpAddressesRequest()
		r.NetworkInterfaceId = interfaceID(n)
		r.PrivateIpAddress = &[]string{"10.0.0.11"}
		if _, err := c.UnassignPrivateIpAddresses(r); err != nil {
			tb.Fatal(err)
		}
	}
}

func generatedTencentRelease(tb testing.TB) func(n int) {
	tb.Helper()
	c := generatedTencent(tb, tencentConfig(), tencentAnswer)
	return func(n int) {
		r := vpc.NewUnassignPrivateIpAddressesRequest()
		r.NetworkInterfaceId = common.StringPtr(interfaceID(n))
		r.PrivateIpAddresses = []*vpc.PrivateIpAddressSpecification{{PrivateIpAddress: common.StringPtr("10.0.0.11")}}
		if _, err := c.UnassignPrivateIpAddressesWithContext(tb.Context(), r); err != nil {
			tb.Fatal(err)
		}
	}
}

func cloudeniAliyunRelease(tb testing.TB) func(n int) {
	tb.Helper()
	c, err := aliyun.New(aliyunConfig(), &eni.Options{Rates: unbounded})
	if err != nil {
		tb.Fatal(err)
	}
	return release(tb, c)
}

func cloudeniTencentRelease(tb testing.TB) func(n int) {
	tb.Helper()
	c, err := tencent.New(tencentConfig(), &eni.Options{Rates: unbounded})
	if err != nil {
		tb.Fatal(err)
	}
	return release(tb, c)
}

func release(tb testing.TB, c eni.Client) func(n int) {
	tb.Helper()
	return func(n int) {
		req := eni.UnassignRequest{InterfaceID: interfaceID(n), Addresses: addresses("10.0.0.11")}
		op, err := c.UnassignPrivateIps(tb.Context(), req)
		if err != nil {
			tb.Fatal(err)
		}
		if op.Attempts() != 1 {
			tb.Fatalf("%d requests, want 1", op.Attempts())
		}
	}
}

func BenchmarkGenerated(b *testing.B) {
	b.Run("aliyun", func(b *testing.B) { each(b, generatedAliyunRelease(b)) })
	b.Run("tencent", func(b *testing.B) { each(b, generatedTencentRelease(b)) })
}

func BenchmarkCloudeni(b *testing.B) {
	b.Run("aliyun", func(b *testing.B) { each(b, cloudeniAliyunRelease(b)) })
	b.Run("tencent", func(b *testing.B) { each(b, cloudeniTencentRelease(b)) })
}

func each(b *testing.B, call func(n int)) {
	b.Helper()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		call(n)
	}
}

// BenchmarkPaired alternates between the two calls, so that other load on the machine
// affects both. It reports the medians of their times, and the ratios of the times and of
// the allocations.
func BenchmarkPaired(b *testing.B) {
	b.Run("aliyun", func(b *testing.B) { paired(b, cloudeniAliyunRelease(b), generatedAliyunRelease(b)) })
	b.Run("tencent", func(b *testing.B) { paired(b, cloudeniTencentRelease(b), generatedTencentRelease(b)) })
}

func paired(b *testing.B, ours, generated func(n int)) {
	b.Helper()
	var took [2][]time.Duration
	n := 0
	for ; b.Loop(); n++ {
		for i, call := range []func(int){ours, generated} {
			began := time.Now()
			call(n)
			took[i] = append(took[i], time.Since(began))
		}
	}
	var medians, allocations [2]float64
	for i, call := range []func(int){ours, generated} {
		slices.Sort(took[i])
		medians[i] = float64(took[i][len(took[i])/2].Nanoseconds())
		allocations[i] = testing.AllocsPerRun(1000, func() { n++; call(n) })
	}
	b.ReportMetric(medians[0], "ns-ours")
	b.ReportMetric(medians[1], "ns-generated")
	b.ReportMetric(medians[0]/medians[1], "ratio")
	b.ReportMetric(allocations[0]/allocations[1], "allocs-ratio")
}
