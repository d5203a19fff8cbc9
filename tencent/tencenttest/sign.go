// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"strconv"
	"time"
)

const maxSkew = 300 * time.Second

var signatureFailure = &failure{
	"AuthFailure.SignatureFailure",
	"The provided credentials could not be validated. Please check your signature is correct.",
}

// verify returns why the request's signature is invalid, or nil.
func (s *Server) verify(q *request) *failure {
	if q.form != nil {
		return s.verifyV1(q)
	}
	return s.verifyTC3(q)
}

// verifyCaller checks the caller and the time of a request. It returns the key with
// which the request should be signed, or an error.
func (s *Server) verifyCaller(timestamp, id, token string) (key string, at time.Time, f *failure) {
	secretID, secretKey, sessionToken := s.credentials()
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	at = time.Unix(seconds, 0).UTC()
	switch {
	case err != nil:
		return "", at, &failure{"InvalidParameter", "The timestamp is not a number."}
	case time.Since(at).Abs() > maxSkew:
		return "", at, &failure{"AuthFailure.SignatureExpire", "The timestamp is more than five minutes off."}
	case id != secretID:
		return "", at, &failure{"AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that your SecretId is correct."}
	case token != sessionToken:
		return "", at, &failure{"AuthFailure.TokenFailure", "The token is not valid, or has expired."}
	}
	return secretKey, at, nil
}
