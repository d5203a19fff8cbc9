// SPDX-License-Identifier: Apache-2.0

// Package aliyun makes clients for the elastic network interfaces of Alibaba
// Cloud ECS (API version 2014-05-26).
//
//	client, err := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, nil)
//
// Package eni has the contract of a client; this package sends the requests and
// classifies the cloud's error codes. The vendor's SDK signs and provides
// credentials, so every kind of credentials that the SDK knows works. Requests go
// through an http.Client of the caller's choice, end with the caller's context,
// and never follow a redirect.
//
// # What a client calls
//
// Each action needs a RAM permission of its name, such as
// ecs:DetachNetworkInterface.
//
//   - [UnassignPrivateIpAddresses] for UnassignPrivateIps, with at most ten
//     addresses or ten prefixes
//   - [UnassignIpv6Addresses] for UnassignIpv6, likewise
//   - [DetachNetworkInterface] for Detach; it is sent again for an interface that
//     stays in Detaching for 15 s, and then at doubled intervals, which is the cure
//     that the vendor documents
//   - [DescribeNetworkInterfaces] for Describe, with at most a hundred interfaces,
//     and to describe the interface of any other call
//
// The cloud documents no rates, so a client limits itself only once it is
// throttled; see [eni.Rates].
//
// # Errors
//
// Every failure is an [*eni.Error] whose Kind follows from the cloud's code by a
// table in this package; a code without a rule is [eni.ErrUnknown], and kept.
// [eni.ErrNotFound] is the interface and nothing else: an instance, a vSwitch or a
// security group that does not exist is another kind. The cause of an error that
// the cloud answered with is the SDK's *errors.ServerError, which errors.As finds.
// Its texts hold no credentials: what the cloud repeats of them is redacted.
//
// [UnassignPrivateIpAddresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignprivateipaddresses
// [UnassignIpv6Addresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignipv6addresses
// [DetachNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-detachnetworkinterface
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
	// Region is the id of the region, such as "cn-hangzhou", in any case. Required.
	Region string

	// Credentials is any type with the methods of the interface, such as the SDK's
	// providers. It need not be safe for concurrent use: a client makes one fetch at a
	// time and shares it among its callers. After a failed fetch it uses the
	// credentials before it for as long as they are certainly valid. When the cloud
	// says that a request's credentials have expired, the client fetches at once, and
	// where the provider returns others it makes the request again with those. A
	// provider belongs to one client. A provider that fails for a moment is
	// [eni.ErrUnavailable]; credentials with white space at their ends are
	// [eni.ErrUnauthenticated], and nothing is sent.
	//
	// Nil means the vendor's default chain, which is searched until it has found
	// something: the environment (ALIBABA_CLOUD_ACCESS_KEY_ID,
	// ALIBABA_CLOUD_ACCESS_KEY_SECRET and, for a session, ALIBABA_CLOUD_SECURITY_TOKEN),
	// OIDC (ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN,
	// ALIBABA_CLOUD_OIDC_TOKEN_FILE), profiles, and the role of the instance.
	Credentials credentials.CredentialsProvider

	// Endpoint is a host, a host:port, or a URL with the scheme http or https and
	// without a path; https where there is no scheme. Within a VPC, for example,
	// "ecs-vpc.cn-hangzhou.aliyuncs.com". Empty means
	// https://ecs.<region>.aliyuncs.com, which some finance and government regions
	// do not have.
	Endpoint string

	// HTTPClient sends the requests: its transport does, within its time-out. It is
	// never changed, and no redirect is followed, because a request has its
	// credentials in the URL. Nil means the transport of this module, which all such
	// clients of the process share and which uses the proxies of the environment.
	HTTPClient *http.Client

	// UserAgent is added to the header User-Agent of each request, behind the name
	// and the version of this module: the application, such as "drain/1.2". Printable
	// ASCII.
	UserAgent string
}

// stuckAfter is how long an interface may stay in Detaching before the detach is
// sent again, the cure that the vendor documents. In the field a detach takes up to
// ten seconds.
const stuckAfter = 15 * time.Second

// How much one request holds. Every instance type takes ten addresses of either
// family; larger numbers depend on the type.
const (
	perChange   = 10
	perDescribe = 100
	perList     = 500 // the most that the cloud puts on a page
)

// New makes a client. It sends nothing and asks for no credentials: an error is
// about cfg. Nil opts mean the defaults; those given are copied.
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
