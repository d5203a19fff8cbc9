// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// tencentCloud runs a test on Tencent Cloud in virtual time, with n interfaces.
func tencentCloud(t *testing.T, n int, test func(t *testing.T, cloud *enitest.Cloud, client eni.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v, cloud := vendors[1], new(enitest.Cloud)
		for k := range n {
			cloud.Put(attached(k, 4))
		}
		inProcess := enitest.Transport(v.start(cloud, new(keys)))
		test(t, cloud, v.at(t, "http://cloud.test", clientOver(inProcess), nil))
	})
}

func release(k int, addresses ...netip.Addr) eni.UnassignRequest {
	return eni.UnassignRequest{InterfaceID: interfaceID(k), Addresses: addresses}
}

func TestTasks(t *testing.T) {
	tests := map[string]struct {
		prepare func(*enitest.Cloud)
		want    string // in the error; empty for success
		outcome eni.Outcome
	}{
		"that succeed": {func(*enitest.Cloud) {}, "", eni.OutcomeReleased},
		"that fail": {func(c *enitest.Cloud) {
			c.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "the host did not answer"})
		}, "the task failed: the host did not answer", eni.OutcomeRefused},
		"that fail after the work was done": {func(c *enitest.Cloud) {
			c.Inject(enitest.UnassignPrivateIps, enitest.Fault{TaskOutput: "too late"})
			c.Control = func(call enitest.Call) *enitest.Fault {
				if call.Action == enitest.DescribeTask {
					c.Update(interfaceID(0), func(i *eni.Interface) { i.Addresses = i.Addresses[:1] })
				}
				return nil
			}
		}, "", eni.OutcomeReleased},
		"that nobody knows": {func(c *enitest.Cloud) { c.ForgetTasks() }, "", eni.OutcomeReleased},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tencentCloud(t, 1, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) {
				cloud.CompletesAfter = func(enitest.Call) time.Duration { return 10 * time.Second }
				test.prepare(cloud)
				op, err := client.UnassignPrivateIps(t.Context(), release(0, v4(0)))
				if err != nil {
					t.Fatal(err)
				}
				if done, err := op.Poll(t.Context()); done || err != nil {
					t.Errorf("while it runs: want not done, got %t, %v", done, err)
				}
				err = op.Wait(t.Context())
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("want %q, got %v", test.want, err)
				}
				if got := op.Results()[0]; got.Outcome != test.outcome || (got.Err != nil) != (test.want != "") {
					t.Errorf("want %s, got %s (%v)", test.outcome, got.Outcome, got.Err)
				}
			})
		})
	}
}

func TestARunningTaskReportsItsState(t *testing.T) {
	tencentCloud(t, 1, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(0), InstanceID: instanceID})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = op.Wait(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the interface is detaching on "+instanceID) {
			t.Errorf("got %v", err)
		}
		if n := len(cloud.Calls(enitest.Detach)); n != 1 {
			t.Errorf("the cure for a stuck detach is Alibaba Cloud's: want one detach here, got %d", n)
		}
	})
}
