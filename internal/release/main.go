// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run is the whole program.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	dir := flags.String("C", ".", "the root `folder` of the repository")
	version := flags.String("version", "", "the `version` to release, such as v0.2.0")
	only := flags.Bool("versions", false, "only make the nested go.mod files require the version")
	if err := flags.Parse(args); err != nil {
		return err
	}
	r, err := newRelease(ctx, *dir, *version)
	if err != nil {
		return err
	}
	if *only {
		return r.requireVersion()
	}
	return r.make(ctx, stdout)
}
