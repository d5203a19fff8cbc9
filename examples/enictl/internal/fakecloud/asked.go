// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxAsked is the maximum size of the logged parameters: more than any request within
// the vendors' limits.
const maxAsked = 64 << 10

// read gets the action and the parameters of a request for the log, without keys and
// signatures. It knows only where the protocols have these.
func (l *Request) read(r *http.Request, body []byte, keys Credentials) {
	asked := make(map[string]any)
	if len(body) > maxAsked {
		body = nil
	}
	if json.Unmarshal(body, &asked) != nil {
		form, err := url.ParseQuery(string(body))
		if err == nil && len(body) > 0 {
			put(asked, form)
		}
	}
	if asked == nil { // the body is null
		asked = make(map[string]any)
	}
	put(asked, r.URL.Query())
	text := func(name string) string {
		if value, ok := asked[name].(string); ok {
			return value
		}
		return ""
	}
	l.Action = cmp.Or(r.Header.Get("X-Tc-Action"), r.Header.Get("X-Acs-Action"), text("Action"))
	l.Region = cmp.Or(r.Header.Get("X-Tc-Region"), text("RegionId"), text("Region"))
	l.ENI = cmp.Or(text("NetworkInterfaceId"), text("networkInterfaceId"))
	l.Asked = withoutKeys(asked, keys)
	for _, name := range []string{"Action", "RegionId", "Region"} {
		delete(l.Asked, name) // they have their own fields
	}
	for _, text := range []*string{&l.Action, &l.Region, &l.ENI} {
		if secret(*text, keys) {
			*text = ""
		}
	}
}

func put(asked map[string]any, form url.Values) {
	for name, values := range form {
		asked[name] = values[0]
		if len(values) > 1 {
			asked[name] = slices.Clone(values)
		}
	}
}

// The names of signature parameters, in lower case. A parameter whose name contains one
// of the words is one too, except those of the third list.
var (
	signing     = []string{"format", "version", "timestamp", "nonce", "requestclient", "language"}
	signingPart = []string{"token", "secret", "signature", "accesskey", "password", "credential", "authorization"}
	harmless    = []string{"clienttoken", "nexttoken"}
)

func ofSignature(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(signing, name) ||
		!slices.Contains(harmless, name) && slices.ContainsFunc(signingPart, func(part string) bool { return strings.Contains(name, part) })
}

// secret reports whether a text contains a key, in any position.
func secret(text string, keys Credentials) bool {
	return slices.ContainsFunc([]string{keys.ID, keys.Secret, keys.Token}, func(key string) bool { return key != "" && strings.Contains(text, key) })
}

// withoutKeys returns the parameters without signatures and keys.
func withoutKeys(parameters map[string]any, keys Credentials) map[string]any {
	rest := make(map[string]any)
	for name, one := range parameters {
		if !ofSignature(name) && !secret(name, keys) {
			rest[name] = without(one, keys)
		}
	}
	return rest
}

func without(value any, keys Credentials) any {
	switch v := value.(type) {
	case map[string]any:
		return withoutKeys(v, keys)
	case []any:
		rest := make([]any, len(v))
		for n, one := range v {
			rest[n] = without(one, keys)
		}
		return rest
	case []string:
		rest := make([]any, len(v))
		for n, one := range v {
			rest[n] = without(one, keys)
		}
		return rest
	case string:
		if secret(v, keys) {
			return "(removed)"
		}
	}
	return value
}

// answered gets the status, the code and the request id of a response.
func (l *Request) answered(w *recorder) {
	l.Status = w.status
	// The formats of all vendors in one; missing fields are empty.
	type shape struct {
		RequestID string `json:"RequestId"`
		Code      any    `json:"Code"`
		CodeDesc  string `json:"codeDesc"`
		Error     struct {
			Code string `json:"Code"`
		} `json:"Error"`
	}
	var answer struct {
		shape
		Response shape `json:"Response"`
	}
	decoder := json.NewDecoder(bytes.NewReader(w.body))
	decoder.UseNumber()
	_ = decoder.Decode(&answer) //nolint:errcheck // a response that is not JSON, or incomplete, has no code
	l.RequestID = cmp.Or(w.call.RequestID, answer.RequestID, answer.Response.RequestID)
	code := ""
	if answer.Code != nil {
		code = fmt.Sprint(answer.Code)
	}
	if code == "0" {
		return
	}
	l.Code = cmp.Or(answer.Response.Error.Code, answer.CodeDesc, code)
}
