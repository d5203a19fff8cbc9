// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
)

// access says who may use the API. The zero access allows every caller.
type access struct {
	tokens      [][sha256.Size]byte // hashes of the valid tokens; empty if none is required
	certificate bool                // a client certificate of the CA is required
}

// guarded passes the requests of callers who may use the API to next. If a token and a
// certificate are required, callers need both. Probes, metrics and the description of
// the API are open to every caller.
func (a access) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, apiPrefix) {
			if p := a.refusal(r); p != nil {
				if p.Status == http.StatusUnauthorized {
					w.Header().Set("WWW-Authenticate", `Bearer realm="service"`)
				}
				writeProblem(w, r, p)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// refusal returns why a caller may not use the API, or nil.
func (a access) refusal(r *http.Request) *problem {
	if a.certificate && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) {
		return plainProblem(http.StatusForbidden, "want a client certificate of the service's CA")
	}
	if len(a.tokens) == 0 {
		return nil
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return plainProblem(http.StatusUnauthorized, "want the header Authorization: Bearer TOKEN")
	}
	sum := sha256.Sum256([]byte(token))
	known := 0
	for _, good := range a.tokens { // all of them, so that the time reveals nothing
		known |= subtle.ConstantTimeCompare(sum[:], good[:])
	}
	if known == 0 {
		return plainProblem(http.StatusUnauthorized, "the token is unknown")
	}
	return nil
}

// shortest is the least length of a token that cannot be guessed.
const shortest = 16

// readTokens reads a token from each line of a file. It skips empty lines and lines
// that begin with #.
func readTokens(file string) ([][sha256.Size]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var tokens [][sha256.Size]byte
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		token := strings.TrimSpace(lines.Text())
		switch {
		case token == "" || strings.HasPrefix(token, "#"):
			continue
		case len(token) < shortest || strings.ContainsAny(token, " \t"):
			return nil, fmt.Errorf("%s:%d: want a token of %d characters or more, without spaces", file, n, shortest)
		}
		tokens = append(tokens, sha256.Sum256([]byte(token)))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("%s has no token: want one on each line", file)
	}
	return tokens, nil
}

// access reads the files with the tokens and the CA of the callers.
func (cfg config) access() (access, error) {
	a := access{certificate: cfg.clientCA != ""}
	if cfg.tokenFile == "" {
		return a, nil
	}
	var err error
	if a.tokens, err = readTokens(cfg.tokenFile); err != nil {
		return access{}, fmt.Errorf("-token-file: %w", err)
	}
	return a, nil
}

// tls reads the files for TLS. Without any it returns nil.
func (cfg config) tls() (*tls.Config, error) {
	if cfg.tlsCert == "" {
		return nil, nil //nolint:nilnil // no TLS is no error
	}
	own, err := tls.LoadX509KeyPair(cfg.tlsCert, cfg.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("-tls-cert and -tls-key: %w", err)
	}
	conf := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}
	if cfg.clientCA == "" {
		return conf, nil
	}
	text, err := os.ReadFile(cfg.clientCA)
	if err != nil {
		return nil, fmt.Errorf("-client-ca: %w", err)
	}
	conf.ClientCAs = x509.NewCertPool()
	if !conf.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("-client-ca: %s has no certificate in PEM", cfg.clientCA)
	}
	// Probes have no certificate, so the handler checks it.
	conf.ClientAuth = tls.VerifyClientCertIfGiven
	return conf, nil
}

// onLoopback reports whether only this machine can reach the address.
func onLoopback(listen string) (bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false, fmt.Errorf("-listen %s: want an address such as 127.0.0.1:8080", listen)
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback(), nil
}
