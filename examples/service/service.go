// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni"
)

// service answers requests for its clouds.
type service struct {
	cfg     config
	access  access
	clouds  map[string]cloudeni.Client // by provider/region
	log     *slog.Logger
	metrics *metrics
	ending  atomic.Bool // a signal has come: not ready
}

func newService(cfg config, who access, clouds map[string]cloudeni.Client, m *metrics, log *slog.Logger) *service {
	return &service{cfg: cfg, access: who, clouds: clouds, metrics: m, log: log}
}

// reply is a successful answer.
type reply struct {
	status int
	body   any
}

// apiPrefix is the prefix of the API's paths.
const apiPrefix = "/v1/"

// routes returns the handlers by the patterns of http.ServeMux. openapi.yaml describes
// them.
func (s *service) routes() map[string]http.Handler {
	const (
		all  = apiPrefix + "{provider}/{region}/interfaces"
		site = all + "/{id}"
	)
	return map[string]http.Handler{
		"GET " + all:                answering(s.list),
		"GET " + site:               answering(s.describe),
		"DELETE " + site:            answering(s.delete),
		"POST " + site + "/release": answering(s.release),
		"POST " + site + "/detach":  answering(s.detach),
		"GET /livez":                answering(s.livez),
		"GET /readyz":               answering(s.readyz),
		"GET /metrics":              s.metrics.page,
		"GET /openapi.yaml":         http.HandlerFunc(serveDescription),
	}
}

// handler returns the handler of all requests.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range s.routes() {
		mux.Handle(pattern, handler)
	}
	return recorded(s.log, s.metrics, s.access.guarded(routed(mux)))
}

// description is the OpenAPI description.
//
//go:embed openapi.yaml
var description []byte

func serveDescription(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(description) //nolint:errcheck // the caller has disconnected
}

// answering returns a handler that writes the answer of a function.
func answering(answer func(*http.Request) (reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rep, err := answer(r)
		if err != nil {
			if _, known := errors.AsType[*problem](err); !known {
				recordOf(r.Context()).note(slog.Any("error", err))
			}
			writeProblem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, rep.status, rep.body)
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) //nolint:errcheck,errchkjson // the caller has disconnected
}

// routed replaces the text errors of the mux with problems.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unrouted, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		said := &unwritten{header: make(http.Header)}
		unrouted.ServeHTTP(said, r)
		p := plainProblem(said.status, "no such resource: "+r.URL.Path)
		if allow := said.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			p.Detail = r.Method + " is not for this resource: want " + allow
		}
		writeProblem(w, r, p)
	})
}

// unwritten records the status and the header of an answer and drops its body.
type unwritten struct {
	header http.Header
	status int
}

func (u *unwritten) Header() http.Header         { return u.header }
func (u *unwritten) WriteHeader(status int)      { u.status = status }
func (u *unwritten) Write(p []byte) (int, error) { return len(p), nil }

type health struct {
	Status string `json:"status"`
}

// livez reports that the process is alive.
func (s *service) livez(*http.Request) (reply, error) {
	return reply{http.StatusOK, health{"live"}}, nil
}

// readyz reports whether the service is ready for requests. It does not ask the clouds:
// if one of them fails, all replicas would leave the load balancer at once.
func (s *service) readyz(*http.Request) (reply, error) {
	if s.ending.Load() {
		return reply{}, errShuttingDown
	}
	return reply{http.StatusOK, health{"ready"}}, nil
}

// flush is the time to write the answers of canceled requests.
const flush = 5 * time.Second

var errUnanswered = errors.New("requests got no answer")

// run serves on l until a signal comes, and then ends in phases: unready but still
// accepting, no longer accepting, and canceling. A further signal ends a phase early.
func (s *service) run(l net.Listener, signals <-chan os.Signal) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	server := &http.Server{
		Handler:           s.handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second, // for a slow body; it does not include the handler
		WriteTimeout:      s.cfg.maxTimeout + 15*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	s.log.Info("listening", "address", l.Addr().String())

	select {
	case err := <-served:
		return err
	case sig := <-signals:
		s.ending.Store(true)
		s.log.Info("shutting down", "signal", sig.String(), "drain", s.cfg.drain.String(), "grace", s.cfg.grace.String())
	}
	select {
	case err := <-served:
		return err
	case <-signals:
	case <-time.After(s.cfg.drain):
	}

	waiting, stopWaiting := context.WithCancel(context.Background())
	defer stopWaiting()
	finished := make(chan error, 1)
	go func() { finished <- server.Shutdown(waiting) }()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) { // else the listener is closed by now
		return err
	}
	s.log.Info("no longer accepting")
	select {
	case err := <-finished:
		return err
	case <-signals:
	case <-time.After(s.cfg.grace):
	}

	s.log.Warn("cancelling the requests in progress")
	cancel(errShuttingDown)
	select {
	case err := <-finished:
		return err
	case <-time.After(flush):
	}
	stopWaiting()
	return fmt.Errorf("%w: %w", errUnanswered, errors.Join(<-finished, server.Close()))
}
