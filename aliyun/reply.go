// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"encoding/json"
	"strings"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/internal/credcache"
	"github.com/cloudeni/cloudeni/internal/redact"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// answer is a response with the details of its request.
type answer struct {
	*reply.Reply

	op        string
	requestID string
	secrets   *redact.Secrets
	signed    credcache.Set
}

// harmless are codes of a success, in lower case, that gateways of private clouds send.
var harmless = map[string]bool{"0": true, "200": true, "ok": true, "success": true}

// refusal has the fields of an error response, as received.
type refusal struct{ code, message, hostID, recommend string }

// read returns nil only for a success: a 2xx status and a JSON object with a request id
// and without an error code.
func (a *answer) read() error {
	switch {
	case a.XML != nil:
		a.identify(a.XML.RequestID)
		return a.refuse(refusal{code: a.XML.Code, message: a.XML.Message, hostID: a.XML.HostID})
	case a.Problem != "":
		return a.Unreadable(a.requestID, a.Problem)
	}
	o := a.Object
	sent, name := o.Fold("Code")
	code := redact.OneLine(sent)
	refused := code != "" && (!a.OK() || !harmless[strings.ToLower(code)])
	id := o.Shown("RequestId")
	a.identify(id)
	r := refusal{code, o.Shown("Message"), o.Shown("HostId"), o.Shown("Recommend")}
	switch {
	case o.Err() != nil:
		return a.Unreadable(a.requestID, o.Err().Error())
	case refused && name != "Code":
		return a.Unreadable(a.requestID, "the field Code is in the wrong case")
	case refused:
		return a.refuse(r)
	case !a.OK(), sent != "" && code == "": // a code without visible characters is no success
		return a.Unreadable(a.requestID, "no error code: "+message(a.secrets, code, r.message))
	case !o.IsText("RequestId") || redact.OneLine(id) == "":
		return a.Unreadable(a.requestID, "no request id")
	}
	return nil
}

// identify sets the request id from the body, if it has one; the header's is the default.
func (a *answer) identify(id string) {
	if id = a.secrets.Text(id, redact.MaxID); id != "" {
		a.requestID = id
	}
}

// refuse makes the error of a response with a code. It classifies the code as received,
// because redaction may have changed it. The cause is the SDK's error, without secrets.
func (a *answer) refuse(r refusal) *reply.RequestError {
	public := struct {
		RequestID string `json:"RequestId"`
		HostID    string `json:"HostId"`
		Code      string `json:"Code"`
		Message   string `json:"Message"`
		Recommend string `json:"Recommend"`
	}{
		RequestID: a.requestID,
		HostID:    a.secrets.Text(r.hostID, redact.MaxMessage),
		Code:      a.secrets.Text(r.code, redact.MaxID),
		Message:   message(a.secrets, r.code, r.message),
		Recommend: message(a.secrets, r.code, r.recommend),
	}
	content, _ := json.Marshal(public) //nolint:errcheck,errchkjson // texts alone
	code := redact.OneLine(r.code)
	f := a.Refused(classify(a.op, code, a.Status), public.Code, public.Message, a.requestID,
		sdkerrors.NewServerError(a.Status, string(content), ""))
	if known, _ := ruleFor(code); known.Expired {
		f.Expired = &a.signed
	}
	return f
}

// message returns the cloud's message, or a fixed text if it repeats the signed request.
func message(secrets *redact.Secrets, code, text string) string {
	if quotesRequest(code, text) {
		return reply.SignatureRefused
	}
	return secrets.Text(text, redact.MaxMessage)
}

// quotesRequest reports whether a message repeats the string to sign, which contains
// the credentials in another encoding.
func quotesRequest(code, message string) bool {
	switch strings.ToLower(code) {
	case "signaturedoesnotmatch", "incompletesignature":
		return true
	}
	message = strings.ToLower(message)
	return strings.Contains(message, "string to sign") || strings.Contains(message, "&%2f&")
}
