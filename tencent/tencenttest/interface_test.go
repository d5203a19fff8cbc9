// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// An interface is written with every field that the vendor has, and null only where
// the vendor's models say that null may be there.
func TestEveryFieldIsWritten(t *testing.T) {
	for name, test := range map[string]struct {
		put  eni.Interface
		want string
	}{
		"attached": {
			eni.Interface{
				ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "ins-1", VPCID: "vpc-1", SubnetID: "subnet-1",
				Name: "one", Description: "the first", MAC: "20:90:6f:01:02:03", Zone: "ap-guangzhou-3",
				SecurityGroupIDs: []string{"sg-1"}, Tags: map[string]string{"b": "2", "a": "1"},
				Created: time.Date(2025, 2, 3, 4, 5, 6, 0, time.UTC),
				Addresses: []eni.Address{
					{Addr: netip.MustParseAddr("10.0.0.4"), Primary: true}, {Addr: netip.MustParseAddr("2001:db8::4")},
				},
			},
			`{"NetworkInterfaceId":"eni-1","NetworkInterfaceName":"one","NetworkInterfaceDescription":"the first","SubnetId":"subnet-1","VpcId":"vpc-1",` +
				`"GroupSet":["sg-1"],"Primary":false,"MacAddress":"20:90:6f:01:02:03","State":"AVAILABLE",` +
				`"PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.4","Primary":true,"PublicIpAddress":"","AddressId":"","Description":"","IsWanIpBlocked":false,"State":"AVAILABLE","QosLevel":"DEFAULT"}],` +
				`"Attachment":{"InstanceId":"ins-1","DeviceIndex":1,"InstanceAccountId":"100000000001","AttachTime":"2025-02-03 04:05:06"},` +
				`"Zone":"ap-guangzhou-3","CreatedTime":"2025-02-03 04:05:06",` +
				`"Ipv6AddressSet":[{"Address":"2001:db8::4","Primary":false,"AddressId":"","Description":"","IsWanIpBlocked":false,"State":"AVAILABLE"}],` +
				`"TagSet":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}],"EniType":0,"Business":"cvm","CdcId":null,"AttachType":0,"ResourceId":null,"QosLevel":"DEFAULT"}`,
		},
		"free, and nothing is known": {
			eni.Interface{ID: "eni-1", State: eni.StateAvailable},
			`{"NetworkInterfaceId":"eni-1","NetworkInterfaceName":"","NetworkInterfaceDescription":"","SubnetId":"","VpcId":"",` +
				`"GroupSet":[],"Primary":false,"MacAddress":"","State":"AVAILABLE",` +
				`"PrivateIpAddressSet":[{"PrivateIpAddress":"192.0.2.1","Primary":true,"PublicIpAddress":"","AddressId":"","Description":"","IsWanIpBlocked":false,"State":"AVAILABLE","QosLevel":"DEFAULT"}],` +
				`"Attachment":null,"Zone":"","CreatedTime":"2024-01-01 00:00:00","Ipv6AddressSet":[],` +
				`"TagSet":[],"EniType":0,"Business":null,"CdcId":null,"AttachType":null,"ResourceId":null,"QosLevel":"DEFAULT"}`,
		},
	} {
		s := tencenttest.NewServer(new(enitest.Cloud))
		s.Cloud.Put(test.put)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, visitBy(s, schemes[0]).describe(t, "eni-1"))
		var answer struct {
			Response struct{ NetworkInterfaceSet []json.RawMessage }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if got := string(answer.Response.NetworkInterfaceSet[0]); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

// The states are the vendor's.
func TestStates(t *testing.T) {
	for state, want := range map[eni.InterfaceState]string{
		enitest.StateCreating: "PENDING", eni.StateAvailable: "AVAILABLE", eni.StateInUse: "AVAILABLE", eni.StateAttaching: "ATTACHING",
		eni.StateDetaching: "DETACHING", eni.StateDeleting: "DELETING",
	} {
		s := tencenttest.NewServer(new(enitest.Cloud))
		s.Cloud.Put(eni.Interface{ID: "eni-1", State: state})
		if got := call(t, s, "DescribeNetworkInterfaces", map[string]any{}); got.NetworkInterfaceSet[0].State != want {
			t.Errorf("%s: got %+v, want %s", state, got.NetworkInterfaceSet, want)
		}
	}
}
