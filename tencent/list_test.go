// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// The cloud has no filter for the state, and accepts at most ten filters.
func TestListRequests(t *testing.T) {
	many := make(map[string]string)
	for n := range 12 {
		many["k"+strconv.Itoa(10+n)] = "v"
	}
	for name, test := range map[string]struct {
		filter eni.Filter
		page   string
		want   string
	}{
		"everything": {eni.Filter{}, "", `{"Offset":0,"Limit":100}`},
		"all there is": {
			eni.Filter{VPCID: "vpc-1", SubnetID: "subnet-1", InstanceID: "ins-1", Type: eni.TypeSecondary, State: eni.StateInUse, Tags: map[string]string{"a": "b", "any": ""}}, "99",
			`{"Filters":[{"Name":"vpc-id","Values":["vpc-1"]},{"Name":"subnet-id","Values":["subnet-1"]},{"Name":"attachment.instance-id","Values":["ins-1"]},` +
				`{"Name":"is-primary","Values":["false"]},{"Name":"tag:a","Values":["b"]},{"Name":"tag-key","Values":["any"]}],"Offset":99,"Limit":100}`,
		},
		"primaries": {eni.Filter{Type: eni.TypePrimary}, "", `{"Filters":[{"Name":"is-primary","Values":["true"]}],"Offset":0,"Limit":100}`},
		"members":   {eni.Filter{Type: eni.TypeMember}, "", `{"Offset":0,"Limit":100}`},
		"many tags": {eni.Filter{VPCID: "v", Tags: many}, "", ""},
	} {
		var sent string
		d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			sent = string(body)
			return respond(http.StatusOK, `{"Response":{"RequestId":"R","TotalCount":0,"NetworkInterfaceSet":[]}}`), nil
		})
		got, err := d.List(t.Context(), test.filter, test.page)
		if err != nil || len(got.Interfaces) != 0 || got.Next != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		var filters struct{ Filters []filter }
		if test.want != "" && sent != test.want || json.Unmarshal([]byte(sent), &filters) != nil || test.want == "" && len(filters.Filters) != maxFilters {
			t.Errorf("%s: sent %s, want %s", name, sent, test.want)
		}
	}
	d := newTestDriver(t, answers(200, accepted))
	if got, err := d.List(t.Context(), eni.Filter{}, "odd"); err == nil {
		t.Errorf("%+v of a page that there is not", got)
	}
}

// listedAs is an interface of a list, with further fields.
func listedAs(id, fields string) string {
	return `{"NetworkInterfaceId":"` + id + `","State":"AVAILABLE","PrivateIpAddressSet":[{"PrivateIpAddress":"10.0.0.5","Primary":true}]` + fields + `}`
}

func TestListed(t *testing.T) {
	const details = `,"VpcId":"vpc-1","SubnetId":"subnet-1","Zone":"ap-guangzhou-3","NetworkInterfaceName":"name","NetworkInterfaceDescription":"words",` +
		`"MacAddress":"20:90:6F:00:00:01","GroupSet":["sg-1","sg-2"],"TagSet":[{"Key":"a","Value":"b"},{"Key":"c","Value":""}],"Business":"eks","CreatedTime":"2026-01-02 03:04:05"`
	body := described(listedAs("eni-1", details)+","+listedAs("eni-2", `,"Business":"CVM"`)+`,{"NetworkInterfaceId":"eni-3","State":"PENDING"}`, 3)
	got, err := newTestDriver(t, answers(200, body)).List(t.Context(), eni.Filter{}, "")
	five := []eni.Address{{Addr: testChange.Addresses[0], Primary: true}}
	want := core.Page{Total: 3, Interfaces: []eni.Interface{
		{
			ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "subnet-1", Zone: "ap-guangzhou-3", Name: "name", Description: "words",
			MAC: "20:90:6F:00:00:01", SecurityGroupIDs: []string{"sg-1", "sg-2"}, Tags: map[string]string{"a": "b", "c": ""}, Manager: "eks", Addresses: five,
		},
		{ID: "eni-2", Type: eni.TypeSecondary, State: eni.StateAvailable, Addresses: five},
		{ID: "eni-3", Type: eni.TypeSecondary, State: "pending"},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

// A page begins with the last interface of the previous page.
func TestPagesOfAList(t *testing.T) {
	two := listedAs("eni-1", "") + "," + listedAs("eni-2", "")
	for name, test := range map[string]struct {
		page, set  string
		total      int
		next, back string
	}{
		"the first of two":      {"", two, 3, "1", ""},
		"the first is the last": {"", two, 2, "", ""},
		"the second of three":   {"99", two, 200, "100", "49"},
		"the last":              {"99", two, 101, "", "49"},
		"an early one":          {"49", two, 200, "50", "0"},
		"the first again":       {"0", two, 200, "1", ""},
		"behind the end":        {"99", "", 60, "", "49"},
	} {
		got, err := newTestDriver(t, answers(200, described(test.set, test.total))).List(t.Context(), eni.Filter{}, test.page)
		if err != nil || got.Next != test.next || got.Total != test.total || got.Back != test.back {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// The fields that protect an interface must be readable, and a list must have its
// total.
func TestListsThatCannotBeRead(t *testing.T) {
	for name, body := range map[string]string{
		"a refusal":              `{"Response":{"RequestId":"R","Error":{"Code":"InternalError"}}}`,
		"a page":                 `<html>`,
		"none of nine":           described("", 9),
		"one of nine":            described(listedAs("eni-1", ""), 9),
		"no count":               `{"Response":{"RequestId":"R","NetworkInterfaceSet":[]}}`,
		"an interface of nobody": described(`{}`, 1),
		"tags that are a text":   described(listedAs("eni-1", `,"TagSet":"odd"`), 1),
		"an odd manager":         described(listedAs("eni-1", `,"Business":["eks"]`), 1),
		"groups that are lists":  described(listedAs("eni-1", `,"GroupSet":[["sg-1"]]`), 1),
	} {
		d := newTestDriver(t, answers(200, body))
		got, err := d.List(t.Context(), eni.Filter{}, "")
		if err == nil || len(got.Interfaces) != 0 || d.Explain(eni.OpList, err).Kind != eni.ErrUnavailable {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if refused := name == "a refusal"; refused != (err != nil && d.Explain(eni.OpList, err).Code == "InternalError") {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := newTestDriver(t, func(*http.Request) (*http.Response, error) { return nil, io.EOF })
	if _, err := broken.List(t.Context(), eni.Filter{}, ""); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Error(err)
	}
}
