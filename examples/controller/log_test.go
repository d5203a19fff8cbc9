// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudeni/cloudeni/eni"
)

// The field error is an object for every error and every logger.
func TestErrorsInTheLog(t *testing.T) {
	denied := &eni.Error{Kind: eni.ErrPermission, Code: "Forbidden.RAM", Message: "denied", Count: 1000}
	busy := &eni.Error{Kind: eni.ErrConflict, Code: "Operation.Conflict", Message: "busy", Count: 10}
	for name, test := range map[string]struct {
		err  error
		kind string
		code any
		more bool
	}{
		"one reason":              {denied, "permission_denied", "Forbidden.RAM", false},
		"more reasons":            {eni.Join(denied, busy), "conflict", "Operation.Conflict", true},
		"one, of a reconcile":     {reconcile.TerminalError(denied), "permission_denied", "Forbidden.RAM", false},
		"more, of a reconcile":    {reconcile.TerminalError(eni.Join(denied, busy)), "conflict", "Operation.Conflict", true},
		"no error of the library": {errors.New("no space left"), "unknown", nil, false},
	} {
		for logger, log := range map[string]func(slog.Handler){
			"slog":            func(h slog.Handler) { slog.New(h).Error("it failed", "error", test.err) },
			"slog's own attr": func(h slog.Handler) { slog.New(h).With("error", test.err).Error("it failed") },
			"logr":            func(h slog.Handler) { logr.FromSlogHandler(h).WithName("x").Error(test.err, "it failed") },
		} {
			t.Run(name+" by "+logger, func(t *testing.T) {
				var text bytes.Buffer
				log(newLog(&text, slog.LevelInfo))
				fields := errorOf(t, text.Bytes())
				if _, more := fields["more"]; fields["kind"] != test.kind || fields["code"] != test.code || fields["message"] == "" || more != test.more {
					t.Errorf("%s", &text)
				}
			})
		}
	}
}

// errorOf returns the fields of the error in a line of a log, or nil where it has
// none. Anything but an object is a mistake.
func errorOf(t *testing.T, line []byte) map[string]any {
	t.Helper()
	var record map[string]any
	if err := json.Unmarshal(line, &record); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	fields, ok := record["error"].(map[string]any)
	if has := record["error"] != nil; has != ok || ok && fields["kind"] == nil || record["err"] != nil {
		t.Errorf("the error is no object with a kind: %s", line)
	}
	return fields
}
