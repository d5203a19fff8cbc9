// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// throttling is what the question about the quota has met.
type throttling struct {
	sent     int           // requests until the first that was throttled
	within   time.Duration // from the first to the throttled one
	answer   answer
	accepted time.Duration // from the throttled request to the first that was not; 0: not seen
}

// window is the longest for which a cloud counts requests.
const window = time.Minute

// quota sends a release of an address that is not there, again and again, until it is
// throttled. It begins when a window has passed without such a request.
func quota(ctx context.Context, s *scene, on *actors) (string, error) {
	before := "nothing was throttled before"
	if met := s.throttled(); met != "" {
		before = "throttled before: " + met
	}
	if s.burst == 0 {
		return notMet("LIVE_BURST is 0; %s", before)
	}
	stale, err := s.stale(ctx, on.free, 1)
	if err != nil {
		return "", err
	}
	if err := pause(ctx, window+time.Second); err != nil {
		return "", err
	}
	met := throttling{}
	start := time.Now()
	for met.sent < s.burst {
		a := s.api.unassign(ctx, on.free, stale[0])
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if a.throttled() {
			met.answer, met.within = a, a.began.Sub(start)
			break
		}
		met.sent++
	}
	if !met.answer.throttled() {
		return notMet("%d requests in %s were not throttled; %s", met.sent, seconds(time.Since(start)), before)
	}
	for deadline := time.Now().Add(2 * window); time.Now().Before(deadline); {
		if err := pause(ctx, min(max(lookEvery, time.Since(met.answer.began)/10), askEvery)); err != nil {
			return "", err
		}
		if a := s.api.unassign(ctx, on.free, stale[0]); !a.throttled() && a.err == nil {
			met.accepted = time.Since(met.answer.began)
			break
		}
	}
	s.throttling = &met
	back := "not accepted again within " + (2 * window).String()
	if met.accepted > 0 {
		back = "accepted again after " + seconds(met.accepted)
	}
	return fmt.Sprintf("throttled with %s after %d requests in %s, %s; %s", &met.answer, met.sent, seconds(met.within), back, before), nil
}

// retryHint compares the hint of the throttled answer with how long it took until the
// cloud took requests again.
func retryHint(_ context.Context, s *scene, _ *actors) (string, error) {
	met := s.throttling
	if met == nil {
		return notMet("no request was throttled")
	}
	name, hint := findHint(&met.answer)
	switch {
	case name == "":
		return notMet("the throttled answer has no hint")
	case met.accepted == 0:
		return notMet("the hint is %s: %g, and when requests are taken again was not seen", name, hint)
	}
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"seconds", time.Second}, {"milliseconds", time.Millisecond}} {
		// The hint may be generous, and when requests are taken again is measured coarsely.
		if said := time.Duration(hint * float64(unit.of)); said > met.accepted/4-lookEvery && said < 4*met.accepted+lookEvery && hint > 0 {
			return fmt.Sprintf("%s, %s: %g and accepted again after %s", unit.name, name, hint, seconds(met.accepted)), nil
		}
	}
	return fmt.Sprintf("unclear, %s: %g and accepted again after %s", name, hint, seconds(met.accepted)), nil
}

// findHint finds a number with retry in its name, in the headers or in the body.
func findHint(a *answer) (name string, hint float64) {
	for key := range a.header {
		if n, err := strconv.ParseFloat(a.header.Get(key), 64); err == nil && isHint(key) {
			return key, n
		}
	}
	var doc any
	if json.Unmarshal(a.body, &doc) != nil {
		return "", 0
	}
	var walk func(any)
	walk = func(v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		for key, value := range object {
			switch value := value.(type) {
			case float64:
				if isHint(key) {
					name, hint = key, value
				}
			case string:
				if n, err := strconv.ParseFloat(value, 64); err == nil && isHint(key) {
					name, hint = key, n
				}
			default:
				walk(value)
			}
		}
	}
	walk(doc)
	return name, hint
}

func isHint(key string) bool { return strings.Contains(strings.ToLower(key), "retry") }
