// SPDX-License-Identifier: Apache-2.0

package cloudeni_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// A request without a response ends after Options.RequestTimeout, and the error does
// not match the caller's context. If RequestTimeout is negative, only the context ends
// the request.
func TestRequestTimeout(t *testing.T) {
	for _, provider := range []string{aliyun.Provider, tencent.Provider, tencent.ProviderLegacy} {
		for _, timeout := range []time.Duration{2 * time.Second, -1} {
			synctest.Test(t, func(t *testing.T) {
				v := vendors(new(enitest.Cloud))[provider]
				var took []time.Duration
				v.config.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					began := time.Now()
					<-r.Context().Done()
					took = append(took, time.Since(began))
					return nil, r.Context().Err()
				})}
				client, err := cloudeni.Open(v.config, &eni.Options{RequestTimeout: timeout, Retry: eni.Retry{MaxAttempts: 2}})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				_, err = client.Describe(ctx, "eni-1")
				synctest.Wait()
				want, ended := []time.Duration{timeout, timeout}, false
				if timeout < 0 {
					want, ended = []time.Duration{10 * time.Minute}, true
				}
				if !errors.Is(err, eni.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) != ended {
					t.Errorf("%s: %v", provider, err)
				}
				if len(took) != len(want) || took[0] != want[0] {
					t.Errorf("%s: the requests took %v, want %v", provider, took, want)
				}
			})
		}
	}
}
