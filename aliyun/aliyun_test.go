package aliyun

import (
	"net/http"
	"strings"
	"testing"
)

func TestNewChecksItsConfig(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  Config
		want string // part of the error; empty for none
	}{
		{"the least", Config{Region: "cn-hangzhou"}, ""},
		{"host", Config{Region: "cn-hangzhou", Endpoint: "ecs-vpc.cn-hangzhou.aliyuncs.com"}, ""},
		{"no region", Config{}, "region is required"},
		{"path in region", Config{Region: "cn-hangzhou/"}, "not an id such as"},
		{"dot in region", Config{Region: "evil.example"}, "not an id such as"},
		{"user in region", Config{Region: "x@evil"}, "not an id such as"},
		{"line end in region", Config{Region: "cn-hangzhou\n"}, "not an id such as"},
		{"hyphen at the end of region", Config{Region: "cn-"}, "not an id such as"},
		{"long region", Config{Region: strings.Repeat("a", 64)}, "not an id such as"},
		{"other scheme", Config{Region: "r", Endpoint: "ftp://host"}, "http or https"},
		{"path", Config{Region: "r", Endpoint: "https://host/path"}, "path"},
		{"query", Config{Region: "r", Endpoint: "host?"}, "query"},
		{"fragment", Config{Region: "r", Endpoint: "host#"}, "fragment"},
		{"no host", Config{Region: "r", Endpoint: "https://"}, "host"},
		{"no port", Config{Region: "r", Endpoint: "host:"}, "host"},
		{"bad port", Config{Region: "r", Endpoint: "host:http"}, "not a host"},
		{"space", Config{Region: "r", Endpoint: "ho st"}, "host"},
		{"password", Config{Region: "r", Endpoint: "https://user:pass@host"}, "user or password"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, err := New(test.cfg, nil)
			switch {
			case test.want == "" && (err != nil || client == nil):
				t.Errorf("New = %v, %v; want a client", client, err)
			case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "aliyun: ") || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error = %v; want one about %q", err, test.want)
			case test.want != "" && strings.Contains(err.Error(), "pass@"):
				t.Errorf("error %v repeats a password", err)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"":                    "https://ecs.cn-hangzhou.aliyuncs.com/",
		"host":                "https://host/",
		"host:8443":           "https://host:8443/",
		"http://127.0.0.1:80": "http://127.0.0.1:80/",
		"HTTPS://host/":       "https://host/",
		"[::1]:80":            "https://[::1]:80/",
	} {
		d, err := newDriver(Config{Region: "cn-hangzhou", Endpoint: endpoint})
		if err != nil || d.root != want {
			t.Errorf("%q: %+v, %v; want %s", endpoint, d, err, want)
		}
	}
}

func TestHTTPClientIsNotChanged(t *testing.T) {
	given := &http.Client{}
	d, err := newDriver(Config{Region: "cn-hangzhou", HTTPClient: given})
	if err != nil {
		t.Fatal(err)
	}
	if given.CheckRedirect != nil || d.http == given {
		t.Error("the caller's client was changed")
	}
	if d, err = newDriver(Config{Region: "cn-hangzhou"}); err != nil {
		t.Fatal(err)
	}
	if d.http == http.DefaultClient || d.http.Transport == http.DefaultTransport {
		t.Error("the client of the package is the program's default client")
	}
}

func TestAForeignDefaultTransportIsUsed(t *testing.T) {
	saved := http.DefaultTransport
	defer func() { http.DefaultTransport = saved }()
	http.DefaultTransport = replying(http.StatusOK, "")
	if client := newHTTPClient(); client.Transport != nil {
		t.Errorf("transport = %v; want that of the program", client.Transport)
	}
}
