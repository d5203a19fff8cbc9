// Command controller takes addresses off network interfaces, and interfaces off
// instances, as the InterfaceReleases of a Kubernetes cluster ask for it.
package main

//go:generate go tool controller-gen object crd rbac:roleName=cloudeni-controller paths=./... output:crd:dir=config/crd output:rbac:dir=config/rbac

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/config"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
)

// settings are what the flags say, and what tests say beside them. The zero ones
// serve no metrics and no probes and elect no leader.
type settings struct {
	metrics, probes string // addresses to listen on; "0" means none
	elect           bool
	electIn         string        // the namespace of the lease; empty means the pod's own
	lease           time.Duration // zero means 15 s
	workers         int
	endpoints       release.Endpoints
	log             slog.Handler

	retry       eni.Retry // of one call, on top of which the controller tries again
	poll, again release.Delays
	stuckAfter  time.Duration
	shutdown    *time.Duration // nil means 30 s
	skipNames   *bool          // true allows for more than one controller in one process
}

func main() {
	s := settings{endpoints: release.Endpoints{}, retry: eni.Retry{MaxElapsed: time.Minute}}
	var aliyun, tencent string
	level := new(slog.LevelVar)
	flags := flag.NewFlagSet("controller", flag.ContinueOnError)
	config.RegisterFlags(flags)
	flags.StringVar(&aliyun, "aliyun-endpoint", "", "host or URL of Alibaba Cloud ECS; empty means the public one of the region")
	flags.StringVar(&tencent, "tencent-endpoint", "", "host or URL of Tencent Cloud VPC; empty means the public one")
	flags.StringVar(&s.metrics, "metrics-bind-address", ":8080", "where to serve /metrics; 0 means nowhere")
	flags.StringVar(&s.probes, "health-probe-bind-address", ":8081", "where to serve /healthz and /readyz; 0 means nowhere")
	flags.BoolVar(&s.elect, "leader-elect", false, "let only one of the controllers work")
	flags.StringVar(&s.electIn, "leader-election-namespace", "", "namespace of the lease; empty means the pod's own")
	flags.IntVar(&s.workers, "workers", 8, "objects that are reconciled concurrently; none of them waits for a cloud")
	flags.TextVar(level, "log-level", level, "debug, info, warn or error")
	if err := flags.Parse(os.Args[1:]); errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		os.Exit(2)
	}
	s.endpoints[v1alpha1.Aliyun], s.endpoints[v1alpha1.Tencent] = aliyun, tencent
	s.log = newLog(os.Stderr, level)

	ctrl.SetLogger(logr.FromSlogHandler(s.log))
	klog.SetLogger(logr.FromSlogHandler(s.log)) // of leader election
	cfg, err := config.GetConfig()
	if err == nil {
		err = run(ctrl.SetupSignalHandler(), cfg, s)
	}
	if err != nil {
		slog.New(s.log).Error("the controller ends", "error", err)
		os.Exit(1)
	}
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
	cfg.QPS = -1 // the API server has a fairer idea of what it can bear
	manager, err := ctrl.NewManager(cfg, s.options(scheme))
	if err != nil {
		return fmt.Errorf("make the manager: %w", err)
	}
	reconciler := &release.Reconciler{
		Accounts: &release.Accounts{
			Endpoints: s.endpoints,
			Options:   &eni.Options{Retry: s.retry, Logger: slog.New(s.log), OnAttempt: release.Measure},
		},
		Poll:       s.poll,
		Retry:      s.again,
		StuckAfter: s.stuckAfter,
	}
	if err := reconciler.SetupWithManager(ctx, manager, controller.Options{MaxConcurrentReconciles: s.workers}); err != nil {
		return fmt.Errorf("set up the controller: %w", err)
	}
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("add the health check: %w", err)
	}
	// Not ready before it sees the objects; a spare that waits to be elected is.
	if err := manager.AddReadyzCheck("cache", synced(manager)); err != nil {
		return fmt.Errorf("add the readiness check: %w", err)
	}
	return manager.Start(ctx)
}

// synced is ready when the manager knows the objects.
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
	if s.lease > 0 {
		renew, retry := s.lease*2/3, s.lease/10
		o.LeaseDuration, o.RenewDeadline, o.RetryPeriod = &s.lease, &renew, &retry
	}
	return o
}
