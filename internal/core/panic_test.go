// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

// trap is user code that panics while it is armed.
type trap struct {
	armed atomic.Bool
	throw func()
}

func (tr *trap) spring() {
	if tr.armed.Load() {
		tr.throw()
	}
}

func (tr *trap) Wait(context.Context) error { tr.spring(); return nil }
func (tr *trap) NextBackOff() time.Duration { tr.spring(); return time.Second }
func (tr *trap) Reset()                     {}

func (tr *trap) Enabled(context.Context, slog.Level) bool  { return true }
func (tr *trap) Handle(context.Context, slog.Record) error { tr.spring(); return nil }
func (tr *trap) WithAttrs([]slog.Attr) slog.Handler        { return tr }
func (tr *trap) WithGroup(string) slog.Handler             { return tr }

// on is a request of the driver that triggers the trap.
func (tr *trap) on(action enitest.Action) func(*plain, *eni.Options) {
	return func(p *plain, _ *eni.Options) {
		p.before = func(_ context.Context, call enitest.Call) {
			if call.Action == action {
				tr.spring()
			}
		}
	}
}

// traps are the places where the user's code runs.
func traps(tr *trap) map[string]func(*plain, *eni.Options) {
	return map[string]func(*plain, *eni.Options){
		"a request for a change":      tr.on(enitest.UnassignPrivateIps),
		"a request for a description": tr.on(enitest.Describe),
		"a request for a task":        tr.on(enitest.DescribeTask),
		"the limiter":                 func(_ *plain, o *eni.Options) { o.Limiter = tr },
		"the verdict":                 func(_ *plain, o *eni.Options) { o.Retry.Retryable = func(error) bool { tr.spring(); return true } },
		"the maker of the backoff": func(_ *plain, o *eni.Options) {
			o.Retry.Backoff = func() eni.Backoff { tr.spring(); return pauses(time.Second) }
		},
		"the backoff": func(_ *plain, o *eni.Options) { o.Retry.Backoff = func() eni.Backoff { return tr } },
		"the call hook": func(_ *plain, o *eni.Options) {
			o.OnCall = func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
				tr.spring()
				return ctx, nil
			}
		},
		"the end hook": func(_ *plain, o *eni.Options) {
			o.OnCall = func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
				return ctx, func(eni.CallEnd) { tr.spring() }
			}
		},
		"the attempt hook": func(_ *plain, o *eni.Options) { o.OnAttempt = func(eni.Attempt) { tr.spring() } },
		"the query hook":   func(_ *plain, o *eni.Options) { o.OnQuery = func(eni.Query) { tr.spring() } },
		"the load hook":    func(_ *plain, o *eni.Options) { o.OnLoad = func(eni.Load) { tr.spring() } },
		"the logger":       func(_ *plain, o *eni.Options) { o.Logger = slog.New(tr) },
	}
}

const manyCallers = 20

// caught is the result of a goroutine that made a call.
type caught struct {
	returned bool
	err      error
	value    any // what it panicked with
}

// catch calls f on its own goroutine and returns the result.
func catch(f func() error) (c caught) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { c.value = recover() }()
		c.err = f()
		c.returned = true
	}()
	<-ended
	return c
}

