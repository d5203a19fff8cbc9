// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// home makes a home folder with these files.
func home(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", dir)
}

// profiles has the files of both vendors' command lines. The profile prod has the keys of
// the site, and the profile other has different ones.
func (s *site) profiles() map[string]string {
	s.Helper()
	asJSON := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			s.Fatal(err)
		}
		return string(text)
	}
	type object = map[string]any
	id, secret := s.secrets[0], s.secrets[1]
	return map[string]string{
		".aliyun/config.json": asJSON(object{"current": "other", "profiles": []object{
			{"name": "other", "mode": "AK", "access_key_id": "LTAI5tOtherOtherOther000", "access_key_secret": "other-secret", "region_id": "cn-beijing"},
			{"name": "prod", "mode": "AK", "access_key_id": id, "access_key_secret": secret, "sts_token": "", "region_id": s.region, "language": "zh", "expired_seconds": 0},
			{"name": "session", "mode": "StsToken", "access_key_id": id, "access_key_secret": secret, "sts_token": "session-token-1234567890", "region_id": s.region},
			{"name": "bare", "mode": "AK", "region_id": s.region},
			{"name": "nowhere", "mode": "AK", "access_key_id": id, "access_key_secret": secret},
			{"name": "role", "mode": "EcsRamRole", "ram_role_name": "r"},
			{"name": "sso", "mode": "CloudSSO"},
		}}),
		".tccli/prod.credential":    asJSON(object{"secretId": id, "secretKey": secret}),
		".tccli/prod.configure":     asJSON(object{"_sys_param": object{"region": s.region, "output": "json"}, "vpc": object{"endpoint": "vpc.tencentcloudapi.com"}}),
		".tccli/session.credential": asJSON(object{"type": "sso", "secretId": id, "secretKey": secret, "token": "session-token-1234567890", "expiresAt": 1}),
		".tccli/session.configure":  asJSON(object{"region": s.region}),
		".tccli/bare.credential":    "{}",
		".tccli/nowhere.credential": asJSON(object{"secretId": id, "secretKey": secret}),
		".tccli/broken.credential":  `{"secretId": "` + id + `", "secretKey": "` + secret,
	}
}

// The profile overrides the credentials and the region of the environment; --region
// overrides the profile.
func TestProfile(t *testing.T) {
	onBoth(t, func(s *site) {
		home(s.T, s.profiles())
		for _, name := range variables {
			s.Setenv(name, "")
		}
		for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"} {
			s.Setenv(name, "of-the-environment")
		}
		show := []string{"show", "--provider", s.provider, "--endpoint", s.url, "eni-1"}
		with := func(rest ...string) printed { return runWith(s.Context(), append(show, rest...)) }
		if p := with("--profile", "prod"); p.status != exitDone {
			s.Errorf("exit status %d\n%s", p.status, p.stderr)
		}
		if p := with("--region", s.region); p.status != exitFailed || !strings.Contains(p.stderr, "unauthenticated") {
			s.Errorf("without a profile: exit status %d\n%s", p.status, p.stderr)
		}
		if p := with("--profile", "prod", "--region", "elsewhere-1"); p.status != exitFailed {
			s.Errorf("--region does not come first: exit status %d\n%s", p.status, p.stderr)
		}
		if p := with("--profile", "nowhere", "--region", s.region); p.status != exitDone {
			s.Errorf("a profile without a region: exit status %d\n%s", p.status, p.stderr)
		}
		if p := with("--profile", "nowhere"); p.status != exitMisuse || !strings.HasPrefix(p.stderr, "enictl: no --region: ") {
			s.Errorf("no region: exit status %d\n%s", p.status, p.stderr)
		}
		s.setToken("session-token-1234567890")
		if p := with("--profile", "session"); p.status != exitDone {
			s.Errorf("a session: exit status %d\n%s", p.status, p.stderr)
		}
		s.setToken("")
		s.Setenv("ENICTL_PROFILE", "prod")
		if p := with(); p.status != exitDone {
			s.Errorf("by the environment: exit status %d\n%s", p.status, p.stderr)
		}
		p := runWith(s.Context(), []string{"release", "--provider", s.provider, "--endpoint", s.url, "-f", file(s.T, "eni-1,10.0.0.5\n")})
		if want := "  key       " + maskedKey(s.secrets[0]) + ", profile prod\n"; p.status != exitDone || !strings.Contains(p.stderr, want) {
			s.Errorf("release: exit status %d, want %q in\n%s", p.status, want, p.stderr)
		}
	})
}

