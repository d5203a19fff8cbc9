// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The history has the changes before and after a reset, each once.
func TestHistory(t *testing.T) {
	st, _, history := session()
	for range 2 {
		for _, c := range st.Clouds() {
			if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); err != nil {
				t.Fatal(err)
			}
		}
		st.Reset()
	}
	if err := st.history.write(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(history.String()) {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Provider+" "+e.Action+" "+strings.Join(e.Released, " "))
	}
	a, b := "aliyun UnassignPrivateIps 10.0.1.2", "tencent UnassignPrivateIps 10.0.1.2"
	if want := []string{a, b, a, b}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A change in progress at a reset is not in the history.
func TestHistoryOfAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, _, history := session(rules(t, "complete-after=1h")...)
		if _, err := unassign(t, client(t, st.Clouds()[0]), "eni-1", "10.0.1.2"); err != nil {
			t.Fatal(err)
		}
		st.Reset()
		time.Sleep(2 * time.Hour)
		if err := st.history.write(); err != nil || history.Len() > 0 {
			t.Errorf("%v\n%s", err, history)
		}
	})
}

// The history is written while the fake runs, also what completes without a request.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, _, history := session(rules(t, "complete-after=1h")...)
		ctx, cancel := context.WithCancel(t.Context())
		kept := make(chan error)
		go func() { kept <- st.Keep(ctx) }()
		if _, err := unassign(t, client(t, st.Clouds()[0]), "eni-1", "10.0.1.2"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour + historyPeriod)
		synctest.Wait()
		if !strings.Contains(history.String(), `"released":["10.0.1.2"]`) {
			t.Errorf("got\n%s", history)
		}
		cancel()
		if err := <-kept; err != nil {
			t.Error(err)
		}
	})
}
