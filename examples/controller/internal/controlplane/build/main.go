// SPDX-License-Identifier: Apache-2.0

// Command build builds the API server, the store and the kubectl that the tests run
// against, where they are not there yet, and prints the directory that holds them.
// How far it is, it says on the standard error.
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
