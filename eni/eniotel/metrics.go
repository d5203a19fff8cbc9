// SPDX-License-Identifier: Apache-2.0

package eniotel

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cloudeni/cloudeni/eni"
)

// The bounds of the histograms. A change takes tenths of a second; a call can take
// minutes when a cloud throttles.
var (
	durations = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}
	batches   = []float64{1, 2, 3, 5, 10, 20, 50}
)

// metrics are what OpenTelemetry calls instruments.
type metrics struct {
	calls    metric.Float64Histogram
	items    metric.Int64Counter
	attempts metric.Float64Histogram
	batches  metric.Int64Histogram
	queries  metric.Float64Histogram
	lane     metric.Float64Histogram // wait in the lane
	limiter  metric.Float64Histogram // wait for the permit
	lanes    metric.Int64UpDownCounter
	pending  metric.Int64UpDownCounter

	mu    sync.RWMutex
	known map[labels]metric.MeasurementOption
}

func newMetrics(meter metric.Meter) (*metrics, error) {
	var all []error
	seconds := func(name, description string) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
			metric.WithExplicitBucketBoundaries(durations...))
		all = append(all, err)
		return h
	}
	upDown := func(name, unit, description string) metric.Int64UpDownCounter {
		c, err := meter.Int64UpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
		all = append(all, err)
		return c
	}
	items, err := meter.Int64Counter("cloudeni.items", metric.WithUnit("{item}"),
		metric.WithDescription("Items by their outcome at the end of the call or Wait. An item is an address, a prefix, a detach or a deletion."))
	all = append(all, err)
	batch, err := meter.Int64Histogram("cloudeni.attempt.items", metric.WithUnit("{item}"),
		metric.WithDescription("Items in one change request."),
		metric.WithExplicitBucketBoundaries(batches...))
	all = append(all, err)
	m := &metrics{
		known:    make(map[labels]metric.MeasurementOption),
		calls:    seconds("cloudeni.call.duration", "Duration of calls until the cloud accepts or refuses them; of a Wait, until all changes take effect."),
		items:    items,
		attempts: seconds("cloudeni.attempt.duration", "Duration of change requests."),
		batches:  batch,
		queries:  seconds("cloudeni.query.duration", "Duration of descriptions, list pages and task queries."),
		lane:     seconds("cloudeni.lane.wait_time", "Time that a change waited in the queue of its interface."),
		limiter:  seconds("cloudeni.limiter.wait_time", "Time that a change waited for a permit of the API's limiter."),
		lanes:    upDown("cloudeni.lane.count", "{lane}", "Interfaces with pending items."),
		pending:  upDown("cloudeni.pending", "{item}", "Pending items; one shared by several callers counts once."),
	}
	return m, errors.Join(all...)
}

// labels identify a series. Empty ones are omitted.
type labels struct{ provider, region, op, failure, outcome string }

// of returns the attributes of a series. It caches them, because there are few.
func (m *metrics) of(l labels) metric.MeasurementOption {
	m.mu.RLock()
	known, ok := m.known[l]
	m.mu.RUnlock()
	if ok {
		return known
	}
	attrs := place(l.provider, l.region)
	for _, a := range []struct {
		key   attribute.Key
		value string
	}{{opKey, l.op}, {semconv.ErrorTypeKey, l.failure}, {"cloudeni.outcome", l.outcome}} {
		if a.value != "" {
			attrs = append(attrs, a.key.String(a.value))
		}
	}
	fresh := metric.WithAttributeSet(attribute.NewSet(attrs...))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[l] = fresh
	return fresh
}

func (m *metrics) call(ctx context.Context, call eni.Call, end eni.CallEnd) {
	l := labels{provider: call.Provider, region: call.Region, op: call.Op, failure: errorType(end.Err)}
	m.calls.Record(ctx, end.Duration.Seconds(), m.of(l))
	for outcome, n := range outcomes(call, end.Operation) {
		m.items.Add(ctx, n, m.of(labels{provider: l.provider, region: l.region, op: l.op, outcome: outcome.String()}))
	}
}

// outcomes counts the items of a call by their outcome. A detach has one item and no
// results; a call whose input was invalid has no Operation either.
func outcomes(call eni.Call, op *eni.Operation) map[eni.Outcome]int64 {
	counts := make(map[eni.Outcome]int64)
	results := op.Results()
	for _, r := range results {
		counts[r.Outcome]++
	}
	if len(results) == 0 && call.Items > 0 {
		counts[op.Outcome()] = int64(call.Items)
	}
	return counts
}

func (m *metrics) attempt(a eni.Attempt) {
	ctx := context.Background()
	if len(a.Contexts) > 0 {
		ctx = a.Contexts[0] // one trace is enough for an exemplar
	}
	all := labels{provider: a.Provider, region: a.Region, op: a.Op}
	ended := all
	ended.failure = errorType(a.Err)
	m.attempts.Record(ctx, a.Duration.Seconds(), m.of(ended))
	m.batches.Record(ctx, int64(a.Items), m.of(all))
	m.lane.Record(ctx, a.QueueWait.Seconds(), m.of(all))
	m.limiter.Record(ctx, a.PermitWait.Seconds(), m.of(all))
}

func (m *metrics) query(q eni.Query) {
	m.queries.Record(q.Context, q.Duration.Seconds(), m.of(labels{provider: q.Provider, region: q.Region, op: q.Op, failure: errorType(q.Err)}))
}

func (m *metrics) load(l eni.Load) {
	here := m.of(labels{provider: l.Provider, region: l.Region})
	m.lanes.Add(context.Background(), int64(l.Lanes), here)
	m.pending.Add(context.Background(), int64(l.Pending), here)
}
