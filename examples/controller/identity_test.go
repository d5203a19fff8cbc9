// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
)

// Objects without a Secret use the controller's own identity: the arguments and the
// environment are those of the overlays, the requests those of the vendors' SDKs, and
// the clouds take no other keys than those that the token services have issued. The
// kubelet replaces the token from time to time.
func TestIdentities(t *testing.T) {
	for name, overlays := range map[string][]string{
		"oidc":     {"config/overlays/rrsa", "config/overlays/tke-oidc"},
		"instance": {"config/overlays/instance-role"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for provider := range regions {
				w.removeSecret(provider)
			}
			vendors := newVendors(t, w)
			environment := vendors.environment()
			token := filepath.Join(t.TempDir(), "token")
			var args []string
			for _, dir := range overlays {
				objects := rendered(t, dir)
				more, variables := objects.process(t)
				args = more // they are the same
				for name, value := range variables {
					if strings.HasSuffix(name, "_TOKEN_FILE") {
						vendors.checkToken(objects, value)
						variables[name] = token
					}
				}
				maps.Copy(environment, variables)
			}
			vendors.expect(environment)
			begin := func(round string) {
				vendors.token(round)
				must(t, os.WriteFile(token, []byte(round), 0o600))
				for provider, cloud := range w.clouds {
					put(cloud, "eni-"+round, address)
					w.create(round+"-"+string(provider), provider, "eni-"+round, func(s *v1alpha1.InterfaceReleaseSpec) {
						s.CredentialsSecret, s.Addresses = nil, []v1alpha1.Address{address}
					})
				}
			}
			begin("first")
			program := w.program(environment, append(args, "-leader-elect=false")...)
			w.until("the first are done", all(done))
			begin("second")
			listed := w.until("the second are done", func(listed objects) bool { return len(listed) == 4 && all(free)(listed) })
			w.audit(listed)
			for provider, cloud := range w.clouds {
				if n := len(cloud.History()); n != 2 {
					t.Errorf("%s: %d changes, want 2", provider, n)
				}
			}

			must(t, program.cmd.Process.Signal(syscall.SIGTERM))
			if err := <-program.ended; err != nil {
				t.Errorf("the program ended with %v", err)
			}
			for line := range bytes.Lines(program.log.Bytes()) {
				errorOf(t, line)
			}
			for _, secret := range vendors.secret() {
				if secret != "" && strings.Contains(program.log.String(), secret) {
					t.Errorf("the log holds the secret %q", secret)
				}
			}
			// What the end cuts off is no error of the identity.
			if log, _, _ := strings.Cut(program.log.String(), "Stopping and waiting"); strings.Contains(log, `"level":"ERROR"`) {
				t.Errorf("the log has errors:\n%s", log)
			}
		})
	}
}

// An object without a Secret waits, and its status says what the controller lacks.
func TestNoIdentity(t *testing.T) {
	for identity, want := range map[release.Identity]string{
		release.NoIdentity: "credentialsSecret is not set, and the controller runs without -identity",
		release.OIDC:       "credentialsSecret is not set, and the environment of the controller lacks TKE_REGION, TKE_PROVIDER_ID, TKE_ROLE_ARN, TKE_WEB_IDENTITY_TOKEN_FILE for -identity=oidc",
	} {
		t.Run(string(identity), func(t *testing.T) {
			w := newWorld(t)
			w.start(patient, func(s *settings) { s.identity = identity })
			w.create("x", v1alpha1.Tencent, "eni-1", func(s *v1alpha1.InterfaceReleaseSpec) {
				s.CredentialsSecret, s.Addresses = nil, []v1alpha1.Address{address}
			})
			s := w.until("it waits", because("x", v1alpha1.ReasonCredentials))["x"].Status
			if !strings.HasSuffix(s.LastError.Message, want) {
				t.Error(s.LastError.Message)
			}
			if n := len(w.clouds[v1alpha1.Tencent].Calls()); n != 0 {
				t.Errorf("%d calls without credentials", n)
			}
		})
	}
}

// The flag takes three values.
func TestIdentityFlag(t *testing.T) {
	for text, want := range map[string]release.Identity{"none": release.NoIdentity, "oidc": release.OIDC, "instance": release.Instance} {
		if s, err := parse([]string{"-identity=" + text}, new(bytes.Buffer)); err != nil || s.identity != want {
			t.Errorf("%s: %q, %v", text, s.identity, err)
		}
	}
	var said bytes.Buffer
	if _, err := parse([]string{"-identity=irsa"}, &said); err == nil || !strings.Contains(said.String(), "want none, oidc or instance") {
		t.Errorf("an unknown identity: %v, %s", err, &said)
	}
}
