// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

func TestPlan(t *testing.T) {
	s, err := readSettings(environment("RUN", "run00001", "LIVE_ENDPOINT", "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := writePlan(&said, &s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"tencent", "ap-guangzhou", "http://127.0.0.1:1", "subnet-1a2b3c4d", "sg-1a2b3c4d", "ins-1a2b3c4d",
		"up to 3 network interfaces at a time, 5 in all, each called cloudeni-live-run00001-N and tagged cloudeni-live=run00001",
		"up to 12 secondary IPv4 addresses", "What it costs:", "up to 100 of them", "make live CLEAN=1 RUN=run00001",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the plan lacks %q:\n%s", want, said.String())
		}
	}
	if strings.Contains(said.String(), s.secret) || strings.Contains(said.String(), s.keyID) {
		t.Errorf("the plan shows the key:\n%s", said.String())
	}
	s.burst = 0
	said.Reset()
	if err := writePlan(&said, &s); err != nil || strings.Contains(said.String(), "throttle") {
		t.Errorf("without a burst nothing is throttled: %v\n%s", err, said.String())
	}
}

// A run keeps within the plan.
func TestPlanIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, provider)
			completes(2 * time.Second)(st)
			r := st.play()
			if !r.complete() || r.requests > usualRequests+st.burst {
				t.Errorf("%d requests, %v, %v", r.requests, r.ended, r.left)
			}
			exists, created := make(map[string]bool), 0
			on := make(map[string]int)
			for _, e := range st.cloud.Events() {
				if strings.HasPrefix(e.InterfaceID, "eni-bp1account") {
					continue
				}
				if !exists[e.InterfaceID] && e.Exists {
					created++
				}
				if exists[e.InterfaceID] = e.Exists; !e.Exists {
					delete(exists, e.InterfaceID)
				}
				if on[e.InterfaceID] += len(e.Assigned) - len(e.Released); on[e.InterfaceID] > 1+maxSecondary+4 {
					t.Errorf("%d addresses on %s", on[e.InterfaceID], e.InterfaceID)
				}
				if len(exists) > maxInterfaces {
					t.Errorf("%d interfaces at a time", len(exists))
				}
			}
			if created > maxCreated {
				t.Errorf("%d interfaces were created", created)
			}
			for _, c := range st.cloud.Calls(enitest.Attach, enitest.Detach) {
				if c.InstanceID != st.instance {
					t.Errorf("%s of %s", c.Action, c.InstanceID)
				}
			}
		})
	})
}
