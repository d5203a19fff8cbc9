// SPDX-License-Identifier: Apache-2.0

package cloudeni_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// vendor is a cloud with the wire server of its API.
type vendor struct {
	handler http.Handler
	config  cloudeni.Config
}

func vendors(cloud *enitest.Cloud) map[string]vendor {
	ali, ten, old := aliyuntest.NewServer(cloud), tencenttest.NewServer(cloud), tencenttest.NewLegacyServer(cloud)
	ali.SetCredentials("LTAI-test", "secret-of-test", "token-of-test")
	ten.SetCredentials("AKID-test", "secret-of-test", "token-of-test")
	return map[string]vendor{
		aliyun.Provider: {ali, cloudeni.Config{
			Provider: aliyun.Provider, Region: ali.Region, AccessKeyID: "LTAI-test", AccessKeySecret: "secret-of-test", SecurityToken: "token-of-test",
		}},
		tencent.Provider: {ten, cloudeni.Config{
			Provider: tencent.Provider, Region: ten.Region, AccessKeyID: "AKID-test", AccessKeySecret: "secret-of-test", SecurityToken: "token-of-test",
		}},
		tencent.ProviderLegacy: {old, cloudeni.Config{
			Provider: tencent.ProviderLegacy, Region: old.Region, AccessKeyID: old.SecretID, AccessKeySecret: old.SecretKey,
		}},
	}
}

func attached(id string) eni.Interface {
	return eni.Interface{
		ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1",
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.1.1"), Primary: true}, {Addr: netip.MustParseAddr("10.0.1.2")}, {Addr: netip.MustParseAddr("10.0.1.3")}},
	}
}

func TestOpen(t *testing.T) {
	cloud := new(enitest.Cloud)
	for name, v := range vendors(cloud) {
		t.Run(name, func(t *testing.T) {
			cloud.Put(attached("eni-1"))
			v.config.Endpoint, v.config.UserAgent = "https://cloud.test", "drain/1.2"
			inner := enitest.Transport(v.handler)
			v.config.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if got := r.UserAgent(); !strings.HasPrefix(got, "cloudeni/") || !strings.HasSuffix(got, " drain/1.2") {
					t.Errorf("User-Agent %q", got)
				}
				return inner.RoundTrip(r)
			})}
			client, err := cloudeni.Open(v.config, nil)
			if err != nil {
				t.Fatal(err)
			}
			op, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), eni.UnassignRequest{
				InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.2")},
			})
			if err != nil || op.Results()[0].Outcome != eni.OutcomeReleased {
				t.Errorf("%v, %v", op, err)
			}
			found, err := client.Describe(t.Context(), "eni-1")
			if err != nil || len(found) != 1 || len(found[0].Addresses) != 2 {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOpenChecksItsConfig(t *testing.T) {
	for want, cfg := range map[string]cloudeni.Config{
		"cloudeni: provider is required":                                                          {Region: "r"},
		`cloudeni: provider "aws" is unknown, want aliyun, tencent or tencent-legacy`:             {Provider: "aws", Region: "r"},
		"cloudeni: incomplete key: access key ID is required":                                     {Provider: "aliyun", Region: "r", AccessKeySecret: "s"},
		"cloudeni: incomplete key: access key secret is required":                                 {Provider: "tencent", Region: "r", AccessKeyID: "id", SecurityToken: "t"},
		"aliyun: region is required":                                                              {Provider: "aliyun"},
		"tencent: region is required":                                                             {Provider: "tencent-legacy"},
		"tencent: endpoint has an invalid port, want 1 to 65535":                                  {Provider: "tencent", Region: "r", Endpoint: "host:http"},
		"aliyun: endpoint has an invalid port, want 1 to 65535":                                   {Provider: "aliyun", Region: "r", Endpoint: "host:http"},
		"aliyun: user agent is invalid, want printable ASCII without white space at its ends":     {Provider: "aliyun", Region: "r", UserAgent: "a\n"},
		`tencent: region "Guangzhou, China" is not a region id, want letters, digits and hyphens`: {Provider: "tencent", Region: "Guangzhou, China"},
	} {
		if client, err := cloudeni.Open(cfg, nil); err == nil || err.Error() != want || client != nil {
			t.Errorf("%+v: %v, %v, want %s", cfg, client, err, want)
		}
	}
}

// Every cloud rejects a bad configuration with the same error text.
func TestProvidersRefuseTheSame(t *testing.T) {
	for _, cfg := range []cloudeni.Config{
		{},
		{Region: "a b"},
		{Region: "-r"},
		{Region: "é"},
		{Region: strings.Repeat("r", 64)},
		{Region: "r", Endpoint: "ftp://host"},
		{Region: "r", Endpoint: "http://"},
		{Region: "r", Endpoint: "host:"},
		{Region: "r", Endpoint: "host:0"},
		{Region: "r", Endpoint: "host:65536"},
		{Region: "r", Endpoint: "host:http"},
		{Region: "r", Endpoint: "https://user:password@host"},
		{Region: "r", Endpoint: "host?a=b"},
		{Region: "r", Endpoint: "host#a"},
		{Region: "r", Endpoint: "a b"},
		{Region: "r", Endpoint: "host/a%2Fb"},
		{Region: "r", Endpoint: "[::1"},
		{Region: "r", UserAgent: "a\r\nb"},
		{Region: "r", UserAgent: " a"},
	} {
		texts := make(map[string]string)
		for _, provider := range []string{aliyun.Provider, tencent.Provider, tencent.ProviderLegacy} {
			cfg.Provider = provider
			_, err := cloudeni.Open(cfg, nil)
			if err == nil {
				t.Errorf("%s takes %+v", provider, cfg)
				continue
			}
			_, text, _ := strings.Cut(err.Error(), ": ")
			texts[text] = provider
			if strings.Contains(err.Error(), "password@") || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%s: %q", provider, err)
			}
		}
		if len(texts) > 1 {
			t.Errorf("%+v: %v", cfg, texts)
		}
	}
}

// Without keys, the client uses the vendor's default chain.
func TestOpenWithoutKeys(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, name := range []string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN",
		"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN",
	} {
		t.Setenv(name, "of-"+strings.ToLower(name[strings.LastIndexByte(name, '_')+1:]))
	}
	for _, provider := range []string{aliyun.Provider, tencent.Provider} {
		sent := ""
		client, err := cloudeni.Open(cloudeni.Config{Provider: provider, Region: "r", HTTPClient: &http.Client{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				sent = r.URL.RawQuery + r.Header.Get("Authorization") + r.Header.Get("X-TC-Token")
				return nil, http.ErrHandlerTimeout
			}),
		}}, &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Describe(t.Context(), "eni-1"); err == nil || !strings.Contains(sent, "of-id") || !strings.Contains(sent, "of-token") {
			t.Errorf("%s: %v after %q", provider, err, sent)
		}
	}
}
