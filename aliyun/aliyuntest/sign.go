// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"crypto/hmac"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxSkew is the maximum difference between the time of a request and the server's
// clock.
const maxSkew = 15 * time.Minute

// schemes names the supported signature schemes, for messages.
const schemes = "this server verifies ACS3-HMAC-SHA256 in the header Authorization and SignatureMethod HMAC-SHA1 in the parameters"

// claim is what a signed request says about its sender.
type claim struct {
	keyID, token string
	time, nonce  string
	signature    string
	text         string                           // the string to sign
	sign         func(text, secret string) string // the signature of a string
}

// verify checks what is the same for every action. Only a request with a valid signature
// uses its nonce.
func (s *Server) verify(q *request) *problem {
	c, p := claimOf(q)
	if p != nil {
		return p
	}
	if q.version != "2014-05-26" {
		return &problem{http.StatusBadRequest, "InvalidVersion", "Specified parameter Version is not valid: want 2014-05-26."}
	}
	secret, p := s.verifyCaller(c.keyID, c.token)
	if p != nil {
		return p
	}
	if p := verifyTime(c.time); p != nil {
		return p
	}
	if !hmac.Equal([]byte(c.sign(c.text, secret)), []byte(c.signature)) {
		return &problem{http.StatusBadRequest, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. server string to sign is:" + c.text}
	}
	if !s.nonces.Add(c.nonce) {
		return &problem{http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already."}
	}
	return nil
}

// claimOf reads the signature of a request.
func claimOf(q *request) (*claim, *problem) {
	algorithm, _, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	switch {
	case algorithm == acs3:
		return claimOfACS3(q)
	case algorithm != "":
		return nil, unsupported("the header Authorization is of " + printable(algorithm, longestWord))
	case q.form.Get("SignatureType") != "":
		return nil, unsupported("SignatureType is " + printable(q.form.Get("SignatureType"), longestWord))
	case q.form.Get("Signature") == "":
		p := missing("Signature")
		p.message += " " + strings.ToUpper(schemes[:1]) + schemes[1:] + "."
		return nil, p
	default:
		return claimOfRPC(q)
	}
}

// unsupported refuses a signature scheme.
func unsupported(came string) *problem {
	return &problem{http.StatusBadRequest, "InvalidParamater", // as the vendor spells it
		`The specified parameter "SignatureMethod" is not valid: ` + schemes + ", and " + came + "."}
}

// longestWord is longer than the name of any signature scheme.
const longestWord = 20

// printable shortens a text of the client, so that no message repeats a secret.
func printable(text string, longest int) string {
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}

// verifyCaller returns the secret with which the request should be signed.
func (s *Server) verifyCaller(id, token string) (secret string, p *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.keys()
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
