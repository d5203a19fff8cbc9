// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the cloud signs with it, so the fake has to verify it
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// claimOfRPC reads the signature in the parameters.
func claimOfRPC(q *request) (*claim, *problem) {
	for _, name := range []string{
		"Action", "Version", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp",
	} {
		if q.form.Get(name) == "" {
			return nil, missing(name)
		}
	}
	switch {
	case q.form.Get("SignatureMethod") != "HMAC-SHA1":
		return nil, unsupported("SignatureMethod is " + printable(q.form.Get("SignatureMethod"), longestWord))
	case q.form.Get("SignatureVersion") != "1.0":
		return nil, unsupported("SignatureVersion is " + printable(q.form.Get("SignatureVersion"), longestWord) + " in place of 1.0")
	case !strings.EqualFold(q.form.Get("Format"), "JSON"): // without it the vendor answers in XML
		p := invalid("Format")
		p.message += " This server answers in JSON alone."
		return nil, p
	}
	return &claim{
		keyID: q.form.Get("AccessKeyId"), token: q.form.Get("SecurityToken"),
		time: q.form.Get("Timestamp"), nonce: q.form.Get("SignatureNonce"), signature: q.form.Get("Signature"),
		text: stringToSign(q.Method, q.form), sign: sign,
	}, nil
}

// stringToSign sorts by name. To sort the pairs would be wrong: Id.10 comes after Id.1,
// although "=" comes after "0".
func stringToSign(method string, form url.Values) string {
	signed := maps.Clone(form)
	delete(signed, "Signature")
	return method + "&" + encode("/") + "&" + encode(canonical(signed))
}

// canonical writes parameters in the order of their names. One that is given twice is
// written twice, so that a request to which a value was added has another signature.
func canonical(form url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			pairs = append(pairs, encode(name)+"="+encode(value))
		}
	}
	return strings.Join(pairs, "&")
}

func sign(text, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// encode is percent-encoding according to RFC 3986: it encodes all characters except the
// unreserved ones.
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
