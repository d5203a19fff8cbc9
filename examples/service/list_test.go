// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// listPath is the path of all interfaces, with a query.
func listPath(provider, query string) string {
	return strings.TrimSuffix(interfacePath(provider, ""), "/") + query
}

// ids returns the sorted ids of a list.
func (s *said) ids(t *testing.T) (ids []string, more bool) {
	t.Helper()
	var l listed
	if err := json.Unmarshal([]byte(s.body), &l); err != nil || s.status != http.StatusOK || l.Interfaces == nil {
		t.Fatalf("status %d, %v: %s", s.status, err, s.body)
	}
	for _, i := range l.Interfaces {
		ids = append(ids, i.ID)
	}
	slices.Sort(ids)
	return ids, l.More
}

func TestList(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		for n, change := range []func(*eni.Interface){
			func(i *eni.Interface) { i.VPCID = "vpc-2" },
			func(i *eni.Interface) { i.SubnetID = "subnet-1" },
			func(i *eni.Interface) { i.InstanceID = "i-2" },
			func(i *eni.Interface) { i.Type = eni.TypePrimary },
			func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" },
			func(i *eni.Interface) { i.Tags = map[string]string{"a": "1", "b": "2"} },
		} {
			i := newInterface(fmt.Sprintf("eni-%d", n+2))
			change(&i)
			cloud.Put(i)
		}
		for query, want := range map[string]string{
			"":                       "[eni-1 eni-2 eni-3 eni-4 eni-5 eni-6 eni-7]",
			"?vpc_id=vpc-2":          "[eni-2]",
			"?subnet_id=subnet-1":    "[eni-3]",
			"?instance_id=i-2":       "[eni-4]",
			"?type=primary":          "[eni-5]",
			"?state=available":       "[eni-6]",
			"?tag=a=1&tag=b":         "[eni-7]",
			"?tag=a=2":               "[]",
			"?tag=a=1&vpc_id=vpc-2":  "[]",
			"?timeout=1m&limit=1000": "[eni-1 eni-2 eni-3 eni-4 eni-5 eni-6 eni-7]",
		} {
			got, more := f.ask(listPath(provider, query), "").ids(f.T)
			if fmt.Sprint(got) != want || more {
				f.Errorf("%s: %v, more %t; want %s", query, got, more, want)
			}
		}
	})
}

// An answer has a limit, and says whether there is more; further pages are not read.
func TestListIsBounded(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		for n := range 999 {
			cloud.Put(eni.Interface{ID: fmt.Sprintf("eni-x%d", n), Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1"})
		}
		for query, want := range map[string]int{"": 100, "?limit=3": 3, "?limit=999": 999, "?limit=1000": 1000} {
			ids, more := f.ask(listPath(provider, query), "").ids(f.T)
			if len(ids) != want || more != (want < 1000) {
				f.Errorf("%q: %d interfaces, more %t; want %d of 1,000", query, len(ids), more, want)
			}
		}
		before := len(cloud.Calls(enitest.List))
		f.ask(listPath(provider, "?limit=3"), "").ids(f.T)
		if n := len(cloud.Calls(enitest.List)) - before; n != 1 {
			f.Errorf("%d pages for 3 interfaces, want one", n)
		}
	})
}

func TestListsThatCannotBe(t *testing.T) {
	for query, detail := range map[string]string{
		"?vpc_id=":       "vpc_id=: want a value, or remove the parameter",
		"?tag=":          "tag=: want a tag such as key=value, or a key alone for any value",
		"?limit=0":       "limit=0: want a number from 1 to 1000",
		"?limit=1001":    "limit=1001: want a number from 1 to 1000",
		"?limit=all":     "limit=all: want a number from 1 to 1000",
		"?wait=accepted": "unknown parameter wait",
	} {
		t.Run(query, func(t *testing.T) {
			f := newFake(t)
			if got := f.ask(listPath("aliyun", query), ""); got.status != http.StatusBadRequest || got.Detail != detail {
				t.Errorf("status %d, detail %q", got.status, got.Detail)
			}
			checkNoCalls(t, f)
		})
	}
}

// A list that fails half way must not look complete.
func TestListFails(t *testing.T) {
	onBoth(t, func(f *fake, provider string, cloud *enitest.Cloud) {
		cloud.Control = always(enitest.List, enitest.Fault{Reason: enitest.Denied})
		got := f.ask(listPath(provider, ""), "")
		got.check(f.T, http.StatusBadGateway, "")
		if got.Cause == nil || got.Cause.Kind != eni.ErrPermission.Error() {
			f.Errorf("the cause is %+v", got.Cause)
		}
	})
}
