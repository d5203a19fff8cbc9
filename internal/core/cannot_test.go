// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// Invalid requests, and requests that the cloud does not support, fail before anything is
// sent.
func TestWhatCannotBeAskedFor(t *testing.T) {
	prefix := netip.MustParsePrefix("10.0.1.0/28")
	trunk := func(id string) eni.DetachRequest {
		return eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1", TrunkInterfaceID: id}
	}
	nothing := func(*core.Cloud) {}
	for _, c := range []struct {
		name  string
		cloud func(*core.Cloud)
		call  func(context.Context, *core.Client) error
		want  eni.Kind
	}{
		{"an action that is not there", func(c *core.Cloud) { c.Actions = []core.Action{core.UnassignPrivateIps} }, func(ctx context.Context, c *core.Client) error {
			_, err := c.Detach(ctx, detach)
			return err
		}, eni.ErrUnsupported},
		{"another action that is not there", func(c *core.Cloud) { c.Actions = []core.Action{core.Detach} }, releaseOneOf, eni.ErrUnsupported},
		{"an action that is there", func(c *core.Cloud) { c.Actions = []core.Action{core.Detach, core.UnassignPrivateIps} }, releaseOneOf, 0},
		{"a prefix", func(c *core.Cloud) { c.Prefixes = false }, func(ctx context.Context, c *core.Client) error {
			_, err := c.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: "eni-1", Prefixes: []netip.Prefix{prefix}})
			return err
		}, eni.ErrUnsupported},
		{"no prefix", func(c *core.Cloud) { c.Prefixes = false }, releaseOneOf, 0},
		{"a trunk", func(c *core.Cloud) { c.Trunks = false }, func(ctx context.Context, c *core.Client) error {
			_, err := c.Detach(ctx, trunk("eni-t"))
			return err
		}, eni.ErrUnsupported},
		{"its own trunk", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.Detach(ctx, trunk("eni-1"))
			return err
		}, eni.ErrInvalid},
		{"no trunk", func(c *core.Cloud) { c.Trunks = false }, func(ctx context.Context, c *core.Client) error {
			_, err := c.Detach(ctx, detach)
			return err
		}, 0},
		{"an id of two words", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.Detach(ctx, eni.DetachRequest{InterfaceID: "eni 1", InstanceID: "i-1"})
			return err
		}, eni.ErrInvalid},
		{"an instance id that is not ASCII", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.Detach(ctx, eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-\u00e4"})
			return err
		}, eni.ErrInvalid},
		{"a description without an id", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.Describe(ctx, "eni-1", "")
			return err
		}, eni.ErrInvalid},
		{"no address", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.UnassignPrivateIps(ctx, release("eni-1"))
			return err
		}, eni.ErrInvalid},
		{"the zero address", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.UnassignPrivateIps(ctx, release("eni-1", netip.Addr{}))
			return err
		}, eni.ErrInvalid},
		{"an address with a zone", nothing, func(ctx context.Context, c *core.Client) error {
			_, err := c.UnassignIpv6(ctx, release("eni-1", netip.MustParseAddr("fe80::1%eth0")))
			return err
		}, eni.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				config := plainCloud(p)
				c.cloud(&config)
				err := c.call(t.Context(), core.New(config, nil))
				if c.want == 0 {
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				if !errors.Is(err, c.want) || len(cloud.Calls("")) != 0 {
					t.Errorf("got %v after %d requests, want %v", err, len(cloud.Calls("")), c.want)
				}
			})
		})
	}
}

func releaseOneOf(ctx context.Context, c *core.Client) error { return releaseOne(ctx, c) }

// A describe or task query that is repeated with new credentials takes another permit.
func TestARenewedQueryTakesItsOwnPermit(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.ExpiredCredentials})
		client := core.New(plainCloud(&renewing{plain: p}), &eni.Options{Rates: eni.Rates{Describe: 0.1}})
		if _, err := client.Describe(t.Context(), "eni-1"); err != nil {
			t.Fatal(err)
		}
		calls := cloud.Calls(enitest.Describe)
		if len(calls) != 2 || calls[1].Time.Sub(calls[0].Time) < 10*time.Second {
			t.Errorf("want two requests ten seconds apart, got %v", calls)
		}
	})
}

// Without a time-out a response may take any time.
func TestNoRequestTimeout(t *testing.T) {
	for _, c := range []struct {
		limit time.Duration
		sent  int
	}{{-1, 1}, {0, 2}} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Minute})
			client := core.New(plainCloud(p), &eni.Options{RequestTimeout: c.limit})
			if err := releaseOne(t.Context(), client); err != nil {
				t.Error(err)
			}
			if n := sent(cloud, enitest.UnassignPrivateIps); n != c.sent {
				t.Errorf("with a time-out of %v: %d requests, want %d", c.limit, n, c.sent)
			}
		})
	}
}

// The error of a Wait that ends with MaxSettle has the error of its last request.
func TestMaxSettleReportsTheLastFailure(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		cloud.CompletesAfter = func(enitest.Call) time.Duration { return time.Hour }
		client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{MaxSettle: time.Minute}})
		op := accepted(t, cloud, client)
		always(cloud, enitest.Describe, enitest.Fault{Reason: enitest.Internal})
		began := time.Now()
		if err := op.Wait(t.Context()); !errors.Is(err, eni.ErrUnavailable) || time.Since(began) > 2*time.Minute {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// If the user's code panics with an error, errors.As finds it.
func TestAThrownErrorIsFound(t *testing.T) {
	boom := errors.New("boom")
	inBubble(t, func(t *testing.T, _ *enitest.Cloud, p *plain) {
		p.before = func(context.Context, enitest.Call) { panic(boom) }
		c := catch(func() error { return releaseOne(t.Context(), core.New(plainCloud(p), nil)) })
		err, ok := c.value.(error)
		if !ok || !errors.Is(err, boom) {
			t.Errorf("got %v", c.value)
		}
	})
}

// A Describe returns at once if its context ends while its parts wait for permits.
func TestPartsWaitNoLongerThanTheirCaller(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		ids := []string{"eni-1", "eni-2", "eni-3"}
		for _, id := range ids {
			cloud.Put(attached(id, 1))
		}
		cloud.Inject(enitest.Describe, slices.Repeat([]enitest.Fault{{Reason: enitest.NotFound}}, 1)...)
		client := core.New(plainCloud(p), &eni.Options{Rates: eni.Rates{Describe: 0.01}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		asked := 0
		p.before = func(context.Context, enitest.Call) { asked++ }
		began := time.Now()
		if _, err := client.Describe(ctx, ids...); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
		time.Sleep(20 * time.Minute)
		if left := client.Left(); left != nil || asked != 1 {
			t.Errorf("asked %d times, left: %q", asked, left)
		}
	})
}

// Credentials that are refused after a renewal are not renewed again for the same request,
// which would never end.
func TestCredentialsAreRenewedOnce(t *testing.T) {
	for action, call := range map[enitest.Action]func(context.Context, eni.Client) error{
		enitest.UnassignPrivateIps: releaseOne, enitest.Describe: describeOne,
	} {
		inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
			always(cloud, action, enitest.Fault{Reason: enitest.ExpiredCredentials})
			client := core.New(plainCloud(&renewing{plain: p}), nil)
			if err := call(t.Context(), client); !errors.Is(err, eni.ErrUnauthenticated) || sent(cloud, action) != 2 {
				t.Errorf("%s: got %v after %d requests, want 2", action, err, sent(cloud, action))
			}
		})
	}
}
