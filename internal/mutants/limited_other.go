// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// limited returns a command with a soft memory limit in MiB, which ends when ctx ends.
func limited(ctx context.Context, memory int, _ time.Duration, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMEMLIMIT=%dMiB", memory))
	cmd.WaitDelay = time.Second
	return cmd
}
