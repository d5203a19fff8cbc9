// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"net/http"

	alicredentials "github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	tccommon "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The credentials of every client.
const (
	keyID  = "AKIDstormstormstormstorm"
	secret = "s3cr3tS3cr3tS3cr3tS3cr3t"
	host   = "cloud.test"
)

// vendor is one of the two clouds, on the wire.
type vendor struct {
	name string
	// tasks says that an accepted change runs as a task.
	tasks bool
	// server speaks the vendor's API to a cloud.
	server func(*enitest.Cloud) http.Handler
	// ours returns this library's client.
	ours func(http.RoundTripper, *eni.Options) (eni.Client, error)
	// generated returns the vendor's client, for one goroutine.
	generated func(http.RoundTripper) (generated, error)
	// action returns the action of a request.
	action func(*http.Request) enitest.Action
	// codes are what an answer holds that is none of success.
	codes map[answer][]byte
	// failure is what every other answer holds that is none of success.
	failure []byte
}

// answer returns the result of a request.
func (v vendor) answer(body []byte) answer {
	for a, code := range v.codes {
		if bytes.Contains(body, code) {
			return a
		}
	}
	if bytes.Contains(body, v.failure) {
		return refused
	}
	return accepted
}

var vendors = []vendor{
	{
		name: "aliyun",
		server: func(cloud *enitest.Cloud) http.Handler {
			s := aliyuntest.NewServer(cloud)
			s.AccessKeyID, s.AccessKeySecret = keyID, secret
			return s
		},
		ours: func(network http.RoundTripper, opts *eni.Options) (eni.Client, error) {
			return aliyun.New(aliyun.Config{
				Region: aliyunRegion, Endpoint: host, HTTPClient: &http.Client{Transport: network},
				Credentials: alicredentials.NewStaticAKCredentialsProvider(keyID, secret),
			}, opts)
		},
		generated: newGeneratedAliyun,
		action:    func(r *http.Request) enitest.Action { return actions[r.URL.Query().Get("Action")] },
		codes: map[answer][]byte{
			conflict:  []byte(`"Code":"Operation.Conflict"`),
			throttled: []byte(`"Code":"Throttling`),
		},
		failure: []byte(`"Code":`),
	},
	{
		name:  "tencent",
		tasks: true,
		server: func(cloud *enitest.Cloud) http.Handler {
			s := tencenttest.NewServer(cloud)
			s.SecretID, s.SecretKey = keyID, secret
			return s
		},
		ours: func(network http.RoundTripper, opts *eni.Options) (eni.Client, error) {
			return tencent.New(tencent.Config{
				Region: tencentRegion, Endpoint: host, HTTPClient: &http.Client{Transport: network},
				Credentials: tccommon.NewCredential(keyID, secret),
			}, opts)
		},
		generated: newGeneratedTencent,
		action:    func(r *http.Request) enitest.Action { return actions[r.Header.Get("X-Tc-Action")] },
		codes: map[answer][]byte{
			conflict:  []byte(`"Code":"UnsupportedOperation.MutexOperationTaskRunning"`),
			throttled: []byte(`"Code":"RequestLimitExceeded"`),
		},
		failure: []byte(`"Error":`),
	},
}

const (
	aliyunRegion  = "cn-hangzhou"
	tencentRegion = "ap-guangzhou"
)

// actions are the vendors' names, which do not collide.
var actions = map[string]enitest.Action{
	"UnassignPrivateIpAddresses": enitest.UnassignPrivateIps,
	"DetachNetworkInterface":     enitest.Detach,
	"DeleteNetworkInterface":     enitest.Delete,
	"DescribeNetworkInterfaces":  enitest.Describe,
	"DescribeVpcTaskResult":      enitest.DescribeTask,
}
