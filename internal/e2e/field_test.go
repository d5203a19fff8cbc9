// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// Problems from public bug reports, tested from the call to its error, over the test
// servers and the vendors' SDKs.

// on runs a test on each cloud in virtual time, with some interfaces, and a way between
// the client and the test server.
func on(t *testing.T, test func(t *testing.T, cloud *enitest.Cloud, way *way, client func(*eni.Options) eni.Client)) {
	t.Helper()
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			for n := range 25 {
				cloud.Put(attached(n, 12))
			}
			w := &way{RoundTripper: enitest.Transport(v.start(cloud, new(keys)))}
			test(t, cloud, w, func(opts *eni.Options) eni.Client { return v.at(t, "http://cloud.test", clientOver(w), opts) })
		})
	})
}

// way is the network between a client and a cloud.
type way struct {
	http.RoundTripper

	requests atomic.Int64
	before   func(r *http.Request) error // nil error: the request goes on
	after    func(*http.Response) error
}

func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	if w.before != nil {
		if err := w.before(r); err != nil {
			return nil, err
		}
	}
	resp, err := w.RoundTripper.RoundTrip(r)
	if err == nil && w.after != nil {
		if err := w.after(resp); err != nil {
			return nil, err
		}
	}
	return resp, err
}

// goals returns a call of each kind, on one interface.
func goals(client eni.Client, k int) map[string]func(context.Context) (*eni.Operation, error) {
	return map[string]func(context.Context) (*eni.Operation, error){
		"an address": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, release(k, v4(0)))
		},
		"an IPv6 address": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignIpv6(ctx, release(k, v6(0)))
		},
		"a batch": func(ctx context.Context) (*eni.Operation, error) {
			return client.UnassignPrivateIps(ctx, release(k, v4(1), v4(2), v4(3), v4(4), v4(5), v4(6), v4(7), v4(8), v4(9), v4(10), v4(11)))
		},
		"a detach": func(ctx context.Context) (*eni.Operation, error) {
			return client.Detach(ctx, eni.DetachRequest{InterfaceID: interfaceID(k), InstanceID: instanceID})
		},
	}
}

// notTried checks a call that sent nothing, and the reason in its error.
func notTried(t *testing.T, goal string, op *eni.Operation, err, want error, says string) {
	t.Helper()
	if op.Outcome() != eni.OutcomeNotTried || op.Attempts() != 0 {
		t.Errorf("%s: want nothing tried, got %s after %d attempts", goal, op.Outcome(), op.Attempts())
	}
	for _, r := range op.Results() {
		if r.Outcome != eni.OutcomeNotTried {
			t.Errorf("%s: %s is %s", goal, r, r.Outcome)
		}
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: want %v and %q, got %v", goal, want, says, err)
	}
	if errors.Is(want, context.DeadlineExceeded) && (!strings.Contains(err.Error(), want.Error()) || !eni.IsRetryable(err)) {
		t.Errorf("%s: want the end of the context in the text, and retryable: %v", goal, err)
	}
	if errors.Is(err, context.Canceled) {
		t.Errorf("%s: nobody cancelled it: %v", goal, err)
	}
}
