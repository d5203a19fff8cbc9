package release

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudeni/cloudeni/eni"
)

// What is measured is one set for the whole process, with the manager's own.
var (
	measured = promauto.With(metrics.Registry)

	changes = measured.NewCounterVec(prometheus.CounterOpts{
		Name: "cloudeni_changes_total",
		Help: "Changes sent to a cloud, by what became of them: accepted, or the kind of the error.",
	}, []string{"provider", "op", "result"})
	seconds = measured.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "cloudeni_change_seconds",
		Help:    "How long a cloud took to answer a change.",
		Buckets: prometheus.ExponentialBuckets(0.01, 2, 12),
	}, []string{"provider", "op"})
	items = measured.NewCounterVec(prometheus.CounterOpts{
		Name: "cloudeni_change_items_total",
		Help: "Addresses, prefixes and detaches in the changes sent.",
	}, []string{"provider", "op"})
)

// Measure counts a change for the metrics of the manager. It is for
// [eni.Options.OnAttempt].
func Measure(a eni.Attempt) {
	result := "accepted"
	if a.Err != nil {
		result = eni.KindOf(a.Err).Error()
	}
	changes.WithLabelValues(a.Provider, a.Op, result).Inc()
	seconds.WithLabelValues(a.Provider, a.Op).Observe(a.Duration.Seconds())
	items.WithLabelValues(a.Provider, a.Op).Add(float64(a.Items))
}
