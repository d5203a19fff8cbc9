// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// fields are the names of the parts of credentials, with the vendor's names.
var fields = credcache.Names{ID: "access key ID (SecretId)", Secret: "access key secret (SecretKey)", Token: "security token (Token)"}

// newCredentialCache makes a cache for a provider; nil means the default chain.
func newCredentialCache(provider common.CredentialIface) *credcache.Cache {
	switch provider := provider.(type) {
	case nil:
		chain := &defaultChain{find: findDefault}
		return credcache.New(credcache.Source{Name: "default", Load: chain.load}, fields)
	case *common.Credential:
		return credcache.New(credcache.Source{Name: "static", Static: true, Load: func() (credcache.Set, error) { return load(provider), nil }}, fields)
	default:
		return credcache.New(credcache.Source{
			Name: strings.TrimPrefix(fmt.Sprintf("%T", provider), "*"),
			Load: func() (credcache.Set, error) { return load(provider), nil },
		}, fields)
	}
}

func load(provider common.CredentialIface) credcache.Set {
	var set credcache.Set
	set.ID, set.Secret, set.Token = provider.GetCredential()
	return set
}

// defaultChain is the default chain. It is searched again until it finds a refreshing
// credential, which is then kept. Static keys, such as those of the environment, are
// read each time, so that a change takes effect.
type defaultChain struct {
	find  func() (common.CredentialIface, error)
	found common.CredentialIface // the refreshing credential, or nil
}

func (d *defaultChain) load() (credcache.Set, error) {
	if d.found != nil {
		return load(d.found), nil
	}
	found, err := d.find()
	if err != nil {
		return credcache.Set{}, err
	}
	set := load(found)
	if _, static := found.(*common.Credential); !static && set.ID != "" && set.Secret != "" {
		d.found = found
	}
	return set, nil
}

func findDefault() (common.CredentialIface, error) {
	return common.NewProviderChain([]common.Provider{
		environment{}, common.DefaultProfileProvider(), common.DefaultCvmRoleProvider(),
	}).GetCredential()
}

// environment is the SDK's provider of the environment, with the session token, which
// the SDK does not read. Its variable has several names.
type environment struct{}

// tokenVariables are the names of the vendor's Terraform provider, of its command line,
// and of users of this library.
var tokenVariables = []string{"TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"}

// GetCredential implements common.Provider. It returns the SDK's own error, with which
// the chain continues.
func (environment) GetCredential() (common.CredentialIface, error) {
	keys, err := common.DefaultEnvProvider().GetCredential()
	if err != nil {
		return nil, err
	}
	id, key, _ := keys.GetCredential()
	for _, name := range tokenVariables {
		if token := os.Getenv(name); token != "" {
			return common.NewTokenCredential(id, key, token), nil
		}
	}
	return common.NewCredential(id, key), nil
}

// chainFailed is part of the SDK's error if its chain finds no credentials.
const chainFailed = "no credential found in every providers"

// noCredentials classifies the errors of the SDK's providers.
var noCredentials = reply.Credentials{
	Missing: "no credentials in the environment, a profile or an instance role: " +
		"set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or Config.Credentials",
	NotFound: func(err error) bool { return strings.Contains(err.Error(), chainFailed) },
	Service: func(err error) (eni.Kind, string, bool) {
		var said *tcerrors.TencentCloudSDKError
		if !errors.As(err, &said) || said.Code == localCode || said.RequestId == "" {
			return 0, "", false // an error of the SDK itself, not of a service
		}
		return classify("", said.Code, 0), said.Code + ": " + said.Message, true
	},
}

// localCode is the SDK's code for every failure of a credential provider.
const localCode = "ClientError.CredentialError"
