// SPDX-License-Identifier: Apache-2.0

package oteltest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/eniotel"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// vendor is a cloud with its wire server and its name in OpenTelemetry.
type vendor struct {
	name, provider, region string
	client                 func(*enitest.Cloud, *eni.Options) (eni.Client, error)
}

var vendors = []vendor{
	{"aliyun", "alibaba_cloud", "cn-hangzhou", func(cloud *enitest.Cloud, opts *eni.Options) (eni.Client, error) {
		return aliyun.New(aliyuntest.NewServer(cloud).Config(), opts)
	}},
	{"tencent", "tencent_cloud", "ap-guangzhou", func(cloud *enitest.Cloud, opts *eni.Options) (eni.Client, error) {
		return tencent.New(tencenttest.NewServer(cloud).Config(), opts)
	}},
	{"tencent legacy", "tencent-legacy", "ap-guangzhou", func(cloud *enitest.Cloud, opts *eni.Options) (eni.Client, error) {
		return tencent.NewLegacy(tencenttest.NewLegacyServer(cloud).Config(), opts)
	}},
}

// rig is a client of one vendor with the SDK's in-memory exporters behind it.
type rig struct {
	vendor

	cloud  *enitest.Cloud
	client eni.Client
	tracer trace.Tracer
	ended  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

// eachVendor runs a test for each vendor in virtual time, over eni-1 with nine
// secondary addresses.
func eachVendor(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newRig(t, v, nil)) })
		})
	}
}

func newRig(t *testing.T, v vendor, opts *eni.Options) *rig {
	t.Helper()
	r := &rig{vendor: v, cloud: new(enitest.Cloud), ended: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	r.cloud.Put(attached("eni-1"))
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.ended))
	r.tracer = traces.Tracer("test")
	opts, err := eniotel.Instrument(opts, eniotel.Config{
		TracerProvider: traces,
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.client, err = v.client(r.cloud, opts); err != nil {
		t.Fatal(err)
	}
	return r
}

func attached(id string) eni.Interface {
	i := eni.Interface{ID: id, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1", VPCID: "vpc-1"}
	i.Addresses = []eni.Address{{Addr: netip.MustParseAddr("10.0.0.1"), Primary: true}}
	for _, a := range secondaries(9) {
		i.Addresses = append(i.Addresses, eni.Address{Addr: a})
	}
	return i
}

func secondaries(n int) []netip.Addr {
	addresses := make([]netip.Addr, n)
	for i := range addresses {
		addresses[i] = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 2)})
	}
	return addresses
}

func release(id string, addresses ...netip.Addr) eni.UnassignRequest {
	return eni.UnassignRequest{InterfaceID: id, Addresses: addresses}
}

// spans returns the ended spans with a name, in the order in which they ended.
func (r *rig) spans(name string) []sdktrace.ReadOnlySpan {
	var found []sdktrace.ReadOnlySpan
	for _, s := range r.ended.Ended() {
		if s.Name() == name {
			found = append(found, s)
		}
	}
	return found
}

// series returns the current metrics: by name and attributes, the value of a sum or the
// count of a histogram.
func (r *rig) series(t *testing.T) map[string]int64 {
	t.Helper()
	all := make(map[string]int64)
	each(t, r.reader, func(name string, attrs attribute.Set, value int64) {
		all[name+" "+labels(attrs)] = value
	})
	return all
}

// labels writes the attributes, those of the place left out, as key=value.
func labels(attrs attribute.Set) string {
	var words []string
	for _, kv := range attrs.ToSlice() {
		if !strings.HasPrefix(string(kv.Key), "cloud.") {
			words = append(words, string(kv.Key)+"="+kv.Value.String())
		}
	}
	return strings.Join(words, " ")
}

func each(t *testing.T, reader sdkmetric.Reader, series func(name string, attrs attribute.Set, value int64)) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					series(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Histogram[int64]:
				for _, p := range data.DataPoints {
					series(m.Name, p.Attributes, int64(p.Count))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					series(m.Name, p.Attributes, int64(p.Count))
				}
			default:
				t.Errorf("%s is a %T", m.Name, m.Data)
			}
		}
	}
}

