// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// request is a request of one of the schemes: TC3 in the headers, with the parameters in
// a JSON body or in the query; or signature v1 among the parameters, in a form or in the
// query.
type request struct {
	*http.Request

	payload []byte
	form    url.Values // of signature v1

	action, version string
	service         string // if the request names it
	region          string
	regionParameter string // the name of the region's parameter

	parameters parameters
}

// schemes names what the server supports, for messages.
const schemes = "This server takes POST with a JSON body and GET with the parameters in the query, both signed with TC3-HMAC-SHA256 in the headers; " +
	"and signature v1 (HmacSHA1 or HmacSHA256) in a form or in the query."

// v1Common has the parameters that every request of signature v1 may have.
var v1Common = []string{
	"Action", "Version", "Region", "Timestamp", "Nonce", "SecretId", "Token", "Signature", "SignatureMethod", "Language", "RequestClient",
}

// open reads a request, or refuses its scheme.
func open(r *http.Request) (*request, *failure) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	q := &request{Request: r, payload: body}
	content, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) //nolint:errcheck // another type than those here
	switch {
	case r.URL.Path != "/" && r.URL.Path != "":
		return q, unsupported("The path of API 3.0 is /, and that of API 2.0 is " + legacyPath + ".")
	case len(body) > maxRequest:
		return q, &failure{"RequestSizeLimitExceeded", "The request is larger than 10 MB."}
	case r.Method == http.MethodGet && len(body) > 0:
		return q, unsupported("A GET has no body.")
	case r.Method == http.MethodGet && r.Header.Get("Authorization") != "":
		return q, q.openTC3(q.query)
	case r.Method == http.MethodGet:
		return q, q.openV1(r.URL.RawQuery)
	case r.Method != http.MethodPost:
		return q, unsupported("The method is " + r.Method + ".")
	case content == "application/json":
		return q, q.openTC3(func() (parameters, *failure) { return fromJSON(body) })
	case content == "application/x-www-form-urlencoded":
		return q, q.openV1(string(body))
	default:
		return q, unsupported(fmt.Sprintf("The content type is %q.", content))
	}
}

// unsupported refuses a scheme, and names the supported ones.
func unsupported(why string) *failure {
	return &failure{"UnsupportedProtocol", why + " " + schemes}
}

// openTC3 reads the common parameters of TC3, and those of the action.
func (q *request) openTC3(read func() (parameters, *failure)) (f *failure) {
	q.action, q.version = q.Header.Get("X-TC-Action"), q.Header.Get("X-TC-Version")
	q.region, q.regionParameter = q.Header.Get("X-TC-Region"), "X-TC-Region"
	if !strings.HasPrefix(q.Header.Get("Authorization"), algorithm) {
		return invalidAuthorization
	}
	for _, name := range []string{"X-TC-Action", "X-TC-Version", "X-TC-Timestamp"} {
		if q.Header.Get(name) == "" {
			return missing(name)
		}
	}
	q.parameters, f = read()
	return f
}

// query reads the parameters of the action in the query.
func (q *request) query() (parameters, *failure) {
	form, err := url.ParseQuery(q.URL.RawQuery)
	if err != nil {
		return parameters{}, &failure{"InvalidRequest", "The query cannot be read."}
	}
	return fromForm(form, nil)
}

// openV1 reads the parameters of signature v1, and those of the action.
func (q *request) openV1(encoded string) (f *failure) {
	var err error
	if q.form, err = url.ParseQuery(encoded); err != nil {
		return &failure{"InvalidRequest", "The parameters cannot be read."}
	}
	if q.form.Get("Signature") == "" {
		return unsupported("The request has neither TC3 in its headers nor a parameter `Signature`.")
	}
	if method := q.form.Get("SignatureMethod"); hashV1(method) == nil {
		return unsupported(fmt.Sprintf("The parameter `SignatureMethod` is %q.", method))
	}
	q.action, q.version = q.form.Get("Action"), q.form.Get("Version")
	q.region, q.regionParameter = q.form.Get("Region"), "Region"
	for _, name := range []string{"Action", "Version", "Timestamp", "Nonce", "SecretId"} {
		if q.form.Get(name) == "" {
			return missing(name)
		}
	}
	q.parameters, f = fromForm(q.form, v1Common)
	return f
}

// signedHosts returns the hosts that a client may have signed: the host of the request
// with its port, as most SDKs sign it, and without, as the SDK for Node does.
func signedHosts(host string) []string {
	name, _, err := net.SplitHostPort(host)
	switch {
	case err != nil:
		return []string{host}
	case strings.Contains(name, ":"):
		return []string{host, "[" + name + "]"}
	default:
		return []string{host, name}
	}
}

// nameless reports whether a host is an IP address or a name without a dot: its first
// label does not name a service.
func nameless(host string) bool {
	hosts := signedHosts(host)
	name := strings.Trim(hosts[len(hosts)-1], "[]")
	return net.ParseIP(name) != nil || !strings.Contains(name, ".")
}
