// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// site is one cloud on a loopback socket. Its credentials are in the environment of the
// test.
type site struct {
	*testing.T

	provider string
	region   string
	url      string
	cloud    *enitest.Cloud
	requests atomic.Int64
	control  atomic.Pointer[control]
	secrets  []string

	// The cloud's side of the credentials.
	setSecret func(string)
	setToken  func(string)
}

// control is an enitest.Cloud's hook. It is atomic, because it is set while the server
// runs.
type control func(enitest.Call) *enitest.Fault

func (s *site) setControl(c control) { s.control.Store(&c) }

// variables has the environment variables of credentials and of flags.
var variables = []string{
	"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN",
	"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY",
	"TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN",
	"ENICTL_PROVIDER", "ENICTL_REGION", "ENICTL_ENDPOINT", "ENICTL_PROFILE",
}

// tokens has the variable of each provider's session token.
var tokens = map[string][]string{
	"aliyun":  {"ALIBABA_CLOUD_SECURITY_TOKEN"},
	"tencent": {"TENCENTCLOUD_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SESSION_TOKEN"},
}

// newSite returns a site with eni-1, which is attached to i-1 and has a primary address
// 10.0.0.1, secondary ones up to 10.0.0.30, an IPv6 address and a prefix.
func newSite(t *testing.T, provider string) *site {
	t.Helper()
	for _, name := range variables {
		t.Setenv(name, "")
	}
	s := &site{T: t, provider: provider, cloud: new(enitest.Cloud)}
	s.cloud.Control = func(call enitest.Call) *enitest.Fault {
		if control := s.control.Load(); control != nil {
			return (*control)(call)
		}
		return nil
	}
	i := eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("2001:db8::5")}},
		Prefixes:  []netip.Prefix{netip.MustParsePrefix("10.1.0.0/28")},
	}
	for n := byte(1); n <= 30; n++ {
		i.Addresses = append(i.Addresses, eni.Address{Addr: netip.AddrFrom4([4]byte{10, 0, 0, n}), Primary: n == 1})
	}
	s.cloud.Put(i)

	var handler http.Handler
	switch provider {
	case "aliyun":
		server := aliyuntest.NewServer(s.cloud)
		handler, s.region, s.secrets = server, server.Region, []string{server.AccessKeyID, server.AccessKeySecret}
		s.setSecret = func(secret string) { server.AccessKeySecret = secret }
		s.setToken = func(token string) { server.SecurityToken = token }
		t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", server.AccessKeyID)
		t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", server.AccessKeySecret)
	case "tencent":
		server := tencenttest.NewServer(s.cloud)
		handler, s.region, s.secrets = server, server.Region, []string{server.SecretID, server.SecretKey}
		s.setSecret = func(secret string) { server.SecretKey = secret }
		s.setToken = func(token string) { server.Token = token }
		t.Setenv("TENCENTCLOUD_SECRET_ID", server.SecretID)
		t.Setenv("TENCENTCLOUD_SECRET_KEY", server.SecretKey)
	}
	loopback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(loopback.Close)
	s.url = loopback.URL
	return s
}

// env returns the environment for another process.
func (s *site) env() []string {
	var env []string
	for _, name := range variables {
		env = append(env, name+"="+os.Getenv(name))
	}
	return env
}

// args returns a command line for eni-1.
func (s *site) args(command string, rest ...string) []string {
	return slices.Concat(
		[]string{command, "-provider", s.provider, "-region", s.region, "-endpoint", s.url, "-eni", "eni-1"}, rest)
}

// printed is the result of a run.
type printed struct {
	status         int
	stdout, stderr string
}

func (s *site) run(ctx context.Context, command string, rest ...string) printed {
	return runWith(ctx, s.args(command, rest...))
}

func runWith(ctx context.Context, args []string) printed {
	var stdout, stderr bytes.Buffer
	status := run(ctx, args, strings.NewReader(""), &stdout, &stderr)
	return printed{status, masked(stdout.String()), masked(stderr.String())}
}

var requestID = regexp.MustCompile(`[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`)

// masked replaces each request id with ID.
func masked(text string) string { return requestID.ReplaceAllString(text, "ID") }

// check compares the result with the expected one.
func (p printed) check(t *testing.T, status int, stdout, stderr string) {
	t.Helper()
	if p.status != status {
		t.Errorf("exit status %d, want %d", p.status, status)
	}
	if p.stdout != stdout {
		t.Errorf("stdout:\n%s\nwant:\n%s", p.stdout, stdout)
	}
	if p.stderr != stderr {
		t.Errorf("stderr:\n%s\nwant:\n%s", p.stderr, stderr)
	}
}

// onBoth runs a test against each cloud.
func onBoth(t *testing.T, test func(*site)) {
	t.Helper()
	for _, provider := range []string{"aliyun", "tencent"} {
		t.Run(provider, func(t *testing.T) { test(newSite(t, provider)) })
	}
}
