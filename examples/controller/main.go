// SPDX-License-Identifier: Apache-2.0

// Command controller releases addresses of network interfaces, and detaches and
// deletes interfaces, for the InterfaceReleases of a Kubernetes cluster. Its flags make
// it also delete unused interfaces.
package main

//go:generate go tool controller-gen object crd rbac:roleName=cloudeni-controller paths=./... output:crd:dir=config/crd output:rbac:dir=config/rbac

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel/metric"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/eniotel"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
)

// settings holds the values of the flags, and more for tests. The zero settings serve
// no metrics and no probes and elect no leader.
type settings struct {
	version         bool   // print it and nothing else
	metrics, probes string // addresses to listen on; "0" means none
	elect           bool
	electIn         string        // the namespace of the lease; empty means the pod's own
	lease           time.Duration // zero means 15 s
	workers         int
	namespaces      namespaces
	endpoints       release.Endpoints
	identity        release.Identity
	sweep           sweeping
	meter           metric.MeterProvider // nil means that the clouds' calls are not measured
	log             slog.Handler

	retry       eni.Retry // of one call; the controller retries after that
	poll, again release.Delays
	stuckAfter  time.Duration
	shutdown    *time.Duration // nil means 30 s
	skipNames   *bool          // true allows for more than one controller in one process
}

// version is the version of the image.
var version = "devel"

func main() {
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	case s.version:
		fmt.Println("cloudeni-controller", version)
		return
	}
	ctrl.SetLogger(logr.FromSlogHandler(s.log))
	klog.SetLogger(logr.FromSlogHandler(s.log)) // of leader election
	slog.SetDefault(slog.New(s.log))            // of what the vendors' SDKs print
	cfg, err := config.GetConfig()
	if err == nil {
		s.meter, err = newMeterProvider(metrics.Registry)
	}
	if err == nil {
		err = run(ctrl.SetupSignalHandler(), cfg, s)
	}
	if err != nil {
		slog.New(s.log).Error("the controller ends", "error", err)
		os.Exit(1)
	}
}

// parse reads the flags. It writes errors and the help text to out.
func parse(args []string, out io.Writer) (settings, error) {
	s := settings{endpoints: release.Endpoints{}, retry: eni.Retry{MaxElapsed: time.Minute}}
	var aliyun, tencent string
	level := new(slog.LevelVar)
	flags := flag.NewFlagSet("controller", flag.ContinueOnError)
	flags.SetOutput(out)
	config.RegisterFlags(flags)
	flags.StringVar(&aliyun, "aliyun-endpoint", "", "host or URL of Alibaba Cloud ECS; empty means the public one of the region")
	flags.StringVar(&tencent, "tencent-endpoint", "", "host or URL of Tencent Cloud VPC; empty means the public one")
	flags.StringVar(&s.metrics, "metrics-bind-address", ":8080", "address to serve /metrics on; 0 means none")
	flags.StringVar(&s.probes, "health-probe-bind-address", ":8081", "address to serve /healthz and /readyz on; 0 means none")
	flags.BoolVar(&s.elect, "leader-elect", false, "elect a leader: only one of several controllers works")
	flags.StringVar(&s.electIn, "leader-election-namespace", "", "namespace of the lease; empty means the pod's own")
	flags.Var(&s.namespaces, "namespaces", "comma-separated namespaces to watch, and to read Secrets in; empty means all")
	flags.TextVar(&s.identity, "identity", s.identity, "identity for objects without a Secret: none; oidc, the role of the pod's service account (RRSA on ACK, OIDC on TKE); or instance, the role of the instance")
	s.sweep.register(flags)
	flags.IntVar(&s.workers, "workers", 8, "number of objects that are reconciled concurrently; no worker waits for a cloud")
	flags.TextVar(level, "log-level", level, "debug, info, warn or error")
	flags.BoolVar(&s.version, "version", false, "print the version and exit")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if err := s.sweep.check(s.identity); err != nil {
		fmt.Fprintln(out, err)
		return settings{}, err
	}
	s.endpoints[v1alpha1.Aliyun], s.endpoints[v1alpha1.Tencent] = aliyun, tencent
	s.log = newLog(os.Stderr, level)
	return s, nil
}

