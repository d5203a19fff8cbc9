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

// fields are what the parts of credentials are called, with the vendor's own names.
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

// defaultChain is the default chain, searched until it has found keys. What it found
// refreshes itself from then on. The environment is read each time, so that a
// program which changes it is heard.
type defaultChain struct {
	find  func() (common.CredentialIface, error)
	found common.CredentialIface // nil until something refreshing was found
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

// environment is the SDK's provider of the same name, with the token of a session,
// which the SDK does not read. The vendor's tools do not agree on its name.
type environment struct{}

// tokenVariables are the names in use: of the vendor's terraform provider, of its
// command line, and of this library's users.
var tokenVariables = []string{"TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"}

// GetCredential implements common.Provider. Its error is the SDK's own, by which the
// chain goes on.
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

// chainFailed is the SDK's message when its chain has found nothing.
const chainFailed = "no credential found in every providers"

// noCredentials reads the errors of the SDK's providers.
var noCredentials = reply.Credentials{
	Missing: "no credentials in the environment, a profile or an instance role: " +
		"set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or Config.Credentials",
	NotFound: func(err error) bool { return strings.Contains(err.Error(), chainFailed) },
	Service: func(err error) (eni.Kind, string, bool) {
		var said *tcerrors.TencentCloudSDKError
		if !errors.As(err, &said) || said.Code == localCode || said.RequestId == "" {
			return 0, "", false // the SDK itself: its text says what failed
		}
		return classify("", said.Code, 0), said.Code + ": " + said.Message, true
	},
}

// localCode is the SDK's code for whatever fails in a provider of credentials.
const localCode = "ClientError.CredentialError"
