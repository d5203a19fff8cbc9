// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"iter"
	"net/http"
	"net/netip"
	"testing"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// stub is a client with fixed results.
type stub struct {
	cloudeni.Client

	outcome eni.Outcome
	err     error
	panics  bool
}

func (s stub) Describe(context.Context, ...string) ([]eni.Interface, error) {
	if s.panics {
		panic("stub")
	}
	return []eni.Interface{newInterface("eni-1")}, s.err
}

func (s stub) UnassignPrivateIps(_ context.Context, req eni.UnassignRequest) (*eni.Operation, error) {
	if s.panics {
		panic("stub")
	}
	p := progress{outcome: s.outcome}
	for _, a := range req.Addresses {
		p.results = append(p.results, eni.Result{Prefix: netip.PrefixFrom(a, a.BitLen()), Outcome: s.outcome})
	}
	return eni.NewOperation(p), s.err
}

func (s stub) Detach(context.Context, eni.DetachRequest) (*eni.Operation, error) {
	if s.panics {
		panic("stub")
	}
	return eni.NewOperation(progress{outcome: s.outcome}), s.err
}

func (s stub) Delete(context.Context, eni.DeleteRequest) (*eni.Operation, error) {
	if s.panics {
		panic("stub")
	}
	return eni.NewOperation(progress{outcome: s.outcome}), s.err
}

func (s stub) List(context.Context, eni.Filter) iter.Seq2[eni.Interface, error] {
	if s.panics {
		panic("stub")
	}
	return func(yield func(eni.Interface, error) bool) { yield(newInterface("eni-1"), s.err) }
}

// progress is the progress of a done call.
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

// A target that is absent because its interface was not found is no success: a wrong region
// looks the same.
func TestAbsentInterfaceIsNoSuccess(t *testing.T) {
	missing := &eni.Error{Kind: eni.ErrNotFound, Code: "InvalidEniId.NotFound", Message: "no such interface"}
	for path, test := range map[string]struct{ body, want string }{
		"eni-1/release": {`{"addresses": ["10.0.0.5"]}`, "10.0.0.5 absent (not_found)"},
		"eni-1/detach":  {`{"instance_id": "i-1"}`, "eni-1 absent (not_found)"},
	} {
		f := newFake(t)
		f.service.clouds["aliyun/cn-hangzhou"] = stub{outcome: eni.OutcomeAbsent, err: missing}
		f.ask(interfacePath("aliyun", path), test.body).check(t, http.StatusNotFound, test.want)
		if n := unfinished(f.log.line(t, "request")); n != 1 {
			t.Errorf("%s: the log has %d as unfinished, want one", path, n)
		}
	}
}
