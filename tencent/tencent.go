// Package tencent takes addresses off elastic network interfaces, and interfaces
// off instances, on Tencent Cloud: it makes an [eni.Client] that speaks API 3.0 of
// the VPC service (version 2017-03-12) through the vendor's own SDK.
//
//	client, err := tencent.New(tencent.Config{
//		Region:      "ap-guangzhou",
//		Credentials: common.NewCredential(secretID, secretKey),
//	}, nil)
//
// The contract of a client is in package eni; this package adds the way to the
// cloud and what its error codes mean. [NewLegacy] makes a Client for private
// clouds that speak API 2.0 alone.
//
// Tencent Cloud delegates no prefixes and knows no member interfaces of a trunk:
// a request that names one is [eni.ErrUnsupported]. Unassigning an address also
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
//     and to look, which is part of every other call
//   - [DescribeVpcTaskResult] to ask for a change that goes on for more than two
//     seconds, 20 a second
//
// # Errors
//
// Every failure is an [*eni.Error] whose Kind follows from the cloud's code by a
// table in this package; a code without a rule is [eni.ErrUnknown], and kept. A
// change that was accepted and then FAILED as a task is an error of Wait and Poll
// with the task's output. The cause of an error that the cloud answered with is
// the SDK's own *errors.TencentCloudSDKError, which errors.As finds. Its texts
// hold no credentials.
//
// [UnassignPrivateIpAddresses]: https://www.tencentcloud.com/document/api/215/15814
// [UnassignIpv6Addresses]: https://www.tencentcloud.com/document/api/215/34766
// [DetachNetworkInterface]: https://www.tencentcloud.com/document/api/215/15816
// [DescribeNetworkInterfaces]: https://www.tencentcloud.com/document/api/215/15817
// [DescribeVpcTaskResult]: https://cloud.tencent.com/document/api/215/59037
package tencent

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Provider is the Provider of this package's errors, hooks and log records, those
// of a client of [NewLegacy] included.
const Provider = "tencent"

// defaultHost finds the nearest region by itself: the region that a request is
// for is in its header.
const defaultHost = "vpc.tencentcloudapi.com"

// Config says which account and region a Client is for, and how to reach the
// cloud.
type Config struct {
	// Region is the id of the region, such as ap-guangzhou. Required.
	Region string

	// Credentials is anything that the SDK can sign with: a *common.Credential,
	// or one that refreshes itself, as the SDK's providers make them. Nil means
	// what common.DefaultProviderChain finds (environment, profile, CVM role); it
	// is asked when the first request is made, and again by later requests until
	// it has found something.
	Credentials common.CredentialIface

	// Endpoint is a host, a host:port, or a URL with the scheme http or https and
	// nothing behind the port; for NewLegacy a path may follow. Without a scheme it
	// is https. Empty means vpc.tencentcloudapi.com, for NewLegacy
	// vpc.api.qcloud.com/v2/index.php, and there that path is also what an endpoint
	// without one gets.
	Endpoint string

	// HTTPClient sends the requests: its transport does, within its timeout. It is
	// never changed, and no redirect is followed. Nil means a client of this
	// package, which honours the proxy variables of the environment and gives a
	// request 30 seconds.
	HTTPClient *http.Client
}

const userAgent = "cloudeni"

// documentedRates are those that the vendor's pages of the calls give, per account
// and region. DescribeNetworkInterfaces has none.
var documentedRates = eni.Rates{UnassignPrivateIps: 100, UnassignIpv6: 20, Detach: 50, Task: 20}

// New makes a Client. It sends nothing, and reads no credentials: an error is about
// cfg. Nil opts mean the defaults; those given are copied.
func New(cfg Config, opts *eni.Options) (*Client, error) {
	d, err := newDriver(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{core.New(core.Cloud{
		Provider:    Provider,
		Region:      cfg.Region,
		Driver:      d,
		PerChange:   maxAddresses,
		PerDescribe: maxInterfaces,
		Rates:       documentedRates,
	}, opts)}, nil
}

// regionID keeps out what cannot be a region, such as a zone's name in words or a
// value with a line break, which would end the header that it travels in.
var regionID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

func checkRegion(region string) error {
	switch {
	case region == "":
		return errors.New("tencent: no region")
	case !regionID.MatchString(region):
		return fmt.Errorf("tencent: region %q is not an id such as ap-guangzhou", region)
	}
	return nil
}

// parseEndpoint returns the scheme, the host with its port if it has one, and the
// path if it has one; all are empty for an empty endpoint. Its errors do not repeat
// the endpoint, which may hold a password.
func parseEndpoint(endpoint string) (scheme, host, path string, err error) {
	if endpoint == "" {
		return "", "", "", nil
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", "", "", errors.New("tencent: endpoint is not a host, a host:port or a URL")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "", "", fmt.Errorf("tencent: endpoint has the scheme %q, want http or https", u.Scheme)
	case u.Hostname() == "":
		return "", "", "", errors.New("tencent: endpoint has no host")
	case u.User != nil:
		return "", "", "", errors.New("tencent: endpoint has a user, which the API does not take")
	case u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return "", "", "", errors.New("tencent: endpoint has something behind the host and the path")
	case u.EscapedPath() != u.Path:
		return "", "", "", errors.New("tencent: endpoint has a path that would have to be escaped") // the signature covers it as it is
	case !validPort(u):
		return "", "", "", errors.New("tencent: endpoint has a port that is none")
	}
	if u.Path != "/" {
		path = u.Path
	}
	// The signature covers the host, and the cloud checks it in lower case.
	return u.Scheme, strings.ToLower(u.Host), path, nil
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}
