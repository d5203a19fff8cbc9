// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"log/slog"

	"github.com/cloudeni/cloudeni/eni"
)

// newLog writes JSON. The field error is an object in every record, so that programs
// can rely on its fields.
func newLog(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: errorAsObject}))
}

// errorAsObject gives other errors the fields of the library's errors.
func errorAsObject(_ []string, a slog.Attr) slog.Attr {
	err, ok := a.Value.Any().(error)
	if a.Key != "error" || !ok {
		return a
	}
	if reasons, ok := errors.AsType[eni.Errors](err); ok {
		err = reasons
	} else if reason, ok := errors.AsType[*eni.Error](err); ok {
		err = reason
	}
	a.Value = slog.AnyValue(eni.Join(err))
	return a
}
