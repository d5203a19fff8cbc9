// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// sameSignal is how long further signals count as the first one. Some senders send it
// twice: a terminal that is closed and its shell, or timeout(1), which signals the program
// and then its process group.
const sameSignal = 2 * time.Second

// ignoreBrokenPipe lets the program go on where nobody reads what it prints: Ctrl-C ends
// the tee behind it as well, and the clean-up must not end with that.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }

// signals are two contexts: the first signal ends the first of them, and one that arrives
// sameSignal later or more ends the other.
func signals() (first, second context.Context, stop func()) {
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	first, second, end := contexts(arrived)
	return first, second, func() {
		signal.Stop(arrived)
		end()
	}
}

// contexts ends its contexts by what arrives.
func contexts(arrived <-chan os.Signal) (first, second context.Context, end func()) {
	first, endFirst := context.WithCancel(context.Background())
	second, endSecond := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		var began time.Time
		for {
			select {
			case <-arrived:
			case <-stopped:
				return
			}
			switch {
			case began.IsZero():
				began = time.Now()
				endFirst()
			case time.Since(began) >= sameSignal:
				endSecond()
			}
		}
	})
	return first, second, func() {
		close(stopped)
		reader.Wait()
		endFirst()
		endSecond()
	}
}
