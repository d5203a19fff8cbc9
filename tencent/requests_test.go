// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"io"
	"net/http"
	"net/netip"
	"testing"

	"github.com/cloudeni/cloudeni/internal/core"
)

// sent returns the request that f makes the driver send.
func sent(t *testing.T, f func(*driver) error) (header http.Header, host, body string) {
	t.Helper()
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if r.Method != http.MethodPost || r.URL.String() != "https://"+defaultHost+"/" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		header, host, body = r.Header, r.Host, string(b)
		return respond(http.StatusOK, `{"Response":{"RequestId":"r-1","TotalCount":0,"Status":"RUNNING"}}`), nil
	})
	if err := f(d); err != nil {
		t.Fatal(err)
	}
	return header, host, body
}

func TestRequests(t *testing.T) {
	v4 := []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("10.0.0.6")}
	v6 := []netip.Addr{netip.MustParseAddr("2001:DB8:0::5")}
	send := func(change core.Change) func(*driver) error {
		return func(d *driver) error {
			receipt, err := d.Send(t.Context(), change)
			if receipt.RequestID != "r-1" || receipt.TaskID != "r-1" {
				t.Errorf("receipt %+v", receipt)
			}
			return err
		}
	}
	tests := []struct {
		action, body string
		call         func(*driver) error
	}{
		{
			// No InstanceId: it would take the interface off its instance.
			"UnassignPrivateIpAddresses",
			`{"NetworkInterfaceId":"eni-1","PrivateIpAddresses":[{"PrivateIpAddress":"10.0.0.5"},{"PrivateIpAddress":"10.0.0.6"}]}`,
			send(core.Change{Action: core.UnassignPrivateIps, InterfaceID: "eni-1", Addresses: v4, InstanceID: "ins-1"}),
		},
		{
			"UnassignIpv6Addresses",
			`{"NetworkInterfaceId":"eni-1","Ipv6Addresses":[{"Address":"2001:db8::5"}]}`,
			send(core.Change{Action: core.UnassignIpv6, InterfaceID: "eni-1", Addresses: v6}),
		},
		{
			"DetachNetworkInterface",
			`{"NetworkInterfaceId":"eni-1","InstanceId":"ins-1"}`,
			send(core.Change{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "ins-1"}),
		},
		{
			"DeleteNetworkInterface",
			`{"NetworkInterfaceId":"eni-1"}`,
			send(core.Change{Action: core.Delete, InterfaceID: "eni-1"}),
		},
		{
			"DescribeNetworkInterfaces",
			`{"NetworkInterfaceIds":["eni-1","eni-2"],"Offset":0,"Limit":100}`,
			func(d *driver) error {
				_, err := d.Describe(t.Context(), []string{"eni-1", "eni-2"})
				return err
			},
		},
		{
			"DescribeVpcTaskResult",
			`{"TaskId":"r-1"}`,
			func(d *driver) error {
				_, err := d.Task(t.Context(), "r-1")
				return err
			},
		},
	}
	for _, test := range tests {
		header, host, body := sent(t, test.call)
		if body != test.body {
			t.Errorf("%s: sent %s, want %s", test.action, body, test.body)
		}
		if host != defaultHost {
			t.Errorf("%s: sent to %s", test.action, host)
		}
		for name, want := range map[string]string{
			"X-TC-Action":   test.action,
			"X-TC-Version":  "2017-03-12",
			"X-TC-Region":   "ap-guangzhou",
			"X-TC-Language": "en-US",
			"X-TC-Token":    testToken,
			"Content-Type":  "application/json",
			"User-Agent":    "cloudeni/devel",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", test.action, name, got, want)
			}
		}
	}
}

// A change that the API cannot express is refused, not sent without the part.
func TestRequestsWithoutAForm(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return respond(http.StatusOK, accepted), nil
	})
	withPrefix := testChange
	withPrefix.Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.1.0/28")}
	for _, change := range []core.Change{
		withPrefix,
		{Action: core.Detach, InterfaceID: "eni-1", InstanceID: "ins-1", TrunkInterfaceID: "eni-2"},
		{Action: "Attach"},
	} {
		_, err := d.Send(t.Context(), change)
		if e := d.Explain("", err); e.Kind.Error() != "unsupported" {
			t.Errorf("%+v: %v", change, e)
		}
	}
}