// want compares some series with their expected values.
func (r *rig) want(t *testing.T, want map[string]int64) {
	t.Helper()
	got := r.series(t)
	for series, n := range want {
		if got[series] != n {
			t.Errorf("%s is %d, want %d", series, got[series], n)
		}
	}
	if t.Failed() {
		t.Logf("all series: %v", got)
	}
}

func values(attrs []attribute.KeyValue) map[string]string {
	m := make(map[string]string)
	for _, kv := range attrs {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

// attributes compares some attributes of a span with their expected values; "" means
// that the attribute is absent.
func attributes(t *testing.T, s sdktrace.ReadOnlySpan, want map[string]string) {
	t.Helper()
	got := values(s.Attributes())
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s has %s=%q, want %q", s.Name(), key, got[key], value)
		}
	}
}

// below checks the parent of a span.
func below(t *testing.T, s sdktrace.ReadOnlySpan, parent trace.SpanContext) {
	t.Helper()
	if s.Parent().SpanID() != parent.SpanID() || s.SpanContext().TraceID() != parent.TraceID() {
		t.Errorf("%s hangs below %v, want %v", s.Name(), s.Parent(), parent)
	}
}

// If a release is retried after a conflict, the trace has the call and both changes
// below the caller's span, and the metrics count them.
func TestAConflictedCall(t *testing.T) {
	eachVendor(t, func(t *testing.T, r *rig) {
		r.cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: 300 * time.Millisecond, Reason: enitest.Conflict})
		ctx, root := r.tracer.Start(t.Context(), "reconcile")
		began := time.Now()
		op, err := eni.Blocking(r.client).UnassignPrivateIps(ctx, release("eni-1", secondaries(3)...))
		if err != nil {
			t.Fatal(err)
		}
		root.End()

		calls, attempts, waits := r.spans("cloudeni.UnassignPrivateIps"), r.spans("cloudeni.UnassignPrivateIps.attempt"), r.spans("cloudeni.Wait")
		if len(calls) != 1 || len(attempts) != 2 || len(waits) != 1 {
			t.Fatalf("want one call, two attempts and one wait, got %d, %d and %d", len(calls), len(attempts), len(waits))
		}
		here := map[string]string{"cloud.provider": r.provider, "cloud.region": r.region}
		for _, s := range slices.Concat(calls, attempts, waits) {
			attributes(t, s, here)
			attributes(t, s, map[string]string{"cloudeni.interface.id": "eni-1", "cloudeni.items": "3"})
		}
		call, refused, accepted := calls[0], attempts[0], attempts[1]
		below(t, call, root.SpanContext())
		below(t, waits[0], root.SpanContext())
		below(t, refused, call.SpanContext())
		below(t, accepted, call.SpanContext())
		if call.SpanKind() != trace.SpanKindInternal || refused.SpanKind() != trace.SpanKindClient {
			t.Errorf("the call is %v and the attempt is %v", call.SpanKind(), refused.SpanKind())
		}
		if call.Status().Code != codes.Unset || refused.Status().Code != codes.Error || accepted.Status().Code != codes.Unset {
			t.Errorf("the statuses are %v, %v and %v", call.Status(), refused.Status(), accepted.Status())
		}
		if refused.StartTime().Before(began) || refused.EndTime().Sub(refused.StartTime()) != 300*time.Millisecond {
			t.Errorf("the refused attempt is from %v to %v, the call began at %v", refused.StartTime(), refused.EndTime(), began)
		}
		attributes(t, call, map[string]string{"cloudeni.op": "UnassignPrivateIps", "cloudeni.attempts": "2", "error.type": ""})
		attributes(t, refused, map[string]string{"error.type": "conflict", "cloudeni.callers": "1"})
		attributes(t, accepted, map[string]string{"error.type": "", "cloudeni.code": ""})
		if got := values(refused.Attributes()); got["cloudeni.code"] == "" || got["http.response.status_code"] == "" {
			t.Errorf("the cloud's code and status are missing: %v", got)
		}
		if values(accepted.Attributes())["cloudeni.lane.wait_time"] == "0" {
			t.Error("the second attempt has waited out a pause, and its span does not say so")
		}
		var ids []string
		for _, s := range attempts {
			if id := values(s.Attributes())["cloudeni.request_id"]; id != "" {
				ids = append(ids, id)
			}
		}
		if !slices.Equal(ids, op.RequestIDs()) {
			t.Errorf("the attempts have the request ids %q, the operation %q", ids, op.RequestIDs())
		}

		synctest.Wait()
		r.want(t, map[string]int64{
			"cloudeni.call.duration cloudeni.op=UnassignPrivateIps":                        1,
			"cloudeni.call.duration cloudeni.op=Wait":                                      1,
			"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=accepted":      3,
			"cloudeni.items cloudeni.op=Wait cloudeni.outcome=released":                    3,
			"cloudeni.attempt.duration cloudeni.op=UnassignPrivateIps error.type=conflict": 1,
			"cloudeni.attempt.duration cloudeni.op=UnassignPrivateIps":                     1,
			"cloudeni.attempt.items cloudeni.op=UnassignPrivateIps":                        2,
			"cloudeni.lane.wait_time cloudeni.op=UnassignPrivateIps":                       2,
			"cloudeni.limiter.wait_time cloudeni.op=UnassignPrivateIps":                    2,
			"cloudeni.lane.count ": 0,
			"cloudeni.pending ":    0,
		})
	})
}

