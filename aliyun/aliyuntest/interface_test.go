// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

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

// The primary interface is the first of its instance, and a free one is none of any.
func TestDevices(t *testing.T) {
	for id, want := range map[string]float64{"eni-a": 0, "eni-b": 1, "eni-c": 0} {
		a := ask(t, scene(), "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", id)
		if got := find(a, []string{"Attachment", "DeviceIndex"})[0]; got != want {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
}

// The real cloud has no interface without a primary address.
func TestAnInterfaceWithoutAnAddress(t *testing.T) {
	s := scene()
	s.Cloud.Update("eni-a", func(i *eni.Interface) { i.Addresses = nil })
	a := ask(t, s, "DescribeNetworkInterfaceAttribute", "NetworkInterfaceId", "eni-a")
	if a["PrivateIpAddress"] != "192.0.2.1" {
		t.Errorf("PrivateIpAddress = %v", a["PrivateIpAddress"])
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
