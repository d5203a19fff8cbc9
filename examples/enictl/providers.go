// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// provider has the properties of a cloud for the command line.
type provider struct {
	title    string   // name for messages
	region   string   // an example
	regions  []string // for completion; others are allowed
	keys     string   // the environment variables with the credentials
	versions []string // of the API, if there is a choice
	prefixes bool     // whether it delegates prefixes
}

var providers = map[string]provider{
	aliyun.Provider: {
		title:   "Alibaba Cloud ECS",
		region:  "cn-hangzhou",
		regions: aliyunRegions,
		keys:    "ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN",

		prefixes: true,
	},
	tencent.Provider: {
		title:   "Tencent Cloud VPC",
		region:  "ap-guangzhou",
		regions: tencentRegions,
		keys:    "TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN",

		versions: []string{modernAPI, legacyAPI},
	},
}

// The versions of Tencent Cloud's API.
const (
	modernAPI = "3.0"
	legacyAPI = "2.0"
)

// providerNames lists the clouds in alphabetical order.
func providerNames() []string { return slices.Sorted(maps.Keys(providers)) }

// userAgent identifies this program to the clouds.
const userAgent = "enictl"

// connect returns the client of a job, with the credentials of its profile, or else of the
// vendor's default chain, which begins with the environment.
func connect(j job, opts *eni.Options) (cloudeni.Client, error) {
	switch {
	case j.account.aliyun != nil:
		return aliyun.New(aliyun.Config{
			Region: j.region, Endpoint: j.endpoint, Credentials: j.account.aliyun, UserAgent: userAgent,
		}, opts)
	case j.account.tencent != nil:
		keys, err := j.account.tencent.GetCredential()
		if err != nil {
			return nil, fmt.Errorf("--profile %s: %w", j.profile, err)
		}
		cfg := tencent.Config{Region: j.region, Endpoint: j.endpoint, Credentials: keys, UserAgent: userAgent}
		if j.apiVersion == legacyAPI {
			return tencent.NewLegacy(cfg, opts)
		}
		return tencent.New(cfg, opts)
	}
	cfg := cloudeni.Config{
		Provider: j.provider, Region: j.region, Endpoint: j.endpoint, UserAgent: userAgent,
		AccessKeyID: j.account.keyID, AccessKeySecret: j.account.secret, SecurityToken: j.account.token,
	}
	if j.apiVersion == legacyAPI {
		cfg.Provider = tencent.ProviderLegacy
	}
	return cloudeni.Open(cfg, opts)
}

// address returns the endpoint of a job.
func (j *job) address() string {
	switch {
	case j.endpoint != "":
		return j.endpoint
	case j.provider == aliyun.Provider:
		return "ecs." + j.region + ".aliyuncs.com"
	case j.apiVersion == legacyAPI:
		return "vpc.api.qcloud.com"
	default:
		return "vpc.tencentcloudapi.com"
	}
}

// keyPatience is how long the vendor's chain may take to find a key: its last step asks
// the instance's metadata.
const keyPatience = 3 * time.Second

// key returns the masked id of a job's key. If there is none, the library later returns
// the full error.
func (j *job) key(ctx context.Context) string {
	if j.account.keyID != "" {
		return maskedKey(j.account.keyID)
	}
	found := make(chan string, 1)
	go func() { found <- j.findKey() }()
	ctx, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	select {
	case id := <-found:
		return cmp.Or(maskedKey(id), "none found")
	case <-ctx.Done():
		return "not found yet"
	}
}

func (j *job) findKey() string {
	if j.provider == aliyun.Provider {
		source := j.account.aliyun
		if source == nil {
			source = credentials.NewDefaultCredentialsProvider()
		}
		if keys, err := source.GetCredentials(); err == nil && keys != nil {
			return keys.AccessKeyId
		}
		return ""
	}
	source := j.account.tencent
	if source == nil {
		source = common.DefaultProviderChain()
	}
	if keys, err := source.GetCredential(); err == nil {
		return keys.GetSecretId()
	}
	return ""
}

// maskedKey shows a part of a key's id, enough to recognise it.
func maskedKey(id string) string {
	const ends, enough = 4, 12
	if len(id) < enough {
		return strings.Repeat("*", len(id))
	}
	return id[:ends] + "****" + id[len(id)-ends:]
}
