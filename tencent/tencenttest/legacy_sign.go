// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"net/http"
	"strconv"
	"time"
)

// verify returns why the request's signature is invalid, or nil.
func (s *LegacyServer) verify(r *http.Request) *failure {
	for _, name := range []string{"Action", "Region", "Timestamp", "Nonce", "SecretId"} {
		if r.Form.Get(name) == "" {
			return &failure{"4000", "The parameter " + name + " is missing."}
		}
	}
	for name, values := range r.Form {
		if len(values) != 1 {
			return &failure{"4000", "The parameter " + name + " is given twice."}
		}
	}
	secretID, secretKey, token := s.credentials()
	seconds, err := strconv.ParseInt(r.Form.Get("Timestamp"), 10, 64)
	switch {
	case err != nil:
		return &failure{"4000", "The parameter Timestamp is not a number."}
	case r.Form.Get("SecretId") != secretID:
		return &failure{"4104", "The SecretId does not exist."}
	case r.Form.Get("Token") != token:
		return &failure{"4105", "The token is not valid, or has expired."}
	}
	if !signedV1(r.Method, r.Host, legacyPath, r.Form, secretKey) {
		// The vendor shows the string that it has signed, with the secret id and the
		// token.
		return &failure{"4100", "The signature is wrong: " + toSignV1(r.Method+r.Host+legacyPath, r.Form)}
	}
	if time.Since(time.Unix(seconds, 0)).Abs() > maxSkew || !s.nonces.Add(r.Form.Get("Nonce")) {
		return &failure{"4500", "The request is a replay: its nonce was used, or its timestamp is more than five minutes off."}
	}
	return nil
}
