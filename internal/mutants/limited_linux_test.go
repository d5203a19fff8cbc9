// SPDX-License-Identifier: Apache-2.0

// The race detector takes more memory than any limit that is worth testing.

//go:build !race

package main

import (
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain is a program that takes ever more memory where the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv("MUTANTS_TEST_GLUTTON") != "" {
		var hoard [][]byte
		for {
			hoard = append(hoard, make([]byte, 64<<20))
			runtime.KeepAlive(hoard)
		}
	}
	os.Exit(m.Run())
}

func TestMemoryEnds(t *testing.T) {
	t.Setenv("MUTANTS_TEST_GLUTTON", "1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := limited(ctx, 64, time.Minute, os.Args[0]).CombinedOutput()
	if ctx.Err() != nil || err == nil || !strings.Contains(string(out), "out of memory") {
		t.Errorf("want it to run out of memory, got %v:\n%s", err, out)
	}
}

func TestEnvironment(t *testing.T) {
	out, err := limited(t.Context(), 64, time.Minute, "sh", "-c", `echo "$GOMEMLIMIT $1"`, "sh", "an argument").CombinedOutput()
	if want := "64MiB an argument\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

// What a test has started ends with it: the pipe that it all writes to ends.
func TestGroupEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := limited(ctx, 64, time.Minute, "sh", "-c", "sleep 600 & echo; wait")
	cmd.Stdout = w
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := cmd.Wait(); err == nil {
		t.Error("it was not killed")
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Errorf("something that it started lives on: %v", err)
	}
}
