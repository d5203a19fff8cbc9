// SPDX-License-Identifier: Apache-2.0

// Command service releases addresses of elastic network interfaces, and detaches,
// deletes and lists interfaces, over HTTP. README.md describes its API.
//
//	service -clouds aliyun/cn-hangzhou,tencent/ap-guangzhou
//
// On SIGTERM it becomes unready, stops accepting requests, finishes those in progress,
// and exits with 0. It exits with 1 if it could not serve or a request got no answer,
// and with 2 if its configuration is wrong.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 3) // one for each phase of the end
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(os.Args[1:], os.Getenv, signals, os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitMisuse = 2 // nothing was served because the configuration is wrong
)

// run is the whole program. It logs to stdout, and writes errors of the configuration
// to stderr. It returns the exit status.
func run(args []string, getenv func(string) string, signals <-chan os.Signal, stdout, stderr io.Writer) int {
	cfg, err := parse(args, getenv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitDone
	}
	if err != nil {
		fmt.Fprintf(stderr, "service: %v\nsee service -h\n", err)
		return exitMisuse
	}
	log := newLog(stdout, cfg.logLevel)
	metrics, err := newMetrics()
	if err != nil {
		log.Error("cannot measure", "error", err)
		return exitFailed
	}
	opts, err := options(metrics, log)
	if err != nil {
		log.Error("cannot measure", "error", err)
		return exitFailed
	}
	clouds, err := connect(cfg.clouds, opts)
	if err != nil {
		fmt.Fprintf(stderr, "service: %v\nsee service -h\n", err)
		return exitMisuse
	}
	who, err := cfg.access()
	if err != nil {
		fmt.Fprintf(stderr, "service: %v\nsee service -h\n", err)
		return exitMisuse
	}
	secure, err := cfg.tls()
	if err != nil {
		fmt.Fprintf(stderr, "service: %v\nsee service -h\n", err)
		return exitMisuse
	}
	listener, err := net.Listen("tcp", cfg.listen) //nolint:noctx // it returns at once
	if err != nil {
		log.Error("cannot listen", "error", err)
		return exitFailed
	}
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	if err := newService(cfg, who, clouds, metrics, log).run(listener, signals); err != nil {
		log.Error("ended", "error", err)
		return exitFailed
	}
	log.Info("ended")
	return exitDone
}
