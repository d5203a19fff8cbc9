// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// codes of each vendor that the field reports.
var (
	instanceGone  = map[string][]string{"aliyun": {"InvalidEcsId.NotFound", "InvalidInstanceId.NotFound"}, "tencent": {"InvalidInstanceId.NotFound", "UnsupportedOperation.InstanceNotExist"}}
	instanceMoves = map[string][]string{"aliyun": {"IncorrectInstanceStatus", "InvalidOperation.InvalidEcsState"}, "tencent": {"UnsupportedOperation.InstanceStateNotSupported", "InvalidParameterValue.InvalidInstanceState"}}
)

// The instance is gone and the interface still exists: the error is never not-found, and
// the detach succeeds as soon as the interface is free.
func TestFieldTheInstanceIsGone(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		for _, code := range instanceGone[v.name] {
			synctest.Test(t, func(t *testing.T) {
				cloud := new(enitest.Cloud)
				client := v.at(t, "http://cloud.test", clientOver(enitest.Transport(v.start(cloud, new(keys)))), &eni.Options{Retry: eni.Retry{MaxElapsed: time.Minute}})
				req := eni.DetachRequest{InterfaceID: interfaceID(0), InstanceID: instanceID}
				for _, comesFree := range []bool{false, true} {
					cloud.Put(attached(0, 1))
					cloud.Control = func(call enitest.Call) *enitest.Fault {
						if call.Action != enitest.Detach {
							return nil
						}
						if comesFree {
							cloud.Update(interfaceID(0), func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
						}
						return &enitest.Fault{Code: code, Message: "The instance does not exist."}
					}
					op, err := client.Detach(t.Context(), req)
					var e *eni.Error
					if comesFree && err != nil || !comesFree && (!errors.As(err, &e) || e.Kind != eni.ErrConflict || e.Code != code || eni.IgnoreNotFound(err) == nil) {
						t.Errorf("%s, comes free %t: %s, %v", code, comesFree, op.Outcome(), err)
					}
				}
			})
		}
	})
}

// A call waits while its instance starts or stops.
func TestFieldTheInstanceStarts(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		for _, code := range instanceMoves[v.name] {
			synctest.Test(t, func(t *testing.T) {
				cloud := new(enitest.Cloud)
				cloud.Put(attached(0, 1))
				running := time.Now().Add(20 * time.Second)
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action != enitest.Detach || !time.Now().Before(running) {
						return nil
					}
					return &enitest.Fault{Code: code, Message: "starting"}
				}
				client := v.at(t, "http://cloud.test", clientOver(enitest.Transport(v.start(cloud, new(keys)))), nil)
				op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(0), InstanceID: instanceID})
				if err != nil || op.Attempts() < 2 {
					t.Errorf("%s: %d attempts, %v", code, op.Attempts(), err)
				}
				cloud.Put(attached(0, 1))
				running = time.Now().Add(time.Hour)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if _, err := client.Detach(ctx, eni.DetachRequest{InterfaceID: interfaceID(0), InstanceID: instanceID}); !errors.Is(err, eni.ErrConflict) || !eni.IsRetryable(err) {
					t.Errorf("%s that does not end: %v", code, err)
				}
			})
		}
	})
}

// Without the permission for task queries, describes decide. Only a Wait that fails
// reports the missing permission.
func TestFieldTheTaskMayNotBeAskedFor(t *testing.T) {
	tencentCloud(t, 1, func(t *testing.T, cloud *enitest.Cloud, client eni.Client) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return 20 * time.Second }
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.DescribeTask {
				return &enitest.Fault{Reason: enitest.Denied}
			}
			return nil
		}
		op, err := client.UnassignPrivateIps(t.Context(), release(0, v4(0)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := op.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "the task query is not permitted") {
			t.Errorf("a wait that ends: %v", err)
		}
		if err := op.Wait(t.Context()); err != nil || op.Outcome() != eni.OutcomeReleased {
			t.Errorf("%s, %v", op.Outcome(), err)
		}
		if n := len(cloud.Calls(enitest.DescribeTask)); n == 0 {
			t.Error("it was never asked for")
		}
	})
}
