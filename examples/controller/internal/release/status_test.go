package release

import (
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// What a client says becomes what people read, by what is known already.
func TestOutcomeOfAnAddress(t *testing.T) {
	for _, test := range []struct {
		before  v1alpha1.Outcome
		now     eni.Outcome
		settled bool
		want    v1alpha1.Outcome
	}{
		{v1alpha1.OutcomePending, eni.OutcomeReleased, false, v1alpha1.OutcomeAccepted},
		{v1alpha1.OutcomePending, eni.OutcomeReleased, true, v1alpha1.OutcomeReleased},
		{v1alpha1.OutcomePending, eni.OutcomeAbsent, true, v1alpha1.OutcomeAbsent},
		{v1alpha1.OutcomeAccepted, eni.OutcomeAbsent, true, v1alpha1.OutcomeReleased},
		{v1alpha1.OutcomeUnknown, eni.OutcomeAbsent, true, v1alpha1.OutcomeAbsent},
		{v1alpha1.OutcomeAccepted, eni.OutcomeNotTried, true, v1alpha1.OutcomeAccepted},
		{v1alpha1.OutcomeRefused, eni.OutcomeNotTried, true, v1alpha1.OutcomeRefused},
		{v1alpha1.OutcomeAccepted, eni.OutcomeRefused, true, v1alpha1.OutcomeRefused},
		{v1alpha1.OutcomePending, eni.OutcomeUnknown, true, v1alpha1.OutcomeUnknown},
	} {
		if got := outcomes(test.before, test.now, test.settled); got != test.want {
			t.Errorf("%s, then %s (settled: %t): %s, want %s", test.before, test.now, test.settled, got, test.want)
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
	for _, test := range []struct {
		attempt attempt
		want    error
	}{
		{attempt{{refused: never}, {late: later}}, later},
		{attempt{{refused: never}, {refused: keys}}, keys},
		{attempt{{refused: keys}, {refused: later}}, later},
		{attempt{{refused: never}, {}}, never},
		{attempt{{}, {}}, nil},
	} {
		if got := test.attempt.err(); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
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
