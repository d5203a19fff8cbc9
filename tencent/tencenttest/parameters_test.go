// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A value of a wrong type is refused in the vendor's words, wherever it is. In a form
// every value is a text.
func TestTypeErrors(t *testing.T) {
	s := newServer()
	for body, want := range map[string]string{
		`{"NetworkInterfaceIds": [1]}`:                     "InvalidParameter: `NetworkInterfaceIds.0` should be `string`",
		`{"NetworkInterfaceIds": "eni-1"}`:                 "InvalidParameter: `NetworkInterfaceIds` should be `list`",
		`{"Limit": "20"}`:                                  "InvalidParameter: `Limit` should be `integer`",
		`{"Limit": 2.5}`:                                   "InvalidParameter: `Limit` should be `integer`",
		`{"Filters": [{"Name": "vpc-id", "Values": "x"}]}`: "InvalidParameter.FilterValuesNotList: `Filters.0.Values` should be `list`",
		`{"Filters": ["vpc-id"]}`:                          "InvalidParameter.FilterNotDict: `Filters.0` should be `object`",
	} {
		var parameters map[string]any
		if err := json.Unmarshal([]byte(body), &parameters); err != nil {
			t.Fatal(err)
		}
		got := call(t, s, "DescribeNetworkInterfaces", parameters)
		code, rest, _ := strings.Cut(want, ": ")
		name, want, _ := strings.Cut(rest, " should be ")
		if got.Error.Code != code || !strings.Contains(got.Error.Message, name) || !strings.Contains(got.Error.Message, "should be "+want) {
			t.Errorf("%s: got %+v", body, got.Error)
		}
	}
	got := call(t, s, "UnassignPrivateIpAddresses", map[string]any{
		"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": []any{map[string]any{"PrivateIpAddress": "10.0.0.5", "Primary": "false"}},
	})
	if got.Error.Code != "InvalidParameter" || !strings.Contains(got.Error.Message, "`PrivateIpAddresses.0.Primary` is of a wrong type. It should be `boolean`") {
		t.Errorf("%+v", got.Error)
	}
}

// Forms that say two things at once are refused, and lists that do not count from 0.
func TestOddForms(t *testing.T) {
	for _, test := range []struct {
		parameters map[string]string
		want       string
	}{
		{map[string]string{"NetworkInterfaceIds.0": "eni-1", "NetworkInterfaceIds": "eni-1"}, "both a value and a structure"},
		{map[string]string{"NetworkInterfaceIds.0": "eni-1", "NetworkInterfaceIds.0.Id": "eni-1"}, "both a value and a structure"},
		{map[string]string{"NetworkInterfaceIds.1": "eni-1"}, "`NetworkInterfaceIds` is of a wrong type. It should be `list`"},
		{map[string]string{"NetworkInterfaceIds.00": "eni-1"}, "`NetworkInterfaceIds` is of a wrong type. It should be `list`"},
		{map[string]string{"Limit": "ten"}, "`Limit` is of a wrong type. It should be `integer`"},
		{map[string]string{"Limits": "10"}, "`Limits` is not recognized"},
	} {
		for _, d := range schemes[1:] {
			s := newServer()
			q := new(parametersRequest)
			q.parameters = test.parameters
			got := serve(t, s, visitBy(s, d).request(t, "DescribeNetworkInterfaces", q, &q.BaseRequest))
			if !strings.Contains(got.Error.Message, test.want) {
				t.Errorf("%v by %v: got %+v", test.parameters, d, got)
			}
		}
	}
	for name, value := range map[string]string{"NetworkInterfaceIds.0": "eni-2", "Action": "DeleteNetworkInterface", "Region": "ap-beijing"} {
		s := newServer()
		twice := with(visitBy(s, schemes[3]).describe(t, "eni-1"), func(r *http.Request) { r.URL.RawQuery += "&" + name + "=" + value })
		if got := serve(t, s, twice); !strings.Contains(got.Error.Message, "`"+name+"` is given twice") {
			t.Errorf("%+v", got)
		}
	}
}
