// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// The core filters by what the cloud cannot filter by, and by tags, because a query by
// tag returns at most a thousand interfaces.
func TestListRequests(t *testing.T) {
	for name, test := range map[string]struct {
		filter eni.Filter
		page   string
		want   map[string]string
	}{
		"everything": {eni.Filter{}, "", map[string]string{}},
		"all there is": {
			eni.Filter{VPCID: "vpc-1", SubnetID: "vsw-1", InstanceID: "i-1", Type: eni.TypeSecondary, State: eni.StateInUse, Tags: map[string]string{"a": "b"}}, "next",
			map[string]string{"VpcId": "vpc-1", "VSwitchId": "vsw-1", "InstanceId": "i-1", "Type": "Secondary", "Status": "InUse", "NextToken": "next"},
		},
		"a primary that is attaching":  {eni.Filter{Type: eni.TypePrimary, State: eni.StateAttaching}, "", map[string]string{"Type": "Primary", "Status": "Attaching"}},
		"what is detaching":            {eni.Filter{State: eni.StateDetaching}, "", map[string]string{"Status": "Detaching"}},
		"what is being deleted":        {eni.Filter{State: eni.StateDeleting}, "", map[string]string{"Status": "Deleting"}},
		"what is free":                 {eni.Filter{State: eni.StateAvailable}, "", map[string]string{"Status": "Available"}},
		"a trunk in a state of others": {eni.Filter{Type: eni.TypeTrunk, State: "creating"}, "", map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			var sent url.Values
			d := newTestDriver(t, func(r *http.Request) (*http.Response, error) {
				sent = r.URL.Query()
				return respond(r, http.StatusOK, `{"RequestId":"R","TotalCount":0,"NetworkInterfaceSets":null}`), nil
			})
			got, err := d.List(t.Context(), test.filter, test.page)
			if err != nil || len(got.Interfaces) != 0 || got.Next != "" || got.Total != 0 || got.Back != "" {
				t.Errorf("%+v, %v", got, err)
			}
			test.want["Action"], test.want["MaxResults"] = "DescribeNetworkInterfaces", "500"
			checkParameters(t, sent, test.want)
		})
	}
}

// listed is an interface with all details of a list.
const listed = `{"NetworkInterfaceId":"eni-1","Type":"Secondary","Status":"Available","VpcId":"vpc-1","VSwitchId":"vsw-1","ZoneId":"cn-hangzhou-h",
	"NetworkInterfaceName":"name","Description":"words","MacAddress":"00:16:3e:12:34:56","SecurityGroupIds":{"SecurityGroupId":["sg-1","sg-2"]},
	"Tags":{"Tag":[{"TagKey":"a","TagValue":"b"},{"Key":"c","Value":"d"},{"TagKey":"e"}]},"ServiceManaged":true,"ServiceID":"ack","CreationTime":"2026-01-02T03:04:05Z",
	"PrivateIpAddress":"10.0.0.1"}`

func TestListed(t *testing.T) {
	body := `{"RequestId":"R","TotalCount":2,"NextToken":"n","NetworkInterfaceSets":{"NetworkInterfaceSet":[` + listed + `,{"NetworkInterfaceId":"eni-2","Status":"Creating","ServiceManaged":false}]}}`
	got, err := newTestDriver(t, replying(http.StatusOK, body)).List(t.Context(), eni.Filter{}, "")
	want := core.Page{
		Next: "n", Total: 2,
		Interfaces: []eni.Interface{{
			ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1", SubnetID: "vsw-1", Zone: "cn-hangzhou-h",
			Name: "name", Description: "words", MAC: "00:16:3e:12:34:56", SecurityGroupIDs: []string{"sg-1", "sg-2"},
			Tags: map[string]string{"a": "b", "c": "d", "e": ""}, Manager: "ack", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			Addresses: []eni.Address{primary("10.0.0.1")},
		}, {ID: "eni-2", State: "creating"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
	unnamed := strings.NewReplacer(`"ServiceID":"ack",`, "", `"CreationTime":"2026-01-02T03:04:05Z"`, `"CreationTime":"yesterday"`, `"NextToken":"n",`, "").Replace(body)
	got, err = newTestDriver(t, replying(http.StatusOK, unnamed)).List(t.Context(), eni.Filter{}, "")
	if err != nil || got.Interfaces[0].Manager != "a service of the cloud" || !got.Interfaces[0].Created.IsZero() || got.Next != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// The fields that protect an interface must be readable, and a list must have its
// total.
func TestListsThatCannotBeRead(t *testing.T) {
	list := func(interfaces string) string {
		return `{"RequestId":"R","NetworkInterfaceSets":{"NetworkInterfaceSet":[` + interfaces + `]}}`
	}
	for name, body := range map[string]string{
		"a refusal":              `{"RequestId":"R","Code":"ServiceUnavailable"}`,
		"no set":                 `{"RequestId":"R"}`,
		"a count and no set":     `{"RequestId":"R","TotalCount":1,"NetworkInterfaceSets":null}`,
		"an interface of nobody": list(`{}`),
		"tags that are a text":   list(strings.Replace(listed, `{"Tag":[{"TagKey":"a","TagValue":"b"},{"Key":"c","Value":"d"},{"TagKey":"e"}]}`, `"odd"`, 1)),
		"an odd manager":         list(strings.Replace(listed, `"ServiceManaged":true`, `"ServiceManaged":"perhaps"`, 1)),
		"groups that are lists":  list(strings.Replace(listed, `["sg-1","sg-2"]`, `[["sg-1"]]`, 1)),
	} {
		d := newTestDriver(t, replying(http.StatusOK, body))
		got, err := d.List(t.Context(), eni.Filter{}, "")
		if err == nil || len(got.Interfaces) != 0 || d.Explain(eni.OpList, err).Kind != eni.ErrUnavailable {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if refused := name == "a refusal"; refused != (err != nil && d.Explain(eni.OpList, err).Code == "ServiceUnavailable") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
