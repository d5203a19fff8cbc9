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
	// Region is the id of the region, such as "cn-hangzhou". Required.
	Region string

	// Credentials is any provider of the SDK. It need not be safe for concurrent
	// use: a client makes one fetch at a time and shares it among its callers. After
	// a failed refresh it uses the credentials before it for as long as they are
	// certainly valid. When the cloud says that a request's credentials have expired,
	// the client fetches at once, and where the provider returns others it makes the
	// request again with those. A provider belongs to one client. Nil means the
	// SDK's default chain: environment, OIDC, profiles, instance role.
	Credentials credentials.CredentialsProvider

	// Endpoint is a host, host:port, or URL with the scheme http or https and no
	// path; https where there is no scheme. Within a VPC, for example,
	// "ecs-vpc.cn-hangzhou.aliyuncs.com". Empty means
	// https://ecs.<region>.aliyuncs.com.
	Endpoint string

	// HTTPClient sends the requests. It is copied, not changed; in the copy,
	// redirects are off, because a request has its credentials in the URL. Nil
	// means a client of this package, which keeps connections alive and uses the
	// proxies of the environment.
	HTTPClient *http.Client
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
		Region:      cfg.Region,
		Driver:      d,
		PerChange:   perChange,
		PerDescribe: perDescribe,
		StuckAfter:  stuckAfter,
		Prefixes:    true,
		Trunks:      true,
	}, opts)}, nil
}

func newDriver(cfg Config) (*driver, error) {
	if err := checkRegion(cfg.Region); err != nil {
		return nil, err
	}
	scheme, host, err := splitEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "ecs." + cfg.Region + ".aliyuncs.com"
	}
	provider := cfg.Credentials
	if provider == nil {
		provider = &defaultChain{}
	}
	return &driver{
		region:      cfg.Region,
		root:        scheme + "://" + host + "/",
		credentials: newCredentialCache(provider),
		http:        withoutRedirects(cfg.HTTPClient),
	}, nil
}
