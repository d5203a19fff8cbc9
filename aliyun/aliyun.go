// Package aliyun makes clients for the elastic network interfaces of Alibaba
// Cloud ECS (API version 2014-05-26).
//
//	client, err := aliyun.New(aliyun.Config{Region: "cn-hangzhou"}, nil)
//
// The contract of a client is in package eni; this package adds the way to the
// cloud and what its error codes mean. Signing and credentials are the vendor
// SDK's own, so every kind of credentials that the SDK knows works. Requests go
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
//   - [DetachNetworkInterface] for Detach; an interface that stays in Detaching
//     gets it again after 15 s, and then at doubled intervals, which is the cure
//     that the vendor documents
//   - [DescribeNetworkInterfaces] for Describe, with at most a hundred interfaces,
//     and to look, which is part of every other call
//
// The cloud documents no rates, so a client keeps to none of its own until it is
// throttled; see [eni.Rates].
//
// # Errors
//
// Every failure is an [*eni.Error] whose Kind follows from the cloud's code by a
// table in this package; a code without a rule is [eni.ErrUnknown], and kept. The
// cause of an error that the cloud answered with is the SDK's own
// *errors.ServerError, which errors.As finds. Its texts hold no credentials: what
// the cloud repeats of them is withheld.
//
// [UnassignPrivateIpAddresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignprivateipaddresses
// [UnassignIpv6Addresses]: https://www.alibabacloud.com/help/en/ecs/api-unassignipv6addresses
// [DetachNetworkInterface]: https://www.alibabacloud.com/help/en/ecs/api-detachnetworkinterface
// [DescribeNetworkInterfaces]: https://www.alibabacloud.com/help/en/ecs/api-describenetworkinterfaces
package aliyun

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Provider is the Provider of this package's errors, hooks and log records.
const Provider = "aliyun"

// Config tells where the cloud is and who is asking.
type Config struct {
	// Region is the id of the region, such as "cn-hangzhou". Required.
	Region string

	// Credentials is any provider of the SDK. It need not be safe for concurrent
	// use: a client asks it once at a time, shares the answer among its callers,
	// and lives through a failed refresh for as long as the credentials before it
	// are sure to be valid. When the cloud says that a request's credentials have
	// expired, the provider is asked at once, and where it has others by then the
	// request is made again with those. A provider belongs to one client. Nil means
	// the SDK's default chain: environment, OIDC, profiles, instance role.
	Credentials credentials.CredentialsProvider

	// Endpoint is a host, host:port, or URL with the scheme http or https and no
	// path; https where there is no scheme. Within a VPC, for example,
	// "ecs-vpc.cn-hangzhou.aliyuncs.com". Empty means
	// https://ecs.<region>.aliyuncs.com.
	Endpoint string

	// HTTPClient carries the requests. It is copied, not changed; in the copy,
	// redirects are off, because a request has its credentials in the URL. Nil
	// means a client of the package's own, which keeps connections alive and takes
	// proxies from the environment.
	HTTPClient *http.Client
}

// stuckAfter is how long an interface may stay in Detaching before the detach is
// sent again, the vendor's documented cure. Peers see it take up to ten seconds.
const stuckAfter = 15 * time.Second

// What the cloud takes in one request. Ten addresses are safe on every instance
// type and on both families; larger numbers depend on the type.
const (
	perChange = 10
	perLook   = 100
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
		PerDescribe: perLook,
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
		region: cfg.Region,
		root:   scheme + "://" + host + "/",
		keys:   newKeyring(provider),
		http:   withoutRedirects(cfg.HTTPClient),
	}, nil
}

// checkRegion lets through what stays one label of a host name: the region
// becomes part of the default endpoint, which is sent credentials.
func checkRegion(region string) error {
	if region == "" {
		return errors.New("aliyun: region is required")
	}
	if len(region) > 63 || strings.ContainsFunc(region, notInLabel) || strings.Trim(region, "-") != region {
		return fmt.Errorf("aliyun: region %q is not a region id", region)
	}
	return nil
}

func notInLabel(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
}

// splitEndpoint returns https and no host for an empty endpoint.
func splitEndpoint(endpoint string) (scheme, host string, err error) {
	if endpoint == "" {
		return "https", "", nil
	}
	// Before anything else, because the other errors repeat the endpoint.
	if strings.Contains(endpoint, "@") {
		return "", "", errors.New("aliyun: endpoint must not hold a user or password")
	}
	full := endpoint
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	if err != nil {
		return "", "", fmt.Errorf("aliyun: endpoint %q is not a host, host:port or URL", endpoint)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", fmt.Errorf("aliyun: endpoint %q must have the scheme http or https", endpoint)
	case strings.Trim(u.Path, "/") != "" || strings.ContainsAny(full, "?#"):
		return "", "", fmt.Errorf("aliyun: endpoint %q must not have a path, query or fragment", endpoint)
	case !isHost(u.Hostname()) || strings.HasSuffix(u.Host, ":"):
		return "", "", fmt.Errorf("aliyun: endpoint %q has no valid host", endpoint)
	}
	return u.Scheme, u.Host, nil
}

func isHost(name string) bool {
	if net.ParseIP(name) != nil {
		return true
	}
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && r != '_' && notInLabel(r)
	})
}

// withoutRedirects copies the client: to follow a redirect would hand the signed
// query to whoever the reply names.
func withoutRedirects(client *http.Client) *http.Client {
	if client == nil {
		client = newHTTPClient()
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// newHTTPClient has no timeout of its own: the core bounds each request.
func newHTTPClient() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		// The program has put in one of its own, which then serves us too.
		return &http.Client{}
	}
	transport = transport.Clone()
	// All requests go to one host. The default of 2 would close most connections
	// of a storm of callers after each request.
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{Transport: transport}
}
