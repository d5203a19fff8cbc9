// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// What a client says becomes what people read, by what is known already.
func TestOutcomeOf(t *testing.T) {
	missing := &eni.Error{Kind: eni.ErrNotFound}
	for _, test := range []struct {
		before v1alpha1.Outcome
		now    eni.Outcome
		err    error
		want   v1alpha1.Outcome
	}{
		{v1alpha1.OutcomePending, eni.OutcomeAccepted, nil, v1alpha1.OutcomeAccepted},
		{v1alpha1.OutcomePending, eni.OutcomeReleased, nil, v1alpha1.OutcomeReleased},
		{v1alpha1.OutcomePending, eni.OutcomeAbsent, nil, v1alpha1.OutcomeAbsent},
		{v1alpha1.OutcomeAccepted, eni.OutcomeAbsent, nil, v1alpha1.OutcomeReleased},
		{v1alpha1.OutcomeUnknown, eni.OutcomeAbsent, nil, v1alpha1.OutcomeAbsent},
		{v1alpha1.OutcomeAccepted, eni.OutcomeNotTried, nil, v1alpha1.OutcomeAccepted},
		{v1alpha1.OutcomeRefused, eni.OutcomeNotTried, nil, v1alpha1.OutcomeRefused},
		{v1alpha1.OutcomeAccepted, eni.OutcomeRefused, nil, v1alpha1.OutcomeRefused},
		{v1alpha1.OutcomePending, eni.OutcomeUnknown, nil, v1alpha1.OutcomeUnknown},

		{v1alpha1.OutcomePending, eni.OutcomeAbsent, missing, v1alpha1.OutcomePending},
		{v1alpha1.OutcomeUnknown, eni.OutcomeAbsent, missing, v1alpha1.OutcomeUnknown},
		{v1alpha1.OutcomeAccepted, eni.OutcomeAbsent, missing, v1alpha1.OutcomeReleased},
		{v1alpha1.OutcomePending, eni.OutcomeReleased, missing, v1alpha1.OutcomeReleased},
		{v1alpha1.OutcomePending, eni.OutcomeAbsent, eni.ErrState, v1alpha1.OutcomeAbsent},
	} {
		if got := outcomeOf(test.before, test.now, test.err); got != test.want {
			t.Errorf("%s, then %s (%v): %s, want %s", test.before, test.now, test.err, got, test.want)
		}
	}
}

// progress is that of a call with nothing left to wait for.
type progress struct {
	results []eni.Result
	outcome eni.Outcome
}

func (p progress) Poll(context.Context) (bool, error) { return true, nil }
func (p progress) Wait(context.Context) error         { return nil }
func (p progress) Results() []eni.Result              { return p.results }
func (p progress) Outcome() eni.Outcome               { return p.outcome }
func (p progress) RequestIDs() []string               { return nil }
func (p progress) Attempts() int                      { return 0 }

// A detach has the outcome of its operation. What is absent because its interface
// was not found counts as little as what was not tried. An address says why only
// where others have another reason.
func TestStatusOfAnAttempt(t *testing.T) {
	missing := &eni.Error{Kind: eni.ErrNotFound, Message: "no such interface"}
	address := eni.Result{Prefix: netip.MustParsePrefix("10.0.0.7/32"), Outcome: eni.OutcomeAbsent}
	for name, test := range map[string]struct {
		attempt  attempt
		address  v1alpha1.AddressStatus
		detach   v1alpha1.Outcome
		released string
	}{
		"absent":  {attempt{{op: eni.NewOperation(progress{results: []eni.Result{address}})}}, v1alpha1.AddressStatus{Outcome: "Absent"}, "Pending", "1/2"},
		"missing": {attempt{{op: eni.NewOperation(progress{results: []eni.Result{address}}), callErr: missing}}, v1alpha1.AddressStatus{Outcome: "Pending"}, "Pending", "0/2"},
		"two reasons": {attempt{
			{op: eni.NewOperation(progress{results: []eni.Result{address}}), callErr: missing},
			{op: eni.NewOperation(progress{}), callErr: &eni.Error{Kind: eni.ErrConflict}},
		}, v1alpha1.AddressStatus{Outcome: "Pending", Message: missing.Error()}, "Pending", "0/2"},
		"detached": {attempt{{name: eni.OpDetach, op: eni.NewOperation(progress{outcome: eni.OutcomeReleased})}}, v1alpha1.AddressStatus{Outcome: "Pending"}, "Released", "1/2"},
		"accepted": {attempt{{name: eni.OpDetach, op: eni.NewOperation(progress{outcome: eni.OutcomeAccepted})}}, v1alpha1.AddressStatus{Outcome: "Pending"}, "Accepted", "0/2"},
		"free":     {attempt{{name: eni.OpDetach, op: eni.NewOperation(progress{outcome: eni.OutcomeAbsent})}}, v1alpha1.AddressStatus{Outcome: "Pending"}, "Absent", "1/2"},
		"nowhere":  {attempt{{name: eni.OpDetach, op: eni.NewOperation(progress{outcome: eni.OutcomeAbsent}), callErr: missing}}, v1alpha1.AddressStatus{Outcome: "Pending"}, "Pending", "0/2"},
		"seen":     {attempt{{name: eni.OpDelete, seen: true}}, v1alpha1.AddressStatus{Outcome: "Pending"}, "Pending", "0/2"},
	} {
		base := &v1alpha1.InterfaceReleaseStatus{
			Addresses: []v1alpha1.AddressStatus{{Address: "10.0.0.7", Outcome: v1alpha1.OutcomePending}},
			Detach:    v1alpha1.OutcomePending,
		}
		test.address.Address = "10.0.0.7"
		got := merged(base, test.attempt)
		if got.Addresses[0] != test.address || got.Detach != test.detach || got.Released != test.released || got.Seen != (name == "seen") {
			t.Errorf("%s: %+v, detach %s, released %s, seen %t", name, got.Addresses[0], got.Detach, got.Released, got.Seen)
		}
	}
}

