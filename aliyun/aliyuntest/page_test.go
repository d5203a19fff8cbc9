// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestPaging(t *testing.T) {
	s := aliyuntest.NewServer(&enitest.Cloud{})
	parameters := map[string]string{"Action": "DescribeNetworkInterfaces"}
	var all []string
	for n := range 25 {
		id := fmt.Sprintf("eni-%02d", n)
		all = append(all, id)
		s.Cloud.Put(eni.Interface{ID: id})
		parameters[fmt.Sprintf("NetworkInterfaceId.%d", n+1)] = id
	}
	for _, test := range []struct {
		maxResults string
		pages      []int
	}{{"-", []int{10, 10, 5}}, {"1", []int{10, 10, 5}}, {"20", []int{20, 5}}, {"25", []int{25}}, {"100", []int{25}}, {"1000", []int{25}}} {
		parameters["MaxResults"], parameters["NextToken"] = test.maxResults, "-"
		var pages []int
		var found []string
		for {
			a := post(t, s, signed(t, static, parameters))
			if a.Status != 200 {
				t.Fatalf("answer = %+v", a)
			}
			pages = append(pages, len(a.Set.List))
			for _, i := range a.Set.List {
				found = append(found, fmt.Sprint(i["NetworkInterfaceId"]))
			}
			if a.NextToken == "" {
				break
			}
			parameters["NextToken"] = a.NextToken
		}
		if !slices.Equal(pages, test.pages) || !slices.Equal(found, all) {
			t.Errorf("MaxResults %s: pages %v of %v; want %v", test.maxResults, pages, found, test.pages)
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
		{[]string{"PageNumber", "25", "PageSize", "1"}, "eni-24", 1, 25, 1, false},
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

// A token counts more than a number, also without MaxResults.
func TestATokenBesideANumber(t *testing.T) {
	cloud := new(enitest.Cloud)
	for n := range 25 {
		cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-%02d", n)})
	}
	s := aliyuntest.NewServer(cloud)
	token := fmt.Sprint(ask(t, s, "DescribeNetworkInterfaces", "MaxResults", "10")["NextToken"])
	a := ask(t, s, "DescribeNetworkInterfaces", "NextToken", token, "PageNumber", "1", "PageSize", "5")
	if list := strings.Fields(ids(t, a)); len(list) != 10 || list[0] != "eni-10" {
		t.Errorf("%v", list)
	}
}

// A query by tag or by resource group says nothing of what is beyond a thousand.
func TestQueriesThatAreCutShort(t *testing.T) {
	cloud := new(enitest.Cloud)
	for n := range 1001 {
		cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-%04d", n), Tags: map[string]string{"team": "net"}, VPCID: "vpc-1"})
	}
	s := aliyuntest.NewServer(cloud)
	for name, want := range map[string]float64{"VpcId vpc-1": 1001, "Tag.1.Key team": 1000, "ResourceGroupId rg-1": 1000} {
		if got := ask(t, s, "DescribeNetworkInterfaces", strings.Fields(name)...)["TotalCount"]; got != want {
			t.Errorf("%s: %v interfaces, want %v", name, got, want)
		}
	}
}
