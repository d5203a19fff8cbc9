// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
	"github.com/cloudeni/cloudeni/internal/reply"
)

func addrs(texts ...string) []netip.Addr {
	var list []netip.Addr
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestRequests(t *testing.T) {
	for _, test := range []struct {
		name   string
		change core.Change
		want   map[string]string
	}{
		{
			"addresses",
			core.Change{Action: core.UnassignPrivateIps, InterfaceID: "eni-1", Addresses: addrs("10.0.0.2", "10.0.0.3")},
			map[string]string{
				"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1",
				"PrivateIpAddress.1": "10.0.0.2", "PrivateIpAddress.2": "10.0.0.3",
			},
		},
		{
			"prefixes",
			core.Change{Action: core.UnassignPrivateIps, InterfaceID: "eni-1", Prefixes: prefixes("10.0.1.0/28")},
			map[string]string{
				"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1", "Ipv4Prefix.1": "10.0.1.0/28",
			},
		},
		{
			"IPv6 addresses",
			core.Change{Action: core.UnassignIpv6, InterfaceID: "eni-1", Addresses: addrs("2001:db8::1")},
			map[string]string{
				"Action": "UnassignIpv6Addresses", "NetworkInterfaceId": "eni-1", "Ipv6Address.1": "2001:db8::1",
			},
		},
		{
			"IPv6 prefixes",
			core.Change{Action: core.UnassignIpv6, InterfaceID: "eni-1", Prefixes: prefixes("2001:db8::/80")},
			map[string]string{
				"Action": "UnassignIpv6Addresses", "NetworkInterfaceId": "eni-1", "Ipv6Prefix.1": "2001:db8::/80",
			},
		},
		{
			"delete",
			core.Change{Action: core.Delete, InterfaceID: "eni-1"},
			map[string]string{"Action": "DeleteNetworkInterface", "NetworkInterfaceId": "eni-1"},
		},
		{
			"detach",
			core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "i-1"},
			map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-1", "InstanceId": "i-1"},
		},
		{
			"detach from a trunk",
			core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "i-1", TrunkInterfaceID: "eni-2"},
			map[string]string{
				"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-1", "InstanceId": "i-1",
				"TrunkNetworkInstanceId": "eni-2",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var sent []url.Values
			d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
				if r.Method != http.MethodPost || r.URL.Path != "/" || r.ContentLength != 0 {
					t.Errorf("%s %s with %d bytes", r.Method, r.URL.Path, r.ContentLength)
				}
				sent = append(sent, r.URL.Query())
				return respond(r, http.StatusOK, `{"RequestId":"R"}`), nil
			})
			if _, err := d.Send(t.Context(), test.change); err != nil {
				t.Fatal(err)
			}
			checkParameters(t, sent[0], test.want)
		})
	}
}

// checkParameters checks that a request has exactly these parameters.
func checkParameters(t *testing.T, query url.Values, action map[string]string) {
	t.Helper()
	want := map[string]string{
		"RegionId": "cn-hangzhou", "Version": "2014-05-26", "Format": "JSON", "AccessKeyId": testKeyID,
		"SecurityToken": testToken, "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureType": "",
	}
	maps.Copy(want, action)
	for name := range query {
		switch name {
		case "Signature", "SignatureNonce", "Timestamp":
			if query.Get(name) == "" {
				t.Errorf("%s is empty", name)
			}
		default:
			if value, ok := want[name]; !ok || query.Get(name) != value {
				t.Errorf("%s = %q; want %q", name, query.Get(name), value)
			}
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not sent: %v", want)
	}
}

// The SDK's requests keep their list keys, so a reused one would release addresses
// that no caller asked for.
func TestARequestHasNothingOfTheOneBefore(t *testing.T) {
	var last url.Values
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		last = r.URL.Query()
		return respond(r, http.StatusOK, `{"RequestId":"R"}`), nil
	})
	for _, addresses := range [][]netip.Addr{addrs("10.0.0.2", "10.0.0.3"), addrs("10.0.0.4")} {
		change := core.Change{Action: core.UnassignPrivateIps, InterfaceID: "eni-1", Addresses: addresses}
		if _, err := d.Send(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	for name := range last {
		if strings.HasPrefix(name, "PrivateIpAddress.") && name != "PrivateIpAddress.1" {
			t.Errorf("the second request sends %s=%s", name, last.Get(name))
		}
	}
}

func TestAnUnknownActionIsNotSent(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, http.ErrUseLastResponse
	})
	receipt, err := d.Send(t.Context(), core.Change{Action: "Attach"})
	if e := d.Explain("", err); !receipt.NotSent || !reply.NotSent(err) || e.Kind != eni.ErrInvalid || !strings.Contains(e.Message, "Attach") {
		t.Errorf("receipt = %+v, error = %v; want an error before anything is sent", receipt, err)
	}
}

