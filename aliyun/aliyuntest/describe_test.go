// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// ask makes a request and returns the answer as it is written.
func ask(t *testing.T, s *aliyuntest.Server, action string, parameters ...string) map[string]any {
	t.Helper()
	all := map[string]string{"Action": action}
	for i := 0; i < len(parameters); i += 2 {
		all[parameters[i]] = parameters[i+1]
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, acs3(account, all, "", nil))
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// ids are those of the interfaces that a description has.
func ids(t *testing.T, body map[string]any) string {
	t.Helper()
	if body["NetworkInterfaceSets"] == nil {
		t.Fatalf("answer = %v", body)
	}
	return strings.Join(texts(find(body, []string{"NetworkInterfaceSets", "NetworkInterfaceSet[]", "NetworkInterfaceId"})), " ")
}

// scene is a server with interfaces that differ in what a filter asks for.
func scene() *aliyuntest.Server {
	cloud := new(enitest.Cloud)
	at := func(text string) eni.Address { return eni.Address{Addr: netip.MustParseAddr(text)} }
	primary := func(text string) eni.Address { return eni.Address{Addr: netip.MustParseAddr(text), Primary: true} }
	cloud.Put(
		eni.Interface{
			ID: "eni-a", Name: "blue", Type: eni.TypePrimary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1", SubnetID: "vsw-1",
			SecurityGroupIDs: []string{"sg-1", "sg-2"}, Addresses: []eni.Address{primary("10.0.0.1"), at("10.0.0.11")},
		},
		eni.Interface{
			ID: "eni-b", Name: "blue", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-2", VPCID: "vpc-1", SubnetID: "vsw-2",
			SecurityGroupIDs: []string{"sg-2"}, Addresses: []eni.Address{primary("10.0.0.2"), at("2001:db8::2")},
			Tags: map[string]string{"team": "net", "env": "test"},
		},
		eni.Interface{
			ID: "eni-c", Name: "red", Type: eni.TypeTrunk, State: eni.StateAvailable, VPCID: "vpc-2", SubnetID: "vsw-3", Manager: "ack",
			Addresses: []eni.Address{primary("10.0.0.3"), at("10.0.0.13")}, Tags: map[string]string{"team": "db"},
		},
	)
	return aliyuntest.NewServer(cloud)
}

// Every filter restricts, beside ids and without them.
func TestFilters(t *testing.T) {
	s := scene()
	for _, test := range []struct {
		filter []string
		want   string
	}{
		{nil, "eni-a eni-b eni-c"},
		{[]string{"VpcId", "vpc-1"}, "eni-a eni-b"},
		{[]string{"VSwitchId", "vsw-3"}, "eni-c"},
		{[]string{"InstanceId", "i-2"}, "eni-b"},
		{[]string{"Type", "Trunk"}, "eni-c"},
		{[]string{"Status", "InUse"}, "eni-a eni-b"},
		{[]string{"Status", "Available"}, "eni-c"},
		{[]string{"SecurityGroupId", "sg-2"}, "eni-a eni-b"},
		{[]string{"SecurityGroupId", "sg-1"}, "eni-a"},
		{[]string{"ServiceManaged", "true"}, "eni-c"},
		{[]string{"ServiceManaged", "false"}, "eni-a eni-b"},
		{[]string{"NetworkInterfaceName", "blue"}, "eni-a eni-b"},
		{[]string{"PrimaryIpAddress", "10.0.0.2"}, "eni-b"},
		{[]string{"PrimaryIpAddress", "10.0.0.11"}, ""},
		{[]string{"PrivateIpAddress.1", "10.0.0.11"}, "eni-a"},
		{[]string{"PrivateIpAddress.1", "10.0.0.11", "PrivateIpAddress.2", "10.0.0.13"}, "eni-a eni-c"},
		{[]string{"Ipv6Address.1", "2001:db8::2"}, "eni-b"},
		{[]string{"Tag.1.Key", "team"}, "eni-b eni-c"},
		{[]string{"Tag.1.Key", "team", "Tag.1.Value", "net"}, "eni-b"},
		{[]string{"Tag.1.Key", "team", "Tag.1.Value", "net", "Tag.2.Key", "env", "Tag.2.Value", "prod"}, ""},
		{[]string{"ResourceGroupId", "rg-9"}, "eni-a eni-b eni-c"}, // all are in the default one
		{[]string{"VpcId", "vpc-1", "NetworkInterfaceName", "red"}, ""},
	} {
		if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", test.filter...)); got != test.want {
			t.Errorf("%v: %q, want %q", test.filter, got, test.want)
		}
		named := append([]string{"NetworkInterfaceId.1", "eni-a", "NetworkInterfaceId.2", "eni-b", "NetworkInterfaceId.3", "eni-a"}, test.filter...)
		want := strings.TrimSpace(strings.Replace(test.want, "eni-c", "", 1))
		if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", named...)); got != want {
			t.Errorf("%v beside ids: %q, want %q", test.filter, got, want)
		}
	}
}