// run runs the controller until ctx ends.
func run(ctx context.Context, cfg *rest.Config, s settings) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return fmt.Errorf("make the scheme: %w", err)
		}
	}
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1 // no limit here: the API server limits its clients itself
	manager, err := ctrl.NewManager(cfg, s.options(scheme))
	if err != nil {
		return fmt.Errorf("make the manager: %w", err)
	}
	opts, err := s.clients()
	if err != nil {
		return fmt.Errorf("measure the clients: %w", err)
	}
	accounts := &release.Accounts{Endpoints: s.endpoints, Identity: s.identity, Options: opts}
	reconciler := &release.Reconciler{
		Accounts:   accounts,
		Poll:       s.poll,
		Retry:      s.again,
		StuckAfter: s.stuckAfter,
	}
	if err := reconciler.SetupWithManager(ctx, manager, controller.Options{MaxConcurrentReconciles: s.workers}); err != nil {
		return fmt.Errorf("set up the controller: %w", err)
	}
	if len(s.sweep.places) > 0 {
		sweeper := &release.Sweeper{
			Accounts: accounts, Reader: manager.GetAPIReader(), Places: s.sweep.places, Request: s.sweep.request(),
			Interval: s.sweep.interval, DryRun: s.sweep.dryRun, Log: slog.New(s.log), Meter: s.meter,
		}
		if err := manager.Add(sweeper); err != nil {
			return fmt.Errorf("add the sweeper: %w", err)
		}
	}
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("add the health check: %w", err)
	}
	// Not ready before the cache has synced. A replica that is not the leader is ready.
	if err := manager.AddReadyzCheck("cache", synced(manager)); err != nil {
		return fmt.Errorf("add the readiness check: %w", err)
	}
	return manager.Start(ctx)
}

// clients returns the options of the clouds' clients.
func (s settings) clients() (*eni.Options, error) {
	opts := &eni.Options{Retry: s.retry, Logger: slog.New(s.log)}
	if s.meter == nil {
		return opts, nil
	}
	return eniotel.Instrument(opts, eniotel.Config{MeterProvider: s.meter})
}

// synced returns a check that succeeds when the cache has synced.
func synced(manager ctrl.Manager) healthz.Checker {
	return func(r *http.Request) error {
		if !manager.GetCache().WaitForCacheSync(r.Context()) {
			return errors.New("the cache has not synced")
		}
		return nil
	}
}

func (s settings) options(scheme *runtime.Scheme) ctrl.Options {
	o := ctrl.Options{
		Scheme:                        scheme,
		Logger:                        logr.FromSlogHandler(s.log),
		Metrics:                       server.Options{BindAddress: s.metrics},
		HealthProbeBindAddress:        s.probes,
		LeaderElection:                s.elect,
		LeaderElectionID:              "controller.eni.cloudeni.dev",
		LeaderElectionNamespace:       s.electIn,
		LeaderElectionReleaseOnCancel: true, // the process ends then
		GracefulShutdownTimeout:       s.shutdown,
		Controller:                    ctrlconfig.Controller{SkipNameValidation: s.skipNames},
	}
	if len(s.namespaces) > 0 {
		o.Cache.DefaultNamespaces = make(map[string]cache.Config)
		for _, name := range s.namespaces {
			o.Cache.DefaultNamespaces[name] = cache.Config{}
		}
	}
	if s.lease > 0 {
		renew, retry := s.lease*2/3, s.lease/10
		o.LeaseDuration, o.RenewDeadline, o.RetryPeriod = &s.lease, &renew, &retry
	}
	return o
}