// misplaced is a request with a parameter in an unknown position.
type misplaced struct {
	*requests.RpcRequest

	Nowhere string `position:"Nowhere" name:"Nowhere"`
}

// A request that the SDK cannot build is not sent.
func TestARequestThatCannotBeMade(t *testing.T) {
	method := &describe{RpcRequest: newRPC("DescribeNetworkInterfaces")}
	method.Method = "NO METHOD"
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return nil, http.ErrUseLastResponse
	})
	for name, req := range map[string]requests.AcsRequest{"a parameter": &misplaced{newRPC("DescribeNetworkInterfaces"), "x"}, "a method": method} {
		_, err := d.exchange(t.Context(), eni.OpDescribe, req)
		if e := d.Explain("", err); err == nil || e.Kind != eni.ErrInvalid || !reply.NotSent(err) || e.Message == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for signed, want := range map[string]string{
		"POST&%2F&a%3Db": "a=b&Signature=", "": "", "POST&%2F&%zz": "", "%zz": "",
	} {
		r := newRPC("DescribeNetworkInterfaces")
		r.SetStringToSign(signed)
		if got, err := signedQuery(r); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %q, %v", signed, got, err)
		}
	}
}

// A panic of the provider or the SDK is passed to the caller with its value.
func TestAPanicOnAShortStack(t *testing.T) {
	defer func() {
		if got := recover(); got != "at the SDK's" {
			t.Errorf("panicked with %v", got)
		}
	}()
	err := signOnShortStack(panics{newRPC("DescribeNetworkInterfaces")}, "cn-hangzhou", issued{})
	t.Errorf("returned %v", err)
}

// panics is a request that the SDK cannot sign.
type panics struct{ *requests.RpcRequest }

func (panics) GetAcceptFormat() string { panic("at the SDK's") }

// The SDK's own headers are sent: one of them names the provider.
func TestHeadersOfTheSDK(t *testing.T) {
	var sent http.Header
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		sent = r.Header
		return respond(r, http.StatusOK, `{"RequestId":"R"}`), nil
	})
	d.credentials = newCredentialCache(turning{new(int)})
	if _, err := d.Send(t.Context(), testChange); err != nil {
		t.Fatal(err)
	}
	if sent.Get("X-Acs-Credentials-Provider") != "turning" || sent.Get("Content-Type") != requests.Form || len(sent["User-Agent"]) != 1 {
		t.Errorf("%v", sent)
	}
	for name := range sent {
		if name != http.CanonicalHeaderKey(name) {
			t.Errorf("the name %s is not canonical", name)
		}
	}
	for name := range newRPC("UnassignPrivateIpAddresses").GetHeaders() {
		if canonical := http.CanonicalHeaderKey(name); canonical != name && canonicalNames[name] != canonical {
			t.Errorf("the name %s is made anew for each request", name)
		}
	}
	if len(canonicalNames) == 0 || canonical("x-new-header") != "X-New-Header" {
		t.Error("a name that is new is not made canonical")
	}
}
