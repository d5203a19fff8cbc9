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

// reserve is what a Go program asks for beyond what it uses, in MiB.
const reserve = 2048

// limited is a command that cannot have more memory than this, in MiB, nor more of
// the processor's time, and that ends with all that it has started when ctx ends.
func limited(ctx context.Context, memory int, processor time.Duration, name string, args ...string) *exec.Cmd {
	const script = `ulimit -v "$0" 2>/dev/null; ulimit -t "$1"; shift; exec "$@"` // not every system has the first
	seconds := strconv.Itoa(int(math.Ceil(processor.Seconds())))
	args = append([]string{"-c", script, strconv.Itoa((memory + reserve) << 10), seconds, name}, args...)
	cmd := exec.CommandContext(ctx, "sh", args...) //nolint:gosec // it runs what we built
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMEMLIMIT=%dMiB", memory))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}
