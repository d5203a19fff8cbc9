// SPDX-License-Identifier: Apache-2.0

// Package tencent takes addresses off elastic network interfaces, and interfaces
// off instances, on Tencent Cloud: it makes an [eni.Client] that speaks API 3.0 of
// the VPC service (version 2017-03-12) through the vendor's SDK.
//
//	client, err := tencent.New(tencent.Config{
//		Region:      "ap-guangzhou",
//		Credentials: common.NewCredential(secretID, secretKey),
//	}, nil)
//
// Package eni has the contract of a client; this package sends the requests and
// classifies the cloud's error codes. [NewLegacy] makes a Client for private clouds
// that speak API 2.0 alone.
//
// Tencent Cloud has no delegated prefixes and no member interfaces of a trunk: a
// request with one is [eni.ErrUnsupported]. Unassigning an address also
// disassociates its elastic IP.
//
// # What a client calls
//
// Each action needs a CAM permission of its name, such as
// vpc:DetachNetworkInterface. The rates are those that the vendor documents, and
// the defaults of [eni.Rates].
//
//   - [UnassignPrivateIpAddresses] for UnassignPrivateIps, with at most ten
//     addresses, 100 a second
//   - [UnassignIpv6Addresses] for UnassignIpv6, likewise, 20 a second
//   - [DetachNetworkInterface] for Detach, 50 a second
//   - [DescribeNetworkInterfaces] for Describe, with at most a hundred interfaces,
//     and to describe the interface of any other call
//   - [DescribeVpcTaskResult] to poll a change that goes on for more than two
//     seconds, 20 a second
//
// # Errors
//
// Every failure is an [*eni.Error] whose Kind follows from the cloud's code by a
// table in this package; a code without a rule is [eni.ErrUnknown], and kept.
// [eni.ErrNotFound] is the interface and nothing else: an instance, a VPC or a task
// that does not exist is another kind. A change that was accepted and then FAILED
// as a task is an error of Wait and Poll with the task's output. The cause of an
// error that the cloud answered with is the SDK's *errors.TencentCloudSDKError,
// which errors.As finds. Its texts hold no credentials.
//
// [UnassignPrivateIpAddresses]: https://www.tencentcloud.com/document/api/215/15814
// [UnassignIpv6Addresses]: https://www.tencentcloud.com/document/api/215/34766
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
package tencent

import (
	"net/http"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Provider is the Provider of this package's errors, hooks and log records. Those of
// a client of [NewLegacy] have [ProviderLegacy].
const Provider = "tencent"

// defaultHost is the same for all regions: the region of a request is in its
// header.
const defaultHost = "vpc.tencentcloudapi.com"

// Config is the endpoint and the account of a Client.
type Config struct {
	// Region is the id of the region, such as "ap-guangzhou", in any case. Required.
	Region string

	// Credentials is any type with the methods of the interface, such as a
	// *common.Credential, or one that refreshes itself, as the SDK's providers make
	// them. A client makes one fetch at a time and shares it among its callers. When
	// the cloud says that a request's credentials have expired, the client fetches at
	// once, and where the provider returns others it makes the request again with
	// those. A provider belongs to one client. A provider that fails for a moment is
	// [eni.ErrUnavailable]; credentials with white space at their ends are
	// [eni.ErrUnauthenticated], and nothing is sent.
	//
	// Nil means the vendor's default chain, which is searched until it has found
	// something: the environment (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and,
	// for a session, the first that is set of TENCENTCLOUD_TOKEN,
	// TENCENTCLOUD_SECURITY_TOKEN and TENCENTCLOUD_SESSION_TOKEN), profiles
	// (TENCENTCLOUD_CREDENTIALS_FILE), and the role of the instance.
	Credentials common.CredentialIface

	// Endpoint is a host, a host:port, or a URL with the scheme http or https and
	// without a path; for NewLegacy it may have a path. Without a scheme it is https.
	// Empty means vpc.tencentcloudapi.com, for NewLegacy
	// vpc.api.qcloud.com/v2/index.php; for NewLegacy an endpoint without a path gets
	// that path.
	Endpoint string

	// HTTPClient sends the requests: its transport does, within its time-out. It is
	// never changed, and no redirect is followed. Nil means the transport of this
	// module, which all such clients of the process share and which uses the proxies
	// of the environment.
	HTTPClient *http.Client

	// UserAgent is added to the header User-Agent of each request, behind the name
	// and the version of this module: the application, such as "drain/1.2". Printable
	// ASCII.
	UserAgent string
}

// documentedRates are those that the vendor's pages of the calls give, per account
// and region. DescribeNetworkInterfaces has none.
var documentedRates = eni.Rates{UnassignPrivateIps: 100, UnassignIpv6: 20, Detach: 50, Delete: 100, Task: 20}

// New makes a Client. It sends nothing, and reads no credentials: an error is about
// cfg. Nil opts mean the defaults; those given are copied.
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
