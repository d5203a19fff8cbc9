// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

func TestLegacySchemes(t *testing.T) {
	for region, want := range map[string]string{"gz": `"totalNum":1`, "ap-guangzhou": `"totalNum":1`, "sh": `"totalNum":0`, "ap-shanghai": `"totalNum":0`} {
		for _, d := range schemes[2:] {
			s := newLegacyServer()
			other := tencenttest.NewLegacyServer(new(enitest.Cloud))
			other.Region = region
			if got := serveLegacy(t, s, signedLegacy(t, other, d.sign, d.method, "DescribeNetworkInterfaces", one)); !strings.Contains(string(got.Data), want) {
				t.Errorf("%s by %v: %+v", region, d, got)
			}
		}
	}
	s := newLegacyServer()
	other := tencenttest.NewLegacyServer(new(enitest.Cloud))
	other.Region = "guangzhou"
	if got := serveLegacy(t, s, signedLegacy(t, other, "HmacSHA1", http.MethodPost, "DescribeNetworkInterfaces", one)); string(got.Code) != "4000" || !strings.Contains(got.Message, "Region") {
		t.Errorf("an unknown region: %+v", got)
	}
	for name, r := range map[string]*http.Request{
		"a JSON body":    with(signedLegacy(t, s, "HmacSHA1", http.MethodPost, "DescribeNetworkInterfaces", one), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }),
		"another method": with(signedLegacy(t, s, "HmacSHA1", http.MethodPost, "DescribeNetworkInterfaces", one), func(r *http.Request) { r.Method = http.MethodPut }),
		"no signature":   httptest.NewRequest(http.MethodGet, "http://vpc.test/v2/index.php", nil),
		"HmacSHA512":     httptest.NewRequest(http.MethodGet, "http://vpc.test/v2/index.php?Signature=x&SignatureMethod=HmacSHA512", nil),
	} {
		want := "4000"
		if name == "HmacSHA512" {
			want = "4100"
		}
		if got := serveLegacy(t, s, r); string(got.Code) != want || !strings.Contains(got.Message, "POST with a form and GET") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://vpc.test/", nil))
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "/v2/index.php") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
