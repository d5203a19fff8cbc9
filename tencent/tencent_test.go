package tencent

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
)

func TestParseEndpoint(t *testing.T) {
	good := map[string][3]string{
		"":                                {"", "", ""},
		"vpc.ap-guangzhou.example":        {"https", "vpc.ap-guangzhou.example", ""},
		"VPC.Example":                     {"https", "vpc.example", ""},
		"127.0.0.1:8080":                  {"https", "127.0.0.1:8080", ""},
		"localhost:8080":                  {"https", "localhost:8080", ""},
		"[::1]:8080":                      {"https", "[::1]:8080", ""},
		"http://127.0.0.1:8080":           {"http", "127.0.0.1:8080", ""},
		"HTTPS://vpc.example:8443/":       {"https", "vpc.example:8443", ""},
		"VPC.example/v2/Index.php":        {"https", "vpc.example", "/v2/Index.php"},
		"http://vpc.example:80/v2/api/":   {"http", "vpc.example:80", "/v2/api/"},
		"https://vpc.example/a-b_c.d~e/f": {"https", "vpc.example", "/a-b_c.d~e/f"},
	}
	for endpoint, want := range good {
		scheme, host, path, err := parseEndpoint(endpoint)
		if err != nil || [3]string{scheme, host, path} != want {
			t.Errorf("parseEndpoint(%q) = %q, %q, %q, %v, want %q", endpoint, scheme, host, path, err, want)
		}
	}
	bad := []string{
		"ftp://vpc.example", "https://", "https://u:hunter22@vpc.example", "u:hunter22@vpc.example",
		"vpc.example/v2/index.php?Action=X", "vpc.example/v2/%69ndex.php", "vpc.example/v2 /", "vpc.example?x=hunter22", "vpc.example?", "vpc.example#hunter22", "vpc.example:0", "vpc.example:",
		"vpc.example:65536", "vpc.example:http", "vpc example", "vpc.example\r\nX: hunter22", ":8080", " ",
	}
	for _, endpoint := range bad {
		_, _, _, err := parseEndpoint(endpoint)
		if err == nil {
			t.Errorf("parseEndpoint(%q) succeeds", endpoint)
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, "tencent: ") || strings.Contains(text, "hunter22") || strings.Contains(text, "\n") {
			t.Errorf("parseEndpoint(%q): %q", endpoint, text)
		}
	}
}

func TestNewRefusesRegions(t *testing.T) {
	for _, region := range []string{"", "Guangzhou", "ap guangzhou", "ap-guangzhou\r\nX-Y: z", "-", "广州", strings.Repeat("a", 64)} {
		if c, err := New(Config{Region: region}, nil); err == nil || c != nil {
			t.Errorf("New with the region %q: %v, %v", region, c, err)
		} else if !strings.HasPrefix(err.Error(), "tencent: ") {
			t.Errorf("New with the region %q: %v", region, err)
		}
	}
	if _, err := New(Config{Region: "ap-shenzhen-fsi"}, nil); err != nil {
		t.Error(err)
	}
}

// API 3.0 is at the root, and what is signed says so.
func TestNewRefusesPaths(t *testing.T) {
	if c, err := New(Config{Region: "ap-guangzhou", Endpoint: "vpc.example/v2/index.php"}, nil); err == nil || c != nil {
		t.Errorf("%v, %v", c, err)
	}
}

// The SDK takes common.DefaultHttpClient for its own where it is set, and changes
// it. Neither may happen, whenever it was set.
func TestSDKDefaultHTTPClientStaysOut(t *testing.T) {
	saved := common.DefaultHttpClient
	defer func() { common.DefaultHttpClient = saved }()
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("a request went through common.DefaultHttpClient")
		return reply(http.StatusOK, accepted), nil
	})
	shared := &http.Client{Transport: transport, Timeout: 7}
	common.DefaultHttpClient = shared

	d := newTestDriver(t, func(*http.Request) (*http.Response, error) { return reply(http.StatusOK, accepted), nil })
	if _, err := d.Send(t.Context(), testChange); err != nil {
		t.Fatal(err)
	}
	early := newSDK()
	if early.WithHttpTransport(nil); shared.Transport == nil {
		t.Error("the SDK's client and common.DefaultHttpClient are one")
	}
	if common.DefaultHttpClient != shared || shared.Timeout != 7 {
		t.Errorf("common.DefaultHttpClient is now %+v", common.DefaultHttpClient)
	}
}

// The user's client is used with all it has, and stays as it was.
func TestHTTPClientIsUsedAsItIs(t *testing.T) {
	var redirects int
	user := &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			resp := reply(http.StatusTemporaryRedirect, "{}")
			resp.Header.Set("Location", "https://elsewhere.example/")
			if r.URL.Host != defaultHost {
				t.Errorf("a request went to %s", r.URL.Host)
			}
			return resp, nil
		}),
		CheckRedirect: func(*http.Request, []*http.Request) error {
			redirects++
			return nil
		},
	}
	d, err := newDriver(Config{Region: "ap-guangzhou", Credentials: testCredentials, HTTPClient: user})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Send(t.Context(), testChange)
	if e := d.Explain("", err); e.HTTPStatus != http.StatusTemporaryRedirect {
		t.Errorf("a redirect is %v", e)
	}
	if user.CheckRedirect == nil || user.CheckRedirect(nil, nil) != nil || redirects != 1 {
		t.Error("the user's client was changed, or its CheckRedirect called")
	}
}

func TestOwnHTTPClientIsShared(t *testing.T) {
	if one, other := httpClient(nil), httpClient(nil); one != other {
		t.Error("two clients without an HTTPClient share no connections")
	}
	if c := httpClient(nil); c.Timeout == 0 {
		t.Errorf("%+v", c)
	}
}