// The spans of descriptions and task queries are below a call that needs them, and the
// metrics count them by their error type.
func TestQueries(t *testing.T) {
	eachVendor(t, func(t *testing.T, r *rig) {
		r.cloud.Put(attached("eni-2"))
		r.cloud.Inject(enitest.Describe, enitest.Fault{Delay: 300 * time.Millisecond, Reason: enitest.Throttled})
		ctx, root := r.tracer.Start(t.Context(), "reconcile")
		if _, err := r.client.(eni.Describer).Describe(ctx, "eni-1", "eni-2"); err != nil { //nolint:forcetypeassert // every client of a vendor is one
			t.Fatal(err)
		}
		described := r.spans("cloudeni.Describe")
		if len(described) != 2 {
			t.Fatalf("want both descriptions, got %d", len(described))
		}
		for n, failure := range []string{"throttled", ""} {
			interfaces := "2"
			if n == 1 && r.provider == "tencent-legacy" {
				interfaces = "1" // each of a description's interfaces has a request of its own there, and one was refused
			}
			below(t, described[n], root.SpanContext())
			attributes(t, described[n], map[string]string{
				"cloud.provider": r.provider, "cloud.region": r.region, "cloudeni.op": "Describe", "cloudeni.interfaces": interfaces, "error.type": failure,
			})
		}
		if s := described[0]; s.SpanKind() != trace.SpanKindClient || s.EndTime().Sub(s.StartTime()) != 300*time.Millisecond || s.Status().Code != codes.Error {
			t.Errorf("the first is %v from %v to %v with %v", s.SpanKind(), s.StartTime(), s.EndTime(), s.Status())
		}

		r.cloud.CompletesAfter = func(enitest.Call) time.Duration { return 5 * time.Second }
		if _, err := eni.Blocking(r.client).UnassignPrivateIps(ctx, release("eni-1", secondaries(3)...)); err != nil {
			t.Fatal(err)
		}
		parents := map[trace.SpanID]bool{
			r.spans("cloudeni.UnassignPrivateIps")[0].SpanContext().SpanID(): true,
			r.spans("cloudeni.Wait")[0].SpanContext().SpanID():               true,
		}
		described, tasks := r.spans("cloudeni.Describe"), r.spans("cloudeni.Task")
		for _, s := range slices.Concat(described[2:], tasks) {
			if !parents[s.Parent().SpanID()] {
				t.Errorf("%s is below neither the call nor the wait", s.Name())
			}
		}
		if hasTasks := r.name != "aliyun"; hasTasks != (len(tasks) > 0) || len(described) < 3 {
			t.Errorf("%d descriptions and %d task queries", len(described), len(tasks))
		}
		synctest.Wait()
		r.want(t, map[string]int64{
			"cloudeni.query.duration cloudeni.op=Describe error.type=throttled": 1,
			"cloudeni.query.duration cloudeni.op=Describe":                      int64(len(described) - 1),
			"cloudeni.query.duration cloudeni.op=Task":                          int64(len(tasks)),
		})
	})
}

