// SPDX-License-Identifier: Apache-2.0

// Package cloudeni takes addresses off elastic network interfaces (ENIs), and ENIs
// off instances, on Alibaba Cloud and Tencent Cloud, and says what is true then.
//
//	client, err := cloudeni.Open(cloudeni.Config{Provider: "aliyun", Region: "cn-hangzhou"}, nil)
//	…
//	op, err := client.UnassignPrivateIps(ctx, eni.UnassignRequest{
//		InterfaceID: "eni-bp67acfmxazb4p12345",
//		Addresses:   []netip.Addr{netip.MustParseAddr("192.168.0.17")},
//	})
//	…
//	err = op.Wait(ctx)
//
// You state what should no longer be there. When the call says done, it is so; when
// it says anything else, you know which address is in which state and whether a new
// call can help ([eni.IsRetryable]). Under a storm of callers a client makes the
// fewest API calls that the cloud's rules allow, and none faster than the account's
// quota.
//
// # The packages
//
//   - [github.com/cloudeni/cloudeni/eni] is the contract: the calls, what an
//     Operation tells, the kinds of errors, options and hooks. It needs the standard
//     library alone. Code that takes an [eni.Client] works on every cloud.
//   - [github.com/cloudeni/cloudeni/aliyun] and
//     [github.com/cloudeni/cloudeni/tencent] make clients of one cloud, with the
//     credentials of the vendor's SDK.
//   - This package is for programs that choose the cloud by configuration.
//   - [github.com/cloudeni/cloudeni/eni/enitest] has an in-memory cloud for tests,
//     and aliyun/aliyuntest and tencent/tencenttest have servers that speak the
//     vendors' APIs.
//   - eni/eniotel, a module of its own, has metrics and traces for OpenTelemetry.
package cloudeni

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// Client is a client of any cloud. It is safe for concurrent use and needs no
// closing. Make one for each account and region and share it.
type Client interface {
	eni.Client
	eni.Describer
	eni.Deleter
	eni.Lister
}

// Config says which cloud, and is the endpoint and the account of a client.
type Config struct {
	// Provider is the cloud: "aliyun" ([aliyun.Provider]), "tencent"
	// ([tencent.Provider]), or "tencent-legacy" ([tencent.ProviderLegacy]) for a
	// private cloud that speaks API 2.0 alone. Required.
	Provider string

	// Region is the id of the region, such as "cn-hangzhou" or "ap-guangzhou", in any
	// case. Required.
	Region string

	// Endpoint is a host, a host:port, or a URL with the scheme http or https. Empty
	// means the cloud's public one.
	Endpoint string

	// AccessKeyID and AccessKeySecret are the key of the account, which Tencent Cloud
	// calls SecretId and SecretKey. SecurityToken belongs to the key of a session, and
	// is empty for a lasting one. All three empty mean the vendor's default chain:
	// environment, profile, role of the instance; see the Credentials of
	// [aliyun.Config] and [tencent.Config], which also take providers.
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string

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

// Open makes a client. It sends nothing and asks for no credentials: an error is
// about cfg. Nil opts mean the defaults; those given are copied.
func Open(cfg Config, opts *eni.Options) (Client, error) {
	if err := cfg.checkKeys(); err != nil {
		return nil, err
	}
	switch cfg.Provider {
	case aliyun.Provider:
		c := aliyun.Config{Region: cfg.Region, Endpoint: cfg.Endpoint, HTTPClient: cfg.HTTPClient, UserAgent: cfg.UserAgent}
		switch {
		case cfg.SecurityToken != "":
			c.Credentials = credentials.NewStaticSTSCredentialsProvider(cfg.AccessKeyID, cfg.AccessKeySecret, cfg.SecurityToken)
		case cfg.AccessKeyID != "":
			c.Credentials = credentials.NewStaticAKCredentialsProvider(cfg.AccessKeyID, cfg.AccessKeySecret)
		}
		return opened(aliyun.New(c, opts))
	case tencent.Provider, tencent.ProviderLegacy:
		c := tencent.Config{Region: cfg.Region, Endpoint: cfg.Endpoint, HTTPClient: cfg.HTTPClient, UserAgent: cfg.UserAgent}
		if cfg.AccessKeyID != "" {
			c.Credentials = common.NewTokenCredential(cfg.AccessKeyID, cfg.AccessKeySecret, cfg.SecurityToken)
		}
		if cfg.Provider == tencent.ProviderLegacy {
			return opened(tencent.NewLegacy(c, opts))
		}
		return opened(tencent.New(c, opts))
	case "":
		return nil, errors.New("cloudeni: provider is required")
	default:
		return nil, fmt.Errorf("cloudeni: provider %q is unknown, want %s, %s or %s",
			cfg.Provider, aliyun.Provider, tencent.Provider, tencent.ProviderLegacy)
	}
}

// opened keeps a nil pointer from becoming a Client that is not nil.
func opened[C Client](client C, err error) (Client, error) {
	if err != nil {
		return nil, err
	}
	return client, nil
}

// checkKeys refuses a part of a key: it would mean the default chain, and so perhaps
// another account.
func (cfg Config) checkKeys() error {
	switch {
	case cfg.AccessKeyID == "" && cfg.AccessKeySecret == "" && cfg.SecurityToken == "":
		return nil
	case cfg.AccessKeyID == "":
		return errors.New("cloudeni: access key ID is required beside the other parts of the key")
	case cfg.AccessKeySecret == "":
		return errors.New("cloudeni: access key secret is required beside the other parts of the key")
	}
	return nil
}
