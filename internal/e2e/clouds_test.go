// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	alicredentials "github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The credentials of all tests: none of them may appear in a text.
const (
	keyID  = "AKIDexampleexampleexample"
	secret = "s3cr3tS3cr3tS3cr3tS3cr3t"
	token  = "sessiontokensessiontoken+/=="
)

// keys are credentials that can change while they are in use. They implement the provider
// interfaces of both SDKs. Each generation begins with the texts above.
type keys struct {
	generation atomic.Int64
	hang       chan struct{} // the provider blocks until it is closed; nil for no wait
}

func (k *keys) current() (id, secretKey, session string) {
	if k.hang != nil {
		<-k.hang
	}
	n := k.generation.Load()
	return fmt.Sprint(keyID, n), fmt.Sprint(secret, n), fmt.Sprint(token, n)
}

// GetCredentials implements the interface of the Alibaba Cloud SDK.
func (k *keys) GetCredentials() (*alicredentials.Credentials, error) {
	id, secretKey, session := k.current()
	return &alicredentials.Credentials{AccessKeyId: id, AccessKeySecret: secretKey, SecurityToken: session}, nil
}

// GetProviderName implements the interface of the Alibaba Cloud SDK.
func (*keys) GetProviderName() string { return "test" }

// GetCredential and the next three implement the interface of the Tencent Cloud SDK.
func (k *keys) GetCredential() (id, secretKey, session string) { return k.current() }

func (k *keys) GetSecretId() string { //nolint:revive // the SDK's name
	id, _, _ := k.current()
	return id
}

func (k *keys) GetSecretKey() string {
	_, secretKey, _ := k.current()
	return secretKey
}

func (k *keys) GetToken() string {
	_, _, session := k.current()
	return session
}

// server is a vendor's test server.
type server interface {
	http.Handler
	SetCredentials(id, secretKey, session string)
}

// vendor is one of the two clouds.
type vendor struct {
	name   string
	server func(*enitest.Cloud) server
	// client returns a client of an endpoint, with an HTTP client (nil means the default).
	client func(endpoint string, http *http.Client, k *keys, opts *eni.Options) (eni.Client, error)
}

var vendors = []vendor{
	{
		name:   "aliyun",
		server: func(cloud *enitest.Cloud) server { return aliyuntest.NewServer(cloud) },
		client: func(endpoint string, http *http.Client, k *keys, opts *eni.Options) (eni.Client, error) {
			return aliyun.New(aliyun.Config{
				Region: aliyuntest.NewServer(nil).Region, Endpoint: endpoint, HTTPClient: http, Credentials: k,
			}, opts)
		},
	},
	{
		name:   "tencent",
		server: func(cloud *enitest.Cloud) server { return tencenttest.NewServer(cloud) },
		client: func(endpoint string, http *http.Client, k *keys, opts *eni.Options) (eni.Client, error) {
			return tencent.New(tencent.Config{
				Region: tencenttest.NewServer(nil).Region, Endpoint: endpoint, HTTPClient: http, Credentials: k,
			}, opts)
		},
	},
}

// start returns a test server with the keys.
func (v vendor) start(cloud *enitest.Cloud, k *keys) server {
	s := v.server(cloud)
	s.SetCredentials(k.current())
	return s
}

// at returns a client of an endpoint.
func (v vendor) at(t testing.TB, endpoint string, http *http.Client, opts *eni.Options) eni.Client {
	t.Helper()
	client, err := v.client(endpoint, http, new(keys), opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// eachVendor runs a test on each cloud.
func eachVendor(t *testing.T, test func(t *testing.T, v vendor)) {
	t.Helper()
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) { test(t, v) })
	}
}

// onSockets starts the vendor's test server on loopback and returns its endpoint.
func (v vendor) onSockets(t testing.TB, cloud *enitest.Cloud) string {
	t.Helper()
	server := httptest.NewServer(v.start(cloud, new(keys)))
	t.Cleanup(server.Close)
	return server.URL
}

// attached returns an attached interface with n secondary addresses of each family.
func attached(n, addresses int) eni.Interface {
	i := eni.Interface{
		ID: interfaceID(n), Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: instanceID, VPCID: "vpc-1",
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true}},
	}
	for k := range addresses {
		i.Addresses = append(i.Addresses, eni.Address{Addr: v4(k)}, eni.Address{Addr: v6(k)})
	}
	return i
}

const instanceID = "i-e2e00001"

func interfaceID(n int) string { return fmt.Sprintf("eni-e2e%05d", n) }

func v4(k int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(k >> 8), byte(k)}) }

func v6(k int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", k+1)) }

func clientOver(transport http.RoundTripper) *http.Client { return &http.Client{Transport: transport} }
