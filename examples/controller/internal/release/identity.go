// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"os"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/tencent"
)

// Identity is the controller's own identity in a cloud, for objects without an access
// key. Its values are those of the flag -identity.
type Identity string

// The identities.
const (
	// NoIdentity: each object needs a Secret.
	NoIdentity Identity = ""
	// OIDC: the token of the pod's service account is exchanged for keys of a role.
	// Alibaba Cloud calls that RRSA, Tencent Cloud OIDC of TKE.
	OIDC Identity = "oidc"
	// Instance: the role of the instance that the controller runs on.
	Instance Identity = "instance"
)

// UnmarshalText reads "none", "oidc" or "instance".
func (i *Identity) UnmarshalText(text []byte) error {
	switch Identity(text) {
	case "none", NoIdentity:
		*i = NoIdentity
	case OIDC, Instance:
		*i = Identity(text)
	default:
		return fmt.Errorf("unknown identity %q, want none, oidc or instance", text)
	}
	return nil
}

// MarshalText returns the form that UnmarshalText reads.
func (i Identity) MarshalText() ([]byte, error) {
	if i == NoIdentity {
		return []byte("none"), nil
	}
	return []byte(i), nil
}

// variables has the environment variables that the vendors' SDKs need for OIDC.
var variables = map[v1alpha1.Provider][]string{
	v1alpha1.Aliyun:  {"ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"},
	v1alpha1.Tencent: {"TKE_REGION", "TKE_PROVIDER_ID", "TKE_ROLE_ARN", "TKE_WEB_IDENTITY_TOKEN_FILE"},
}

// check returns an error if something is missing for an identity in a cloud.
func (i Identity) check(provider v1alpha1.Provider) error {
	if i == NoIdentity {
		return fmt.Errorf("the controller runs without -identity")
	}
	var missing []string
	for _, name := range variables[provider] {
		if i == OIDC && os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the environment of the controller lacks %s for -identity=%s", strings.Join(missing, ", "), i)
	}
	return nil
}

// open returns a client with the credentials of an identity, from the providers of the
// vendor's SDK. It sends nothing.
func (i Identity) open(provider v1alpha1.Provider, region, endpoint string, opts *eni.Options) (cloudeni.Client, error) {
	if provider == v1alpha1.Aliyun {
		from, err := i.aliyun()
		if err != nil {
			return nil, err
		}
		return aliyun.New(aliyun.Config{Region: region, Endpoint: endpoint, UserAgent: userAgent, Credentials: from}, opts)
	}
	session := newSession(i.tencent)
	client, err := tencent.New(tencent.Config{Region: region, Endpoint: endpoint, UserAgent: userAgent, Credentials: session}, opts)
	if err != nil {
		return nil, err
	}
	return withSession{client: client, session: session, identity: i}, nil
}

func (i Identity) aliyun() (credentials.CredentialsProvider, error) {
	if i == OIDC {
		return credentials.NewOIDCCredentialsProviderBuilder().WithRoleSessionName(userAgent).Build()
	}
	return credentials.NewECSRAMRoleCredentialsProviderBuilder().Build()
}

func (i Identity) tencent() (common.CredentialIface, error) {
	if i == OIDC {
		provider, err := common.DefaultTkeOIDCRoleArnProvider()
		if err != nil {
			return nil, err
		}
		return provider.GetCredential()
	}
	return common.DefaultCvmRoleProvider().GetCredential()
}
