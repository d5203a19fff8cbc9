// SPDX-License-Identifier: Apache-2.0

// Package tencent makes clients for the elastic network interfaces of Tencent Cloud VPC
// (API 3.0, version 2017-03-12). The vendor's SDK signs the requests.
//
//	client, err := tencent.New(tencent.Config{
//		Region:      "ap-guangzhou",
//		Credentials: common.NewCredential(secretID, secretKey),
//	}, nil)
//
// Package eni has the contract of a client. This package sends the requests and
// classifies the cloud's error codes. [NewLegacy] makes a Client for private clouds
// that have only API 2.0.
//
// Tencent Cloud has no delegated prefixes and no member interfaces: a request with one
// is [eni.ErrUnsupported]. The release of an address also disassociates its elastic IP.
//
// # Vendor actions
//
// Each action needs a CAM permission of its name, such as
// vpc:DetachNetworkInterface. The rates are those that the vendor documents, and
// the defaults of [eni.Rates].
//
//   - [UnassignPrivateIpAddresses] for UnassignPrivateIps, with at most ten
//     addresses, 100 per second
//   - [UnassignIpv6Addresses] for UnassignIpv6, with at most ten addresses, 20 per second
//   - [DetachNetworkInterface] for Detach, 50 per second
//   - [DeleteNetworkInterface] for Delete, 100 per second
//   - [DescribeNetworkInterfaces] for Describe, with at most a hundred interfaces, for
//     List, and to describe the interface of any other call
//   - [DescribeVpcTaskResult] to poll a change that takes more than two seconds, and a
//     deletion, 20 per second
//
// # Errors
//
// Every failure is an [*eni.Error]. A table in this package maps the cloud's code to
// its Kind; a code without a rule is [eni.ErrUnknown]. [eni.ErrNotFound] means that the
// interface does not exist; it is never used for an instance, a VPC or a task. If the
// task of an accepted change has FAILED, Wait and Poll return an error with the task's
// output. If the cloud answered with an error, the cause is the SDK's
// *errors.TencentCloudSDKError, which errors.As finds. It contains no credentials.
//
// [UnassignPrivateIpAddresses]: https://www.tencentcloud.com/document/api/215/15814
// [UnassignIpv6Addresses]: https://www.tencentcloud.com/document/api/215/34766
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DeleteNetworkInterface]: https://www.tencentcloud.com/document/api/215/15818
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
package tencent

import (
	"net/http"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Provider is the Provider of this package's errors, hooks and log records. A client of
// [NewLegacy] uses [ProviderLegacy].
const Provider = "tencent"

// defaultHost is the same for all regions, because the region is in a header.
const defaultHost = "vpc.tencentcloudapi.com"

// Config is the endpoint and the account of a Client.
type Config struct {
	// Region is the id of the region, such as "ap-guangzhou", in upper or lower case.
	// Required.
	Region string

	// Credentials is any type with the methods of the interface, such as a
	// *common.Credential or a refreshing credential of an SDK provider. Use a provider
	// for one client only. The client makes one fetch at a time and shares it among its
	// callers. If the cloud reports expired credentials, the client fetches new ones
	// and, if they differ, retries the request once. A temporary failure of the provider
	// is [eni.ErrUnavailable]. Credentials with white space at an end are
	// [eni.ErrUnauthenticated], and nothing is sent.
	//
	// Nil means the vendor's default chain, which is searched again until it succeeds:
	// the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for a
	// temporary key, the first that is set of TENCENTCLOUD_TOKEN,
	// TENCENTCLOUD_SECURITY_TOKEN and TENCENTCLOUD_SESSION_TOKEN), profiles
	// (TENCENTCLOUD_CREDENTIALS_FILE), and the role of the instance.
	Credentials common.CredentialIface

	// Endpoint is a host, a host:port, or a URL with the scheme http or https; only for
	// NewLegacy it may have a path. The default scheme is https. Empty means
	// vpc.tencentcloudapi.com, and for NewLegacy vpc.api.qcloud.com/v2/index.php, whose
	// path is also the default path of NewLegacy.
	Endpoint string

	// HTTPClient sends the requests with its transport and its time-out. It is never
	// changed, and redirects are not followed. Nil means a transport that all such
	// clients of the process share and that uses the proxies of the environment.
	HTTPClient *http.Client

	// UserAgent names the application, such as "drain/1.2", in printable ASCII. The
	// client appends it to the User-Agent header, after the name and the version of
	// this module.
	UserAgent string
}

// documentedRates are the rates of the vendor's pages, per account and region.
// DescribeNetworkInterfaces has none.
var documentedRates = eni.Rates{UnassignPrivateIps: 100, UnassignIpv6: 20, Detach: 50, Delete: 100, Task: 20}

// New makes a Client for API 3.0. It sends nothing and fetches no credentials, so an
// error is about cfg. Nil opts mean the defaults; opts are copied.
func New(cfg Config, opts *eni.Options) (*Client, error) {
	d, err := newDriver(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{core.New(core.Cloud{
		Provider:    Provider,
		Region:      d.region,
		Driver:      d,
		PerChange:   maxAddresses,
		PerDescribe: maxInterfaces,
		Rates:       documentedRates,
	}, opts)}, nil
}
