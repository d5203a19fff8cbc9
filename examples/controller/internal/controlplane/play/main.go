// SPDX-License-Identifier: Apache-2.0

// Command play starts an API server, etcd, and both clouds in memory, and prints how to
// try the controller with them. Run it in the controller's folder:
//
//	go run ./internal/controlplane/play
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/cloudeni/cloudeni/examples/controller/internal/controlplane"
	"github.com/cloudeni/cloudeni/examples/controller/internal/playground"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	assets, err := controlplane.Assets(ctx, os.Stderr)
	if err != nil {
		return err
	}
	environment := &envtest.Environment{BinaryAssetsDirectory: assets, ControlPlaneStartTimeout: 5 * time.Minute}
	if _, err := environment.Start(); err != nil {
		return fmt.Errorf("start the control plane: %w", errors.Join(err, environment.Stop()))
	}
	defer func() { err = errors.Join(err, environment.Stop()) }()
	return playground.Serve(ctx, os.Stdout, environment.KubeConfig, assets)
}
