// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// Somebody who waits for a build learns how far it is, and not more often than they
// can read.
func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		r := newReport(&out, 1200)
		for _, text := range []string{"k8s.io/a\nk8s.io/", "b\n", "k8s.io/c\n", "go: downloading k8s.io/d v1\n", "# k8s.io/e\ne.go:1:1: no such thing\nk8s.io/f"} {
			time.Sleep(4 * time.Second)
			if n, err := r.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		const want = "controlplane: 3 packages compiled, of 1200 at most, after 12s\n"
		if out.String() != want {
			t.Errorf("it said %q, want %q", &out, want)
		}
		if got := r.problems(); got != "go: downloading k8s.io/d v1\n# k8s.io/e\ne.go:1:1: no such thing\nk8s.io/f" {
			t.Errorf("the problems are %q", got)
		}
	})
}
