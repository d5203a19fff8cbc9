// SPDX-License-Identifier: Apache-2.0

package aliyuntest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// code is the status and code of a refused request; "" of one that is served.
func code(t *testing.T, s *aliyuntest.Server, parameters map[string]string) string {
	t.Helper()
	a := send(t, s, acs3(account, parameters, "", nil))
	if a.Code == "" {
		return ""
	}
	return fmt.Sprint(a.Status, " ", a.Code)
}

func TestHowManyAddresses(t *testing.T) {
	for most, refused := range map[int]int{0: 11, 10: 11, 32: 33} {
		for n, want := range map[int]string{refused - 1: "403 InvalidIp.IpUnassigned", refused: "400 InvalidParameter"} {
			s := newServer()
			s.MaxAddresses = most
			parameters := many(map[string]string{"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1"}, "PrivateIpAddress", n)
			if got := code(t, s, parameters); got != want {
				t.Errorf("%d addresses of at most %d: %q, want %q", n, most, got, want)
			}
			v6 := map[string]string{"Action": "UnassignIpv6Addresses", "NetworkInterfaceId": "eni-1"}
			for i := range n {
				v6[fmt.Sprintf("Ipv6Address.%d", i+1)] = fmt.Sprintf("2001:db8::1:%d", i)
			}
			if got := code(t, s, v6); n > 10 && got != "400 InvalidParameter" {
				t.Errorf("%d IPv6 addresses: %q", n, got)
			}
		}
	}
}

func TestHowManyPrefixes(t *testing.T) {
	for n, want := range map[int]string{10: "403 InvalidIp.IpUnassigned", 11: "400 InvalidParameter"} {
		s := newServer()
		s.MaxAddresses = 32
		parameters := map[string]string{"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1"}
		for i := range n {
			parameters[fmt.Sprintf("Ipv4Prefix.%d", i+1)] = fmt.Sprintf("10.9.%d.0/28", i)
		}
		if got := code(t, s, parameters); got != want {
			t.Errorf("%d prefixes: %q, want %q", n, got, want)
		}
	}
}

func TestCodesThatAreChosen(t *testing.T) {
	primary := map[string]string{"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1", "PrivateIpAddress.1": "10.0.0.1"}
	s := newServer()
	if got := code(t, s, primary); got != "403 InvalidIp.IpUnassigned" {
		t.Errorf("a primary address: %q", got)
	}
	s.PrimaryCode = "InvalidParameter"
	if got := code(t, s, primary); got != "400 InvalidParameter" {
		t.Errorf("a primary address: %q", got)
	}
	for chosen, want := range map[string]string{"": "403 Operation.Conflict", "OperationConflict": "403 OperationConflict"} {
		s := newServer()
		s.ConflictCode = chosen
		s.Cloud.Inject(enitest.Detach, enitest.Fault{Reason: enitest.Conflict})
		if got := code(t, s, detach); got != want {
			t.Errorf("a conflict: %q, want %q", got, want)
		}
	}
}

// Detach has a code for each thing that can be wrong, and is repeated at will.
func TestDetaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Minute }}
		cloud.PutInstance(enitest.Instance{ID: "i-2"}, enitest.Instance{ID: "i-3", State: enitest.InstanceStarting})
		put := func(id string, kind eni.InterfaceType, instance, trunk string) {
			state := eni.StateInUse
			if instance == "" {
				state = eni.StateAvailable
			}
			cloud.Put(eni.Interface{ID: id, Type: kind, State: state, InstanceID: instance, TrunkInterfaceID: trunk})
		}
		put("eni-0", eni.TypePrimary, "i-1", "")
		put("eni-1", eni.TypeSecondary, "i-1", "")
		put("eni-free", eni.TypeSecondary, "", "")
		put("eni-trunk", eni.TypeTrunk, "i-1", "")
		put("eni-member", eni.TypeMember, "i-1", "eni-trunk")
		put("eni-starting", eni.TypeSecondary, "i-3", "")
		s := aliyuntest.NewServer(cloud)
		for _, test := range []struct{ id, instance, trunk, want string }{
			{"eni-9", "i-1", "", "404 InvalidEniId.NotFound"},
			{"eni-1", "i-9", "", "404 InvalidEcsId.NotFound"},
			{"eni-1", "i-2", "", "400 InvalidParameter.EniNotBelongEcs"},
			{"eni-0", "i-1", "", "400 InvalidOperation.DetachPrimaryEniNotAllowed"},
			{"eni-free", "i-1", "", "400 InvalidParameter.EniNotBelongEcs"},
			{"eni-starting", "i-3", "", "400 InvalidOperation.InvalidEcsState"},
			{"eni-member", "i-1", "", "403 InvalidParameter.EniNotBelongTrunk"},
			{"eni-member", "i-1", "eni-1", "403 InvalidParameter.EniNotBelongTrunk"},
			{"eni-trunk", "i-1", "", "403 InvalidOperation.HasMemberEniAttached"},
			{"eni-member", "i-1", "eni-trunk", ""},
			{"eni-member", "i-1", "eni-trunk", ""}, // while Detaching
			{"eni-1", "i-1", "", ""},
			{"eni-1", "i-1", "", ""},
		} {
			parameters := map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": test.id, "InstanceId": test.instance}
			if test.trunk != "" {
				parameters["TrunkNetworkInstanceId"] = test.trunk
			}
			if got := code(t, s, parameters); got != test.want {
				t.Errorf("%s of %s from %s: %q, want %q", test.id, test.trunk, test.instance, got, test.want)
			}
		}
		time.Sleep(time.Minute)
		if n := len(cloud.History()); n != 2 {
			t.Errorf("%d interfaces were detached, want 2", n)
		}
		s.Cloud.DetachFree = enitest.Accepted
		if got := code(t, s, map[string]string{"Action": "DetachNetworkInterface", "NetworkInterfaceId": "eni-free", "InstanceId": "i-1"}); got != "" {
			t.Errorf("a free interface: %q", got)
		}
	})
}

// The good part of a batch is released where the cloud is set so.
func TestBatchesWithOneBadAddress(t *testing.T) {
	for _, partial := range []bool{false, true} {
		s := newServer()
		s.Cloud.PartialBatches = partial
		batch := map[string]string{
			"Action": "UnassignPrivateIpAddresses", "NetworkInterfaceId": "eni-1", "PrivateIpAddress.1": "10.0.0.2", "PrivateIpAddress.2": "10.0.0.9",
		}
		a := send(t, s, acs3(account, batch, "", nil))
		if a.Code != "InvalidIp.IpUnassigned" || !strings.Contains(a.Message, "10.0.0.9") {
			t.Errorf("answer = %+v", a)
		}
		if released := len(s.Cloud.History()) > 0; released != partial {
			t.Errorf("partial batches %t: released %t", partial, released)
		}
	}
}
