package lane

import (
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

func addr(n byte) Target {
	a := netip.AddrFrom4([4]byte{10, 0, 0, n})
	return Target{Action: UnassignPrivateIps, Prefix: netip.PrefixFrom(a, 32)}
}

func TestSmoke(t *testing.T) {
	l := New(&Config{PerChange: 10, MaxAttempts: 12, MaxElapsed: 5 * time.Minute})
	c := NewCall([]Target{addr(2)})
	l.Add(0, c, 0)
	todo := l.Next(0)
	if !todo.Permits[0].Wanted || todo.Describe {
		t.Fatalf("%+v", todo)
	}
	l.PermitGranted(0, UnassignPrivateIps)
	todo = l.Next(0)
	if todo.Send != UnassignPrivateIps {
		t.Fatalf("%+v", todo)
	}
	ch := l.Take(0, todo.Send)
	if len(ch.Targets) != 1 {
		t.Fatal(ch)
	}
	l.Answered(time.Second, Answer{RequestID: "r"})
	if got := l.News(); len(got) != 1 || !c.Answered() || c.Done() || c.Claims[0].Outcome != eni.OutcomeAccepted {
		t.Fatal(c.Claims[0].Outcome, got)
	}
	l.WaitBegan(time.Second)
	todo = l.Next(time.Second)
	if !todo.Describe {
		t.Fatalf("%+v", todo)
	}
	d := l.Began(time.Second)
	l.Described(time.Second, d, &eni.Interface{ID: "eni-1"})
	if !c.Done() || c.Claims[0].Outcome != eni.OutcomeReleased {
		t.Fatal(c.Claims[0].Outcome)
	}
}
