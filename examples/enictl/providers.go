package main

import (
	"maps"
	"slices"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// provider is a cloud as the command line knows it.
type provider struct {
	title    string   // for people
	region   string   // an example
	keys     string   // the environment variables with the credentials
	versions []string // of the API, where there is a choice
	prefixes bool     // whether it delegates them
}

var providers = map[string]provider{
	aliyun.Provider: {
		title:  "Alibaba Cloud ECS",
		region: "cn-hangzhou",
		keys:   "ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN",

		prefixes: true,
	},
	tencent.Provider: {
		title:  "Tencent Cloud VPC",
		region: "ap-guangzhou",
		keys:   "TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN",

		versions: []string{modernAPI, legacyAPI},
	},
}

// The versions of Tencent Cloud's API.
const (
	modernAPI = "3.0"
	legacyAPI = "2.0"
)

// providerNames lists the clouds in the order of the alphabet.
func providerNames() []string { return slices.Sorted(maps.Keys(providers)) }

// connect makes the client of a job. The credentials are those of the vendor's
// default chain, which begins with the environment.
func connect(j job, opts *eni.Options) (cloudeni.Client, error) {
	cfg := cloudeni.Config{Provider: j.provider, Region: j.region, Endpoint: j.endpoint, UserAgent: "enictl"}
	if j.apiVersion == legacyAPI {
		cfg.Provider = tencent.ProviderLegacy
	}
	return cloudeni.Open(cfg, opts)
}