// The metrics of one call have an item for each outcome: one address is released, one
// absent and one the primary address. Failures have the kind of their error.
func TestWhatBecameOfCalls(t *testing.T) {
	eachVendor(t, func(t *testing.T, r *rig) {
		primary, stale := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.99")
		_, err := r.client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)[0], stale, primary))
		if !errors.Is(err, eni.ErrInvalid) {
			t.Fatalf("want %v, got %v", eni.ErrInvalid, err)
		}
		r.cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Denied}, enitest.Fault{Delay: time.Hour})
		if _, err := r.client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)[1])); !errors.Is(err, eni.ErrPermission) {
			t.Fatalf("want %v, got %v", eni.ErrPermission, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := r.client.UnassignPrivateIps(ctx, release("eni-1", secondaries(3)[2])); !errors.Is(err, context.Canceled) {
			t.Fatalf("want %v, got %v", context.Canceled, err)
		}
		over, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		if _, err := r.client.UnassignPrivateIps(over, release("eni-1", secondaries(4)[3])); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("want %v, got %v", context.DeadlineExceeded, err)
		}
		if _, err := r.client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: "eni-1"}); !errors.Is(err, eni.ErrInvalid) {
			t.Fatalf("want %v, got %v", eni.ErrInvalid, err)
		}
		synctest.Wait()
		r.want(t, map[string]int64{
			"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=released":               1,
			"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=absent":                 1,
			"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=refused":                2,
			"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=unknown":                1,
			"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=not_tried":              1,
			"cloudeni.call.duration cloudeni.op=UnassignPrivateIps error.type=invalid_argument":     2,
			"cloudeni.call.duration cloudeni.op=UnassignPrivateIps error.type=permission_denied":    1,
			"cloudeni.call.duration cloudeni.op=UnassignPrivateIps error.type=deadline_exceeded":    1,
			"cloudeni.call.duration cloudeni.op=UnassignPrivateIps error.type=canceled":             1,
			"cloudeni.attempt.duration cloudeni.op=UnassignPrivateIps error.type=permission_denied": 1,
			"cloudeni.attempt.duration cloudeni.op=UnassignPrivateIps error.type=canceled":          1,
			"cloudeni.pending ": 0,
		})
		for _, s := range r.spans("cloudeni.UnassignPrivateIps") {
			if s.Status().Code != codes.Error || s.Status().Description == "" {
				t.Errorf("a call that failed has the status %+v", s.Status())
			}
		}
	})
}

func TestDetachAndIPv6HaveTheirOwnNames(t *testing.T) {
	for _, v := range vendors[:2] { // API 2.0 has neither
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, v, nil)
				six := netip.MustParseAddr("2001:db8::2")
				r.cloud.Update("eni-1", func(i *eni.Interface) { i.Addresses = append(i.Addresses, eni.Address{Addr: six}) })
				if _, err := r.client.UnassignIpv6(t.Context(), release("eni-1", six)); err != nil {
					t.Fatal(err)
				}
				if _, err := r.client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				r.want(t, map[string]int64{
					"cloudeni.call.duration cloudeni.op=UnassignIpv6":                   1,
					"cloudeni.items cloudeni.op=UnassignIpv6 cloudeni.outcome=accepted": 1,
					"cloudeni.attempt.duration cloudeni.op=UnassignIpv6":                1,
					"cloudeni.call.duration cloudeni.op=Detach":                         1,
					"cloudeni.items cloudeni.op=Detach cloudeni.outcome=accepted":       1,
					"cloudeni.attempt.duration cloudeni.op=Detach":                      1,
				})
				for _, name := range []string{"cloudeni.UnassignIpv6", "cloudeni.UnassignIpv6.attempt", "cloudeni.Detach", "cloudeni.Detach.attempt"} {
					if n := len(r.spans(name)); n != 1 {
						t.Errorf("want one span %s, got %d", name, n)
					}
				}
			})
		})
	}
}

