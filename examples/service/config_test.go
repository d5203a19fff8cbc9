// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConfig(t *testing.T) {
	env := map[string]string{"SERVICE_CLOUDS": "aliyun/cn-hangzhou", "SERVICE_MAX_TIMEOUT": "5m", "SERVICE_GRACE": "1s"}
	getenv := func(name string) string { return env[name] }
	cfg, err := parse([]string{"-clouds", "tencent/ap-guangzhou=http://127.0.0.1:1, aliyun/cn-beijing", "-grace", "7s"}, getenv)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(cfg.clouds), "[{tencent ap-guangzhou http://127.0.0.1:1} {aliyun cn-beijing }]"; got != want {
		t.Errorf("clouds %s, want %s", got, want)
	}
	if cfg.maxTimeout != 5*time.Minute || cfg.grace != 7*time.Second || cfg.listen != "127.0.0.1:8080" {
		t.Errorf("got %+v", cfg)
	}
}

func TestMisuse(t *testing.T) {
	tests := []struct {
		args, env, want string
	}{
		{"", "", "no -clouds: want a list such as aliyun/cn-hangzhou,tencent/ap-guangzhou"},
		{"-clouds aws/us-east-1", "", `aws/us-east-1: cloudeni: provider "aws" is unknown, want aliyun, tencent or tencent-legacy`},
		{"-clouds aliyun", "", `invalid value "aliyun" for flag -clouds: no region in "aliyun": want provider/region`},
		{"-clouds aliyun/a,aliyun/a=http://b", "", `invalid value "aliyun/a,aliyun/a=http://b" for flag -clouds: aliyun/a is listed twice`},
		{"-clouds aliyun/a=ftp://b", "", "aliyun/a: "},
		{"-clouds aliyun/a now", "", `"now" is not a flag`},
		{"-clouds aliyun/a -listen 8080", "", "-listen 8080: want an address such as 127.0.0.1:8080"},
		{"-clouds aliyun/a", "SERVICE_LISTEN=:8080", "-listen :8080: other machines can reach it: want -token-file or -client-ca, or -insecure"},
		{"-clouds aliyun/a -tls-key k", "", "-tls-cert and -tls-key: want both, or none"},
		{"-clouds aliyun/a -client-ca ca", "", "-client-ca without -tls-cert: want a server certificate"},
		{"-clouds aliyun/a -tls-cert no -tls-key no", "", "-tls-cert and -tls-key: open no: no such file"},
		{"-clouds aliyun/a -token-file no", "", "-token-file: open no: no such file"},
		{"-clouds aliyun/a -timeout 3m", "", "-timeout 3m0s and -max-timeout 2m0s: want both positive, and -timeout at most -max-timeout"},
		{"-clouds aliyun/a -grace -1s", "", "-drain 5s and -grace -1s: want none negative"},
		{"-clouds aliyun/a", "SERVICE_DRAIN=soon", `invalid value "soon" for SERVICE_DRAIN: `},
	}
	for _, test := range tests {
		t.Run(test.args+test.env, func(t *testing.T) {
			name, value, _ := strings.Cut(test.env, "=")
			var stdout, stderr bytes.Buffer
			status := run(strings.Fields(test.args), func(n string) string {
				if n == name {
					return value
				}
				return ""
			}, nil, &stdout, &stderr)
			if status != exitMisuse || !strings.HasPrefix(stderr.String(), "service: "+test.want) {
				t.Errorf("exit status %d: %s", status, &stderr)
			}
		})
	}
}

// Keys with a line break are an error with the name of their field before anything is sent.
func TestPaddedCredentials(t *testing.T) {
	for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "TENCENTCLOUD_SECRET_ID"} {
		t.Setenv(name, "id")
	}
	for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "TENCENTCLOUD_SECRET_KEY"} {
		t.Setenv(name, "secret\n")
	}
	f := newFake(t)
	clouds, err := connect([]place{
		{"aliyun", "cn-hangzhou", "http://cloud.invalid"}, {"tencent", "ap-guangzhou", "http://cloud.invalid"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.service.clouds = clouds
	for provider, field := range map[string]string{"aliyun": "access key secret", "tencent": "access key secret (SecretKey)"} {
		got := f.ask(interfacePath(provider, "eni-1/release"), `{"addresses": ["10.0.0.5"]}`)
		got.check(t, http.StatusBadGateway, "10.0.0.5 not_tried (unauthenticated)")
		if want := field + " ends with white space"; got.Cause == nil || !strings.Contains(got.Cause.Message, want) {
			t.Errorf("%s: want %q in %s", provider, want, got.body)
		}
	}
}

func TestUsageHasEveryFlag(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := run([]string{"-h"}, func(string) string { return "" }, nil, &stdout, &stderr); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	_, err := parse(nil, func(name string) string {
		if !strings.Contains(stdout.String(), " "+name+" ") {
			t.Errorf("%s is not in the usage", name)
		}
		flag := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "SERVICE_")), "_", "-")
		if !strings.Contains(stdout.String(), "\n  -"+flag+" ") {
			t.Errorf("-%s is not in the usage", flag)
		}
		return ""
	})
	if err == nil {
		t.Error("no clouds and no error")
	}
}
