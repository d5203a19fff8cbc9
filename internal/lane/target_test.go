// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"net/netip"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

func TestJudgeAttachment(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*eni.Interface)
		want   verdict
		kind   eni.Kind
	}{
		{"attached", func(*eni.Interface) {}, there, 0},
		{"free", func(i *eni.Interface) { i.InstanceID, i.State = "", eni.StateAvailable }, gone, 0},
		{"in use without an instance", func(i *eni.Interface) { i.InstanceID = "" }, there, 0},
		{"Tencent Cloud's attached", func(i *eni.Interface) { i.State = eni.StateAvailable }, there, 0},
		{"elsewhere", func(i *eni.Interface) { i.InstanceID = "i-2" }, elsewhere, eni.ErrState},
		{"detaching", func(i *eni.Interface) { i.State = eni.StateDetaching }, leaving, 0},
		{"detaching from nobody knows where", func(i *eni.Interface) { i.InstanceID, i.State = "", eni.StateDetaching }, leaving, 0},
		{"detaching from another", func(i *eni.Interface) { i.InstanceID, i.State = "i-2", eni.StateDetaching }, passing, eni.ErrConflict},
		{"attaching", func(i *eni.Interface) { i.InstanceID, i.State = "", eni.StateAttaching }, passing, eni.ErrConflict},
		{"primary", func(i *eni.Interface) { i.Type = eni.TypePrimary }, never, eni.ErrInvalid},
	} {
		i := with()
		c.change(i)
		s := newSnapshot(1, 0, i)
		v, reason := judge(fromI1, &s)
		if kind := kindOf(reason); v != c.want || kind != c.kind {
			t.Errorf("%s: %d (%v), want %d (%v)", c.name, v, kind, c.want, c.kind)
		}
	}
}

func kindOf(e *eni.Error) eni.Kind {
	if e == nil {
		return 0
	}
	return e.Kind
}

func TestJudgeAddress(t *testing.T) {
	prefix := Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.2.0.0/28")}
	primary := Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.1.0.1/32")}
	few, many := with(addr(2), prefix), with(append(addrs(indexed), prefix)...)
	for name, i := range map[string]*eni.Interface{"few": few, "many": many} {
		s := newSnapshot(1, 0, i)
		if (s.index != nil) != (name == "many") {
			t.Errorf("%s: index is %v", name, s.index)
		}
		for _, c := range []struct {
			target Target
			want   verdict
			kind   eni.Kind
		}{
			{addr(2), there, 0}, {addr(999), gone, 0}, {prefix, there, 0}, {primary, never, eni.ErrInvalid},
			{Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.3.0.0/28")}, gone, 0},
		} {
			if v, reason := judge(c.target, &s); v != c.want || kindOf(reason) != c.kind {
				t.Errorf("%s, %v: %d (%v), want %d", name, c.target.Prefix, v, reason, c.want)
			}
		}
	}
}

func TestTravelsWith(t *testing.T) {
	p28, p24 := Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.2.0.0/28")}, Target{Action: UnassignPrivateIps, Prefix: netip.MustParsePrefix("10.2.0.0/24")}
	for _, c := range []struct {
		a, b Target
		want bool
	}{{addr(2), addr(3), true}, {addr(2), p28, false}, {p28, p24, false}, {p28, p28, true}, {p28, Target{Action: UnassignIpv6, Prefix: netip.MustParsePrefix("fd00::/28")}, false}, {addr(2), addr6(2), false}, {fromI1, fromI1, false}} {
		if c.a.travelsWith(c.b) != c.want {
			t.Errorf("%v with %v: not %t", c.a, c.b, c.want)
		}
	}
	for i, action := range Actions {
		if action.index() != i {
			t.Errorf("%s is at %d", action, action.index())
		}
	}
}

// The error for a transient state has the instance, if there is one.
func TestPassed(t *testing.T) {
	for instance, want := range map[string]string{"": "the interface is attaching", "i-1": "the interface is attaching on i-1"} {
		i := with()
		i.State, i.InstanceID = eni.StateAttaching, instance
		if got := passed(i).Message; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
