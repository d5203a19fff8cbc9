package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	alicredentials "github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	tccommon "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The credentials that every test signs with: none of them may appear in a text.
const (
	keyID  = "AKIDexampleexampleexample"
	secret = "s3cr3tS3cr3tS3cr3tS3cr3t"
	token  = "sessiontokensessiontoken+/=="
)

// vendor is one of the two clouds.
type vendor struct {
	name string
	// server is the vendor's wire server, which wants the credentials above.
	server func(*enitest.Cloud) http.Handler
	// client talks to an endpoint, over http (nil means the adapter's own).
	client func(t testing.TB, endpoint string, http *http.Client, opts *eni.Options) eni.Client
}

var vendors = []vendor{
	{
		name: "aliyun",
		server: func(cloud *enitest.Cloud) http.Handler {
			s := aliyuntest.NewServer(cloud)
			s.AccessKeyID, s.AccessKeySecret, s.SecurityToken = keyID, secret, token
			return s
		},
		client: func(t testing.TB, endpoint string, http *http.Client, opts *eni.Options) eni.Client {
			t.Helper()
			client, err := aliyun.New(aliyun.Config{
				Region: aliyuntest.NewServer(nil).Region, Endpoint: endpoint, HTTPClient: http,
				Credentials: alicredentials.NewStaticSTSCredentialsProvider(keyID, secret, token),
			}, opts)
			if err != nil {
				t.Fatal(err)
			}
			return client
		},
	},
	{
		name: "tencent",
		server: func(cloud *enitest.Cloud) http.Handler {
			s := tencenttest.NewServer(cloud)
			s.SecretID, s.SecretKey, s.Token = keyID, secret, token
			return s
		},
		client: func(t testing.TB, endpoint string, http *http.Client, opts *eni.Options) eni.Client {
			t.Helper()
			client, err := tencent.New(tencent.Config{
				Region: tencenttest.NewServer(nil).Region, Endpoint: endpoint, HTTPClient: http,
				Credentials: tccommon.NewTokenCredential(keyID, secret, token),
			}, opts)
			if err != nil {
				t.Fatal(err)
			}
			return client
		},
	},
}

// eachVendor runs a test on each cloud.
func eachVendor(t *testing.T, test func(t *testing.T, v vendor)) {
	t.Helper()
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) { test(t, v) })
	}
}

// onSockets starts the vendor's wire server on loopback and returns its endpoint.
func (v vendor) onSockets(t testing.TB, cloud *enitest.Cloud) string {
	t.Helper()
	server := httptest.NewServer(v.server(cloud))
	t.Cleanup(server.Close)
	return server.URL
}

// inProcess returns a client whose requests do not leave the process.
func (v vendor) inProcess(t testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
	t.Helper()
	transport := enitest.Transport(v.server(cloud))
	return v.client(t, "http://cloud.test", &http.Client{Transport: transport}, opts)
}

// attached is an interface of an instance, with n secondary addresses of each family.
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
