// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// config holds the values of the flags and the environment.
type config struct {
	listen     string
	tokenFile  string
	tlsCert    string
	tlsKey     string
	clientCA   string
	insecure   bool
	clouds     []place
	timeout    time.Duration // for a request without one
	maxTimeout time.Duration
	drain      time.Duration
	grace      time.Duration
	logLevel   slog.Level
}

const usage = `service releases addresses of elastic network interfaces, detaches, deletes and lists
interfaces, over HTTP.

  service -clouds aliyun/cn-hangzhou,tencent/ap-guangzhou

Flags, each with its environment variable:
  -clouds LIST       SERVICE_CLOUDS       regions to serve: provider/region, separated by commas;
                                          provider/region=URL for another endpoint than the
                                          vendor's public one
  -listen ADDRESS    SERVICE_LISTEN       address to listen on (127.0.0.1:8080); one that other
                                          machines can reach needs -token-file or -client-ca
  -token-file FILE   SERVICE_TOKEN_FILE   bearer tokens, one on each line; callers need one
  -tls-cert FILE     SERVICE_TLS_CERT     server certificate, in PEM
  -tls-key FILE      SERVICE_TLS_KEY      private key of the certificate, in PEM
  -client-ca FILE    SERVICE_CLIENT_CA    CA in PEM; callers need a certificate of it
  -insecure          SERVICE_INSECURE     serve every caller that reaches -listen
  -timeout 30s       SERVICE_TIMEOUT      default timeout of a request
  -max-timeout 2m    SERVICE_MAX_TIMEOUT  longest timeout of a request
  -drain 5s          SERVICE_DRAIN        after a signal: how long to accept requests although not
                                          ready, until the load balancer has noticed
  -grace 30s         SERVICE_GRACE        after -drain: how long to finish requests; the others are
                                          then answered with their results so far
  -log-level INFO    SERVICE_LOG_LEVEL    or DEBUG, WARN, ERROR

A second signal ends -drain early, a third one -grace.

Credentials come from the default chains of the vendors' SDKs (environment, profile
files, the role of the instance).
`

// parse reads the environment and the flags; flags win.
func parse(args []string, getenv func(string) string) (config, error) {
	var cfg config
	fs := flag.NewFlagSet("service", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	// The usage text describes the flags. A test checks that it has all of them.
	fs.StringVar(&cfg.listen, "listen", "127.0.0.1:8080", "")
	fs.StringVar(&cfg.tokenFile, "token-file", "", "")
	fs.StringVar(&cfg.tlsCert, "tls-cert", "", "")
	fs.StringVar(&cfg.tlsKey, "tls-key", "", "")
	fs.StringVar(&cfg.clientCA, "client-ca", "", "")
	fs.BoolVar(&cfg.insecure, "insecure", false, "")
	fs.DurationVar(&cfg.timeout, "timeout", 30*time.Second, "")
	fs.DurationVar(&cfg.maxTimeout, "max-timeout", 2*time.Minute, "")
	fs.DurationVar(&cfg.drain, "drain", 5*time.Second, "")
	fs.DurationVar(&cfg.grace, "grace", 30*time.Second, "")
	fs.TextVar(&cfg.logLevel, "log-level", slog.LevelInfo, "")
	fs.Func("clouds", "", func(list string) (err error) {
		cfg.clouds, err = parsePlaces(list)
		return err
	})
	var bad error
	fs.VisitAll(func(f *flag.Flag) {
		name := variable(f.Name)
		if value := getenv(name); value != "" && bad == nil {
			if err := fs.Set(f.Name, value); err != nil {
				bad = fmt.Errorf("invalid value %q for %s: %w", value, name, err)
			}
		}
	})
	if bad != nil {
		return cfg, bad
	}
	if err := fs.Parse(args); err != nil {
		return cfg, err
	}
	return cfg, cfg.check(fs.Args())
}

// variable returns the environment variable of a flag.
func variable(name string) string {
	return "SERVICE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

func (cfg config) check(words []string) error {
	loopback, err := onLoopback(cfg.listen)
	switch {
	case len(words) > 0:
		return fmt.Errorf("%q is not a flag", words[0])
	case len(cfg.clouds) == 0:
		return errors.New("no -clouds: want a list such as aliyun/cn-hangzhou,tencent/ap-guangzhou")
	case err != nil:
		return err
	case (cfg.tlsCert == "") != (cfg.tlsKey == ""):
		return errors.New("-tls-cert and -tls-key: want both, or none")
	case cfg.clientCA != "" && cfg.tlsCert == "":
		return errors.New("-client-ca without -tls-cert: want a server certificate")
	case !loopback && cfg.tokenFile == "" && cfg.clientCA == "" && !cfg.insecure:
		return fmt.Errorf("-listen %s: other machines can reach it: want -token-file or -client-ca, or -insecure", cfg.listen)
	case cfg.timeout <= 0 || cfg.maxTimeout < cfg.timeout:
		return fmt.Errorf("-timeout %s and -max-timeout %s: want both positive, and -timeout at most -max-timeout", cfg.timeout, cfg.maxTimeout)
	case cfg.drain < 0 || cfg.grace < 0:
		return fmt.Errorf("-drain %s and -grace %s: want none negative", cfg.drain, cfg.grace)
	}
	return nil
}
