package main

import (
	"cmp"
	"maps"
	"os"
	"slices"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// client is what the clients of both clouds are.
type client interface {
	eni.Client
	eni.Describer
}

// provider is a cloud as the command line knows it.
type provider struct {
	connect  func(job, *eni.Options) (client, error)
	title    string   // for people
	region   string   // an example
	keys     string   // the environment variables with the credentials
	versions []string // of the API, where there is a choice
	prefixes bool     // whether it delegates them
}

var providers = map[string]provider{
	"aliyun": {
		connect: connectAliyun,
		title:   "Alibaba Cloud ECS",
		region:  "cn-hangzhou",
		keys:    "ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN",

		prefixes: true,
	},
	"tencent": {
		connect: connectTencent,
		title:   "Tencent Cloud VPC",
		region:  "ap-guangzhou",
		keys:    "TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN",

		versions: []string{modernAPI, legacyAPI},
	},
}

// providerNames lists the clouds in the order of the alphabet.
func providerNames() []string { return slices.Sorted(maps.Keys(providers)) }

// connectAliyun leaves the credentials to the SDK's default chain, which begins
// with the environment and reads the session token there.
func connectAliyun(j job, opts *eni.Options) (client, error) {
	return aliyun.New(aliyun.Config{Region: j.region, Endpoint: j.endpoint}, opts)
}

// The versions of Tencent Cloud's API.
const (
	modernAPI = "3.0"
	legacyAPI = "2.0"
)

func connectTencent(j job, opts *eni.Options) (client, error) {
	cfg := tencent.Config{Region: j.region, Endpoint: j.endpoint, Credentials: tencentCredentials()}
	if j.apiVersion == legacyAPI {
		return tencent.NewLegacy(cfg, opts)
	}
	return tencent.New(cfg, opts)
}

// tencentCredentials returns what is in the environment, or nil for the SDK's
// default chain. That one begins with the environment too, but knows no session
// token there.
func tencentCredentials() common.CredentialIface {
	id, key := os.Getenv("TENCENTCLOUD_SECRET_ID"), os.Getenv("TENCENTCLOUD_SECRET_KEY")
	if id == "" || key == "" {
		return nil
	}
	token := cmp.Or(
		os.Getenv("TENCENTCLOUD_TOKEN"),          // the vendor's own command line tool
		os.Getenv("TENCENTCLOUD_SECURITY_TOKEN"), // its Terraform provider
		os.Getenv("TENCENTCLOUD_SESSION_TOKEN"),  // other tools
	)
	return common.NewTokenCredential(id, key, token)
}
