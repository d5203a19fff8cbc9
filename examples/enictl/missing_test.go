// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// done is the progress of a call that has ended, with these outcomes.
type done struct {
	results []eni.Result
	outcome eni.Outcome // where there are no results
}

func (d done) Poll(context.Context) (bool, error) { return true, nil }
func (d done) Wait(context.Context) error         { return nil }
func (d done) Results() []eni.Result              { return d.results }
func (d done) Outcome() eni.Outcome               { return d.outcome }
func (d done) RequestIDs() []string               { return nil }
func (d done) Attempts() int                      { return 0 }

// missing is the client of a region in which no interface exists: all that is asked
// for is absent, and each call is an error.
type missing struct{ cloudeni.Client }

var errMissing = &eni.Error{Kind: eni.ErrNotFound, Provider: "aliyun", Code: "InvalidEniId.NotFound", Message: "no such interface"}

func (missing) UnassignPrivateIps(_ context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	var d done
	for _, a := range req.Addresses {
		d.results = append(d.results, eni.Result{Prefix: netip.PrefixFrom(a, a.BitLen()), Outcome: eni.OutcomeAbsent})
	}
	return eni.NewOperation(d), errMissing
}

func (missing) Detach(context.Context, eni.DetachRequest) (*eni.Operation, error) {
	return eni.NewOperation(done{outcome: eni.OutcomeAbsent}), errMissing
}

// What is absent because its interface was not found is no success: in a wrong
// region it looks the same.
func TestAbsentInterfaceIsNoSuccess(t *testing.T) {
	for _, test := range []struct {
		j          job
		text, json string
	}{
		{
			job{command: unassignIPs, provider: "aliyun", interfaceID: "eni-1", addresses: []netip.Addr{netip.MustParseAddr("10.0.0.5")}},
			"10.0.0.5   absent   no such interface (InvalidEniId.NotFound)\neni-1: 1 absent\n",
			`"outcome":"absent","released":[],"accepted":[],"absent":["10.0.0.5"],`,
		},
		{
			job{command: detach, provider: "aliyun", interfaceID: "eni-1", instanceID: "i-1"},
			"eni-1   absent   no such interface (InvalidEniId.NotFound)\n",
			`"outcome":"absent","released":[],"accepted":[],"absent":[],`,
		},
	} {
		e := perform(t.Context(), missing{}, test.j)
		var text bytes.Buffer
		write(&output{w: &text}, test.j, e)
		if text.String() != test.text {
			t.Errorf("text:\n%s\nwant:\n%s", &text, test.text)
		}
		test.j.output = jsonOutput
		text.Reset()
		write(&output{w: &text}, test.j, e)
		if got := decode(t, text.String()); got.OK || got.Error == nil || got.Error.Kind != "not_found" || !strings.Contains(text.String(), test.json) {
			t.Errorf("JSON: %s", &text)
		}
	}
}

// Such an address is not done for the journal either: with the right region, the
// next run must ask for it.
func TestAbsentInterfaceIsNotDone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.jsonl")
	h := heading{Version: 1}
	targets := []target{{"eni-1", netip.MustParsePrefix("10.0.0.5/32")}, {"eni-1", netip.MustParsePrefix("10.0.0.6/32")}}
	for run := range 2 {
		j, err := openJournal(file, h)
		if err != nil {
			t.Fatal(err)
		}
		if len(j.done) > 0 {
			t.Errorf("run %d finds done: %v", run, j.done)
		}
		var stdout, stderr bytes.Buffer
		c := &campaign{
			program: &program{stdout: &output{w: &stdout}, person: &console{w: &stderr}},
			bulkJob: bulkJob{job: &job{command: releaseList, provider: "aliyun", timeout: time.Hour}, parallel: 1},
			client:  missing{},
			sent:    new(tally),
			journal: j,
			latest:  make(map[target]record),
		}
		c.run(t.Context(), targets)
		if err := j.close(); err != nil {
			t.Fatal(err)
		}
		const want = "" +
			"eni-1   10.0.0.5   absent   no such interface (InvalidEniId.NotFound)\n" +
			"eni-1   10.0.0.6   absent   no such interface (InvalidEniId.NotFound)\n" +
			"2 addresses on 1 interface: 2 absent\n"
		if c.status != exitFailed || stdout.String() != want || !strings.HasPrefix(stderr.String(), "enictl: not_found (2): check the interface's id") {
			t.Errorf("run %d: exit status %d\n%s%s", run, c.status, &stdout, &stderr)
		}
	}
}
