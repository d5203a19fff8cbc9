// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the cloud signs with it, so the fake has to verify it
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxSkew is how far a request's clock may be off.
const maxSkew = 15 * time.Minute

// verify checks what is the same for every action. A nonce is used up only by a
// request whose signature is right.
func (s *Server) verify(method string, form url.Values) *problem {
	for _, name := range []string{
		"Action", "Version", "AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp", "RegionId",
	} {
		if form.Get(name) == "" {
			return missing(name)
		}
	}
	for _, fixed := range []struct{ name, value string }{
		{"Format", "JSON"}, // without it the vendor answers in XML, which nobody here reads
		{"SignatureMethod", "HMAC-SHA1"},
		{"SignatureVersion", "1.0"},
	} {
		if form.Get(fixed.name) != fixed.value {
			return invalid(fixed.name)
		}
	}
	if form.Get("Version") != "2014-05-26" {
		return &problem{http.StatusBadRequest, "InvalidVersion", "Specified parameter Version is not valid."}
	}
	secret, p := s.verifyCaller(form)
	if p != nil {
		return p
	}
	if p := verifyTime(form.Get("Timestamp")); p != nil {
		return p
	}
	text := stringToSign(method, form)
	if !hmac.Equal([]byte(sign(text, secret)), []byte(form.Get("Signature"))) {
		return &problem{http.StatusBadRequest, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. server string to sign is:" + text}
	}
	if !s.nonces.Add(form.Get("SignatureNonce")) {
		return &problem{http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already."}
	}
	return nil
}

// verifyCaller returns the secret with which the request should be signed.
func (s *Server) verifyCaller(form url.Values) (secret string, p *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, token, now := form.Get("AccessKeyId"), form.Get("SecurityToken"), s.keys()
	expired := slices.ContainsFunc(s.former, func(k keys) bool { return token != "" && k.id == id && k.token == token })
	switch {
	case id == now.id && token == now.token:
		return now.secret, nil
	case expired:
		return "", &problem{http.StatusBadRequest, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."}
	case id != now.id:
		return "", &problem{http.StatusNotFound, "InvalidAccessKeyId.NotFound", "Specified access key is not found."}
	case token == "":
		return "", &problem{http.StatusBadRequest, "MissingSecurityToken", "SecurityToken is mandatory for this action."}
	case now.token == "":
		return "", &problem{http.StatusBadRequest, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."}
	default:
		return "", &problem{http.StatusBadRequest, "InvalidSecurityToken.MismatchWithAccessKey",
			"Specified SecurityToken mismatch with the AccessKey."}
	}
}

func verifyTime(written string) *problem {
	at, err := time.Parse("2006-01-02T15:04:05Z", written)
	if err != nil {
		return &problem{http.StatusBadRequest, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."}
	}
	if skew := time.Since(at); skew > maxSkew || skew < -maxSkew {
		return &problem{http.StatusBadRequest, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."}
	}
	return nil
}

// stringToSign sorts by name, which is not to sort the pairs: Id.10 goes after
// Id.1, though "=" goes after "0".
func stringToSign(method string, form url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "Signature" {
			pairs = append(pairs, encode(name)+"="+encode(form.Get(name)))
		}
	}
	return method + "&" + encode("/") + "&" + encode(strings.Join(pairs, "&"))
}

func sign(text, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// encode is percent-encoding as RFC 3986 has it: nothing but the unreserved
// characters stays.
func encode(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
