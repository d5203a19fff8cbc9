// SPDX-License-Identifier: Apache-2.0

package release

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Place is a region of a cloud with an account: that of a Secret, or, if none is named,
// of the controller's own identity.
type Place struct {
	Provider v1alpha1.Provider
	Region   string
	Secret   types.NamespacedName
}

// Sweeper deletes unused interfaces regularly, with [eni.Sweep]. It is a Runnable that
// the manager runs only while it is the leader. A sweep has no state: after a restart
// it begins again.
type Sweeper struct {
	Accounts *Accounts
	Reader   client.Reader // of Secrets; not cached
	Places   []Place

	// Request says which interfaces to delete. Its Report is not used.
	Request eni.SweepRequest

	// Interval is the time from the end of a sweep to the next one of its place, plus up
	// to a tenth at random. The first sweep begins within a tenth of it.
	Interval time.Duration

	// DryRun logs what would be deleted, and deletes nothing.
	DryRun bool

	Log *slog.Logger

	// Meter counts the interfaces of sweeps by outcome. Nil means no count.
	Meter metric.MeterProvider

	open    func(context.Context, Place) (client eni.Sweeper, done func(), err error) // nil means the Accounts
	counter metric.Int64Counter
}

// Start sweeps until ctx ends.
func (s *Sweeper) Start(ctx context.Context) error {
	if s.open == nil {
		s.open = s.account
	}
	if s.Meter != nil {
		counter, err := s.Meter.Meter("cloudeni-controller").Int64Counter("cloudeni.sweep.interfaces",
			metric.WithDescription("Interfaces that sweeps selected for deletion, by outcome."))
		if err != nil {
			return fmt.Errorf("measure the sweeps: %w", err)
		}
		s.counter = counter
	}
	var sweeps sync.WaitGroup
	defer sweeps.Wait()
	for _, place := range s.Places {
		sweeps.Go(func() {
			// Sweeps that begin at the same time must not ask a cloud at the same time.
			delay := rand.N(s.Interval/10 + 1)
			for paused(ctx, delay) {
				s.sweep(ctx, place)
				delay = s.Interval + rand.N(s.Interval/10+1)
			}
		})
	}
	return nil
}

// paused waits for a duration, and returns false if ctx ends first.
func paused(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// account returns the client of a place.
func (s *Sweeper) account(ctx context.Context, place Place) (eni.Sweeper, func(), error) {
	from := origin{secret: place.Secret, provider: place.Provider, region: place.Region}
	keys, err := keysOf(ctx, s.Accounts, s.Reader, from)
	if err != nil {
		return nil, nil, err
	}
	return s.Accounts.Use(from, keys)
}

// errDryRun ends a sweep before it deletes anything.
var errDryRun = errors.New("dry run")

// sweep sweeps a place once. It logs failures; the next sweep tries again.
func (s *Sweeper) sweep(ctx context.Context, place Place) {
	log := s.Log.With("provider", place.Provider, "region", place.Region)
	sweeper, done, err := s.open(ctx, place)
	if err != nil {
		if ctx.Err() == nil {
			log.Warn("no sweep", "error", err)
		}
		return
	}
	defer done()
	req := s.Request
	req.Report = func(_ context.Context, found []eni.Interface) error {
		for i := range found {
			log.Info("unused interface", "interface_id", found[i].ID, "name", found[i].Name, "tags", found[i].Tags, "dry_run", s.DryRun)
		}
		if s.DryRun {
			s.count(ctx, place, "dry_run", len(found))
			return errDryRun
		}
		return nil
	}
	swept, err := eni.Sweep(ctx, sweeper, req)
	for i := range swept {
		outcome := swept[i].Outcome.String()
		s.count(ctx, place, outcome, 1)
		if err := swept[i].Err; err != nil {
			log.Warn("not deleted", "interface_id", swept[i].Interface.ID, "outcome", outcome, "error", err)
		} else {
			log.Info("deleted", "interface_id", swept[i].Interface.ID, "outcome", outcome)
		}
	}
	if err != nil && !errors.Is(err, errDryRun) && ctx.Err() == nil {
		log.Warn("the sweep has failed", "error", err)
	}
}

// count counts interfaces by outcome.
func (s *Sweeper) count(ctx context.Context, place Place, outcome string, n int) {
	if s.counter == nil {
		return
	}
	s.counter.Add(ctx, int64(n), metric.WithAttributes(
		attribute.String("cloud.provider", cloudNames[place.Provider]), attribute.String("cloud.region", place.Region),
		attribute.String("cloudeni.outcome", outcome),
	))
}

// cloudNames has OpenTelemetry's names of the clouds, as in package eniotel.
var cloudNames = map[v1alpha1.Provider]string{v1alpha1.Aliyun: "alibaba_cloud", v1alpha1.Tencent: "tencent_cloud"}
