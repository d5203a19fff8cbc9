// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/cloudeni/cloudeni/eni"
)

// newLog writes JSON. The field error is an object in every record, so that programs
// can rely on its fields.
func newLog(w io.Writer, level slog.Leveler) slog.Handler {
	return errorObjects{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})}
}

// errorObjects is a handler that gives errors their fields.
type errorObjects struct{ slog.Handler }

func (h errorObjects) Handle(ctx context.Context, r slog.Record) error {
	written := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		written.AddAttrs(errorAsObject(a))
		return true
	})
	return h.Handler.Handle(ctx, written)
}

func (h errorObjects) WithAttrs(attrs []slog.Attr) slog.Handler {
	written := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		written[i] = errorAsObject(a)
	}
	return errorObjects{h.Handler.WithAttrs(written)}
}

func (h errorObjects) WithGroup(name string) slog.Handler {
	return errorObjects{h.Handler.WithGroup(name)}
}

// errorAsObject gives an error the fields of the library's errors, also if it wraps
// one. Package logr names the attribute err.
func errorAsObject(a slog.Attr) slog.Attr {
	err, ok := a.Value.Any().(error)
	if !ok || a.Key != "error" && a.Key != "err" {
		return a
	}
	if reasons, ok := errors.AsType[eni.Errors](err); ok {
		err = reasons
	} else if reason, ok := errors.AsType[*eni.Error](err); ok {
		err = reason
	}
	return slog.Any("error", eni.Join(err))
}
