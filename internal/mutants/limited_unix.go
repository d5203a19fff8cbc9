// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// reserve is the address space in MiB that a Go program reserves beyond its use.
const reserve = 2048

// limited returns a command with limits of memory in MiB and of processor time. It ends
// with all its child processes when ctx ends.
func limited(ctx context.Context, memory int, processor time.Duration, name string, args ...string) *exec.Cmd {
	const script = `ulimit -v "$0" 2>/dev/null; ulimit -t "$1"; shift; exec "$@"` // some systems do not support ulimit -v
	seconds := strconv.Itoa(int(math.Ceil(processor.Seconds())))
	args = append([]string{"-c", script, strconv.Itoa((memory + reserve) << 10), seconds, name}, args...)
	cmd := exec.CommandContext(ctx, "sh", args...) //nolint:gosec // it runs what we built
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMEMLIMIT=%dMiB", memory))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}
