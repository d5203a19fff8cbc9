// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// deadEndpoints has endpoints that do not answer, and their errors.
func deadEndpoints(t *testing.T, s *site) map[string]string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"http://" + closed:                           "connection refused",
		strings.Replace(s.url, "http:", "https:", 1): "no TLS connection",
	}
}

// A dead endpoint is reported within two seconds, and with -v at each try, in virtual time.
func TestDeadEndpoint(t *testing.T) {
	onBoth(t, func(s *site) {
		for endpoint, why := range deadEndpoints(s.T, s) {
			s.url = endpoint
			for _, args := range [][]string{
				s.args(unassignIPs, "-timeout", "20s", "10.0.0.5"),
				s.args(detach, "-timeout", "20s", "-instance", "i-1"),
				s.flags("show", "eni-1"),
			} {
				synctest.Test(s.T, func(t *testing.T) {
					began := time.Now()
					p := runWith(t.Context(), args)
					first, _, _ := strings.Cut(p.stderr, "\n")
					if !strings.HasPrefix(first, "enictl: waiting, 1s: no answer from the cloud: ") || !strings.Contains(first, why) {
						t.Errorf("%s on %s: the first line is %q, want %q in it", args[0], endpoint, first, why)
					}
					if took := time.Since(began); p.status != exitFailed || took > 31*time.Second {
						t.Errorf("%s on %s: exit status %d after %v\n%s", args[0], endpoint, p.status, took, p.stderr)
					}

					p = runWith(t.Context(), append(args, "-v"))
					records, tries := 0, 0
					for line := range strings.Lines(p.stderr) {
						if strings.Contains(line, "level=") {
							records++
							if strings.Contains(line, why) {
								tries++
							}
						}
					}
					if tries < 4 || records != tries {
						t.Errorf("%s -v on %s: %d records, %d of them say why\n%s", args[0], endpoint, records, tries, p.stderr)
					}
				})
			}
		}
	})
}

// The README's loop continues while the status is 3. It ends if the cloud has never
// answered, and the run does not try each target of a long list.
func TestReleaseOnADeadEndpoint(t *testing.T) {
	s := newSite(t, "aliyun")
	list := filepath.Join(t.TempDir(), "targets.csv")
	if err := os.WriteFile(list, []byte("eni-1,10.0.0.5\neni-2,10.0.0.6\neni-3,10.0.0.7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for endpoint, why := range deadEndpoints(t, s) {
		synctest.Test(t, func(t *testing.T) {
			s.url = endpoint
			began := time.Now()
			p := runWith(t.Context(), s.flags("release", "-f", list, "--parallel", "1", "--timeout", "20s"))
			if took := time.Since(began); p.status != exitFailed || took > 21*time.Second {
				t.Errorf("%s: exit status %d after %v", endpoint, p.status, took)
			}
			first, _, _ := strings.Cut(withoutIntroduction(p.stderr), "\n")
			if !strings.HasPrefix(first, "enictl: waiting, 1s: no answer from the cloud: ") || !strings.Contains(first, why) ||
				!strings.Contains(p.stderr, "enictl: ended early: ") ||
				!strings.Contains(p.stderr, "check --endpoint, --region and the network: the cloud has answered nothing\n") {
				t.Errorf("%s: want %q in\n%s", endpoint, why, p.stderr)
			}
			if !strings.HasSuffix(p.stdout, "3 addresses on 3 interfaces: 3 not tried\n") {
				t.Errorf("%s\n%s", endpoint, p.stdout)
			}
		})
	}
}
