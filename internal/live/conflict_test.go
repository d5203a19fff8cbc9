// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

// Two answers tell something of a conflict only if nothing else can be the reason.
func TestDisturbed(t *testing.T) {
	accepted := answer{requestID: "1", status: 200}
	conflict := answer{requestID: "1", status: 403, code: "Operation.Conflict"}
	throttled := answer{requestID: "1", status: 400, code: "Throttling.User"}
	failed := answer{requestID: "1", status: 503, code: "ServiceUnavailable"}
	internal := answer{requestID: "1", status: 200, code: "InternalError"}
	for _, test := range []struct {
		name          string
		first, second answer
		atOnce        bool
		want          string
	}{
		{"both accepted", accepted, accepted, false, ""},
		{"the second refused", accepted, conflict, false, ""},
		{"the first refused, before the second", conflict, accepted, false, "another change is in the way"},
		{"both refused, one after the other", conflict, conflict, false, "another change is in the way"},
		{"the first of two at once refused", conflict, accepted, true, ""},
		{"both at once refused", conflict, conflict, true, "another change is in the way"},
		{"throttled", accepted, throttled, true, "requests are throttled"},
		{"unavailable", accepted, failed, false, "the cloud has internal errors"},
		{"an internal error with the status 200", internal, accepted, true, "the cloud has internal errors"},
	} {
		if got := disturbed(&test.first, &test.second, test.atOnce); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
