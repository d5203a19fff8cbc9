// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

const acs3 = "ACS3-HMAC-SHA256"

// The headers that a request with an ACS3 signature must have.
var acs3Headers = []string{"x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}

// claimOfACS3 reads the signature in the header Authorization.
func claimOfACS3(q *request) (*claim, *problem) {
	for _, name := range acs3Headers {
		if q.Header.Get(name) == "" {
			return nil, missing(name)
		}
	}
	if format := q.form.Get("Format"); format != "" && !strings.EqualFold(format, "JSON") {
		p := invalid("Format")
		p.message += " This server answers in JSON alone."
		return nil, p
	}
	fields := make(map[string]string)
	for field := range strings.SplitSeq(strings.TrimPrefix(q.Header.Get("Authorization"), acs3), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	if fields["Credential"] == "" || fields["Signature"] == "" || !signedAll(q, signed) {
		return nil, &problem{http.StatusBadRequest, "IncompleteSignature",
			"The request signature does not conform to Aliyun standards: want Credential, SignedHeaders with host and every x-acs header, and Signature."}
	}
	if hash := sha256.Sum256(q.body); q.Header.Get("x-acs-content-sha256") != hex.EncodeToString(hash[:]) {
		return nil, &problem{http.StatusBadRequest, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. The header x-acs-content-sha256 is not that of the body."}
	}
	return &claim{
		keyID: fields["Credential"], token: q.Header.Get("x-acs-security-token"),
		time: q.Header.Get("x-acs-date"), nonce: q.Header.Get("x-acs-signature-nonce"), signature: fields["Signature"],
		text: acs3ToSign(q, signed), sign: signACS3,
	}, nil
}

// signedAll reports whether all headers that must be signed are signed.
func signedAll(q *request, signed []string) bool {
	if !slices.Contains(signed, "host") || !slices.IsSorted(signed) {
		return false
	}
	for name := range q.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") && !slices.Contains(signed, name) {
			return false
		}
	}
	return true
}

func acs3ToSign(q *request, signed []string) string {
	path := q.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	lines := []string{q.Method, path, canonical(q.query)}
	for _, name := range signed {
		value := q.Host
		if name != "host" {
			value = strings.Join(q.Header.Values(name), ",")
		}
		lines = append(lines, name+":"+strings.TrimSpace(value))
	}
	lines = append(lines, "", strings.Join(signed, ";"), q.Header.Get("x-acs-content-sha256"))
	hash := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return acs3 + "\n" + hex.EncodeToString(hash[:])
}

func signACS3(text, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
