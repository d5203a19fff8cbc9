// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// throttled lets the cloud take n releases of IPv4 addresses in each window. A throttled
// answer has a hint in its headers, where there is one.
func throttled(n int, window time.Duration, hint func(left time.Duration) string) func(*stage) {
	return func(st *stage) {
		var mu sync.Mutex
		var number int
		var ends time.Time
		left := func() time.Duration { mu.Lock(); defer mu.Unlock(); return time.Until(ends) }
		st.cloud.Control = func(c enitest.Call) *enitest.Fault {
			if c.Action != enitest.UnassignPrivateIps {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if now := time.Now(); !now.Before(ends) {
				number, ends = 0, now.Add(window)
			}
			if number++; number > n {
				return &enitest.Fault{Reason: enitest.Throttled}
			}
			return nil
		}
		if hint == nil {
			return
		}
		next := st.server
		st.server = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			reply := httptest.NewRecorder()
			next.ServeHTTP(reply, r)
			maps.Copy(w.Header(), reply.Header())
			if body := reply.Body.String(); strings.Contains(body, "Throttling") || strings.Contains(body, "RequestLimitExceeded") {
				w.Header().Set("Retry-After", hint(left()))
			}
			w.WriteHeader(reply.Code)
			fmt.Fprint(w, reply.Body.String())
		})
	}
}

func inSeconds(left time.Duration) string      { return fmt.Sprint(int(left.Round(time.Second).Seconds())) }
func inMilliseconds(left time.Duration) string { return fmt.Sprint(left.Milliseconds()) }

// A throttled request is no answer to what a cloud says of a conflict or of a detach.
func TestThrottledIsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		every int // one in so many changes is throttled
		want  map[string]string
	}{
		{"every second change", 2, map[string]string{
			"a conflict": onSame + "not met, requests are throttled; ",
			"a detach of an interface that is being detached": "is accepted",
		}},
		{"every ninth change", 9, map[string]string{
			"a conflict": onSame + none + "; " + onInstance + none + "; " + onSubnet + none,
			"a detach of an interface that is being detached": "is accepted",
			"a detach of a free interface":                    "is refused with InvalidParameter.EniNotBelongEcs",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				findsOut(t, aliyun.Provider, setting{set: func(st *stage) {
					st.burst = 0
					st.cloud.CompletesAfter = func(c enitest.Call) time.Duration {
						if c.Action == enitest.Detach {
							return 30 * time.Second
						}
						return 0
					}
					st.patience = time.Minute
					st.cloud.Control = func(c enitest.Call) *enitest.Fault {
						if c.Action != enitest.UnassignPrivateIps && c.Action != enitest.Detach {
							return nil
						}
						if int(sent.Add(1))%test.every == 0 {
							return &enitest.Fault{Reason: enitest.Throttled}
						}
						return nil
					}
				}, want: test.want})
			})
		})
	}
}

// A page of a gateway, an error of the cloud's own and a change of somebody else's are no
// answers either, whatever they meet.
func TestNoAnswers(t *testing.T) {
	t.Parallel()
	faults := map[string]*enitest.Fault{
		"the page of a gateway": {Reply: &enitest.Reply{Status: http.StatusBadGateway, ContentType: "text/html", Body: []byte("<h1>502</h1>")}},
		"an internal error":     {Reason: enitest.Internal},
		"somebody else":         {Reason: enitest.Conflict},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, provider string) {
				for every := 5; every < 10; every++ {
					synctest.Test(t, func(t *testing.T) { noAnswer(t, provider, every, fault) })
				}
			})
		})
	}
}

// noAnswer lets one in so many releases and detachments be met by a fault.
func noAnswer(t *testing.T, provider string, every int, fault *enitest.Fault) {
	st := newStage(t, provider)
	st.burst = 0
	var sent atomic.Int64
	st.cloud.Control = func(c enitest.Call) *enitest.Fault {
		if c.Action != enitest.UnassignPrivateIps && c.Action != enitest.Detach {
			return nil
		}
		if int(sent.Add(1))%every == 0 {
			return fault
		}
		return nil
	}
	r := st.play()
	st.untouched()
	if !r.complete() {
		t.Errorf("every %d: ended: %v, left: %v, promises: %+v", every, r.ended, r.left, r.promises)
	}
	for _, a := range r.answers {
		for _, wrong := range []string{"JSON", "InternalError", "subnet: Op", "subnet: Unsupp"} {
			if strings.Contains(a.text, wrong) {
				t.Errorf("every %d: %s: %s", every, a.name, a.text)
			}
		}
	}
}

// In a small subnet the addresses that nobody has are few. What a cloud says of one
// outside of it is no answer.
func TestSmallSubnet(t *testing.T) {
	t.Parallel()
	small := netip.PrefixFrom(accountAddresses.Addr(), 26)
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			findsOut(t, provider, setting{set: func(st *stage) {
				st.cloud.PartialBatches = true
				st.cloud.Control = func(c enitest.Call) *enitest.Fault {
					if slices.ContainsFunc(c.Addresses, func(a netip.Addr) bool { return a.Is4() && !small.Contains(a) }) {
						return &enitest.Fault{Code: "OutsideOfTheSubnet"}
					}
					return nil
				}
			}, want: map[string]string{
				"a refused batch releases its good part": "yes, refused with ",
			}})
		})
	})
}
