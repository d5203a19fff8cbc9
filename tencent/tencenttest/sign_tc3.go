// SPDX-License-Identifier: Apache-2.0

package tencenttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm = "TC3-HMAC-SHA256"
	unsigned  = "UNSIGNED-PAYLOAD"
)

var authorization = regexp.MustCompile(
	`^TC3-HMAC-SHA256 Credential=([^/\s]+)/(\d{4}-\d\d-\d\d)/([^/\s]+)/tc3_request, *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})$`)

var invalidAuthorization = &failure{"AuthFailure.InvalidAuthorization", "The Authorization header is not valid. " + schemes}

func (s *Server) verifyTC3(q *request) *failure {
	parts := authorization.FindStringSubmatch(q.Header.Get("Authorization"))
	if parts == nil {
		return invalidAuthorization
	}
	date, scope, signed, signature := parts[2], parts[3], strings.Split(parts[4], ";"), parts[5]
	secretKey, at, f := s.verifyCaller(q.Header.Get("X-TC-Timestamp"), parts[1], q.Header.Get("X-TC-Token"))
	switch {
	case f != nil:
		return f
	case date != at.Format(time.DateOnly), !q.inScope(scope),
		!slices.IsSorted(signed), !slices.Contains(signed, "content-type"), !slices.Contains(signed, "host"):
		return signatureFailure
	}
	key := mac(mac(mac([]byte("TC3"+secretKey), date), scope), "tc3_request")
	for _, host := range signedHosts(q.Host) {
		toSign := strings.Join([]string{
			algorithm, strconv.FormatInt(at.Unix(), 10), date + "/" + scope + "/tc3_request", digest(q.canonical(signed, host)),
		}, "\n")
		if hmac.Equal([]byte(hex.EncodeToString(mac(key, toSign))), []byte(signature)) {
			q.service = knownService(scope)
			return nil
		}
	}
	return signatureFailure
}

// inScope reports whether the scope of a request may name this service. The SDKs for
// Node, Java and PHP take the service from the first label of the endpoint.
func (q *request) inScope(service string) bool {
	return nameless(q.Host) || knownService(service) != ""
}

// knownService returns the service that a label names, or an empty text.
func knownService(label string) string {
	if label == serviceVPC || label == serviceCVM {
		return label
	}
	return ""
}

// canonical returns the canonical request, signed with this host.
func (q *request) canonical(signed []string, host string) string {
	var headers strings.Builder
	for _, name := range signed {
		value := strings.Join(q.Header.Values(name), ",")
		if name == "host" {
			value = host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.ToLower(strings.TrimSpace(value)))
	}
	payload := string(q.payload)
	if q.Header.Get("X-TC-Content-SHA256") == unsigned {
		payload = unsigned // an option of the vendor's SDKs
	}
	return strings.Join([]string{
		q.Method, "/", q.URL.RawQuery, headers.String(), strings.Join(signed, ";"), digest(payload),
	}, "\n")
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
