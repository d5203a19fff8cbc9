// SPDX-License-Identifier: Apache-2.0

package endpoint_test

import (
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/internal/endpoint"
)

func TestRegion(t *testing.T) {
	for id, want := range map[string]string{
		"cn-hangzhou": "cn-hangzhou", "CN-Hangzhou-Finance": "cn-hangzhou-finance", "ap-shenzhen-fsi": "ap-shenzhen-fsi", "gz": "gz",
		"a": "a", "z": "z", "A0": "a0", "Z9": "z9", strings.Repeat("a", 63): strings.Repeat("a", 63),
	} {
		if got, err := endpoint.Region(id); err != nil || got != want {
			t.Errorf("Region(%q) = %q, %v, want %q", id, got, err, want)
		}
	}
	for _, id := range []string{"", "cn-hangzhou/", "evil.example", "x@evil", "cn-hangzhou\n", " cn", "cn-", "-cn", "-", "1cn", "9", "广州", "a`", "a{", "a@", "a[", "a:", strings.Repeat("a", 64)} {
		if got, err := endpoint.Region(id); err == nil || !strings.HasPrefix(err.Error(), "region ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("Region(%q) = %q, %v, want an error about the region", id, got, err)
		}
	}
	if _, err := endpoint.Region(""); err.Error() != "region is required" {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]endpoint.Endpoint{
		"":                                {},
		"vpc.ap-guangzhou.example":        {Scheme: "https", Host: "vpc.ap-guangzhou.example"},
		"VPC.Example":                     {Scheme: "https", Host: "vpc.example"},
		"host_1:8443":                     {Scheme: "https", Host: "host_1:8443"},
		strings.Repeat("h", 63) + ".a":    {Scheme: "https", Host: strings.Repeat("h", 63) + ".a"},
		"localhost:65535":                 {Scheme: "https", Host: "localhost:65535"},
		"[::1]:8080":                      {Scheme: "https", Host: "[::1]:8080"},
		"http://127.0.0.1:1":              {Scheme: "http", Host: "127.0.0.1:1"},
		"HTTPS://vpc.example:8443/":       {Scheme: "https", Host: "vpc.example:8443"},
		"VPC.example/v2/Index.php":        {Scheme: "https", Host: "vpc.example", Path: "/v2/Index.php"},
		"http://vpc.example:80/v2/api/":   {Scheme: "http", Host: "vpc.example:80", Path: "/v2/api/"},
		"https://vpc.example/a-b_c.d~e/f": {Scheme: "https", Host: "vpc.example", Path: "/a-b_c.d~e/f"},
	} {
		if got, err := endpoint.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	if e, err := endpoint.ParseHost("vpc.example/"); err != nil || e.Host != "vpc.example" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"host:http/a:b":                      "endpoint has an invalid port, want 1 to 65535",
		"host/%zz":                           "endpoint is invalid, want a host, a host:port or a URL",
		"https:///\x7f@b":                    "endpoint is invalid, want a host, a host:port or a URL",
		"https://hunter22:%zz@host":          "endpoint has a user or a password, want none",
		"ftp://host":                         "endpoint has an invalid scheme, want http or https",
		"https://":                           "endpoint has an invalid host, want a name or an IP address",
		":8080":                              "endpoint has an invalid host, want a name or an IP address",
		"a..b":                               "endpoint has an invalid host, want a name or an IP address",
		"ho st":                              "endpoint is invalid, want a host, a host:port or a URL",
		" ":                                  "endpoint is invalid, want a host, a host:port or a URL",
		"host\r\nX: hunter22":                "endpoint is invalid, want a host, a host:port or a URL",
		"host\n":                             "endpoint is invalid, want a host, a host:port or a URL",
		"https://u:hunter22@host":            "endpoint has a user or a password, want none",
		"u:hunter22@host":                    "endpoint has a user or a password, want none",
		"host?x=hunter22":                    "endpoint has a query or a fragment, want none",
		"host?":                              "endpoint has a query or a fragment, want none",
		"host#hunter22":                      "endpoint has a query or a fragment, want none",
		"host#":                              "endpoint has a query or a fragment, want none",
		"host/v2/index.php?Action=X":         "endpoint has a query or a fragment, want none",
		"host:0":                             "endpoint has an invalid port, want 1 to 65535",
		"host:":                              "endpoint has an invalid port, want 1 to 65535",
		"host:65536":                         "endpoint has an invalid port, want 1 to 65535",
		"host:http":                          "endpoint has an invalid port, want 1 to 65535",
		"https://host:-1/":                   "endpoint has an invalid port, want 1 to 65535",
		"host/v2/%69ndex.php":                "endpoint has an invalid path, want letters, digits and -._~",
		"host/v2 /":                          "endpoint has an invalid path, want letters, digits and -._~",
		"https://" + strings.Repeat("a", 64): "endpoint has an invalid host, want a name or an IP address",
		"[fe80::1%25eth0]":                   "endpoint has an invalid host, want a name or an IP address",
		"主机":                                 "endpoint has an invalid host, want a name or an IP address",
	} {
		if e, err := endpoint.Parse(text); err == nil || err.Error() != want {
			t.Errorf("Parse(%q) = %+v, %v, want %s", text, e, err, want)
		}
	}
	if _, err := endpoint.ParseHost("host/v2"); err == nil || err.Error() != "endpoint has a path, want none" {
		t.Error(err)
	}
}