func TestReasonsAreOneWord(t *testing.T) {
	for kind, want := range map[eni.Kind]string{
		eni.ErrNotFound: "NotFound", eni.ErrInvalid: "InvalidArgument", eni.ErrThrottled: "Throttled", eni.ErrUnknown: "Unknown",
	} {
		if got := reason(kind); got != want {
			t.Errorf("%s is %s, want %s", kind.Error(), got, want)
		}
	}
}

// An error that can pass decides, whatever cannot: nothing is given up that could
// still be done.
func TestWhatCanPassDecides(t *testing.T) {
	never, later, keys := &eni.Error{Kind: eni.ErrInvalid}, &eni.Error{Kind: eni.ErrThrottled}, &eni.Error{Kind: eni.ErrUnauthenticated}
	timeout := &eni.Error{Kind: eni.ErrUnknown, Err: context.DeadlineExceeded}
	for _, test := range []struct {
		attempt attempt
		want    error
	}{
		{attempt{{callErr: never}, {pollErr: later}}, later},
		{attempt{{callErr: never}, {callErr: keys}}, keys},
		{attempt{{callErr: keys}, {callErr: later}}, later},
		{attempt{{callErr: never}, {callErr: timeout}}, timeout},
		{attempt{{callErr: never}, {}}, never},
		{attempt{{}, {}}, nil},
	} {
		if got := test.attempt.err(); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

// The end of the controller's own timeout fails nothing for good.
func TestTimeoutPasses(t *testing.T) {
	keys := &eni.Error{Kind: eni.ErrUnauthenticated}
	for _, test := range []struct {
		err    error
		passes bool
		kind   eni.Kind
	}{
		{&eni.Error{Kind: eni.ErrUnknown, Err: context.DeadlineExceeded}, true, eni.ErrUnavailable},
		{&eni.Error{Kind: eni.ErrConflict, Err: context.Canceled}, true, eni.ErrConflict},
		{&eni.Error{Kind: eni.ErrThrottled}, true, eni.ErrThrottled},
		{&eni.Error{Kind: eni.ErrUnknown}, false, eni.ErrUnknown},
		{eni.Join(&eni.Error{Kind: eni.ErrInvalid}, keys), false, eni.ErrUnauthenticated},
	} {
		if got := passes(test.err); got != test.passes || kindOf(test.err) != test.kind {
			t.Errorf("%v: passes %t, kind %s", test.err, got, kindOf(test.err))
		}
		if a := (attempt{{op: eni.NewOperation(nil), pollErr: test.err}}); a.over() == test.passes {
			t.Errorf("%v: the attempt is over: %t", test.err, a.over())
		}
	}
}

func TestDelaysGrow(t *testing.T) {
	var last time.Duration
	for n := 1; n <= 100; n++ {
		d := Delays{}.after(n, time.Second, time.Minute)
		if d > time.Minute || d < min(last/2, 45*time.Second) {
			t.Errorf("delay %d is %s, after %s", n, d, last)
		}
		last = d
	}
	if last < 45*time.Second {
		t.Errorf("the delay has not grown: %s", last)
	}
}

// What happens again is the same cause: its words may have another request id, or
// another number of attempts.
func TestSameCause(t *testing.T) {
	failed := func(kind eni.Kind, code, id string) error {
		return &eni.Error{Kind: kind, Code: code, Message: "busy", RequestID: id}
	}
	for _, test := range []struct {
		before, now error
		want        bool
	}{
		{failed(eni.ErrConflict, "Busy", "1"), failed(eni.ErrConflict, "Busy", "2"), true},
		{failed(eni.ErrConflict, "Busy", "1"), failed(eni.ErrConflict, "Locked", "1"), false},
		{failed(eni.ErrConflict, "Busy", "1"), failed(eni.ErrThrottled, "Busy", "1"), false},
		{errNoCredentials, errNoCredentials, true},
		{errNoCredentials, errStuck, false},
	} {
		status := new(v1alpha1.InterfaceReleaseStatus)
		if sameCause(status.LastError, reason(kindOf(test.now)), test.now) {
			t.Errorf("%v is the same as none", test.now)
		}
		failure(status, reason(kindOf(test.before)), test.before)
		if got := sameCause(status.LastError, reason(kindOf(test.now)), test.now); got != test.want {
			t.Errorf("%v after %v is the same cause: %t", test.now, test.before, got)
		}
	}
}

// The time that an object is kept begins when its condition Finished becomes true.
func TestRemaining(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	hour := int32(3600)
	for name, test := range map[string]struct {
		ttl     *int32
		is      state
		kept    time.Duration
		limited bool
	}{
		"kept for ever":  {nil, ready, 0, false},
		"not at the end": {&hour, progressing, 0, false},
		"done":           {&hour, ready, 50 * time.Minute, true},
		"failed":         {&hour, failed, 50 * time.Minute, true},
		"at once":        {new(int32), ready, -10 * time.Minute, true},
	} {
		object := &v1alpha1.InterfaceRelease{Spec: v1alpha1.InterfaceReleaseSpec{TTLSecondsAfterFinished: test.ttl}}
		declare(&object.Status, test.is, v1alpha1.ReasonDone, "")
		for i := range object.Status.Conditions {
			object.Status.Conditions[i].LastTransitionTime.Time = now.Add(-10 * time.Minute)
		}
		if kept, limited := remaining(object, now); kept != test.kept || limited != test.limited {
			t.Errorf("%s: %s, %t; want %s, %t", name, kept, limited, test.kept, test.limited)
		}
	}
}
