// SPDX-License-Identifier: Apache-2.0

// Package cloudeni releases addresses from elastic network interfaces (ENIs),
// detaches ENIs from instances and deletes them, on Alibaba Cloud and Tencent Cloud.
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
// You name what must go. If the call and its wait report success, it is gone. If they
// report anything else, you know the state of each address and whether a retry can
// help ([eni.IsRetryable]). Concurrent callers share requests, and a client adapts its
// rate to the quota of the account.
//
// # Packages
//
//   - [github.com/cloudeni/cloudeni/eni] is the contract: calls, operations, kinds of
//     errors, options and hooks. It imports only the standard library. Code that takes
//     an [eni.Client] works on every cloud.
//   - [github.com/cloudeni/cloudeni/aliyun] and
//     [github.com/cloudeni/cloudeni/tencent] make clients of one cloud, with the
//     credentials of the vendor's SDK.
//   - This package is for programs that choose the cloud by configuration.
//   - [github.com/cloudeni/cloudeni/eni/enitest] has an in-memory cloud for tests.
//     aliyun/aliyuntest and tencent/tencenttest serve it with the vendors' APIs.
//   - eni/eniotel, a separate module, has metrics and traces for OpenTelemetry.
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

// Client is a client of any cloud. It is safe for concurrent use and has no Close.
// Make one for each account and region and share it.
type Client interface {
	eni.Client
	eni.Describer
	eni.Deleter
	eni.Lister
}

// Config is the cloud, the endpoint and the account of a client.
type Config struct {
	// Provider is the cloud: "aliyun" ([aliyun.Provider]), "tencent"
	// ([tencent.Provider]), or "tencent-legacy" ([tencent.ProviderLegacy]) for a
	// private cloud that has only API 2.0. Required.
	Provider string

	// Region is the id of the region, such as "cn-hangzhou" or "ap-guangzhou", in upper
	// or lower case. Required.
	Region string

	// Endpoint is a host, a host:port, or a URL with the scheme http or https. Empty
	// means the cloud's public one.
	Endpoint string

	// AccessKeyID and AccessKeySecret are the key of the account; Tencent Cloud calls
	// them SecretId and SecretKey. SecurityToken belongs to a temporary key and is
	// empty for a permanent one. If all three are empty, the client uses the vendor's
	// default chain: environment, profile, role of the instance; see the Credentials
	// of [aliyun.Config] and [tencent.Config], which also accept providers.
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string

	// HTTPClient sends the requests with its transport and its time-out. It is never
	// changed, and redirects are not followed. Nil means a transport that all such
	// clients of the process share and that uses the proxies of the environment.
	HTTPClient *http.Client

	// UserAgent names the application, such as "drain/1.2", in printable ASCII. The
	// client appends it to the User-Agent header, after the name and the version of
	// this module.
	UserAgent string
}

// Open makes a client. It sends nothing and fetches no credentials, so an error is
// about cfg. Nil opts mean the defaults; opts are copied.
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

// opened returns a nil Client with an error: a nil pointer in a Client is not nil.
func opened[C Client](client C, err error) (Client, error) {
	if err != nil {
		return nil, err
	}
	return client, nil
}

// checkKeys rejects an incomplete key. The default chain would take its place, perhaps
// with another account.
func (cfg Config) checkKeys() error {
	switch {
	case cfg.AccessKeyID == "" && cfg.AccessKeySecret == "" && cfg.SecurityToken == "":
		return nil
	case cfg.AccessKeyID == "":
		return errors.New("cloudeni: incomplete key: access key ID is required")
	case cfg.AccessKeySecret == "":
		return errors.New("cloudeni: incomplete key: access key secret is required")
	}
	return nil
}
