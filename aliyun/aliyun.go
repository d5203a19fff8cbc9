// SPDX-License-Identifier: Apache-2.0

// Package aliyun makes clients for the elastic network interfaces of Alibaba
// Cloud ECS (API version 2014-05-26).
//
//	client, err := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, nil)
//
// Package eni has the contract of a client. This package sends the requests and
// classifies the cloud's error codes. The vendor's SDK signs the requests and provides
// the credentials, so every credential provider of the SDK works. Requests use the
// http.Client of the configuration, end with the caller's context, and never follow a
// redirect.
//
// # Vendor actions
//
// Each action needs a RAM permission of its name, such as
// ecs:DetachNetworkInterface.
//
//   - [UnassignPrivateIpAddresses] for UnassignPrivateIps, with at most ten
//     addresses or ten prefixes
//   - [UnassignIpv6Addresses] for UnassignIpv6, likewise
//   - [DetachNetworkInterface] for Detach; if an interface stays in Detaching, it is
//     sent again after 15 s, and then at doubled intervals, as the vendor documents
//   - [DeleteNetworkInterface] for Delete
//   - [DescribeNetworkInterfaces] for Describe, with at most a hundred interfaces, for
//     List, and to describe the interface of any other call
//
// The vendor documents no rates, so a client limits its rate only after the cloud has
// throttled it; see [eni.Rates].
//
// # Errors
//
// Every failure is an [*eni.Error]. A table in this package maps the cloud's code to
// its Kind; a code without a rule is [eni.ErrUnknown]. [eni.ErrNotFound] means that the
// interface does not exist; it is never used for an instance, a vSwitch or a security
// group. If the cloud answered with an error, the cause is the SDK's
// *errors.ServerError, which errors.As finds. Credentials that the cloud repeats are
// redacted.
//
// [UnassignPrivateIpAddresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignprivateipaddresses
// [UnassignIpv6Addresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignipv6addresses
// [DetachNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-detachnetworkinterface
// [DeleteNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-deletenetworkinterface
// [DescribeNetworkInterfaces]: https://www.alibabacloud.com/help/en/ecs/api-describenetworkinterfaces
package aliyun

import (
	"net/http"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Provider is the Provider of this package's errors, hooks and log records.
const Provider = "aliyun"

// Config is the endpoint and the account of a client.
type Config struct {
	// Region is the id of the region, such as "cn-hangzhou", in upper or lower case.
	// Required.
	Region string

	// Credentials is any type with the methods of the interface, such as a provider of
	// the SDK. Use a provider for one client only. It need not be safe for concurrent
	// use: the client makes one fetch at a time and shares it among its callers. If a
	// fetch fails, the client uses the previous credentials while they are certainly
	// valid. If the cloud reports expired credentials, the client fetches new ones and,
	// if they differ, retries the request once. A temporary failure of the provider is
	// [eni.ErrUnavailable]. Credentials with white space at an end are
	// [eni.ErrUnauthenticated], and nothing is sent.
	//
	// Nil means the vendor's default chain, which is searched again until it succeeds:
	// the environment (ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and,
	// for a temporary key, ALIBABA_CLOUD_SECURITY_TOKEN), OIDC (ALIBABA_CLOUD_ROLE_ARN,
	// ALIBABA_CLOUD_OIDC_PROVIDER_ARN, ALIBABA_CLOUD_OIDC_TOKEN_FILE), profiles, and the
	// role of the instance.
	Credentials credentials.CredentialsProvider

	// Endpoint is a host, a host:port, or a URL with the scheme http or https and
	// without a path. The default scheme is https. In a VPC it is, for example,
	// "ecs-vpc.cn-hangzhou.aliyuncs.com". Empty means
	// https://ecs.<region>.aliyuncs.com, which some finance and government regions do
	// not have.
	Endpoint string

	// HTTPClient sends the requests with its transport and its time-out. It is never
	// changed, and redirects are not followed, because the URL of a request contains
	// credentials. Nil means a transport that all such clients of the process share and
	// that uses the proxies of the environment.
	HTTPClient *http.Client

	// UserAgent names the application, such as "drain/1.2", in printable ASCII. The
	// client appends it to the User-Agent header, after the name and the version of
	// this module.
	UserAgent string
}

// stuckAfter is the time in Detaching after which the detach is sent again, as the
// vendor documents. A detach normally takes up to ten seconds.
const stuckAfter = 15 * time.Second

// The limits of one request. Every instance type accepts ten addresses of either
// family; higher limits depend on the type.
const (
	perChange   = 10
	perDescribe = 100
	perList     = 500 // the cloud's maximum for a page
)

// New makes a client. It sends nothing and fetches no credentials, so an error is
// about cfg. Nil opts mean the defaults; opts are copied.
func New(cfg Config, opts *eni.Options) (*Client, error) {
	d, err := newDriver(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{core.New(core.Cloud{
		Provider:    Provider,
		Region:      d.region,
		Driver:      d,
		PerChange:   perChange,
		PerDescribe: perDescribe,
		StuckAfter:  stuckAfter,
		Prefixes:    true,
		Trunks:      true,
	}, opts)}, nil
}