func TestPagesByNumber(t *testing.T) {
	cloud := new(enitest.Cloud)
	for n := range 25 {
		cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-%02d", n)})
	}
	s := aliyuntest.NewServer(cloud)
	for _, test := range []struct {
		parameters []string
		first      string
		items      int
		number     float64
		size       float64
		next       bool
	}{
		{nil, "eni-00", 10, 1, 10, true},
		{[]string{"PageNumber", "2"}, "eni-10", 10, 2, 10, false},
		{[]string{"PageNumber", "3", "PageSize", "10"}, "eni-20", 5, 3, 10, false},
		{[]string{"PageNumber", "4", "PageSize", "10"}, "", 0, 4, 10, false},
		{[]string{"PageNumber", "9223372036854775807", "PageSize", "100"}, "", 0, 9223372036854775807, 100, false},
		{[]string{"PageSize", "100"}, "eni-00", 25, 1, 100, false},
		{[]string{"PageNumber", "2", "PageSize", "20", "MaxResults", "15"}, "eni-00", 15, 1, 15, true}, // a token counts more
	} {
		a := ask(t, s, "DescribeNetworkInterfaces", test.parameters...)
		list := strings.Fields(ids(t, a))
		first := append(list, "")[0]
		if first != test.first || len(list) != test.items || a["TotalCount"] != float64(25) || a["PageNumber"] != test.number ||
			a["PageSize"] != test.size || (a["NextToken"] != "") != test.next {
			t.Errorf("%v: %d from %q, %v", test.parameters, len(list), first, a)
		}
	}
}

