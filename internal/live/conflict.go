// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// conflict lets a release go on and sends another change at the same time: to the same
// interface, to another one of the instance, and to one that has the subnet alone in
// common. A conflict is what is refused then and accepted later, whatever it is called.
func conflict(ctx context.Context, s *scene, on *actors) (string, error) {
	busy := on.attached
	if busy == "" {
		busy = on.free
	}
	pairs := []struct{ scope, busy, other, not string }{
		{"the same interface", busy, busy, ""},
		{"another interface of the instance", on.attached, on.second, on.noSecond},
		{"another interface of the subnet", on.attached, on.free, on.noAttached},
	}
	var lines []string
	for _, p := range pairs {
		if p.busy == "" || p.other == "" {
			lines = append(lines, p.scope+": not met, "+p.not)
			continue
		}
		said, err := s.collide(ctx, p.busy, p.other)
		var skipped skippedError
		switch {
		case errors.As(err, &skipped):
			said = "not met, " + skipped.reason
		case err != nil:
			return "", err
		}
		lines = append(lines, p.scope+": "+said)
	}
	return strings.Join(lines, "; "), nil
}

// collide says what becomes of a change while another one goes on. It tries the second
// change behind the answer to the first one, and both at once. A refusal must come twice
// in a row, because once it may be for somebody else's change.
func (s *scene) collide(ctx context.Context, busy, other string) (string, error) {
	for _, atOnce := range []bool{false, true} {
		for again := range 2 {
			refused, err := s.refusal(ctx, busy, other, atOnce)
			switch {
			case err != nil:
				return "", err
			case refused != "" && again == 1:
				return refused, nil
			}
			if refused == "" {
				break
			}
		}
	}
	return "not met, both were accepted", nil
}

// refusal is how one of two changes is refused, or empty. What is refused for another
// reason and accepted later is no answer: it is tried again.
func (s *scene) refusal(ctx context.Context, busy, other string, atOnce bool) (string, error) {
	for again := 0; ; again++ {
		first, second, err := s.collision(ctx, busy, other, atOnce)
		why := disturbed(&first, &second, atOnce)
		switch {
		case err != nil:
			return "", err
		case why != "" && again == 3:
			return "", skip("%s", why)
		case why != "":
		case !first.ok():
			return first.String(), nil
		case !second.ok():
			return second.String(), nil
		default:
			return "", nil
		}
	}
}

// disturbed says why two answers tell nothing about a conflict of the two changes, or
// nothing.
func disturbed(first, second *answer, atOnce bool) string {
	switch {
	case first.throttled() || second.throttled():
		return "requests are throttled"
	case first.status >= http.StatusInternalServerError || second.status >= http.StatusInternalServerError,
		isInternal(first) || isInternal(second):
		return "the cloud has internal errors"
	case !first.ok() && (!atOnce || !second.ok()):
		return "another change is in the way"
	}
	return ""
}

// isInternal reports whether an answer is an error of the cloud's own. Tencent Cloud says
// so with the status 200.
func isInternal(a *answer) bool { return strings.HasPrefix(strings.ToLower(a.code), "internalerror") }

// collision sends two releases. The one that was refused must be accepted later.
func (s *scene) collision(ctx context.Context, busy, other string, atOnce bool) (first, second answer, err error) {
	need := 1
	if busy == other {
		need = 2
	}
	mine, err := s.addresses(ctx, busy, need)
	if err != nil {
		return first, second, err
	}
	theirs := mine[need-1:]
	if busy != other {
		if theirs, err = s.addresses(ctx, other, 1); err != nil {
			return first, second, err
		}
	}
	if err := s.quiet(ctx); err != nil {
		return first, second, err
	}
	if atOnce {
		done := make(chan answer, 1)
		go func() { done <- s.api.unassign(ctx, busy, mine[0]) }()
		second = s.api.unassign(ctx, other, theirs[0])
		first = <-done
	} else {
		first = s.api.unassign(ctx, busy, mine[0])
		second = s.api.unassign(ctx, other, theirs[0])
	}
	for _, again := range []struct {
		id   string
		a    *answer
		addr int
	}{{busy, &first, 0}, {other, &second, 1}} {
		asked := mine[0]
		if again.addr == 1 {
			asked = theirs[0]
		}
		if again.a.err != nil {
			return first, second, errLost
		}
		if !again.a.ok() {
			later, err := s.untilAccepted(ctx, func() answer { return s.api.unassign(ctx, again.id, asked) })
			switch {
			case err != nil:
				return first, second, err
			case !later.ok():
				return first, second, fmt.Errorf("the release is refused with %s, and later with %s", again.a, &later)
			}
		}
		if _, err := s.await(ctx, again.id, missing(asked)); err != nil {
			return first, second, err
		}
	}
	return first, second, nil
}

// untilAccepted sends a request again whatever the refusal says, until the patience ends.
func (s *scene) untilAccepted(ctx context.Context, send func() answer) (answer, error) {
	for deadline := time.Now().Add(s.patience + time.Minute); ; {
		if err := pause(ctx, askEvery); err != nil {
			return answer{}, err
		}
		if a := send(); a.ok() || time.Now().After(deadline) {
			return a, nil
		}
	}
}

// quiet waits until what has been accepted is certainly over.
func (s *scene) quiet(ctx context.Context) error { return pause(ctx, min(s.patience, 2*time.Second)) }