// A detach is one item, also if its request is invalid. A Wait counts the items again.
func TestItemsOfADetach(t *testing.T) {
	for _, v := range vendors[:2] { // API 2.0 has no detach
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, v, nil)
				client := eni.Blocking(r.client)
				for range 2 {
					if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1", InstanceID: "i-1"}); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := client.Detach(t.Context(), eni.DetachRequest{InterfaceID: "eni-1"}); !errors.Is(err, eni.ErrInvalid) {
					t.Fatalf("want %v, got %v", eni.ErrInvalid, err)
				}
				if _, err := client.UnassignPrivateIps(t.Context(), release("", secondaries(3)...)); !errors.Is(err, eni.ErrInvalid) {
					t.Fatalf("want %v, got %v", eni.ErrInvalid, err)
				}
				synctest.Wait()
				r.want(t, map[string]int64{
					"cloudeni.items cloudeni.op=Detach cloudeni.outcome=accepted":              1,
					"cloudeni.items cloudeni.op=Wait cloudeni.outcome=released":                1,
					"cloudeni.items cloudeni.op=Detach cloudeni.outcome=absent":                1,
					"cloudeni.items cloudeni.op=Detach cloudeni.outcome=not_tried":             1,
					"cloudeni.items cloudeni.op=UnassignPrivateIps cloudeni.outcome=not_tried": 3,
				})
			})
		})
	}
}

