// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// An unreadable reply of a gateway is retried once, and the error names the gateway.
func TestFieldAPageOfAProxy(t *testing.T) {
	for _, status := range []int{302, 401, 403, 405, 407} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
				page := true
				w.after = func(resp *http.Response) error {
					if page {
						resp.StatusCode, resp.Header = status, http.Header{"Content-Type": {"text/html"}, "Server": {"squid/5.7"}}
						resp.Body = io.NopCloser(strings.NewReader("<html><title>Corporate proxy</title>"))
					}
					return nil
				}
				client := open(nil)
				for goal, call := range goals(client, 0) {
					w.requests.Store(0)
					start := time.Now()
					_, err := call(t.Context())
					if !errors.Is(err, eni.ErrUnavailable) || !strings.Contains(err.Error(), "squid/5.7") || time.Since(start) > 5*time.Second {
						t.Errorf("%s: %v after %s", goal, err, time.Since(start))
					}
					if n := w.requests.Load(); n > 3 { // a lost change, and two descriptions of it
						t.Errorf("%s: %d requests", goal, n)
					}
				}
				page = false
				if _, err := client.UnassignPrivateIps(t.Context(), release(1, v4(0))); err != nil {
					t.Errorf("the next call, when it is gone: %v", err)
				}
			})
		})
	}
}

// An interface with an unreadable address fails only the callers that asked for it.
func TestFieldOneUnreadableInterface(t *testing.T) {
	on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
		bad := attached(99, 2)
		bad.Addresses[0].Addr = netip.MustParseAddr("203.0.113.7")
		cloud.Put(bad)
		w.after = func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte("203.0.113.7"), []byte("N/A"))))
			return err
		}
		client := open(nil)
		var callers sync.WaitGroup
		for n := range 25 {
			callers.Go(func() {
				start := time.Now()
				op, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(n), InstanceID: instanceID})
				if err != nil || time.Since(start) > 2*time.Second {
					t.Errorf("%s: %s, %v after %s", interfaceID(n), op.Outcome(), err, time.Since(start))
				}
			})
		}
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			op, err := client.Detach(ctx, eni.DetachRequest{InterfaceID: bad.ID, InstanceID: instanceID})
			var e *eni.Error
			if !errors.As(err, &e) || e.InterfaceID != bad.ID || !strings.Contains(e.Message, bad.ID) || op.Outcome() != eni.OutcomeNotTried {
				t.Errorf("%s, %v", op.Outcome(), err)
			}
		})
		callers.Wait()
		describer, _ := client.(eni.Describer)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		found, err := describer.Describe(ctx, interfaceID(1), bad.ID, interfaceID(2))
		if len(found) != 2 || err == nil || !strings.Contains(err.Error(), bad.ID) {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// A describe with fewer interfaces than its total count is no evidence that one is gone.
func TestFieldFewerInterfacesThanCounted(t *testing.T) {
	on(t, func(t *testing.T, _ *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
		short := 3
		w.after = func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			if set := regexp.MustCompile(`"NetworkInterfaceSet":\[\{.*\}\]`); short > 0 && bytes.Contains(body, []byte(interfaceID(0))) && set.Match(body) {
				short--
				body = set.ReplaceAll(body, []byte(`"NetworkInterfaceSet":[]`))
			}
			resp.Body = io.NopCloser(bytes.NewReader(body))
			return err
		}
		op, err := open(nil).Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(0), InstanceID: instanceID})
		if err != nil || op.Outcome() != eni.OutcomeAccepted || short > 0 {
			t.Errorf("%s, %v; %d descriptions were not asked for", op.Outcome(), err, short)
		}
		short = 1 << 20
		op, err = open(&eni.Options{Retry: eni.Retry{MaxElapsed: time.Minute}}).Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(1), InstanceID: instanceID})
		if err != nil {
			t.Errorf("another interface: %s, %v", op.Outcome(), err)
		}
		op, err = open(&eni.Options{Retry: eni.Retry{MaxElapsed: time.Minute}}).Detach(t.Context(), eni.DetachRequest{InterfaceID: interfaceID(0), InstanceID: instanceID})
		if !errors.Is(err, eni.ErrUnavailable) || op.Outcome() != eni.OutcomeNotTried {
			t.Errorf("%s, %v", op.Outcome(), err)
		}
	})
}

// A conflict with a retry hint holds its interface for that time.
func TestFieldAConflictAsksForAPause(t *testing.T) {
	on(t, func(t *testing.T, cloud *enitest.Cloud, w *way, open func(*eni.Options) eni.Client) {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		w.after = func(resp *http.Response) error {
			resp.Header.Set("Retry-After", "20")
			return nil
		}
		start := time.Now()
		_, err := open(nil).UnassignPrivateIps(t.Context(), release(0, v4(0)))
		if took := time.Since(start); err != nil || took < 20*time.Second || took > 21*time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}
