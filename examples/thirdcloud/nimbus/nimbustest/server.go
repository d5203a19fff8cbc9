// SPDX-License-Identifier: Apache-2.0

// Package nimbustest has a server that speaks the API of Nimbus Cloud to an
// in-memory cloud, for tests of programs that use package nimbus.
package nimbustest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
	"github.com/cloudeni/cloudeni/examples/thirdcloud/nimbus"
)

// Server is an http.Handler that serves one account in one region. Set its
// fields before the first request. It is safe for concurrent use.
type Server struct {
	// Cloud is the state that the requests read and change. Its faults apply only to
	// well-formed requests with the right token.
	Cloud *enitest.Cloud

	// Region is the region of the interfaces. Other regions have none.
	Region string

	// RetryAfter, if positive, is sent with throttled replies.
	RetryAfter time.Duration

	mux       *http.ServeMux
	elsewhere enitest.Cloud // the other regions

	mu      sync.Mutex // guards the tokens
	token   string
	expired []string
}

// NewServer returns a Server for the region north with a random token.
func NewServer(cloud *enitest.Cloud) *Server {
	s := &Server{Cloud: cloud, Region: "north", mux: http.NewServeMux(), token: "nt-" + rand.Text()}
	s.mux.HandleFunc("POST /v1/{region}/interfaces/{id}/release", s.release)
	s.mux.HandleFunc("POST /v1/{region}/interfaces/{id}/detach", s.detach)
	s.mux.HandleFunc("DELETE /v1/{region}/interfaces/{id}", s.delete)
	s.mux.HandleFunc("GET /v1/{region}/interfaces", s.describe)
	s.mux.HandleFunc("GET /v1/{region}/list", s.list)
	s.mux.HandleFunc("GET /v1/{region}/jobs/{id}", s.job)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.refuse(w, problem{http.StatusNotFound, "call.unknown", "there is no such call"})
	})
	return s
}

// Token returns the current token. Its signature is that of nimbus.Config.Token.
func (s *Server) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, nil
}

// Expire replaces the token. The server refuses the previous one from then on.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = append(s.expired, s.token)
	s.token = "nt-" + rand.Text()
}

// Config returns the configuration of a client that calls the server in the same
// process, with the current token.
func (s *Server) Config() nimbus.Config {
	return nimbus.Config{
		Region:     s.Region,
		Token:      s.Token,
		Endpoint:   "https://nimbus.invalid", // never resolved
		HTTPClient: &http.Client{Transport: enitest.Transport(s)},
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := s.verify(r.Header.Get("Authorization")); p != nil {
		s.refuse(w, *p)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) verify(authorization string) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	switch {
	case !ok || token == "":
		return &problem{http.StatusUnauthorized, "token.missing", "a bearer token is required"}
	case slices.Contains(s.expired, token):
		return &problem{http.StatusUnauthorized, "token.expired", "the token has expired"}
	case token != s.token:
		return &problem{http.StatusUnauthorized, "token.unknown", "the token is not known"}
	}
	return nil
}

// The cloud's limits.
const (
	maxItems      = 20
	maxInterfaces = 50
	maxListed     = 100
)

func (s *Server) release(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Addresses []netip.Addr   `json:"addresses"`
		Prefixes  []netip.Prefix `json:"prefixes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		s.refuse(w, malformed("the body is not a release"))
		return
	}
	call := enitest.Call{
		Action:      enitest.UnassignPrivateIps,
		InterfaceID: r.PathValue("id"),
		Addresses:   body.Addresses,
		Prefixes:    body.Prefixes,
	}
	addresses := body.Addresses
	for _, p := range body.Prefixes {
		addresses = append(addresses, p.Addr())
	}
	six := slices.IndexFunc(addresses, netip.Addr.Is6) >= 0
	if six {
		call.Action = enitest.UnassignIpv6
	}
	switch {
	case len(addresses) == 0:
		s.refuse(w, malformed("nothing to release"))
	case len(addresses) > maxItems:
		s.refuse(w, problem{http.StatusBadRequest, "call.too_large", "a release takes twenty addresses and prefixes"})
	case slices.ContainsFunc(addresses, func(a netip.Addr) bool { return a.Is6() != six }):
		s.refuse(w, malformed("a release takes one family"))
	default:
		s.serve(w, r, call)
	}
}

func (s *Server) detach(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Instance string `json:"instance"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Instance == "" {
		s.refuse(w, malformed("the body names no instance"))
		return
	}
	s.serve(w, r, enitest.Call{Action: enitest.Detach, InterfaceID: r.PathValue("id"), InstanceID: body.Instance})
}

func (s *Server) delete(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, enitest.Call{Action: enitest.Delete, InterfaceID: r.PathValue("id")})
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r, enitest.Call{Action: enitest.List})
}

func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	ids := r.URL.Query()["id"]
	if len(ids) == 0 || len(ids) > maxInterfaces {
		s.refuse(w, malformed("a description takes one to fifty interfaces"))
		return
	}
	s.serve(w, r, enitest.Call{Action: enitest.Describe, InterfaceIDs: ids})
}

func (s *Server) job(w http.ResponseWriter, r *http.Request) {
	// The in-memory cloud identifies a change by the trace of its request.
	s.serve(w, r, enitest.Call{Action: enitest.DescribeTask, TaskID: strings.TrimPrefix(r.PathValue("id"), jobPrefix)})
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, call enitest.Call) {
	cloud := s.Cloud
	if r.PathValue("region") != s.Region {
		cloud = &s.elsewhere
	}
	d := s.answerTo(w)
	call.RequestID, d.after = d.trace, r.URL.Query().Get("after")
	wire.Serve(w, r, cloud, call, d)
}

// refuse answers a request that does not reach the cloud.
func (s *Server) refuse(w http.ResponseWriter, p problem) {
	wire.WriteReply(w, s.answerTo(w).Failed(p.status, p.code, p.text))
}

func (s *Server) answerTo(w http.ResponseWriter) *dialect {
	return &dialect{trace: rand.Text(), header: w.Header(), retryAfter: s.RetryAfter}
}
