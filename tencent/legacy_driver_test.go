// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/reply"
)

// A change with a part that API 2.0 does not have is refused, not sent without it.
func TestLegacyChangesThatTheAPIDoesNotHave(t *testing.T) {
	d := newBareLegacyDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, io.EOF
	})
	withPrefixes := testChange
	withPrefixes.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/28")}
	for _, change := range []core.Change{withPrefixes, {Action: core.UnassignIpv6, InterfaceID: "eni-1"}, {Action: core.Detach, InterfaceID: "eni-1"}, {Action: core.Delete, InterfaceID: "eni-1"}} {
		receipt, err := d.Send(t.Context(), change)
		if !receipt.NotSent || !errors.Is(err, eni.ErrUnsupported) {
			t.Errorf("%s: %+v, %v", change.Action, receipt, err)
		}
	}
}

// An error of the description before a change says that no change was sent.
func TestLegacyErrorsBeforeTheChange(t *testing.T) {
	for name, body := range map[string]string{
		"no interface": `{"code":0,"codeDesc":"Success","data":{"totalNum":0,"data":[]}}`,
		"no VPC":       strings.Replace(legacyDescribed, `"vpcId"`, `"otherId"`, 1),
	} {
		_, err := newBareLegacyDriver(t, answers(200, body)).Send(t.Context(), testChange)
		if !reply.NotSent(err) {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// An interface that cannot be described fails only its own callers.
func TestLegacyOneUnreadableInterface(t *testing.T) {
	d := newBareLegacyDriver(t, func(r *http.Request) (*http.Response, error) {
		if form(t, r).Get("networkInterfaceId") == "eni-2" {
			return respond(200, `{"code":6000,"codeDesc":"InternalError","message":"odd","requestId":"r-2"}`), nil
		}
		return respond(200, legacyDescribed), nil
	})
	found, err := d.Describe(t.Context(), []string{"eni-1", "eni-2"})
	var partial interface{ Interfaces() map[string]error }
	if len(found) != 1 || found[0].ID != "eni-1" || !errors.As(err, &partial) || len(partial.Interfaces()) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	if e := d.Explain(eni.OpDescribe, partial.Interfaces()["eni-2"]); e.Kind != eni.ErrUnavailable || e.RequestID != "r-2" {
		t.Errorf("%+v", e)
	}
}

// A field in the wrong case is an error, but an address is primary in either spelling.
func TestLegacyFieldsInAnotherCase(t *testing.T) {
	d := newTestLegacyDriver(t, answers(200, `{"Code":0,"data":{"taskId":1}}`))
	_, err := d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.Message != "unreadable reply: the field code is in the wrong case" {
		t.Errorf("%+v", e)
	}
	for field, want := range map[string]bool{`,"primary":true`: true, `,"Primary":"1"`: true, `,"primary":false`: false, ``: false} {
		body := `{"code":0,"data":{"totalNum":1,"data":[{"networkInterfaceId":"eni-1","privateIpAddressesSet":[{"privateIpAddress":"10.0.0.5"` + field + `}]}]}}`
		found, err := newBareLegacyDriver(t, answers(200, body)).Describe(t.Context(), []string{"eni-1"})
		if err != nil || len(found) != 1 || found[0].Addresses[0].Primary != want {
			t.Errorf("%s: %+v, %v", field, found, err)
		}
	}
}
