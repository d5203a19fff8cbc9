// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

func primary(a string) eni.Address {
	return eni.Address{Addr: netip.MustParseAddr(a), Primary: true}
}

func secondary(a string) eni.Address { return eni.Address{Addr: netip.MustParseAddr(a)} }

func describeOne(t *testing.T, written string) ([]eni.Interface, *eni.Error) {
	t.Helper()
	d := newTestDriver(t, replying(http.StatusOK,
		`{"RequestId":"R","NetworkInterfaceSets":{"NetworkInterfaceSet":[`+written+`]}}`))
	found, err := d.Describe(t.Context(), []string{"eni-1"})
	if err != nil {
		return found, d.Explain("Describe", err)
	}
	return found, nil
}

func TestInterfaces(t *testing.T) {
	for _, test := range []struct {
		name    string
		written string
		want    eni.Interface
	}{
		{
			"all there is",
			`{"NetworkInterfaceId":"eni-1","Type":"Member","Status":"InUse","InstanceId":"i-1","VpcId":"vpc-1",
			"PrivateIpAddress":"10.0.0.1","Attachment":{"InstanceId":"i-1","TrunkNetworkInterfaceId":"eni-2"},
			"PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.0.0.1","Primary":true},{"PrivateIpAddress":"10.0.0.2","Primary":false}]},
			"Ipv6Sets":{"Ipv6Set":[{"Ipv6Address":"2001:DB8:0::1"}]},
			"Ipv4PrefixSets":{"Ipv4PrefixSet":[{"Ipv4Prefix":"10.0.1.0/28"}]},
			"Ipv6PrefixSets":{"Ipv6PrefixSet":[{"Ipv6Prefix":"2001:db8:1::/80"}]},"Unknown":1}`,
			eni.Interface{
				Type: eni.TypeMember, State: eni.StateInUse, InstanceID: "i-1", TrunkInterfaceID: "eni-2", VPCID: "vpc-1",
				Addresses: []eni.Address{primary("10.0.0.1"), secondary("10.0.0.2"), secondary("2001:db8::1")},
				Prefixes:  prefixes("10.0.1.0/28", "2001:db8:1::/80"),
			},
		},
		{"primary", `{"NetworkInterfaceId":"eni-1","Type":"Primary","Status":"Available","PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}, Type: eni.TypePrimary, State: eni.StateAvailable}},
		{"secondary", `{"NetworkInterfaceId":"eni-1","Type":"Secondary","Status":"Attaching","PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}, Type: eni.TypeSecondary, State: eni.StateAttaching}},
		{"trunk", `{"NetworkInterfaceId":"eni-1","Type":"Trunk","Status":"Detaching","PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}, Type: eni.TypeTrunk, State: eni.StateDetaching}},
		{"unknown type and state", `{"NetworkInterfaceId":"eni-1","Type":"NewType","Status":"Deleting","PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}, Type: "newtype", State: "deleting"}},
		{"the instance only in the attachment", `{"NetworkInterfaceId":"eni-1","Attachment":{"InstanceId":"i-1"},"PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}, InstanceID: "i-1"}},
		{"the instance not in the attachment", `{"NetworkInterfaceId":"eni-1","InstanceId":"i-1","Attachment":{"TrunkNetworkInterfaceId":"eni-2"},"PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}, InstanceID: "i-1", TrunkInterfaceID: "eni-2"}},
		{
			"the primary address not marked, and not first",
			`{"NetworkInterfaceId":"eni-1","PrivateIpAddress":"10.0.0.2","PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.0.0.1"},{"PrivateIpAddress":"10.0.0.2"}]}}`,
			eni.Interface{Addresses: []eni.Address{secondary("10.0.0.1"), primary("10.0.0.2")}},
		},
		{"the primary address only by itself", `{"NetworkInterfaceId":"eni-1","PrivateIpAddress":"10.0.0.1"}`, eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}}},
		{
			"the primary address not marked",
			`{"NetworkInterfaceId":"eni-1","PrivateIpAddress":"10.0.0.1","PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.0.0.1"}]}}`,
			eni.Interface{Addresses: []eni.Address{primary("10.0.0.1")}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			found, e := describeOne(t, test.written)
			if e != nil {
				t.Fatal(e)
			}
			test.want.ID = "eni-1"
			if len(found) != 1 || !reflect.DeepEqual(found[0], test.want) {
				t.Errorf("found %+v\nwant  %+v", found, test.want)
			}
		})
	}
}

// A missing address would count as gone, so every one is read.
func TestDescriptionsThatCannotBeRead(t *testing.T) {
	for _, written := range []string{
		`{}`,
		`{"NetworkInterfaceId":"eni-1","PrivateIpAddress":"secret?"}`,
		`{"NetworkInterfaceId":"eni-1","PrivateIpSets":{"PrivateIpSet":[{"PrivateIpAddress":"10.0.0.1/secret"}]}}`,
		`{"NetworkInterfaceId":"eni-1","PrivateIpSets":{"PrivateIpSet":[{}]}}`,
		`{"NetworkInterfaceId":"eni-1","PrivateIpSets":{"PrivateIpSet":"secret"}}`,
		`{"NetworkInterfaceId":"eni-1","Ipv6Sets":{"Ipv6Set":[{"Ipv6Address":"secret"}]}}`,
		`{"NetworkInterfaceId":"eni-1","Ipv4PrefixSets":{"Ipv4PrefixSet":[{"Ipv4Prefix":"10.0.0.1"}]}}`,
		`{"NetworkInterfaceId":"eni-1","Ipv6PrefixSets":{"Ipv6PrefixSet":[{"Ipv6Prefix":""}]}}`,
	} {
		found, e := describeOne(t, written)
		if e == nil || e.Kind != eni.ErrUnavailable || e.RequestID != "R" || len(found) > 0 {
			t.Errorf("%s = %v, %v; want ErrUnavailable", written, found, e)
		}
		if e != nil && strings.Contains(e.Error(), "secret") {
			t.Errorf("the reply is repeated: %v", e)
		}
	}
}

// A token can be any text.
func TestATokenThatIsAZero(t *testing.T) {
	for token, want := range map[string]int{`"0"`: 2, `7`: 2, `0`: 1, `null`: 1} {
		requests := 0
		d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
			if requests++; r.URL.Query().Get("NextToken") != "" {
				token = `""`
			}
			return respond(r, http.StatusOK, `{"RequestId":"R","NextToken":`+token+`,"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`), nil
		})
		if _, err := d.Describe(t.Context(), []string{"eni-1"}); err != nil || requests != want {
			t.Errorf("%s: %v after %d requests, want %d", token, err, requests, want)
		}
	}
}

// A response without a set is an error. An empty set would mean that the interfaces do
// not exist.
func TestADescriptionWithoutASet(t *testing.T) {
	for _, body := range []string{`{"RequestId":"R"}`, `{"RequestId":"R","NetworkInterfaceSets":null}`} {
		d := newTestDriver(t, replying(http.StatusOK, body))
		_, err := d.Describe(t.Context(), []string{"eni-1"})
		if err == nil || d.Explain("Describe", err).Kind != eni.ErrUnavailable {
			t.Errorf("%s: error = %v; want ErrUnavailable", body, err)
		}
	}
}
