// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

func described(set string, total int) string {
	return fmt.Sprintf(`{"Response":{"NetworkInterfaceSet":[%s],"TotalCount":%d,"RequestId":"r-1"}}`, set, total)
}

func TestDescribe(t *testing.T) {
	addr := netip.MustParseAddr
	tests := []struct {
		name, reply string
		want        eni.Interface
	}{
		{
			"in use",
			`{"NetworkInterfaceId":"eni-1","VpcId":"vpc-1","Primary":true,"State":"AVAILABLE","EniType":0,
			  "PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true},{"PrivateIpAddress":"10.0.0.5","Primary":false}],
			  "Ipv6AddressSet":[{"Address":"2001:db8::5","Primary":false}],"Attachment":{"InstanceId":"ins-1","DeviceIndex":0}}`,
			eni.Interface{
				ID: "eni-1", VPCID: "vpc-1", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "ins-1",
				Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}, {Addr: addr("10.0.0.5")}, {Addr: addr("2001:db8::5")}},
			},
		},
		{
			"free",
			`{"NetworkInterfaceId":"eni-1","State":"AVAILABLE","Attachment":null,"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true}],"Ipv6AddressSet":null}`,
			eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable, Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}}},
		},
		{
			"attached to nothing",
			`{"NetworkInterfaceId":"eni-1","State":"Available","Attachment":{"InstanceId":""},"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true}]}`,
			eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable, Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}}},
		},
		{
			"detaching",
			`{"NetworkInterfaceId":"eni-1","State":"DETACHING","Attachment":{"InstanceId":"ins-1"},"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true}]}`,
			eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateDetaching, InstanceID: "ins-1", Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}}},
		},
		{
			"attaching",
			`{"NetworkInterfaceId":"eni-1","State":"ATTACHING","PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true}]}`,
			eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAttaching, Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}}},
		},
		{
			"being deleted",
			`{"NetworkInterfaceId":"eni-1","State":"DELETING","PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true}]}`,
			eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: "deleting", Addresses: []eni.Address{{Addr: addr("10.0.0.4"), Primary: true}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
				return respond(http.StatusOK, described(test.reply, 1)), nil
			})
			got, err := d.Describe(t.Context(), []string{"eni-1"})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 1 && len(got[0].Addresses) == 0 {
				got[0].Addresses = nil
			}
			if !reflect.DeepEqual(got, []eni.Interface{test.want}) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// A description that is not fully readable is an error, because a missing address
