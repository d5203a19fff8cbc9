// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

// instant is a transport that responds at once, from memory.
func instant(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{},
		Body:          io.NopCloser(bytes.NewReader([]byte(accepted))),
		ContentLength: int64(len(accepted)),
	}, nil
}

func BenchmarkSend(b *testing.B) {
	d := newTestDriver(b, instant)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Send(ctx, testChange); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSDKAlone measures the SDK by itself, for comparison.
func BenchmarkSDKAlone(b *testing.B) {
	client := common.NewCommonClient(testCredentials, "ap-guangzhou", profile.NewClientProfile())
	client.WithHttpTransport(roundTripper(instant))
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		request := newUnassignPrivateIPsRequest(testChange.InterfaceID, testChange.Addresses)
		request.SetContext(ctx)
		if err := client.Send(request, new(tchttp.BaseResponse)); err != nil {
			b.Fatal(err)
		}
	}
}
