// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestFormsOfInput(t *testing.T) {
	want := []target{{"eni-1", netip.MustParsePrefix("10.0.0.5/32")}, {"eni-2", netip.MustParsePrefix("10.1.0.0/28")}}
	for name, text := range map[string]string{
		"JSON lines":                 "{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\",\"node\":\"n1\"}\n\n{\"eni\":\"eni-2\",\"address\":\"10.1.0.0/28\"}",
		"JSON lines from Windows":    "\ufeff{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\"}\r\n{\"eni\":\"eni-2\",\"address\":\"10.1.0.0/28\"}\r\n",
		"JSON of other tools":        "{\"eni_id\":\"eni-1\",\"ip\":\"10.0.0.5\"}\n{\"InterfaceID\":7,\"interface_id\":\"eni-2\",\"Prefix\":\"10.1.0.0/28\"}",
		"a JSON array":               `[{"eni":"eni-1","address":"10.0.0.5"},{"eni":"eni-2","address":"10.1.0.0/28"}]`,
		"a JSON array, indented":     "\ufeff\r\n[\r\n  {\r\n    \"eni\": \"eni-1\",\r\n    \"address\": \"10.0.0.5\"\r\n  },\r\n  {\"eni\": \"eni-2\", \"address\": \"10.1.0.0/28\"}\r\n]\r\n",
		"CSV":                        "eni-1,10.0.0.5\neni-2,10.1.0.0/28\n",
		"CSV with a header":          "eni,address\neni-1,10.0.0.5\neni-2,10.1.0.0/28\n",
		"CSV with another header":    "eni_id,ip\neni-1,10.0.0.5\neni-2,10.1.0.0/28\n",
		"CSV with other columns":     "node,Address,vpc,ENI\nn1,10.0.0.5,v,eni-1\nn2,10.1.0.0/28,v,eni-2\n",
		"CSV of a vendor's API":      "PrivateIpAddress,NetworkInterfaceId\n10.0.0.5,eni-1\n10.1.0.0/28,eni-2\n",
		"CSV from a spreadsheet":     "\ufeffeni,address\r\n\"eni-1\",\"10.0.0.5\"\r\neni-2,10.1.0.0/28\r\n",
		"CSV, a cell of two lines":   "note,eni,address\n\"two\nlines\",eni-1,10.0.0.5\n,eni-2,10.1.0.0/28\n",
		"CSV with comments, loose":   "# taken on Monday\neni-1, 10.0.0.5\n\neni-2,  10.1.0.0/28\n",
		"twice the same":             "eni-1,10.0.0.5\neni-2,10.1.0.0/28\neni-1,10.0.0.5/32\n",
		"an IPv4 address as IPv6":    "eni-1,::ffff:10.0.0.5\neni-2,10.1.0.0/28\n",
		"a header without a newline": "eni,address\r\neni-1,10.0.0.5\r\neni-2,10.1.0.0/28",
	} {
		got, bad := parseTargets([]byte(text), &addressList)
		if len(bad) > 0 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v", name, got, bad)
			continue
		}
		got[0], got[1] = got[1], got[0]
		if digest(got) != digest(want) {
			t.Errorf("%s: the digest is not that of the set", name)
		}
	}
	if digest(want) == digest(want[:1]) {
		t.Error("the digest is that of another set")
	}
}

