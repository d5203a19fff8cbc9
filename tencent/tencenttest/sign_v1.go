// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // one of the API's own
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"maps"
	"net/url"
	"slices"
	"strings"
)

func (s *Server) verifyV1(q *request) *failure {
	secretKey, _, f := s.verifyCaller(q.form.Get("Timestamp"), q.form.Get("SecretId"), q.form.Get("Token"))
	if f != nil {
		return f
	}
	if !signedV1(q.Method, q.Host, "/", q.form, secretKey) {
		return signatureFailure
	}
	label, _, _ := strings.Cut(q.Host, ".")
	q.service = knownService(label)
	return nil
}

// signedV1 reports whether a form is signed with a key: with HmacSHA1 or HmacSHA256
// over its parameters as they are before they are encoded.
func signedV1(method, host, path string, form url.Values, secretKey string) bool {
	for _, host := range signedHosts(host) {
		want := signatureV1(form.Get("SignatureMethod"), secretKey, toSignV1(method+host+path, form))
		if want != "" && hmac.Equal([]byte(want), []byte(form.Get("Signature"))) {
			return true
		}
	}
	return false
}

// hashV1 returns the hash of a method, or nil for an unknown one.
func hashV1(method string) func() hash.Hash {
	switch method {
	case "HmacSHA256":
		return sha256.New
	case "", "HmacSHA1":
		return sha1.New
	}
	return nil
}

// signatureV1 is empty for an unknown method.
func signatureV1(method, secretKey, toSign string) string {
	h := hashV1(method)
	if h == nil {
		return ""
	}
	m := hmac.New(h, []byte(secretKey))
	m.Write([]byte(toSign))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// toSignV1 returns the string to sign: the method, the host, the path and the
// parameters.
func toSignV1(address string, form url.Values) string {
	var parameters []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "Signature" {
			parameters = append(parameters, name+"="+form.Get(name))
		}
	}
	return address + "?" + strings.Join(parameters, "&")
}
