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

// config is what the flags and the environment say.
type config struct {
	listen     string
	tokenFile  string
	tlsCert    string
	tlsKey     string
	clientCA   string
	insecure   bool
	clouds     []place
	timeout    time.Duration // for a request that names none
	maxTimeout time.Duration
	drain      time.Duration
	grace      time.Duration
	logLevel   slog.Level
}

const usage = `service takes addresses off elastic network interfaces, and interfaces off instances,
for those who ask over HTTP.

  service -clouds aliyun/cn-hangzhou,tencent/ap-guangzhou

Flags, each with the environment variable that stands for it:
  -clouds LIST       SERVICE_CLOUDS       what is served: provider/region, separated by commas;
                                          provider/region=URL where the API is not at the
                                          vendor's public address
  -listen ADDRESS    SERVICE_LISTEN       where to listen (127.0.0.1:8080); what other machines
                                          can reach wants -token-file or -client-ca
  -token-file FILE   SERVICE_TOKEN_FILE   bearer tokens, one on each line: callers show one
  -tls-cert FILE     SERVICE_TLS_CERT     the certificate to serve with, in PEM
  -tls-key FILE      SERVICE_TLS_KEY      and its key
  -client-ca FILE    SERVICE_CLIENT_CA    callers show a certificate of this CA, in PEM
  -insecure          SERVICE_INSECURE     let whoever reaches -listen use the service
  -timeout 30s       SERVICE_TIMEOUT      for a request that names none
  -max-timeout 2m    SERVICE_MAX_TIMEOUT  the longest that a request may name
  -drain 5s          SERVICE_DRAIN        after a signal: how long to go on accepting, not ready,
                                          so that the balancer has seen it
  -grace 30s         SERVICE_GRACE        and then: how long to finish what is under way; what is
                                          not finished by then is answered as it stands
  -log-level INFO    SERVICE_LOG_LEVEL    or DEBUG, WARN, ERROR

A further signal ends -drain, and one more -grace, early.

Credentials come from where the vendors' SDKs look for them (environment, profile
files, the role of the instance).
`

// parse reads the flags, and what they leave open from the environment.
func parse(args []string, getenv func(string) string) (config, error) {
	var cfg config
	fs := flag.NewFlagSet("service", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	// The usage text describes the flags: a test sees to it that it has them all.
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

// variable is the environment variable that stands for a flag.
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
		return errors.New("-client-ca without -tls-cert: want a certificate to serve with")
	case !loopback && cfg.tokenFile == "" && cfg.clientCA == "" && !cfg.insecure:
		return fmt.Errorf("-listen %s: other machines can reach it: want -token-file or -client-ca, or -insecure", cfg.listen)
	case cfg.timeout <= 0 || cfg.maxTimeout < cfg.timeout:
		return fmt.Errorf("-timeout %s and -max-timeout %s: want them above zero, and the first not above the second", cfg.timeout, cfg.maxTimeout)
	case cfg.drain < 0 || cfg.grace < 0:
		return fmt.Errorf("-drain %s and -grace %s: want them not below zero", cfg.drain, cfg.grace)
	}
	return nil
}
