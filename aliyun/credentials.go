// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"errors"
	"strconv"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// fields are the vendor's names of the parts of credentials.
var fields = credcache.Names{ID: "access key ID", Secret: "access key secret", Token: "security token", Bearer: "bearer token"}

// newCredentialCache makes a cache for a provider; nil means the SDK's default
// chain.
func newCredentialCache(provider credentials.CredentialsProvider) *credcache.Cache {
	source := credcache.Source{}
	switch provider.(type) {
	case nil:
		chain := &defaultChain{}
		provider, source.Reset = chain, chain.reset
	case *credentials.StaticAKCredentialsProvider,
		*credentials.StaticSTSCredentialsProvider,
		*credentials.BearerTokenCredentialsProvider:
		set, err := load(provider) // it never changes
		source.Static, source.Load = true, func() (credcache.Set, error) { return set, err }
	}
	// Read once, because a refresh of the provider may change the name concurrently.
	source.Name = provider.GetProviderName()
	if source.Load == nil {
		source.Load = func() (credcache.Set, error) { return load(provider) }
	}
	return credcache.New(source, fields)
}

// load copies the provider's credentials, so that the provider cannot change those of a
// request.
func load(provider credentials.CredentialsProvider) (credcache.Set, error) {
	c, err := provider.GetCredentials()
	if err != nil {
		return credcache.Set{}, err
	}
	if c == nil {
		return credcache.Set{}, credcache.ErrNone
	}
	return credcache.Set{ID: c.AccessKeyId, Secret: c.AccessKeySecret, Token: c.SecurityToken, Bearer: c.BearerToken}, nil
}

// defaultChain is the SDK's default chain, created again until it has succeeded once.
// After its first failure the SDK's chain keeps its last provider, so a program that
// starts before its credentials exist would never find them. The chain is also created
// again when the vendor reports that the credentials have expired, because the clock of
// the machine may be wrong.
type defaultChain struct {
	chain  credentials.CredentialsProvider
	worked bool
}

func (d *defaultChain) GetCredentials() (*credentials.Credentials, error) {
	if !d.worked {
		d.chain = credentials.NewDefaultCredentialsProvider()
	}
	c, err := d.chain.GetCredentials()
	d.worked = d.worked || err == nil
	return c, err
}

func (d *defaultChain) reset() { d.worked = false }

func (*defaultChain) GetProviderName() string { return "default" }

// issued passes the credentials of one request to the SDK's signer, so that it signs
// with exactly those that are redacted. The name of the provider is sent in a header, as
// by the vendor's clients.
type issued struct {
	set  credcache.Set
	name string
}

func (i issued) GetCredentials() (*credentials.Credentials, error) {
	return &credentials.Credentials{
		AccessKeyId: i.set.ID, AccessKeySecret: i.set.Secret, SecurityToken: i.set.Token, BearerToken: i.set.Bearer, ProviderName: i.name,
	}, nil
}

func (i issued) GetProviderName() string { return i.name }

// chainFailed is the prefix of the SDK's error of its default chain.
const chainFailed = "unable to get credentials from any of the providers in the chain"

// noCredentials classifies the errors of the SDK's providers.
var noCredentials = reply.Credentials{
	Missing: "no credentials in the environment, a profile or an instance role: " +
		"set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or Config.Credentials",
	NotFound: func(err error) bool { return strings.HasPrefix(err.Error(), chainFailed) },
	Service: func(err error) (eni.Kind, string, bool) {
		var server *sdkerrors.ServerError
		if !errors.As(err, &server) {
			return 0, "", false
		}
		// It has the same codes as ECS.
		said := strings.Join([]string{server.ErrorCode(), server.Message()}, ": ")
		return classify("", server.ErrorCode(), server.HttpStatus()), "status " + strconv.Itoa(server.HttpStatus()) + ", " + said, true
	},
}
