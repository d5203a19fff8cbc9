// SPDX-License-Identifier: Apache-2.0

package core

import (
	"context"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/lane"
)

// A question that is canceled when its request begins, and a permit that is returned when
// it is granted, leave no state.

func TestAQuestionThatIsLeftAsItBeginsIsForgotten(t *testing.T) {
	c := New(Cloud{Provider: "plain", PerChange: 10, PerDescribe: 100}, nil)
	r := newRunner(c, "eni-1")
	q := r.question(context.Background())
	q.polled = true
	c.describes.ask(q)
	c.describes.mu.Lock()
	c.describes.makeRequest()
	c.describes.mu.Unlock()
	r.step(nil, func(time.Duration) { r.cancelQuestion(q) })
	r.began(q)
	if c.describes.over(q) {
		t.Error("it is answered although it was canceled")
	}
	if len(r.describing) != 0 || !r.lane.Idle(c.alarms.now()) {
		t.Error("the lane waits for the answer")
	}
}

func TestAPermitThatIsGivenBackAsItIsGrantedIsNotLost(t *testing.T) {
	c := New(Cloud{Provider: "plain", PerChange: 10, PerDescribe: 100}, &eni.Options{Rates: eni.Rates{Detach: 0.001}})
	r, l := newRunner(c, "eni-1"), c.limiters[string(Detach)]
	if !l.try() {
		t.Fatal("want a permit")
	}
	p := &permit{action: Detach, runner: r} // it has been taken, and the lane does not know
	p.granted()
	if !l.free() {
		t.Error("the permit is lost")
	}
	if r.permits[index(Detach)] != nil || lane.Actions[index(Detach)] != Detach {
		t.Error("the lane has a permit that nobody wants")
	}
}
