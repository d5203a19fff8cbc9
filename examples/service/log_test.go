// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

// The field error is an object for every error.
func TestErrorsInTheLog(t *testing.T) {
	denied := &eni.Error{Kind: eni.ErrPermission, Code: "Forbidden.RAM", Message: "denied", Count: 1000}
	busy := &eni.Error{Kind: eni.ErrConflict, Code: "Operation.Conflict", Message: "busy", Count: 10}
	for _, test := range []struct {
		name string
		err  error
		kind string
		code any
		more bool
	}{
		{"one reason", denied, "permission_denied", "Forbidden.RAM", false},
		{"more reasons", eni.Join(denied, busy), "conflict", "Operation.Conflict", true},
		{"one, wrapped", fmt.Errorf("releasing: %w", denied), "permission_denied", "Forbidden.RAM", false},
		{"more, wrapped", fmt.Errorf("releasing: %w", eni.Join(denied, busy)), "conflict", "Operation.Conflict", true},
		{"no error of the library", errors.New("no space left"), "unknown", nil, false},
		{"a bare kind", eni.ErrNotFound, "not_found", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := new(journal)
			newLog(j, slog.LevelInfo).Error("it failed", "error", test.err)
			fields, _ := j.line(t, "it failed")["error"].(map[string]any)
			if _, more := fields["more"]; fields["kind"] != test.kind || fields["code"] != test.code || fields["message"] == "" || more != test.more {
				t.Errorf("%v", fields)
			}
		})
	}
}

// Requests with one address and with many have the same error in the log.
func TestErrorOfManyAddressesInTheLog(t *testing.T) {
	for _, body := range []string{`{"addresses": ["10.0.0.5"]}`, bodyOf(addressesOf(200))} {
		f := newFake(t)
		f.service.clouds["aliyun/cn-hangzhou"] = stub{outcome: eni.OutcomeRefused, err: eni.Join(
			&eni.Error{Kind: eni.ErrPermission, Code: "Forbidden.RAM", Message: "denied", RequestID: "ID", Count: 1},
			&eni.Error{Kind: eni.ErrPermission, Code: "Forbidden.RAM", Message: "denied", RequestID: "ID", Count: 1},
		)}
		f.ask(interfacePath("aliyun", "eni-1/release"), body)
		fields, _ := f.log.line(t, "request")["error"].(map[string]any)
		if fields["kind"] != "permission_denied" || fields["code"] != "Forbidden.RAM" || fields["request_id"] != "ID" || fields["count"] != 2.0 {
			t.Errorf("%v", fields)
		}
	}
}

func addressesOf(n byte) []string {
	var addresses []string
	for i := range n {
		addresses = append(addresses, fmt.Sprintf("10.0.1.%d", i))
	}
	return addresses
}

// A failed describe is in the log with its reason.
func TestDescriptionRefusedIsLogged(t *testing.T) {
	f := newFake(t)
	f.ask(interfacePath("aliyun", "eni-9"), "")
	if fields, _ := f.log.line(t, "request")["error"].(map[string]any); fields["kind"] != "not_found" {
		t.Errorf("%v", fields)
	}
}
