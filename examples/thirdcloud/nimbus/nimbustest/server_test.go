// SPDX-License-Identifier: Apache-2.0

package nimbustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/thirdcloud/nimbus/nimbustest"
)

// What the server refuses before the cloud sees it. An adapter that sent any of
// this would pass its tests against a server that is more lenient than the cloud.
func TestRefusals(t *testing.T) {
	const (
		release = "/v1/north/interfaces/nic-1/release"
		detach  = "/v1/north/interfaces/nic-1/detach"
	)
	many := `{"addresses":["10.0.0.1"` + strings.Repeat(`,"10.0.0.2"`, 20) + `]}`
	tests := []struct {
		name, method, path, body string
		authorization            string // empty for the right one
		want                     string
	}{
		{name: "no token", method: "POST", path: release, authorization: "-", want: "401 token.missing"},
		{name: "another scheme", method: "POST", path: release, authorization: "Basic abc", want: "401 token.missing"},
		{name: "another token", method: "POST", path: release, authorization: "Bearer abc", want: "401 token.unknown"},
		{name: "no body", method: "POST", path: release, want: "400 call.malformed"},
		{name: "nothing to release", method: "POST", path: release, body: `{}`, want: "400 call.malformed"},
		{name: "an address that is none", method: "POST", path: release, body: `{"addresses":["10.0.0"]}`, want: "400 call.malformed"},
		{name: "two families", method: "POST", path: release, body: `{"addresses":["10.0.0.2","2001:db8::1"]}`, want: "400 call.malformed"},
		{name: "two families, one as a prefix", method: "POST", path: release, body: `{"addresses":["10.0.0.2"],"prefixes":["2001:db8::/80"]}`, want: "400 call.malformed"},
		{name: "too many", method: "POST", path: release, body: many, want: "400 call.too_large"},
		{name: "no instance", method: "POST", path: detach, body: `{}`, want: "400 call.malformed"},
		{name: "a description of nothing", method: "GET", path: "/v1/north/interfaces", want: "400 call.malformed"},
		{name: "a description of too much", method: "GET", path: "/v1/north/interfaces?id=x" + strings.Repeat("&id=x", 50), want: "400 call.malformed"},
		{name: "no such call", method: "POST", path: "/v1/north/interfaces/nic-1/delete", want: "404 call.unknown"},
		{name: "another method", method: "GET", path: release, want: "404 call.unknown"},
		{name: "no such job", method: "GET", path: "/v1/north/jobs/job-1", want: "404 job.unknown"},
		{name: "another region", method: "POST", path: "/v1/south/interfaces/nic-1/detach", body: `{"instance":"vm-1"}`, want: "404 interface.unknown"},
		{name: "another instance", method: "POST", path: detach, body: `{"instance":"vm-2"}`, want: "409 interface.elsewhere"},
		{name: "all right", method: "POST", path: detach, body: `{"instance":"vm-1"}`, want: "202 "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			cloud.Put(eni.Interface{ID: "nic-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "vm-1"})
			server := nimbustest.NewServer(cloud)
			if test.authorization == "" {
				token, err := server.Token(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				test.authorization = "Bearer " + token
			}
			r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
			r.Header.Set("Authorization", test.authorization)
			if got := answer(t, server, r); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnExpiredTokenIsSaidToBe(t *testing.T) {
	server := nimbustest.NewServer(new(enitest.Cloud))
	token, err := server.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.Expire()
	r := httptest.NewRequest(http.MethodGet, "/v1/north/interfaces?id=nic-1", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	if got := answer(t, server, r); got != "401 token.expired" {
		t.Errorf("got %q", got)
	}
}

// answer is the status and the code.
func answer(t *testing.T, server http.Handler, r *http.Request) string {
	t.Helper()
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	var reply struct {
		Trace string `json:"trace"`
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || reply.Trace == "" {
		t.Errorf("%s, %v", w.Body, err)
	}
	return fmt.Sprintf("%d %s", w.Code, reply.Error.Code)
}