// Errors of a profile are reported without secrets.
func TestProfileMisuse(t *testing.T) {
	onBoth(t, func(s *site) {
		home(s.T, s.profiles())
		known := map[string]string{
			"aliyun":  ".aliyun/config.json has no such profile: want other, prod, session, bare, nowhere, role or sso",
			"tencent": ".tccli has no such profile: want bare, broken, nowhere, prod or session",
		}[s.provider]
		bare := map[string]string{
			"aliyun":  ".aliyun/config.json has no keys for this profile",
			"tencent": ".tccli/bare.credential has no secretId or no secretKey",
		}[s.provider]
		wrong := map[string]string{"prodd": known, "bare": bare, "": ""}
		switch s.provider {
		case "aliyun":
			wrong["sso"] = `its mode is "CloudSSO": want AK, StsToken, RamRoleArn, EcsRamRole, OIDC or ChainableRamRoleArn`
		case "tencent":
			wrong["broken"] = ".tccli/broken.credential is not valid JSON of the vendor's command line"
			wrong["../prod"] = "want a name, not a path"
		}
		delete(wrong, "")
		check := func(name, want string) {
			p := runWith(s.Context(), s.flags("show", "--profile", name, "eni-1"))
			first, _, _ := strings.Cut(p.stderr, "\n")
			if p.status != exitMisuse || !strings.HasPrefix(first, "enictl: --profile "+name+": ") || !strings.Contains(first, want) {
				s.Errorf("%s: exit status %d, want %q in\n%s", name, p.status, want, p.stderr)
			}
			for _, secret := range s.secrets {
				if strings.Contains(p.stdout+p.stderr, secret) {
					s.Errorf("%s: %s is in\n%s", name, secret, p.stderr)
				}
			}
		}
		for name, want := range wrong {
			check(name, want)
		}
		command := map[string]string{"aliyun": `create it with "aliyun configure --profile x"`, "tencent": `create it with "tccli configure --profile x"`}[s.provider]
		home(s.T, nil)
		check("x", command)
		home(s.T, map[string]string{".aliyun/config.json": `{"profiles": [{"access_key_secret": "` + s.secrets[1]})
		check("x", map[string]string{"aliyun": "is not valid JSON of the vendor's command line", "tencent": command}[s.provider])
		if n := s.requests.Load(); n != 0 {
			s.Errorf("%d requests were sent", n)
		}
	})
}

// Profiles with roles have no keys: the vendor's SDK gets them when they are needed.
func TestProfileOfARole(t *testing.T) {
	home(t, map[string]string{
		".aliyun/config.json":    `{"profiles": [{"name": "r", "mode": "ChainableRamRoleArn", "source_profile": "s", "ram_role_arn": "acs:ram::1:role/r", "region_id": "cn-hangzhou"}]}`,
		".tccli/r.credential":    `{"secretId": "id", "secretKey": "key", "role-arn": "qcs::cam::uin/1:roleName/r"}`,
		".tccli/cvm.credential":  `{"type": "cvm-role"}`,
		".tccli/cvm.configure":   `{"_sys_param": {"region": "ap-guangzhou"}}`,
		".tccli/elsewhere.other": `{}`,
	})
	if p, err := readProfile("aliyun", "r"); err != nil || p.aliyun == nil || p.keyID != "" || p.region != "cn-hangzhou" {
		t.Errorf("aliyun: %+v, %v", p, err)
	}
	for name, region := range map[string]string{"r": "", "cvm": "ap-guangzhou"} {
		if p, err := readProfile("tencent", name); err != nil || p.tencent == nil || p.keyID != "" || p.region != region {
			t.Errorf("tencent %s: %+v, %v", name, p, err)
		}
	}
	// The SDK finds the profile by its name: its error is about the source.
	if _, err := connect(job{provider: "aliyun", region: "cn-hangzhou", account: must(readProfile("aliyun", "r"))}, nil); err != nil {
		t.Error(err)
	}
	source := must(readProfile("aliyun", "r")).aliyun
	if _, err := source.GetCredentials(); err == nil || !strings.Contains(err.Error(), "get source profile failed") {
		t.Errorf("its keys: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestCompletionOfProfiles(t *testing.T) {
	s := newSite(t, "aliyun")
	home(t, s.profiles())
	for provider, want := range map[string]string{"aliyun": "sso\n", "tencent": "broken\n"} {
		p := runWith(t.Context(), []string{"__complete", "show", "--provider", provider, "--profile", ""})
		if p.status != exitDone || !strings.Contains(p.stdout, want) {
			t.Errorf("%s: exit status %d\n%s", provider, p.status, p.stdout)
		}
	}
}

func TestMaskedKey(t *testing.T) {
	for id, want := range map[string]string{"": "", "short": "*****", "LTAI5tDemoDemoDemoDemoId": "LTAI****moId"} {
		if got := maskedKey(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