// What a parameter cannot be is refused in the vendor's words.
func TestParametersOfTheWrongType(t *testing.T) {
	for _, test := range []struct{ action, name, value, code string }{
		{"DescribeNetworkInterfaces", "MaxResults", "many", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageSize", "1.5", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageSize", "101", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageSize", "0", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageNumber", "one", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PageNumber", "0", "InvalidOperation.InvalidEniPageNumber"},
		{"DescribeNetworkInterfaces", "NextToken", "x", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "ServiceManaged", "yes", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PrimaryIpAddress", "ten", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "PrivateIpAddress.1", "2001:db8::1", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "Ipv6Address.1", "10.0.0.1", "InvalidParameter"},
		{"DescribeNetworkInterfaces", "Tag.1.Key", "", "InvalidTagKey.Malformed"},
		{"DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "", "MissingParameter"},
		{"DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-9", "InvalidEniId.NotFound"},
		{"DescribeNetworkInterfaces", "RegionId", "mars-1", "InvalidRegionId.NotFound"},
		{"RunInstances", "NetworkInterfaceId", "eni-1", "InvalidAction.NotFound"},
	} {
		a := ask(t, scene(), test.action, test.name, test.value)
		message := fmt.Sprint(a["Message"])
		if a["Code"] != test.code {
			t.Errorf("%s %s=%s: %v, want %s", test.action, test.name, test.value, a, test.code)
		}
		if test.code == "InvalidParameter" && message != fmt.Sprintf("The specified parameter %q is not valid.", strings.TrimSuffix(test.name, ".1")) {
			t.Errorf("%s: message %q", test.name, message)
		}
		if test.action == "RunInstances" && (!strings.Contains(message, "does not have RunInstances") || !strings.Contains(message, "DetachNetworkInterface")) {
			t.Errorf("message %q; want what is missing and what there is", message)
		}
	}
}

// What of this is true of the real cloud is not known, so a test can have either.
func TestMissingInterfaces(t *testing.T) {
	parameters := []string{"NetworkInterfaceId.1", "eni-a", "NetworkInterfaceId.2", "eni-9"}
	s := scene()
	if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", parameters...)); got != "eni-a" {
		t.Errorf("described %q", got)
	}
	s.MissingRefused = true
	if a := ask(t, s, "DescribeNetworkInterfaces", parameters...); a["Code"] != "InvalidEniId.NotFound" || !strings.Contains(fmt.Sprint(a["Message"]), "eni-9") {
		t.Errorf("answer = %v", a)
	}
	if got := ids(t, ask(t, s, "DescribeNetworkInterfaces", "NetworkInterfaceId.1", "eni-a", "VpcId", "vpc-9")); got != "" {
		t.Errorf("described %q; what a filter leaves out is not missing", got)
	}
}

// An interface has the same fields, however it is described.
func TestAttribute(t *testing.T) {
	s := scene()
	listed := ask(t, s, "DescribeNetworkInterfaces", "NetworkInterfaceId.1", "eni-b")
	one := find(listed, []string{"NetworkInterfaceSets", "NetworkInterfaceSet[]"})[0]
	a := ask(t, s, "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-b")
	if a["Status"] != "InUse" {
		t.Errorf("Status = %v", a["Status"])
	}
	for _, name := range []string{"NetworkInterfaceId", "Type", "Status", "InstanceId", "PrivateIpAddress", "VSwitchId"} {
		if inList := find(one, []string{name})[0]; a[name] != inList || a[name] == "" {
			t.Errorf("%s is %v, and %v in a list", name, a[name], inList)
		}
	}
	s.Cloud.Put(
		eni.Interface{ID: "eni-m", Type: eni.TypeMember, State: eni.StateInUse, InstanceID: "i-2", TrunkInterfaceID: "eni-c"},
	)
	trunk := ask(t, s, "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-c")
	if members := find(trunk, []string{"Attachment", "MemberNetworkInterfaceIds", "MemberNetworkInterfaceId[]"}); fmt.Sprint(members) != "[eni-m]" {
		t.Errorf("the trunk's members are %v", members)
	}
}

// A service is a number, as the vendor's models have it.
func TestServices(t *testing.T) {
	s := scene()
	s.Cloud.Put(eni.Interface{ID: "eni-d", Manager: "1234"})
	for id, want := range map[string]bool{"eni-a": false, "eni-c": true, "eni-d": true} {
		a := ask(t, s, "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", id)
		n, ok := a["ServiceID"].(float64)
		if !ok || (n != 0) != want || a["ServiceManaged"] != want || id == "eni-d" && n != 1234 {
			t.Errorf("%s: ServiceManaged %v, ServiceID %v", id, a["ServiceManaged"], a["ServiceID"])
		}
	}
}

// Every answer has every field of the vendor's model, of its type.
func TestEveryFieldOfTheModels(t *testing.T) {
	answers := map[string]map[string]any{
		"DescribeNetworkInterfaces":         ask(t, scene(), "DescribeNetworkInterfaces"),
		"DescribeNetworkInterfaceAttribute": ask(t, scene(), "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-c"),
	}
	checkModels(t, answers)
}

// checkModels compares answers, by action, with the fields of fields.txt.
func checkModels(t *testing.T, answers map[string]map[string]any) {
	t.Helper()
	text, err := os.ReadFile("fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	checked := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		a, ok := answers[words[0]]
		if !ok || len(words) != 3 {
			continue
		}
		checked[words[0]]++
		for _, value := range find(a, strings.Split(words[1], ".")) {
			switch value.(type) {
			case string:
				ok = words[2] == "text"
			case float64:
				ok = words[2] == "number"
			case bool:
				ok = words[2] == "truth"
			default:
				ok = false
			}
			if !ok {
				t.Errorf("%s: %s is %v, want a %s", words[0], words[1], value, words[2])
			}
		}
	}
	for _, action := range slices.Sorted(maps.Keys(answers)) {
		if checked[action] == 0 {
			t.Errorf("%s has no model", action)
		}
	}
}

// find returns the values at a path, one for each item of the lists in it; nil for one
// that is missing.
func find(value any, path []string) []any {
	if len(path) == 0 {
		return []any{value}
	}
	name, list := strings.CutSuffix(path[0], "[]")
	object, _ := value.(map[string]any)
	inner := object[name]
	if !list {
		return find(inner, path[1:])
	}
	items, ok := inner.([]any)
	if !ok {
		return []any{inner}
	}
	var found []any
	for _, item := range items {
		found = append(found, find(item, path[1:])...)
	}
	return found
}
