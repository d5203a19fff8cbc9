// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

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
				n := 0
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
						if n++; n%test.every == 0 {
							return &enitest.Fault{Reason: enitest.Throttled}
						}
						return nil
					}
				}, want: test.want})
			})
		})
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
