// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	tcerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// side is one cloud with one kind of client. The clouds are the same for both
// kinds; each caller gets a client of the vendor's own, which may not be shared.
type side struct {
	name       string
	newCallers func(*testing.T, *enitest.Cloud) func() caller
}

// caller is what the README is about.
type caller struct {
	unassign     func(ctx context.Context, eniID string, addresses []string) error
	unassignIPv6 func(ctx context.Context, eniID string, addresses []string) error
	detach       func(ctx context.Context, eniID, instanceID string) error
}

var sides = []side{
	{"aliyun before", func(t *testing.T, cloud *enitest.Cloud) func() caller {
		server := aliyuntest.NewServer(cloud)
		return func() caller {
			client, err := aliyunBefore(server.AccessKeyID, server.AccessKeySecret)
			if err != nil {
				t.Fatal(err)
			}
			client.Domain = "ecs.invalid"
			client.SetTransport(enitest.Transport(server))
			return caller{
				unassign: func(_ context.Context, id string, list []string) error {
					return unassignOnAliyun(client, id, list)
				},
				unassignIPv6: func(_ context.Context, id string, list []string) error {
					return unassignIPv6OnAliyun(client, id, list)
				},
				detach: func(_ context.Context, id, instance string) error { return detachOnAliyun(client, id, instance) },
			}
		}
	}},
	{"aliyun after", func(t *testing.T, cloud *enitest.Cloud) func() caller {
		client, err := aliyun.New(aliyuntest.NewServer(cloud).Config(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return func() caller { return after(client) }
	}},
	{"tencent before", func(t *testing.T, cloud *enitest.Cloud) func() caller {
		server := tencenttest.NewServer(cloud)
		return func() caller {
			client, err := tencentBefore(server.SecretID, server.SecretKey)
			if err != nil {
				t.Fatal(err)
			}
			client.WithHttpTransport(enitest.Transport(server))
			return caller{
				unassign: func(ctx context.Context, id string, list []string) error {
					return unassignOnTencent(ctx, client, id, list)
				},
				unassignIPv6: func(ctx context.Context, id string, list []string) error {
					return unassignIPv6OnTencent(ctx, client, id, list)
				},
				detach: func(ctx context.Context, id, instance string) error {
					return detachOnTencent(ctx, client, id, instance)
				},
			}
		}
	}},
	{"tencent after", func(t *testing.T, cloud *enitest.Cloud) func() caller {
		client, err := tencent.New(tencenttest.NewServer(cloud).Config(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return func() caller { return after(client) }
	}},
}

func after(client eni.Client) caller {
	return caller{
		unassign: func(ctx context.Context, id string, list []string) error {
			return unassign(ctx, client, id, parse(list))
		},
		unassignIPv6: func(ctx context.Context, id string, list []string) error {
			return unassignIPv6(ctx, client, id, parse(list))
		},
		detach: func(ctx context.Context, id, instance string) error { return detach(ctx, client, id, instance) },
	}
}

func parse(list []string) []netip.Addr {
	addresses := make([]netip.Addr, len(list))
	for n, text := range list {
		addresses[n] = netip.MustParseAddr(text)
	}
	return addresses
}

// newCloud has one interface with a primary address, 10.0.0.1, and secondary ones
// up to 10.0.0.40, and an IPv6 address. A change takes a second.
func newCloud() *enitest.Cloud {
	cloud := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return time.Second }}
	i := eni.Interface{ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1"}
	for n, text := range span(1, 40) {
		i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr(text), Primary: n == 0})
	}
	i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr("2001:db8::1")})
	cloud.Put(i)
	return cloud
}

func span(first, last int) []string {
	var list []string
	for n := first; n <= last; n++ {
		list = append(list, fmt.Sprintf("10.0.0.%d", n))
	}
	return list
}

// The constructors send nothing.
func TestTheConstructors(t *testing.T) {
	if client, err := aliyunAfter("id", "secret"); client == nil || err != nil {
		t.Error(client, err)
	}
	if client, err := tencentAfter("id", "key"); client == nil || err != nil {
		t.Error(client, err)
	}
}

// On a quiet cloud both do the whole work.
func TestBothDoTheWork(t *testing.T) {
	for _, side := range sides {
		t.Run(side.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := newCloud()
				c := side.newCallers(t, cloud)()
				for _, err := range []error{
					c.unassign(t.Context(), "eni-1", span(2, 40)),
					c.unassignIPv6(t.Context(), "eni-1", []string{"2001:db8::1"}),
					c.detach(t.Context(), "eni-1", "i-1"),
				} {
					if err != nil {
						t.Error(err)
					}
				}
				i, _ := cloud.Get("eni-1")
				if len(i.Addresses) != 1 || i.State != eni.StateAvailable {
					t.Errorf("at the end: %+v", i)
				}
			})
		})
	}
}

