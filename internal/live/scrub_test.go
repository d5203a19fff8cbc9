// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func testScrubber() *scrubber {
	return newScrubber(&settings{
		run: "run00001", keyID: "AKIDverySecretKeyId", secret: "verySecret/Secret+Key=", token: "aTokenOfASession==",
		subnet: "vsw-bp1a", securityGroup: "sg-bp1a", instance: "i-bp1a",
	})
}

func TestScrubDocument(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`{"NetworkInterfaceId":"eni-bp1x","InstanceId":"i-bp1a"}`, `{"InstanceId":"i-placeholder1","NetworkInterfaceId":"eni-placeholder1"}`},
		{`{"PrivateIpAddress":"10.3.2.9","Also":"10.3.2.10"}`, `{"Also":"198.18.1.10","PrivateIpAddress":"198.18.1.9"}`},
		{`{"Ipv6Address":"2408:4::9","Ipv6Prefix":"2408:4:0:0:7::/80"}`, `{"Ipv6Address":"2001:db8:0:1::1","Ipv6Prefix":"2001:db8:0:1:1::/80"}`},
		{`{"Ipv4Prefix":"10.3.2.16/28"}`, `{"Ipv4Prefix":"198.18.1.16/28"}`},
		{`{"MacAddress":"00:16:3e:00:00:01"}`, `{"MacAddress":"02:5e:00:53:00:01"}`},
		{`{"OwnerId":1234567890123456,"TotalCount":12}`, `{"OwnerId":0,"TotalCount":12}`},
		{`{"OwnerId":"1234567890123456"}`, `{"OwnerId":"id-placeholder1"}`},
		{`{"Status":"InUse","Code":"Operation.Conflict","Primary":true,"Attachment":null}`, `{"Attachment":null,"Code":"Operation.Conflict","Primary":true,"Status":"InUse"}`},
		{`{"NetworkInterfaceName":"cloudeni-live-run00001-7"}`, `{"NetworkInterfaceName":"cloudeni-live-run00001-7"}`},
		{`{"NetworkInterfaceName":"payroll","Description":"of Li"}`, `{"Description":"scrubbed","NetworkInterfaceName":"scrubbed"}`},
		{`{"Tags":{"Tag":[{"TagKey":"cloudeni-live","TagValue":"run00001"},{"TagKey":"team","TagValue":"pay"}]}}`,
			`{"Tags":{"Tag":[{"TagKey":"cloudeni-live","TagValue":"run00001"},{"TagKey":"scrubbed","TagValue":"scrubbed"}]}}`},
		{`{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}`, `{"RequestId":"00000000-0000-4000-8000-000000000001"}`},
		{`{"CreationTime":"2025-03-04T05:06:07Z"}`, `{"CreationTime":"2000-01-01T00:00:00Z"}`},
		{`{"NextToken":"Zm9v"}`, `{"NextToken":"token-placeholder1"}`},
		{`{"Message":"eni-bp1x of i-bp1a has 10.3.2.9, user acs:ram::1234567890123456:user/li"}`,
			`{"Message":"eni-placeholder1 of i-placeholder1 has 198.18.1.9, user scrubbed"}`},
		{`{"Message":"SignatureDoesNotMatch: server string to sign is: POST&abc"}`, `{"Message":"scrubbed"}`},
		{`{"Message":"the key AKIDverySecretKeyId is unknown"}`, `{"Message":"the key [redacted] is unknown"}`},
		{`{"Message":"Ipv6Address is refused after 20s or 1m0.5s, user li12345"}`, `{"Message":"Ipv6Address is refused after 20s or 1m0.5s, user scrubbed"}`},
		{`<html>10.3.2.9</html>`, `<html>198.18.1.9</html>`},
		{``, ``},
	} {
		c := testScrubber()
		got := strings.TrimSpace(string(c.document([]byte(test.in))))
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.in, got, test.want)
		}
		if what := c.leaks(got); what != "" {
			t.Errorf("%s: still shows %s", got, what)
		}
	}
}

// What was seen before has the same placeholder, wherever it stands.
func TestScrubIsCoherent(t *testing.T) {
	c := testScrubber()
	first := string(c.document([]byte(`{"Ids":["eni-b","eni-a"],"Ip":"10.0.0.7"}`)))
	if again := string(c.document([]byte(`{"Ids":["eni-b","eni-a"],"Ip":"10.0.0.7"}`))); again != first {
		t.Errorf("got %s and %s", first, again)
	}
	if got := c.scalar("NetworkInterfaceId.1", "eni-a"); got != "eni-placeholder2" {
		t.Errorf("got %s", got)
	}
	if got := c.text("eni-b has 10.0.0.7 (status 403)"); got != "eni-placeholder1 has 198.18.1.7 (status 403)" {
		t.Errorf("got %s", got)
	}
}

// The last check finds what the rules have missed.
func TestLeaks(t *testing.T) {
	c := testScrubber()
	c.id("cluster-0123456789")
	for _, text := range []string{
		"verySecret/Secret+Key=", "verySecret%2FSecret%2BKey%3D", "AKIDVERYSECRETKEYID", "aTokenOfASession==",
		"x cluster-0123456789 x", "at 10.0.0.1.", "eni-bp67acfm", "473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E", "uin/100012345678",
	} {
		if c.leaks(text) == "" {
			t.Errorf("%s is not found", text)
		}
	}
	if what := c.leaks("eni-placeholder1 has 198.18.1.7, 00000000-0000-4000-8000-000000000001, " + unknownInterface); what != "" {
		t.Errorf("placeholders are taken for %s", what)
	}
}
