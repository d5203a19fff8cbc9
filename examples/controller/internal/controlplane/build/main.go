// SPDX-License-Identifier: Apache-2.0

// Command build builds the API server, etcd and kubectl for the tests, unless they are
// in the cache, and prints their directory. It prints its progress to standard error.
//
//	export KUBEBUILDER_ASSETS=$(go run ./internal/controlplane/build)
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/cloudeni/cloudeni/examples/controller/internal/controlplane"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := controlplane.Build(ctx, os.Stderr)
	if err == nil {
		fmt.Println(dir)
	}
	return err
}