// Many concurrent callers, each with its own interface, get the panic of the user's code;
// the process lives, and the next calls succeed.
func trapped(t *testing.T, throw func(), check func(*testing.T, caught)) {
	for name := range traps(new(trap)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return 10 * time.Second }}
				cloud.Control = func(call enitest.Call) *enitest.Fault {
					if call.Action == enitest.UnassignPrivateIps && len(call.Addresses) == 1 && call.Addresses[0] == secondaries(1)[0] {
						return &enitest.Fault{Reason: enitest.Conflict} // the policy is asked
					}
					return nil
				}
				p, tr, opts := newPlain(cloud), &trap{throw: throw}, new(eni.Options)
				traps(tr)[name](p, opts)
				client := core.New(plainCloud(withTasks{p}), opts)
				tr.armed.Store(true)
				first := secondaries(2)[:1]
				if !strings.Contains(name, "verdict") && !strings.Contains(name, "backoff") {
					first = secondaries(2)[1:]
				}
				var wg sync.WaitGroup
				began := time.Now()
				for n := range manyCallers {
					id := fmt.Sprintf("eni-%d", n)
					cloud.Put(attached(id, 5))
					wg.Go(func() {
						c := catch(func() error {
							_, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), release(id, first...))
							return err
						})
						check(t, c)
					})
				}
				wg.Wait()
				if took := time.Since(began); took > time.Minute {
					t.Errorf("the callers came back after %s", took)
				}
				tr.armed.Store(false)
				time.Sleep(15 * time.Second)
				for n := range manyCallers {
					wg.Go(func() {
						op, err := eni.Blocking(client).UnassignPrivateIps(t.Context(), release(fmt.Sprintf("eni-%d", n), secondaries(5)[3:]...))
						if err != nil || op.Outcome() != eni.OutcomeReleased {
							t.Errorf("the next call: got %s, %v", op.Outcome(), err)
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

func TestAPanicBelongsToTheCallersWhoWait(t *testing.T) {
	trapped(t, func() { panic("boom") }, func(t *testing.T, c caught) {
		if c.returned || c.value == nil {
			t.Errorf("want a panic, got %v", c.err)
			return
		}
		if text := fmt.Sprint(c.value); !strings.HasPrefix(text, "boom") || !strings.Contains(text, "panic_test.go") && c.value != "boom" {
			t.Errorf("want the value and the stack of where it was thrown, got %s", text)
		}
	})
}

func TestGoexitEndsTheRequestWithAnError(t *testing.T) {
	trapped(t, runtime.Goexit, func(t *testing.T, c caught) {
		if c.value != nil || c.returned && c.err == nil {
			t.Errorf("want an error, or the goroutine ended, got %v", c.value)
		}
	})
}

// All callers of a change get a panic during the change, and the hook gets an unknown
// outcome for each.
func TestAPanicReachesAllCallersOfAChange(t *testing.T) {
	inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
		p.before = func(_ context.Context, call enitest.Call) {
			if call.Action == enitest.UnassignPrivateIps {
				panic("boom")
			}
		}
		var r record
		opts := r.options()
		opts.Limiter = slowLimiter{}
		client := core.New(plainCloud(p), opts)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				c := catch(func() error {
					_, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
					return err
				})
				if c.value == nil {
					t.Errorf("want a panic, got %v", c.err)
				}
			})
		}
		wg.Wait()
		for n, ends := range r.reports().ends {
			if len(ends) != 1 || ends[0].Operation.Outcome() != eni.OutcomeUnknown || ends[0].Err == nil {
				t.Errorf("call %d ended as %+v", n, ends)
			}
		}
		if len(r.reports().attempts) != 1 || r.reports().load != (eni.Load{}) {
			t.Errorf("want one attempt and nothing pending, got %d, %+v", len(r.reports().attempts), r.reports().load)
		}
	})
}

// logged is the text of a logger's records.
func logged() (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewTextHandler(&out, nil)), &out
}

func TestAPanicThatNobodyWaitsForIsLogged(t *testing.T) {
	for _, action := range []enitest.Action{enitest.UnassignPrivateIps, enitest.Describe} {
		t.Run(string(action), func(t *testing.T) {
			inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
				logger, out := logged()
				leave := make(chan struct{})
				p.before = func(_ context.Context, call enitest.Call) {
					if call.Action == action {
						<-leave
						panic("boom")
					}
				}
				client := core.New(plainCloud(p), &eni.Options{Logger: logger, Limiter: slowLimiter{}})
				ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
				defer cancel()
				c := catch(func() error {
					if action == enitest.Describe {
						_, err := client.Describe(ctx, "eni-1")
						return err
					}
					_, err := client.UnassignPrivateIps(ctx, release("eni-1", secondaries(1)...))
					return err
				})
				if !c.returned || !errors.Is(c.err, context.DeadlineExceeded) {
					t.Errorf("want the context's end, got %+v", c)
				}
				close(leave)
				synctest.Wait()
				if text := out.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "boom") || !strings.Contains(text, "panic_test.go") {
					t.Errorf("want the panic and its stack at ERROR, got %s", text)
				}
			})
		})
	}
}

// The policy also decides about describes, and about conflicts that the client itself has
// found.
func TestWhatThePolicyThrowsIsMetWhateverItIsAskedAbout(t *testing.T) {
	for name, throw := range map[string]func(){"a panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		for _, about := range []string{"a detach's description", "a description", "a contradiction"} {
			t.Run(name+", "+about, func(t *testing.T) {
				inBubble(t, func(t *testing.T, cloud *enitest.Cloud, p *plain) {
					tr := &trap{throw: throw}
					tr.armed.Store(true)
					client := core.New(plainCloud(p), &eni.Options{Retry: eni.Retry{Retryable: func(error) bool { tr.spring(); return true }}})
					call := func() (err error) {
						switch about {
						case "a detach's description":
							cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Internal})
							_, err = client.Detach(t.Context(), detach)
						case "a description":
							cloud.Inject(enitest.Describe, enitest.Fault{Reason: enitest.Internal})
							_, err = client.Describe(t.Context(), "eni-1")
						default:
							cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.NotAssigned})
							_, err = client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...))
						}
						return err
					}
					if c := catch(call); (c.value != nil) != (name == "a panic") || c.value == nil && c.err == nil {
						t.Errorf("got %+v", c)
					}
					tr.armed.Store(false)
					if c := catch(call); c.err != nil || c.value != nil {
						t.Errorf("the next call: got %+v", c)
					}
				})
			})
		}
	}
}