// All that is wrong with a list is said at once, by line, and nothing is sent.
func TestBadLines(t *testing.T) {
	const object = `want an object such as {"eni":"eni-1","address":"10.0.0.5"}`
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"CSV", "eni-1,10.0.0.300\neni-1,10.0.0.5\neni 1,10.0.0.6\r\n\n# comment\neni-1\neni-1,10.0.0.1/24\n\"eni\"-1,10.0.0.7\neni-1,\n", []string{
			`1: "10.0.0.300" is not an address`,
			`3: eni "eni 1" has an invalid character: want printable ASCII without spaces`,
			`6: want an interface and an address, such as eni-1,10.0.0.5`,
			`7: "10.0.0.1/24" has host bits set: want 10.0.0.0/24, or the address without a length`,
			`8: extraneous or missing " in quoted-field`,
			`9: "" is not an address`,
		}},
		{"a quote without its end", "eni-1,10.0.0.5\n\"eni-1,10.0.0.6\neni-1,ten\n\"a\nb\",10.0.0.7\n\"eni-1,\n", []string{
			`2: extraneous or missing " in quoted-field`,
			`3: "ten" is not an address`,
			`4: eni "a\nb" has an invalid character: want printable ASCII without spaces`,
			`6: extraneous or missing " in quoted-field`,
		}},
		{"CSV with a header", "\ufeffeni_id,node,ip\r\neni-1,n1,ten\r\neni-1,n1\r\neni-1,n1,10.0.0.5\r\n,n1,10.0.0.6\r\n", []string{
			`2: "ten" is not an address`,
			`3: want an interface and an address, such as eni-1,10.0.0.5`,
			`5: no eni: want an id`,
		}},
		{"an unknown header", "nic,addr\neni-1,10.0.0.5\n", []string{
			"1: the header has no column for the interface: want eni or eni_id, and address or ip",
		}},
		{"half of a header", "eni_id,addr\neni-1,10.0.0.5\n", []string{
			"1: the header has no column for the address: want eni or eni_id, and address or ip",
		}},
		{"another separator", "eni-1;10.0.0.5\n", []string{"1: want an interface and an address, such as eni-1,10.0.0.5"}},
		{"UTF-16", "\xff\xfee\x00n\x00i\x00", []string{"1: the file is UTF-16: want UTF-8, which a spreadsheet calls CSV UTF-8"}},
		{"JSON lines", "{\"eni\":\"eni-1\",\"address\":\"ten\"}\r\n{\"eni\":\"eni-1\"}\r\neni-1,10.0.0.6\r\n{\"eni\":1,\"address\":\"10.0.0.5\"}\r\n{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\"}\r\n{\"ip\":\"10.0.0.5\"}\r\n", []string{
			`1: "ten" is not an address`,
			"2: no address: " + object,
			"3: invalid character 'e' looking for beginning of value",
			"4: eni is 1: want a string",
			"6: no eni: " + object,
		}},
		{"a JSON array", "[\n  {\"eni\": \"eni-1\",\n   \"address\": \"ten\"},\n  7,\n  {\"eni\": \"eni-1\", \"address\": \"10.0.0.5\"},\n  {\"address\": \"10.0.0.6\"}\n]\n", []string{
			`2: "ten" is not an address`,
			"4: 7 is not an object",
			"6: no eni: " + object,
		}},
		{"a JSON array with a mistake", "[\n{\"eni\":\"eni-1\",\"address\":\"ten\"},\n{\"eni\":\"eni-1\",,\n", []string{
			`2: "ten" is not an address`,
			"3: invalid character ',' looking for beginning of object key string",
		}},
		{"half of a JSON array", "[\n{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\"}\n", []string{"3: the array does not end"}},
		{"two JSON arrays", "[{\"eni\":\"eni-1\",\"address\":\"10.0.0.5\"}]\n[]\n", []string{"2: want nothing after the array"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, "aliyun")
			name := file(t, test.text)
			p := runWith(t.Context(), s.flags("release", "-f", name))
			var want strings.Builder
			for _, line := range test.want {
				fmt.Fprintf(&want, "enictl: %s:%s\n", name, line)
			}
			sum := fmt.Sprintf("%d lines are wrong", len(test.want))
			if len(test.want) == 1 {
				sum = "1 line is wrong"
			}
			fmt.Fprintf(&want, "enictl: %s: %s, nothing was sent\nenictl: see enictl release -h\n", name, sum)
			p.check(t, exitMisuse, "", want.String())
			if n := s.requests.Load(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}
