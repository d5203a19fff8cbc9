// SPDX-License-Identifier: Apache-2.0

package cloudeni_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// A request that was never sent is no attempt, and the outcome is NotTried. The error
// says why, also if the context has ended, and a failure that is final is not retried.
func TestNeverLeft(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for name, test := range map[string]struct {
		err  error
		kind eni.Kind
		says string
		once bool
	}{
		"no such host": {dial(&net.DNSError{Err: "no such host", Name: "cloud.test", IsNotFound: true}), eni.ErrUnavailable, "cannot resolve the host cloud.test, check Region and Endpoint", false},
		"refused":      {dial(syscall.ECONNREFUSED), eni.ErrUnavailable, "no connection to cloud.test: dial tcp: connection refused", false},
		"proxy":        {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: syscall.ECONNREFUSED}, eni.ErrUnavailable, "no connection to the proxy", false},
		"no TLS":       {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, eni.ErrUnavailable, "no TLS connection to cloud.test", false},
		"x509":         {x509.UnknownAuthorityError{}, eni.ErrInvalid, "the certificate of cloud.test is not accepted", true},
	} {
		for _, provider := range []string{aliyun.Provider, tencent.Provider, tencent.ProviderLegacy} {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				v := vendors(new(enitest.Cloud))[provider]
				v.config.Endpoint = "https://cloud.test"
				v.config.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					tries++
					return nil, test.err
				})}
				client, err := cloudeni.Open(v.config, nil)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				op, err := client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.2")}})
				synctest.Wait()
				if !errors.Is(err, test.kind) || !strings.Contains(fmt.Sprint(err), test.says) {
					t.Errorf("%s, %s: %v", provider, name, err)
				}
				if op.Attempts() != 0 || op.Outcome() != eni.OutcomeNotTried || (tries == 1) != test.once {
					t.Errorf("%s, %s: %d attempts of %d tries, %v", provider, name, op.Attempts(), tries, op.Outcome())
				}
			})
		}
	}
}