// troubles are the rows of the README's table: what goes wrong, and what is done
// meanwhile.
var troubles = []struct {
	name string
	do   func(*testing.T, *enitest.Cloud, func() caller) string
}{
	{"another change is in progress, for three seconds", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		conflict := enitest.Fault{Reason: enitest.Conflict}
		cloud.Inject(enitest.UnassignPrivateIps, conflict, conflict)
		return outcome(cloud, newCaller().unassign(t.Context(), "eni-1", span(2, 4)), span(2, 4))
	}},
	{"one of three is gone already", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		cloud.Update("eni-1", func(i *eni.Interface) { i.Addresses = slices.Delete(i.Addresses, 1, 2) })
		return outcome(cloud, newCaller().unassign(t.Context(), "eni-1", span(2, 4)), span(2, 4))
	}},
	{"one of three is the primary address", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		return outcome(cloud, newCaller().unassign(t.Context(), "eni-1", span(1, 3)), span(1, 3))
	}},
	{"too many requests, once", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Throttled})
		return outcome(cloud, newCaller().unassign(t.Context(), "eni-1", span(2, 4)), span(2, 4))
	}},
	{"the answer is lost, after the work", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		enitest.LostAnswer(enitest.UnassignPrivateIps)(cloud)
		return outcome(cloud, newCaller().unassign(t.Context(), "eni-1", span(2, 4)), span(2, 4))
	}},
	{"a gateway answers with an empty 200", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reply: &enitest.Reply{}})
		return outcome(cloud, newCaller().unassign(t.Context(), "eni-1", span(2, 4)), span(2, 4))
	}},
	{"it hangs, and the context ends after 2 s", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		if newCaller().unassign(ctx, "eni-1", span(2, 4)) == nil {
			return "done"
		}
		return fmt.Sprintf("comes back after %s", time.Since(start))
	}},
	{"20 callers at once, an address each", func(t *testing.T, cloud *enitest.Cloud, newCaller func() caller) string {
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			done int
		)
		for _, address := range span(2, 21) {
			c := newCaller()
			wg.Go(func() {
				err := c.unassign(t.Context(), "eni-1", []string{address})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				}
			})
		}
		wg.Wait()
		sent := len(cloud.Calls(enitest.UnassignPrivateIps))
		if sent < 10 {
			return fmt.Sprintf("%d done, fewer than 10 changes", done) // the pauses are drawn by lot
		}
		return fmt.Sprintf("%d done, %d changes", done, sent)
	}},
}

// outcome is what the call said, and how many of the addresses are gone once what
// is in progress is complete.
func outcome(cloud *enitest.Cloud, err error, addresses []string) string {
	time.Sleep(time.Minute)
	gone := 0
	for _, a := range parse(addresses) {
		if !cloud.Has("eni-1", netip.PrefixFrom(a, a.BitLen())) {
			gone++
		}
	}
	return fmt.Sprintf("%s, %d of %d gone", word(err), gone, len(addresses))
}

func word(err error) string {
	var (
		ours    *eni.Error
		ali     *sdkerrors.ServerError
		tencent *tcerrors.TencentCloudSDKError
	)
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &ours):
		return "`" + ours.Kind.Error() + "`"
	case errors.As(err, &ali) && ali.ErrorCode() != "":
		return "`" + ali.ErrorCode() + "`"
	case errors.As(err, &tencent) && tencent.Code != "":
		return "`" + tencent.Code + "`"
	default:
		return "an error"
	}
}

// The README's table says what comes out.
func TestTheTableIsTrue(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, trouble := range troubles {
		t.Run(trouble.name, func(t *testing.T) {
			row := "| " + trouble.name + " |"
			for _, side := range sides {
				synctest.Test(t, func(t *testing.T) {
					cloud := newCloud()
					row += " " + trouble.do(t, cloud, side.newCallers(t, cloud)) + " |"
				})
			}
			if !strings.Contains(string(page), row+"\n") {
				t.Errorf("the README lacks the row\n%s", row)
			}
		})
	}
}

// codeRow is a row of the README's table of codes.
var codeRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (Alibaba|Tencent) Cloud \\| [^|]+ \\| `(\\w+)`")

// kinds are the README's words for them.
var kinds = map[string]eni.Kind{
	"ErrConflict": eni.ErrConflict, "ErrThrottled": eni.ErrThrottled, "ErrNotAssigned": eni.ErrNotAssigned,
	"ErrNotFound": eni.ErrNotFound, "ErrState": eni.ErrState, "ErrInvalid": eni.ErrInvalid, "ErrUnavailable": eni.ErrUnavailable,
}

// A code that is checked by hand today has the kind that the README says.
func TestTheCodesAreTrue(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := codeRow.FindAllStringSubmatch(string(page), -1)
	if len(rows) < 8 {
		t.Errorf("the README has %d codes", len(rows))
	}
	for _, row := range rows {
		t.Run(row[1], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := newCloud()
				cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Code: row[1]})
				refusals := make(chan eni.Kind, 1) // of the first attempt
				opts := &eni.Options{OnAttempt: func(a eni.Attempt) {
					select {
					case refusals <- eni.KindOf(a.Err):
					default:
					}
				}}
				var client eni.Client
				var err error
				if row[2] == "Alibaba" {
					client, err = aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
				} else {
					client, err = tencent.New(tencenttest.NewServer(cloud).Config(), opts)
				}
				if err != nil {
					t.Fatal(err)
				}
				_ = unassign(t.Context(), client, "eni-1", parse(span(2, 2))) // a conflict is retried
				if kind := <-refusals; kind == 0 || kind != kinds[row[3]] {
					t.Errorf("it is %v, the README says %s", kind, row[3])
				}
			})
		})
	}
}

// Every block of code in the README is in a file here, which the tests run.
func TestTheCodeIsShownAsItIs(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range []string{"aliyun_before.go", "tencent_before.go", "after.go"} {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(file)
	}
	blocks := strings.Split(string(page), "```go\n")[1:]
	if len(blocks) == 0 {
		t.Error("the README shows no code")
	}
	for _, rest := range blocks {
		block, _, _ := strings.Cut(rest, "```\n")
		if !strings.Contains(code.String(), block) {
			t.Errorf("no file has\n%s", block)
		}
	}
}
