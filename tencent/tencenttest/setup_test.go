// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"encoding/json"
	"maps"
	"net/netip"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

func TestSetupRefusals(t *testing.T) {
	create := func(change object) object {
		q := object{"VpcId": "vpc-1", "SubnetId": "subnet-1", "NetworkInterfaceName": "one"}
		maps.Copy(q, change)
		return q
	}
	assign := func(change object) object {
		q := object{"NetworkInterfaceId": "eni-1"}
		maps.Copy(q, change)
		return q
	}
	four := func(list ...string) object {
		return assign(object{"PrivateIpAddresses": addresses(list...)})
	}
	for _, test := range []struct {
		action     string
		parameters object
		code       string
	}{
		{"CreateNetworkInterface", create(object{"VpcId": ""}), "MissingParameter"},
		{"CreateNetworkInterface", create(object{"SubnetId": ""}), "MissingParameter"},
		{"CreateNetworkInterface", create(object{"NetworkInterfaceName": ""}), "MissingParameter"},
		{"CreateNetworkInterface", create(object{"NetworkInterfaceName": strings.Repeat("n", 61)}), "InvalidParameterValue.TooLong"},
		{"CreateNetworkInterface", create(object{"NetworkInterfaceDescription": strings.Repeat("说", 61)}), "InvalidParameterValue.TooLong"},
		{"CreateNetworkInterface", create(object{"SubnetId": "subnet-9"}), "ResourceNotFound"},
		{"CreateNetworkInterface", create(object{"TrunkingFlag": "yes"}), "InvalidParameterValue"},
		{"CreateNetworkInterface", create(object{"Tags": []object{{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}}}), "InvalidParameterValue.TagDuplicateKey"},
		{"CreateNetworkInterface", create(object{"PrivateIpAddresses": addresses("10.9.0.5")}), "InvalidParameterValue.Range"},
		{"CreateNetworkInterface", create(object{"PrivateIpAddresses": addresses("10.9.0")}), "InvalidParameterValue.Malformed"},
		{"CreateNetworkInterface", create(object{"PrivateIpAddresses": addresses("10.1.0.4")}), "ResourceInUse"},
		{"CreateNetworkInterface", create(object{"SecondaryPrivateIpAddressCount": -1}), "InvalidParameterValue.Range"},
		{"CreateNetworkInterface", create(object{"SecondaryPrivateIpAddressCount": 101}), "LimitExceeded"},
		{"CreateNetworkInterface", create(object{"SecondaryPrivateIpAddressCount": 20}), "ResourceInsufficient.Subnet"},
		{"CreateNetworkInterface", create(object{"Color": "red"}), "UnknownParameter"},
		{"AttachNetworkInterface", object{"Color": "red"}, "UnknownParameter"},
		{"AssignPrivateIpAddresses", assign(object{"SecondaryPrivateIpAddressCount": "1"}), "InvalidParameter"},
		{"AssignIpv6Addresses", assign(object{"Ipv6AddressCount": "1"}), "InvalidParameter"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-2", "InstanceId": "ins-1", "AttachType": 1}, "UnsupportedOperation.AttachmentAlreadyExists"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-1", "InstanceId": ""}, "MissingParameter"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-9", "InstanceId": "ins-1"}, "ResourceNotFound"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-9"}, "ResourceNotFound"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-2", "InstanceId": "ins-1"}, "UnsupportedOperation.AttachmentAlreadyExists"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-2"}, "UnsupportedOperation.ResourceIsInvalidState"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-1", "InstanceId": "ins/1"}, "InvalidParameterValue.Malformed"},
		{"AttachNetworkInterface", object{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-1", "AttachType": 2}, "InvalidParameterValue.Malformed"},
		{"AssignPrivateIpAddresses", assign(nil), "MissingParameter"},
		{"AssignPrivateIpAddresses", four("10.1.0.4"), "ResourceInUse"},
		{"AssignPrivateIpAddresses", four("10.1.0.5", "10.1.0.5"), "InvalidParameterValue.DuplicatePara"},
		{"AssignPrivateIpAddresses", four("10.9.0.5"), "InvalidParameterValue.Range"},
		{"AssignPrivateIpAddresses", four("2001:db8::5"), "InvalidParameterValue.Malformed"},
		{"AssignPrivateIpAddresses", four(strings.Split(strings.Repeat("10.1.0.5,", 10)+"10.1.0.6", ",")...), "InvalidParameterValue.LimitExceeded"},
		{"AssignPrivateIpAddresses", assign(object{"PrivateIpAddresses": []object{{"PrivateIpAddress": "10.1.0.5", "Primary": true}}}), "UnsupportedOperation"},
		{"AssignIpv6Addresses", assign(object{"Ipv6AddressCount": 1}), "UnsupportedOperation.UnassignCidrBlock"},
		{"AssignIpv6Addresses", assign(object{"Ipv6Addresses": []object{{"Address": "10.1.0.5"}}}), "InvalidParameterValue.Malformed"},
	} {
		s := tencenttest.NewServer(new(enitest.Cloud))
		s.Cloud.PutSubnet(enitest.Subnet{ID: "subnet-1", VPCID: "vpc-1", IPv4: netip.MustParsePrefix("10.1.0.0/28")})
		s.Cloud.PutInstance(enitest.Instance{ID: "ins-1"}, enitest.Instance{ID: "ins-2", State: enitest.InstanceStarting})
		one := withAddresses("eni-1", "10.1.0.4")
		two := withAddresses("eni-2", "10.1.0.6")
		one.SubnetID, two.InstanceID, two.State = "subnet-1", "ins-1", eni.StateInUse
		s.Cloud.Put(one, two)
		if got := call(t, s, test.action, test.parameters); got.Error.Code != test.code {
			t.Errorf("%s(%v): got %+v, want %s", test.action, test.parameters, got.Error, test.code)
		}
		if len(s.Cloud.History()) > 0 {
			t.Errorf("%s(%v): %+v", test.action, test.parameters, s.Cloud.History())
		}
	}
}

