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

// fields are what the vendor calls the parts of credentials.
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
	// Read once: a provider may answer from what a refresh changes.
	source.Name = provider.GetProviderName()
	if source.Load == nil {
		source.Load = func() (credcache.Set, error) { return load(provider) }
	}
	return credcache.New(source, fields)
}

// load copies what the provider returns, so that a later change by the provider
// does not reach a request.
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

// defaultChain is the SDK's default chain, made anew until it has worked once. The
// SDK's own keeps the last provider in the chain after its first failure, so that
// a program that starts before its credentials are there would never find them. It
// is also made anew when what it found has expired: the vendor's clock decides on
// that, not the clock of this machine.
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

// issued gives the credentials of one request to the SDK's signer, so that it signs
// with those that are redacted. The name of the provider goes into a header, as the
// vendor's own clients send it.
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

// chainFailed begins the SDK's error that lists what its default chain has tried.
const chainFailed = "unable to get credentials from any of the providers in the chain"

// noCredentials reads the errors of the SDK's providers.
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
