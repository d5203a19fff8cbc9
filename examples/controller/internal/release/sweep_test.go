// SPDX-License-Identifier: Apache-2.0

package release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// broom is a sweeper of one in-memory cloud, in virtual time.
type broom struct {
	*testing.T
	Sweeper

	cloud *enitest.Cloud
	log   bytes.Buffer
}

// onBoth runs a test on each cloud. Interfaces with the tag cluster=c1 are swept every
// hour, when they were free for ten minutes.
func onBoth(t *testing.T, test func(*broom)) {
	t.Helper()
	for _, provider := range []v1alpha1.Provider{v1alpha1.Aliyun, v1alpha1.Tencent} {
		t.Run(string(provider), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &broom{T: t, cloud: new(enitest.Cloud)}
				var client eni.Sweeper
				var err error
				if provider == v1alpha1.Aliyun {
					client, err = aliyun.New(aliyuntest.NewServer(b.cloud).Config(), nil)
				} else {
					client, err = tencent.New(tencenttest.NewServer(b.cloud).Config(), nil)
				}
				if err != nil {
					t.Fatal(err)
				}
				b.Sweeper = Sweeper{
					Places:   []Place{{Provider: provider, Region: "here"}},
					Request:  eni.SweepRequest{Filter: eni.Filter{Tags: map[string]string{"cluster": "c1"}}, KeepTags: map[string]string{"keep": ""}},
					Interval: time.Hour,
					Log:      slog.New(slog.NewJSONHandler(&b.log, nil)),
					open:     func(context.Context, Place) (eni.Sweeper, func(), error) { return client, func() {}, nil },
				}
				test(b)
			})
		})
	}
}

// put adds a free interface with the tag that is swept.
func (b *broom) put(id string, changes ...func(*eni.Interface)) {
	i := eni.Interface{
		ID: id, Type: eni.TypeSecondary, State: eni.StateAvailable, VPCID: "vpc-1",
		Tags: map[string]string{"cluster": "c1"},
	}
	for _, change := range changes {
		change(&i)
	}
	b.cloud.Put(i)
}

// during runs the sweeper for a time.
func (b *broom) during(d time.Duration) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	if err := b.Start(ctx); err != nil {
		b.Error(err)
	}
}

// left are the interfaces that exist.
func (b *broom) left(ids ...string) string {
	return fmt.Sprint(slices.DeleteFunc(ids, func(id string) bool {
		_, exists := b.cloud.Get(id)
		return !exists
	}))
}

// Only what is free, has the tag, is protected by no other one, and is nobody's, goes.
func TestSweep(t *testing.T) {
	onBoth(t, func(b *broom) {
		b.put("eni-1")
		b.put("eni-2", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-1" })
		b.put("eni-3", func(i *eni.Interface) { i.Tags = map[string]string{"cluster": "c2"} })
		b.put("eni-4", func(i *eni.Interface) { i.Tags["keep"] = "yes" })
		b.put("eni-5", func(i *eni.Interface) { i.Manager = "service" })
		b.during(time.Hour)
		if got := b.left("eni-1", "eni-2", "eni-3", "eni-4", "eni-5"); got != "[eni-2 eni-3 eni-4 eni-5]" {
			b.Errorf("there are %s", got)
		}
		for _, message := range []string{`"msg":"unused interface"`, `"msg":"deleted"`} {
			if n := strings.Count(b.log.String(), message); n != 1 || strings.Count(b.log.String(), `"eni-1"`) != 2 {
				b.Errorf("%d lines say %s:\n%s", n, message, &b.log)
			}
		}
	})
}

// A sweep begins within a tenth of the interval, waits for the grace, and comes again
// after an interval and at most a tenth more. What somebody attaches meanwhile stays.
func TestSweepsComeAgain(t *testing.T) {
	onBoth(t, func(b *broom) {
		began := time.Now()
		b.put("eni-1")
		b.put("eni-2")
		time.AfterFunc(8*time.Minute, func() {
			b.cloud.Update("eni-2", func(i *eni.Interface) { i.State, i.InstanceID = eni.StateInUse, "i-1" })
		})
		time.AfterFunc(30*time.Minute, func() { b.put("eni-3") })
		b.during(100 * time.Minute)
		if got := b.left("eni-1", "eni-2", "eni-3"); got != "[eni-2]" {
			b.Errorf("there are %s", got)
		}
		var at []time.Duration
		for _, change := range b.cloud.History() {
			at = append(at, change.Call.Time.Sub(began))
		}
		if len(at) != 2 || at[0] < 10*time.Minute || at[0] > 17*time.Minute || at[1]-at[0] < 70*time.Minute || at[1]-at[0] > 77*time.Minute {
			b.Errorf("deleted after %v", at)
		}
	})
}

func TestSweepInADryRun(t *testing.T) {
	onBoth(t, func(b *broom) {
		b.DryRun = true
		b.put("eni-1")
		b.during(time.Hour)
		if n := len(b.cloud.Calls(enitest.Delete)); n > 0 {
			b.Errorf("%d deletions", n)
		}
		text := b.log.String()
		if !strings.Contains(text, `"interface_id":"eni-1"`) || !strings.Contains(text, `"dry_run":true`) || strings.Contains(text, "WARN") {
			b.Errorf("the log is\n%s", text)
		}
	})
}

// What fails is tried again by the next sweep, and says why.
func TestSweepsThatFail(t *testing.T) {
	for name, fail := range map[string]func(*broom, *bool){
		"no credentials": func(b *broom, failing *bool) {
			open := b.open
			b.open = func(ctx context.Context, p Place) (eni.Sweeper, func(), error) {
				if *failing {
					return nil, nil, errors.New("refused for the test")
				}
				return open(ctx, p)
			}
		},
		"no list": func(b *broom, failing *bool) {
			b.cloud.Control = func(call enitest.Call) *enitest.Fault {
				if *failing && call.Action == enitest.List {
					return &enitest.Fault{Reason: enitest.Denied}
				}
				return nil
			}
		},
		"no deletion": func(b *broom, failing *bool) {
			b.cloud.Control = func(call enitest.Call) *enitest.Fault {
				if *failing && call.Action == enitest.Delete {
					return &enitest.Fault{Reason: enitest.Denied}
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(b *broom) {
				failing := true
				fail(b, &failing)
				b.put("eni-1")
				b.during(30 * time.Minute)
				if got := b.left("eni-1"); got != "[eni-1]" || strings.Count(b.log.String(), `"level":"WARN"`) != 1 {
					b.Errorf("there are %s, and the log is\n%s", got, &b.log)
				}
				failing = false
				b.during(30 * time.Minute)
				if got := b.left("eni-1"); got != "[]" {
					b.Errorf("there are %s, and the log is\n%s", got, &b.log)
				}
			})
		})
	}
}

// The end of a manager ends a sweep at once, and is no failure of it.
func TestSweepEnds(t *testing.T) {
	onBoth(t, func(b *broom) {
		b.put("eni-1")
		began := time.Now()
		b.during(9 * time.Minute)
		if elapsed := time.Since(began); elapsed != 9*time.Minute || b.log.Len() > 0 {
			b.Errorf("it ended after %s, and said\n%s", elapsed, &b.log)
		}
	})
}