// would count as released.
func TestDescriptionsThatAreNoAnswer(t *testing.T) {
	one := func(fields string) string {
		return described(`{"NetworkInterfaceId":"eni-1","State":"AVAILABLE",`+fields+`}`, 1)
	}
	for name, body := range map[string]string{
		"no count":             `{"Response":{"NetworkInterfaceSet":[],"RequestId":"r-1"}}`,
		"no response":          `{"Response":null}`,
		"no request id":        `{"Response":{"NetworkInterfaceSet":[],"TotalCount":0}}`,
		"no address":           one(`"PrivateIpAddressSet":[{"PrivateIpAddress":""}]`),
		"null address":         one(`"PrivateIpAddressSet":[null]`),
		"odd address":          one(`"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.256"}]`),
		"IPv6 in the IPv4 set": one(`"PrivateIpAddressSet":[{"PrivateIpAddress":"2001:db8::1"}]`),
		"mapped IPv4 address":  one(`"Ipv6AddressSet":[{"Address":"::ffff:10.0.0.1"}]`),
		"IPv6 zone":            one(`"Ipv6AddressSet":[{"Address":"fe80::1%eth0"}]`),
		"no sets":              one(`"Primary":false`),
		"odd count":            `{"Response":{"NetworkInterfaceSet":[],"TotalCount":"none","RequestId":"r-1"}}`,
		"no IPv4 address":      one(`"PrivateIpAddressSet":[]`),
		"only IPv6 addresses":  one(`"Ipv6AddressSet":[{"Address":"2001:db8::5"}]`),
		"no list, with IPv6":   one(`"PrivateIpAddressSet":null,"Ipv6AddressSet":[{"Address":"2001:db8::5"}]`),
		"no id":                described(`{"State":"AVAILABLE","PrivateIpAddressSet":[]}`, 1),
		"no state":             described(`{"NetworkInterfaceId":"eni-1","PrivateIpAddressSet":[]}`, 1),
		"null interface":       described(`null`, 1),
		"empty page":           described(``, 1),
		"endless pages":        described(`{"NetworkInterfaceId":"eni-1","State":"AVAILABLE","PrivateIpAddressSet":[]}`, 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDriver(t, func(*http.Request) (*http.Response, error) { return respond(http.StatusOK, body), nil })
			got, err := d.Describe(t.Context(), []string{"eni-1"})
			if err == nil {
				t.Fatalf("taken for %+v", got)
			}
			if e := d.Explain(core.Describe, err); e.Kind != eni.ErrUnavailable || e.HTTPStatus != http.StatusOK {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestDescribeReadsEveryPage(t *testing.T) {
	ids := make([]string, 5)
	for i := range ids {
		ids[i] = fmt.Sprintf("eni-%d", i)
	}
	requests := 0
	d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		requests++
		var q struct{ Offset int }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			return nil, err
		}
		var page []string
		for _, id := range ids[q.Offset:min(q.Offset+2, len(ids))] {
			page = append(page, `{"NetworkInterfaceId":"`+id+`","State":"AVAILABLE","PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true}]}`)
		}
		return respond(http.StatusOK, described(strings.Join(page, ","), len(ids))), nil
	})
	got, err := d.Describe(t.Context(), ids)
	if err != nil || len(got) != len(ids) || requests != 3 {
		t.Fatalf("%d interfaces in %d requests, %v", len(got), requests, err)
	}
	for i := range got {
		if got[i].ID != ids[i] {
			t.Errorf("got %s, want %s", got[i].ID, ids[i])
		}
	}
}

// Without ids the cloud would list the whole account.
func TestDescribeOfNothingSendsNothing(t *testing.T) {
	d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
		t.Error("sent")
		return respond(http.StatusOK, described("", 0)), nil
	})
	if got, err := d.Describe(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTask(t *testing.T) {
	tests := []struct {
		response string
		want     core.TaskStatus
		kind     eni.Kind
	}{
		{`"Status":"RUNNING","Output":""`, core.TaskStatus{State: core.TaskRunning}, 0},
		{`"Status":"SUCCESS","Output":null`, core.TaskStatus{State: core.TaskSucceeded}, 0},
		{`"Status":"FAILED","Output":"no\nidea ` + testKey + `"`, core.TaskStatus{State: core.TaskFailed, Output: "no idea [redacted]"}, 0},
		{`"Error":{"Code":"ResourceNotFound","Message":"no such task"}`, core.TaskStatus{State: core.TaskUnknown}, 0},
		{`"Error":{"Code":"RequestLimitExceeded","Message":"slowly"}`, core.TaskStatus{}, eni.ErrThrottled},
		{`"Status":"FINISHED","Output":""`, core.TaskStatus{}, eni.ErrUnavailable},
		{`"Status":null`, core.TaskStatus{}, eni.ErrUnavailable},
		{`"Output":""`, core.TaskStatus{}, eni.ErrUnavailable},
	}
	for _, test := range tests {
		d := newTestDriver(t, func(*http.Request) (*http.Response, error) {
			return respond(http.StatusOK, `{"Response":{`+test.response+`,"RequestId":"r-2"}}`), nil
		})
		got, err := d.Task(t.Context(), "r-1")
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.response, got, test.want)
		}
		switch {
		case err == nil && test.kind != 0:
			t.Errorf("%s: no error", test.response)
		case err != nil && d.Explain("", err).Kind != test.kind:
			t.Errorf("%s: %v", test.response, err)
		}
	}
}
