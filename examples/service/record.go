// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/cloudeni/cloudeni/eni"
)

// record is the entry of a request in the access log. Handlers add to it.
type record struct {
	id string

	mu    sync.Mutex
	attrs []slog.Attr
}

// note adds attributes to the entry.
func (rec *record) note(attrs ...slog.Attr) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.attrs = append(rec.attrs, attrs...)
}

type recordKey struct{}

// recordOf returns the record of a request that passed through recorded, and else an
// unused one.
func recordOf(ctx context.Context) *record {
	if rec, ok := ctx.Value(recordKey{}).(*record); ok {
		return rec
	}
	return new(record)
}

// recorded gives each request an id, writes the access log and the metrics, and
// converts a panic to a problem.
func recorded(log *slog.Logger, m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		caller := trace.SpanContextFromContext(ctx).TraceID()
		rec := &record{id: requestID(r.Header.Get("X-Request-Id"), caller)}
		r = r.WithContext(context.WithValue(ctx, recordKey{}, rec))
		w.Header().Set("X-Request-Id", rec.id)
		watched := &watched{ResponseWriter: w}
		defer func() {
			level := levelOf(r.Pattern, watched.status)
			if p := recover(); p != nil {
				level = slog.LevelError
				rec.note(slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
				if watched.status != 0 {
					// A partial answer must not look complete.
					defer panic(http.ErrAbortHandler)
				} else {
					writeProblem(watched, r, errPanicked)
				}
			}
			elapsed := time.Since(began)
			m.answered(r, watched.status, elapsed)
			attrs := []slog.Attr{
				slog.String("request_id", rec.id),
				slog.String("method", r.Method),
				slog.String("path", r.URL.Path),
				slog.Int("status", watched.status),
				slog.Int64("bytes", watched.bytes),
				slog.Duration("duration", elapsed),
				slog.String("remote", r.RemoteAddr),
			}
			if caller.IsValid() {
				attrs = append(attrs, slog.String("trace_id", caller.String()))
			}
			log.LogAttrs(ctx, level, "request", append(attrs, rec.attrs...)...)
		}()
		next.ServeHTTP(watched, r)
	})
}

// levelOf returns the level of a request: DEBUG for successful probes, which come every
// few seconds.
func levelOf(pattern string, status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelWarn
	case strings.HasPrefix(pattern, "GET /v1/"), strings.HasPrefix(pattern, "POST "), strings.HasPrefix(pattern, "DELETE "), pattern == "":
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

// watched records the status and the size of an answer.
type watched struct {
	http.ResponseWriter

	status int
	bytes  int64
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// requestID returns the caller's X-Request-Id if it is valid, else the id of the
// caller's trace, else a new one.
func requestID(asked string, caller trace.TraceID) string {
	visible := func(r rune) bool { return r > ' ' && r < 0x7f }
	switch {
	case asked != "" && len(asked) <= 128 && strings.IndexFunc(asked, func(r rune) bool { return !visible(r) }) < 0:
		return asked
	case caller.IsValid():
		return caller.String()
	default:
		return rand.Text()
	}
}

// attempted logs each change that was sent to a cloud, with the ids of the requests
// that share it.
func attempted(log *slog.Logger) func(eni.Attempt) {
	return func(a eni.Attempt) {
		ids := make([]string, 0, len(a.Contexts))
		for _, ctx := range a.Contexts {
			ids = append(ids, recordOf(ctx).id)
		}
		level := slog.LevelDebug
		attrs := []slog.Attr{
			slog.Any("request_ids", ids),
			slog.String("provider", a.Provider),
			slog.String("region", a.Region),
			slog.String("op", a.Op),
			slog.String("interface_id", a.InterfaceID),
			slog.Int("items", a.Items),
			slog.String("cloud_request_id", a.RequestID),
			slog.Duration("duration", a.Duration),
		}
		if a.Err != nil {
			if level = slog.LevelWarn; eni.IsRetryable(a.Err) {
				level = slog.LevelInfo // the client sends it again
			}
			attrs = append(attrs, slog.Any("error", a.Err))
		}
		log.LogAttrs(context.Background(), level, "change", attrs...)
	}
}
