// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// The SDK's region breaker, which sends requests to another region after failures, and
// its time-out are not used.
func TestTheSDKOnlySigns(t *testing.T) {
	requests := 0
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		requests++
		if r.URL.Host != defaultHost || r.Header.Get("X-TC-Region") != "ap-guangzhou" || r.Header.Get("X-TC-Language") != "en-US" {
			t.Errorf("to %s, %v", r.URL.Host, r.Header)
		}
		if _, ok := r.Context().Deadline(); ok {
			t.Error("the SDK bounds the request")
		}
		return nil, io.EOF
	})
	const many = 50
	for range many {
		if _, err := d.Send(t.Context(), testChange); d.Explain("", err).Kind != eni.ErrUnavailable {
			t.Error(err)
		}
	}
	if requests != many {
		t.Errorf("%d requests for %d changes", requests, many)
	}
}

// The cloud may repeat only the signature.
func TestASignatureThatIsRepeated(t *testing.T) {
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		authorization := r.Header.Get("Authorization")
		return respond(http.StatusOK, `{"Response":{"Error":{"Code":"InvalidParameter","Message":"signed `+authorization[len(authorization)-64:]+`."},"RequestId":"r-1"}}`), nil
	})
	_, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.Message != "signed [redacted]." {
		t.Errorf("%+v", e)
	}
}

func TestARequestThatNoDriverSends(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://cloud.test/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := (capture{}).RoundTrip(req); !errors.Is(err, errNoSending) {
		t.Errorf("%v, %v", resp, err)
	}
}
