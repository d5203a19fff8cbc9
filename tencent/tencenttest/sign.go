// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm = "TC3-HMAC-SHA256"
	service   = "vpc"
	maxSkew   = 300 * time.Second
)

// failure is an error in the vendor's shape.
type failure struct{ code, message string }

var authorization = regexp.MustCompile(
	`^TC3-HMAC-SHA256 Credential=([^/\s]+)/(\d{4}-\d\d-\d\d)/([a-z0-9]+)/tc3_request, *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$`)

// verify says what is wrong with the request's signature, or nil.
func (s *Server) verify(r *http.Request, body []byte) *failure {
	parts := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if parts == nil {
		return &failure{"AuthFailure.InvalidAuthorization", "The Authorization header is not valid."}
	}
	id, date, scope, signed, signature := parts[1], parts[2], parts[3], strings.Split(parts[4], ";"), parts[5]

	secretID, secretKey, token := s.credentials()
	seconds, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	at := time.Unix(seconds, 0).UTC()
	switch {
	case err != nil:
		return &failure{"InvalidParameter", "The X-TC-Timestamp header is not a number."}
	case time.Since(at).Abs() > maxSkew:
		return &failure{"AuthFailure.SignatureExpire", "The timestamp is more than five minutes off."}
	case id != secretID:
		return &failure{"AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that your SecretId is correct."}
	case r.Header.Get("X-TC-Token") != token:
		return &failure{"AuthFailure.TokenFailure", "The token is not valid, or has expired."}
	case date != at.Format(time.DateOnly), scope != service,
		!slices.IsSorted(signed), !slices.Contains(signed, "content-type"), !slices.Contains(signed, "host"):
		return signatureFailure
	}

	var headers strings.Builder
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.ToLower(strings.TrimSpace(value)))
	}
	canonical := strings.Join([]string{
		r.Method, "/", r.URL.RawQuery, headers.String(), strings.Join(signed, ";"), digest(string(body)),
	}, "\n")
	toSign := strings.Join([]string{
		algorithm, strconv.FormatInt(seconds, 10), date + "/" + service + "/tc3_request", digest(canonical),
	}, "\n")
	key := mac(mac(mac([]byte("TC3"+secretKey), date), service), "tc3_request")
	if want := hex.EncodeToString(mac(key, toSign)); !hmac.Equal([]byte(want), []byte(signature)) {
		return signatureFailure
	}
	return nil
}

var signatureFailure = &failure{
	"AuthFailure.SignatureFailure",
	"The provided credentials could not be validated. Please check your signature is correct.",
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
