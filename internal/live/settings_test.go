// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	env := map[string]string{
		"LIVE_PROVIDER": "tencent", "LIVE_REGION": "ap-guangzhou", "LIVE_SUBNET": "subnet-1a2b3c4d",
		"LIVE_SECURITY_GROUP": "sg-1a2b3c4d", "LIVE_INSTANCE": "ins-1a2b3c4d",
		"TENCENTCLOUD_SECRET_ID": "AKIDtest", "TENCENTCLOUD_SECRET_KEY": "test-secret",
		"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAItest", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "test-secret",
	}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestSettings(t *testing.T) {
	s, err := readSettings(environment("TENCENTCLOUD_SECURITY_TOKEN", "token", "YES", "1", "LIVE_PATIENCE", "1m"))
	if err != nil {
		t.Fatal(err)
	}
	if s.token != "token" || !s.yes || s.clean || s.burst != defaultBurst || s.patience != time.Minute || s.keyID != "AKIDtest" {
		t.Errorf("got %+v", s)
	}
	if !runName.MatchString(s.run) {
		t.Errorf("the run is called %q", s.run)
	}
	again, err := readSettings(environment())
	if err != nil || again.run == s.run {
		t.Errorf("two runs are called %q, %v", s.run, err)
	}
}

func TestSettingsOfACleanUp(t *testing.T) {
	s, err := readSettings(environment("CLEAN", "1", "LIVE_SUBNET", "", "LIVE_SECURITY_GROUP", ""))
	if err != nil || !s.clean || s.run != "" {
		t.Errorf("want all runs, got %+v, %v", s, err)
	}
}

func TestWrongSettings(t *testing.T) {
	for _, wrong := range []struct{ name, value, want string }{
		{"LIVE_PROVIDER", "aws", "LIVE_PROVIDER is invalid, want aliyun or tencent"},
		{"LIVE_PROVIDER", "", "LIVE_PROVIDER is not set, want aliyun or tencent"},
		{"LIVE_REGION", "Guangzhou", "LIVE_REGION is invalid, want the id of a region, such as cn-hangzhou"},
		{"LIVE_SUBNET", "vsw-1", "LIVE_SUBNET is invalid, want an id that begins with subnet-"},
		{"LIVE_SECURITY_GROUP", "sg-", "LIVE_SECURITY_GROUP is invalid, want an id that begins with sg-"},
		{"LIVE_INSTANCE", "", "LIVE_INSTANCE is not set, want an id that begins with ins-"},
		{"LIVE_INSTANCE", "ins-1\n", "LIVE_INSTANCE is invalid, want an id that begins with ins-"},
		{"LIVE_ENDPOINT", "http://127.0.0.1/x", "LIVE_ENDPOINT is invalid, want a host"},
		{"LIVE_ENDPOINT", "http://me:pass@host", "LIVE_ENDPOINT is invalid, want a host"},
		{"LIVE_BURST", "9999", "LIVE_BURST is invalid, want a number from 0 to 2000"},
		{"LIVE_PATIENCE", "1h", "LIVE_PATIENCE is invalid, want a duration from 100ms to 10m"},
		{"TENCENTCLOUD_SECRET_ID", "", "TENCENTCLOUD_SECRET_ID is not set, want a part of the account's key"},
		{"TENCENTCLOUD_SECRET_KEY", "hush now", "TENCENTCLOUD_SECRET_KEY is invalid, want a part of the account's key"},
		{"CLEAN", "yes", "CLEAN is invalid, want 1, 0 or nothing"},
		{"YES", "y", "YES is invalid, want 1, 0 or nothing"},
		{"RUN", "A B", "RUN is invalid, want 4 to 16 lower case letters and digits"},
	} {
		_, err := readSettings(environment(wrong.name, wrong.value))
		if err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%s=%q: want %q, got %v", wrong.name, wrong.value, wrong.want, err)
		} else if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "pass") {
			t.Errorf("%s: the error shows the value: %v", wrong.name, err)
		}
	}
	_, err := readSettings(func(string) string { return "" })
	if err == nil || strings.Count(err.Error(), "\n") < 1 {
		t.Errorf("all that is wrong should be said at once, got %v", err)
	}
}