// If callers share a change, each trace has a span of it, and the spans are linked.
func TestASharedAttemptIsInEachTrace(t *testing.T) {
	eachVendor(t, func(t *testing.T, r *rig) {
		// A first change keeps the interface busy until all other calls have begun.
		r.cloud.Inject(enitest.UnassignPrivateIps, enitest.Fault{Delay: time.Second})
		var wg sync.WaitGroup
		var roots []trace.SpanContext
		for n, a := range secondaries(4) {
			ctx, root := r.tracer.Start(t.Context(), "reconcile", trace.WithNewRoot())
			if n > 0 {
				roots = append(roots, root.SpanContext())
			}
			wg.Go(func() {
				defer root.End()
				time.Sleep(time.Duration(n) * 50 * time.Millisecond)
				if _, err := r.client.UnassignPrivateIps(ctx, release("eni-1", a)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		attempts := r.spans("cloudeni.UnassignPrivateIps.attempt")
		if len(attempts) != 4 {
			t.Fatalf("want the first change once and the second in three traces, got %d", len(attempts))
		}
		shared := attempts[1:]
		for _, s := range shared {
			attributes(t, s, map[string]string{"cloudeni.callers": "3", "cloudeni.items": "3"})
			if !slices.ContainsFunc(roots, func(root trace.SpanContext) bool { return root.TraceID() == s.SpanContext().TraceID() }) {
				t.Errorf("an attempt is in the trace %v", s.SpanContext().TraceID())
			}
		}
		for _, s := range shared[1:] {
			if links := s.Links(); len(links) != 1 || links[0].SpanContext.SpanID() != shared[0].SpanContext().SpanID() {
				t.Errorf("want a link to %v, got %v", shared[0].SpanContext(), links)
			}
		}
		r.want(t, map[string]int64{"cloudeni.attempt.duration cloudeni.op=UnassignPrivateIps": 2})
	})
}

func TestPending(t *testing.T) {
	eachVendor(t, func(t *testing.T, r *rig) {
		r.cloud.Put(attached("eni-2"))
		r.cloud.Control = func(call enitest.Call) *enitest.Fault {
			if call.Action == enitest.UnassignPrivateIps {
				return &enitest.Fault{Delay: 10 * time.Second}
			}
			return nil
		}
		var wg sync.WaitGroup
		for _, id := range []string{"eni-1", "eni-1", "eni-2"} { // the first two want the same
			wg.Go(func() {
				if _, err := r.client.UnassignPrivateIps(t.Context(), release(id, secondaries(3)...)); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(5 * time.Second)
		r.want(t, map[string]int64{"cloudeni.lane.count ": 2, "cloudeni.pending ": 6})
		wg.Wait()
		synctest.Wait()
		r.want(t, map[string]int64{"cloudeni.lane.count ": 0, "cloudeni.pending ": 0})
	})
}

// allowed are the attributes that a metric may have, with the number of values of each.
var allowed = map[attribute.Key]int{
	"cloud.provider":   3, // of this test
	"cloud.region":     2,
	"cloudeni.op":      6,
	"cloudeni.outcome": 6,
	"error.type":       14, // the kinds, canceled and deadline_exceeded
}

// The number of series does not grow with the number of interfaces, addresses, requests
// and codes, and no series contains one of their names.
func TestNoLabelIsUnbounded(t *testing.T) {
	found := make(map[attribute.Key]map[string]bool)
	eachVendor(t, func(t *testing.T, r *rig) {
		var calls atomic.Int64
		r.cloud.Control = func(call enitest.Call) *enitest.Fault {
			switch n := calls.Add(1); n % 3 {
			case 0:
				return &enitest.Fault{Code: fmt.Sprintf("Unheard.Of%d", n), Message: "sorry about " + call.InterfaceID, Status: 400 + int(n%100)}
			case 1:
				return &enitest.Fault{Reason: enitest.Conflict}
			default:
				return nil
			}
		}
		series := 0
		var one string
		for round := range 2 {
			var wg sync.WaitGroup
			for n := range 60 {
				id := fmt.Sprintf("eni-%d", 100*round+n)
				r.cloud.Put(attached(id))
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%7+1)*time.Second)
					defer cancel()
					op, _ := r.client.UnassignPrivateIps(ctx, release(id, secondaries(5)...))
					op.Wait(ctx)
					r.client.UnassignPrivateIps(ctx, release("eni\x00"+id, secondaries(5)...))
					for _, request := range op.RequestIDs() {
						if n == 0 {
							one = request
						}
					}
				})
			}
			wg.Wait()
			synctest.Wait()
			all := r.series(t)
			if round == 1 && len(all) > series+10 {
				t.Errorf("60 more interfaces made %d series of %d", len(all), series)
			}
			series = len(all)
		}
		each(t, r.reader, func(name string, attrs attribute.Set, _ int64) {
			for _, kv := range attrs.ToSlice() {
				value := kv.Value.String()
				if allowed[kv.Key] == 0 {
					t.Errorf("%s has the attribute %s=%q", name, kv.Key, value)
				}
				for _, word := range []string{"eni-", "10.0.0.", "Unheard", "sorry", one} {
					if word != "" && strings.Contains(value, word) {
						t.Errorf("%s has the attribute %s=%q", name, kv.Key, value)
					}
				}
				if found[kv.Key] == nil {
					found[kv.Key] = make(map[string]bool)
				}
				found[kv.Key][value] = true
			}
		})
	})
	for key, most := range allowed {
		if n := len(found[key]); n == 0 || n > most {
			t.Errorf("%s has %d values, want 1 to %d: %v", key, n, most, found[key])
		}
	}
}

// Units and kinds are part of a metric's name in Prometheus.
func TestUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, vendors[0], nil)
		if _, err := r.client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var all metricdata.ResourceMetrics
		if err := r.reader.Collect(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		got := make(map[string]string)
		for _, m := range all.ScopeMetrics[0].Metrics {
			got[m.Name] = m.Unit
			if m.Description == "" {
				t.Errorf("%s has no description", m.Name)
			}
		}
		want := map[string]string{
			"cloudeni.call.duration": "s", "cloudeni.items": "{item}",
			"cloudeni.attempt.duration": "s", "cloudeni.attempt.items": "{item}",
			"cloudeni.lane.wait_time": "s", "cloudeni.limiter.wait_time": "s",
			"cloudeni.lane.count": "{lane}", "cloudeni.pending": "{item}",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

type ownKey struct{}

// The hooks of the given options are still called, and the span and the changes get the
// context that their OnCall returns.
func TestOwnHooksAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var begun, ended, attempts, travelled, pending int
		count := func(n *int, by int) {
			mu.Lock()
			defer mu.Unlock()
			*n += by
		}
		own := &eni.Options{
			OnCall: func(ctx context.Context, _ eni.Call) (context.Context, func(eni.CallEnd)) {
				count(&begun, 1)
				return context.WithValue(ctx, ownKey{}, true), func(eni.CallEnd) { count(&ended, 1) }
			},
			OnAttempt: func(a eni.Attempt) {
				count(&attempts, 1)
				for _, ctx := range a.Contexts {
					if ctx.Value(ownKey{}) != nil && trace.SpanFromContext(ctx).SpanContext().IsValid() {
						count(&travelled, 1)
					}
				}
			},
			OnLoad: func(l eni.Load) {
				if l.Pending > 0 {
					count(&pending, l.Pending)
				}
			},
			Retry: eni.Retry{MaxAttempts: 2},
		}
		r := newRig(t, vendors[0], own)
		r.cloud.Inject(enitest.UnassignPrivateIps, slices.Repeat([]enitest.Fault{{Reason: enitest.Conflict}}, 3)...)
		_, err := r.client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(2)...))
		synctest.Wait()
		if !errors.Is(err, eni.ErrConflict) || attempts != 2 {
			t.Errorf("the options' own retry bound is lost: %d attempts, %v", attempts, err)
		}
		if begun != 1 || ended != 1 || travelled != 2 || pending != 2 {
			t.Errorf("the own hooks were called for %d beginnings, %d ends, %d contexts and %d pending items", begun, ended, travelled, pending)
		}
		if own.OnCall == nil || len(r.spans("cloudeni.UnassignPrivateIps")) != 1 {
			t.Error("the options were changed, or there is no span")
		}
	})
}