// A lost answer to a creation is asked for again with its token, and creates nothing
// more.
func TestSetupTokens(t *testing.T) {
	s := tencenttest.NewServer(new(enitest.Cloud))
	s.Cloud.PutInstance(enitest.Instance{ID: "ins-1"})
	p := newProgram(t, s, schemes[0])
	create := object{"VpcId": "vpc-1", "SubnetId": "subnet-1", "NetworkInterfaceName": "one", "ClientToken": "once"}
	first := text(p.do("CreateNetworkInterface", create), "NetworkInterface", "NetworkInterfaceId")
	for action, parameters := range map[string]object{
		"CreateNetworkInterface":   create,
		"AttachNetworkInterface":   {"NetworkInterfaceId": first, "InstanceId": "ins-1", "ClientToken": "once"},
		"AssignPrivateIpAddresses": {"NetworkInterfaceId": first, "SecondaryPrivateIpAddressCount": 1, "ClientToken": "once"},
	} {
		one := p.do(action, parameters)
		two := p.do(action, parameters)
		delete(one, "RequestId")
		delete(two, "RequestId")
		if a, b := asJSON(t, one), asJSON(t, two); a != b {
			t.Errorf("%s: %s, and then %s", action, a, b)
		}
	}
	if changes := s.Cloud.History(); len(changes) != 3 {
		t.Errorf("%d changes: %+v", len(changes), changes)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A trunk is created as one.
func TestCreateTrunk(t *testing.T) {
	for flag, want := range map[string]eni.InterfaceType{"Enable": eni.TypeTrunk, "Disable": eni.TypeSecondary, "": eni.TypeSecondary} {
		s := tencenttest.NewServer(new(enitest.Cloud))
		made := newProgram(t, s, schemes[0]).do("CreateNetworkInterface", object{
			"VpcId": "vpc-1", "SubnetId": "subnet-1", "NetworkInterfaceName": "trunk", "TrunkingFlag": flag,
		})
		if i, _ := s.Cloud.Get(text(made, "NetworkInterface", "NetworkInterfaceId")); i.Type != want {
			t.Errorf("%q: %+v", flag, i)
		}
	}
}

// What is created in another region is there, and nowhere else.
func TestOtherRegions(t *testing.T) {
	s := tencenttest.NewServer(new(enitest.Cloud))
	create := object{"VpcId": "vpc-1", "SubnetId": "subnet-1", "NetworkInterfaceName": "one"}
	in := func(region string) *program {
		p := newProgram(t, s, schemes[0])
		p.client.Init(region).WithProfile(profileAt("127.0.0.1:8080")).WithHttpTransport(enitest.Transport(s))
		p.client.WithCredential(common.NewCredential(s.SecretID, s.SecretKey))
		return p
	}
	in("ap-shanghai").do("CreateNetworkInterface", create)
	for region, want := range map[string]string{"ap-shanghai": "1", "ap-tokyo": "0", s.Region: "0"} {
		if got := text(in(region).do("DescribeNetworkInterfaces", object{}), "TotalCount"); got != want {
			t.Errorf("%s: %s interfaces, want %s", region, got, want)
		}
	}
}

func profileAt(endpoint string) *profile.ClientProfile {
	p := profile.NewClientProfile()
	p.HttpProfile.Endpoint = endpoint
	return p
}
