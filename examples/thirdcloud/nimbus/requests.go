// SPDX-License-Identifier: Apache-2.0

package nimbus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/cloudeni/cloudeni/internal/core"
)

// request is one call of the API. It is built again for each attempt.
type request struct {
	method string
	path   string // below the region
	body   []byte
}

type releaseBody struct {
	Addresses []netip.Addr   `json:"addresses,omitempty"`
	Prefixes  []netip.Prefix `json:"prefixes,omitempty"`
}

type detachBody struct {
	Instance string `json:"instance"`
}

// newChange returns the request for one change.
func newChange(change core.Change) (request, error) {
	at := "/interfaces/" + url.PathEscape(change.InterfaceID)
	switch change.Action {
	case core.UnassignPrivateIps, core.UnassignIpv6: // one call for both families
		return post(at+"/release", releaseBody{Addresses: change.Addresses, Prefixes: change.Prefixes})
	case core.Detach:
		return post(at+"/detach", detachBody{Instance: change.InstanceID})
	case core.Delete:
		return request{method: http.MethodDelete, path: at}, nil
	default:
		return request{}, fmt.Errorf("no request for the action %q", change.Action)
	}
}

func newDescribe(ids []string) request {
	return request{method: http.MethodGet, path: "/interfaces?" + url.Values{"id": ids}.Encode()}
}

// newList returns the request for the page after an interface. The cloud cannot filter.
func newList(after string) request {
	return request{method: http.MethodGet, path: "/list?" + url.Values{"after": {after}}.Encode()}
}

func newJob(id string) request {
	return request{method: http.MethodGet, path: "/jobs/" + url.PathEscape(id)}
}

func post(path string, content any) (request, error) {
	body, err := json.Marshal(content)
	return request{method: http.MethodPost, path: path, body: body}, err
}