// Without providers in the Config, the global ones are used.
func TestTheGlobalProviders(t *testing.T) {
	before, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	t.Cleanup(func() {
		otel.SetTracerProvider(before)
		otel.SetMeterProvider(meters)
	})
	ended, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	opts, err := eniotel.Instrument(nil, eniotel.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cloud := new(enitest.Cloud)
	cloud.Put(attached("eni-1"))
	client, err := vendors[0].client(cloud, opts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.UnassignPrivateIps(t.Context(), release("eni-1", secondaries(1)...)); err != nil {
		t.Fatal(err)
	}
	counted := false
	each(t, reader, func(name string, _ attribute.Set, value int64) {
		counted = counted || name == "cloudeni.call.duration" && value == 1
	})
	if len(ended.Ended()) != 2 || !counted {
		t.Errorf("want two spans and a call counted, got %d and %t", len(ended.Ended()), counted)
	}
}

// A cloud without a name in OpenTelemetry keeps its own.
func TestAThirdCloud(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	opts, err := eniotel.Instrument(nil, eniotel.Config{MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))})
	if err != nil {
		t.Fatal(err)
	}
	opts.OnLoad(eni.Load{Provider: "huawei", Region: "cn-north-4", Lanes: 1})
	each(t, reader, func(name string, attrs attribute.Set, _ int64) {
		if got, _ := attrs.Value("cloud.provider"); got.AsString() != "huawei" {
			t.Errorf("%s has the provider %q", name, got.AsString())
		}
	})
}

// broken makes a meter that cannot make a counter.
type broken struct{ noop.MeterProvider }

func (broken) Meter(string, ...metric.MeterOption) metric.Meter { return brokenMeter{} }

type brokenMeter struct{ noop.Meter }

var errBroken = errors.New("no counters here")

func (brokenMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errBroken
}

func TestAMeterThatFails(t *testing.T) {
	if opts, err := eniotel.Instrument(nil, eniotel.Config{MeterProvider: broken{}}); !errors.Is(err, errBroken) || opts != nil {
		t.Errorf("want %v and no options, got %v and %v", errBroken, err, opts)
	}
}
