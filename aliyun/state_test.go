// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"errors"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// attachedServer makes a server with eni-1 on the instance i-1.
func attachedServer(t *testing.T) (*enitest.Cloud, *aliyun.Client) {
	t.Helper()
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1"})
	client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return cloud, client
}

// If the instance does not exist, a description of the interface decides.
func TestInstanceNotFound(t *testing.T) {
	for _, code := range []string{"InvalidEcsId.NotFound", "InvalidInstanceId.NotFound", "Forbidden.InstanceNotFound"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, client := attachedServer(t)
				refuse := func(then func(*eni.Interface)) {
					cloud.Control = func(call enitest.Call) *enitest.Fault {
						if call.Action != enitest.Detach {
							return nil
						}
						cloud.Update("eni-1", then)
						return &enitest.Fault{Code: code, Status: http.StatusNotFound, Message: "The instance does not exist."}
					}
				}
				req := eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"}

				refuse(func(*eni.Interface) {})
				op, err := client.Detach(t.Context(), req)
				var e *eni.Error
				if !errors.As(err, &e) || e.Kind != eni.ErrConflict || e.Code != code || eni.IgnoreNotFound(err) == nil || op.Attempts() < 2 {
					t.Errorf("on its instance: want ErrConflict with the code, got: %v", err)
				}

				refuse(func(i *eni.Interface) { i.State, i.InstanceID = eni.StateAvailable, "" })
				if _, err := client.Detach(t.Context(), req); err != nil {
					t.Errorf("free: want success, got: %v", err)
				}
			})
		})
	}
}

// A change for an address outside of the vSwitch is not retried, although a
// description shows the address.
func TestAnAddressOutsideOfTheVSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, client := attachedServer(t)
		addr := netip.MustParseAddr("10.0.0.7")
		cloud.Update("eni-1", func(i *eni.Interface) { i.Addresses = append(i.Addresses, eni.Address{Addr: addr}) })
		cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action != enitest.UnassignPrivateIps {
				return nil
			}
			return &enitest.Fault{Code: "InvalidVSwitchId.IpInvalid", Status: http.StatusForbidden, Message: "The specified IpAddress is not valid in the VSwitch CIDR block."}
		}
		req := eni.UnassignRequest{InterfaceID: "eni-1", Addresses: []netip.Addr{addr}}
		if found, err := client.Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 || !cloud.Has("eni-1", netip.PrefixFrom(addr, 32)) {
			t.Fatalf("%v, %v", found, err)
		}
		began := time.Now()
		op, err := client.UnassignPrivateIps(t.Context(), req)
		var e *eni.Error
		if !errors.As(err, &e) || e.Kind != eni.ErrInvalid || e.Code != "InvalidVSwitchId.IpInvalid" || eni.IsRetryable(err) || op.Results()[0].Outcome != eni.OutcomeRefused {
			t.Errorf("%v, %v", op.Results(), err)
		}
		if sent := len(cloud.Calls(enitest.UnassignPrivateIps)); sent != 1 || op.Attempts() != 1 || time.Since(began) > time.Second {
			t.Errorf("sent %d times, %d attempts, after %v", sent, op.Attempts(), time.Since(began))
		}
	})
}

// A detach is retried while the instance starts or stops.
func TestInstanceStarting(t *testing.T) {
	for _, code := range []string{"InvalidOperation.InvalidEcsState", "IncorrectInstanceStatus"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud, client := attachedServer(t)
				running := time.Now().Add(20 * time.Second)
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action != enitest.Detach || !time.Now().Before(running) {
						return nil
					}
					return &enitest.Fault{Code: code, Status: http.StatusBadRequest, Message: "Current status is Stopping."}
				}
				op, err := eni.Blocking(client).Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"})
				if err != nil || op.Attempts() < 2 {
					t.Errorf("want success after the instance has stopped, got %d attempts and: %v", op.Attempts(), err)
				}
			})
		})
	}
}
