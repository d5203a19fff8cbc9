// SPDX-License-Identifier: Apache-2.0

package tencenttest_test

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// What the vendor's pages leave open is chosen by fields.
func TestChosenCodes(t *testing.T) {
	const conflict = "UnsupportedOperation.MutexOperationTaskRunning"
	unassign := func(a string) func(*tencenttest.Server) response {
		return func(s *tencenttest.Server) response {
			return call(t, s, "UnassignPrivateIpAddresses", map[string]any{"NetworkInterfaceId": "eni-1", "PrivateIpAddresses": addresses(a)})
		}
	}
	detach := func(instance string) func(*tencenttest.Server) response {
		return func(s *tencenttest.Server) response {
			return call(t, s, "DetachNetworkInterface", map[string]any{"NetworkInterfaceId": "eni-1", "InstanceId": instance})
		}
	}
	detaching := func(s *tencenttest.Server) {
		s.Cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		s.Cloud.Change(enitest.Call{Action: enitest.Detach, InterfaceID: "eni-1", InstanceID: "ins-1"})
	}
	for name, test := range map[string]struct {
		choose func(*tencenttest.Server)
		call   func(*tencenttest.Server) response
		code   string
	}{
		"primary":     {func(s *tencenttest.Server) { s.PrimaryCode = "UnsupportedOperation" }, unassign("10.0.0.4"), "UnsupportedOperation"},
		"stale":       {func(s *tencenttest.Server) { s.StaleCode = "UnauthorizedOperation.AttachmentNotFound" }, unassign("10.0.0.9"), "UnauthorizedOperation.AttachmentNotFound"},
		"no instance": {func(s *tencenttest.Server) { s.NoInstanceCode = "InvalidInstanceId.NotFound" }, detach("ins-3"), "InvalidInstanceId.NotFound"},
		"conflict":    {detaching, unassign("10.0.0.5"), conflict},
		"another conflict": {func(s *tencenttest.Server) {
			detaching(s)
			s.ConflictCode = "ResourceInUse"
		}, unassign("10.0.0.5"), "ResourceInUse"},
		"a second detach": {detaching, detach("ins-1"), ""},
		"a second detach conflicts": {func(s *tencenttest.Server) {
			detaching(s)
			s.Cloud.DetachAgain = enitest.Conflict
		}, detach("ins-1"), conflict},
		"a second detach is a state": {func(s *tencenttest.Server) {
			detaching(s)
			s.Cloud.DetachAgain = enitest.WrongState
		}, detach("ins-1"), "UnsupportedOperation.InvalidState"},
	} {
		s := newServer()
		test.choose(s)
		if got := test.call(s); got.Error.Code != test.code {
			t.Errorf("%s: got %+v, want %q", name, got.Error, test.code)
		}
	}
}

// A free interface cannot be detached, or can, as the cloud's field has it.
func TestDetachFree(t *testing.T) {
	for reason, want := range map[enitest.Reason]string{
		"": "UnsupportedOperation.InvalidState", enitest.Accepted: "", enitest.NotFound: "ResourceNotFound",
	} {
		s := newServer()
		s.Cloud.DetachFree = reason
		s.Cloud.Update("eni-1", func(i *eni.Interface) { i.InstanceID, i.State = "", eni.StateAvailable })
		got := call(t, s, "DetachNetworkInterface", map[string]any{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-1"})
		if got.Error.Code != want {
			t.Errorf("%q: got %+v, want %q", reason, got.Error, want)
		}
	}
}

// A repeated token is answered as it was the first time; its task is the same one.
func TestClientToken(t *testing.T) {
	s := newServer()
	s.Cloud.PutInstance(enitest.Instance{ID: "ins-2"})
	detach := map[string]any{"NetworkInterfaceId": "eni-1", "InstanceId": "ins-1", "ClientToken": "once"}
	for range 2 {
		got := call(t, s, "DetachNetworkInterface", detach)
		if got.Error.Code != "" {
			t.Errorf("%+v", got.Error)
		}
		if task := call(t, s, "DescribeVpcTaskResult", map[string]any{"TaskId": got.RequestID}); task.Status != "SUCCESS" {
			t.Errorf("%+v", task)
		}
	}
	if len(s.Cloud.History()) != 1 {
		t.Errorf("%+v", s.Cloud.History())
	}
	detach["InstanceId"] = "ins-2"
	if got := call(t, s, "DetachNetworkInterface", detach); got.Error.Code != "UnsupportedOperation.IdempotentParameterMismatch" {
		t.Errorf("%+v", got.Error)
	}
}

// An id that is given twice is described once.
func TestDuplicateIDs(t *testing.T) {
	got := call(t, newServer(), "DescribeNetworkInterfaces", map[string]any{"NetworkInterfaceIds": []string{"eni-1", "eni-1"}})
	if got.Error.Code != "" || got.TotalCount != 1 || len(got.NetworkInterfaceSet) != 1 {
		t.Errorf("%+v", got)
	}
}
