// SPDX-License-Identifier: Apache-2.0

package enitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/cloudeni/cloudeni/eni"
)

func denied(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Reason: Denied})
	op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 3)...))
	b.is(err, eni.ErrPermission)
	b.sent(UnassignPrivateIps, 1)
	b.outcomes(op, all(eni.OutcomeRefused, span(2, 3)...))
	for _, e := range b.reasons(err, "eni-1") {
		if e.Code == "" || e.RequestID == "" || e.HTTPStatus == 0 || e.Count != 2 {
			b.Errorf("the error should have the code, the request id, the status and the count, got %#v", e)
		}
	}
}

// reasons checks the form of an error and returns its reasons. The text is one line
// without control characters, the log value is an object, and each reason appears once
// with its provider, operation and interface. An empty id is not checked.
func (b *bench) reasons(err error, id string) []*eni.Error {
	b.Helper()
	var all eni.Errors
	if !errors.As(err, &all) {
		var e *eni.Error
		if !errors.As(err, &e) {
			b.Errorf("want an error of package eni, got: %#v", err)
			return nil
		}
		all = eni.Errors{e}
	}
	if strings.ContainsFunc(err.Error(), unicode.IsControl) {
		b.Errorf("an error must be one line without control characters, got: %q", err)
	}
	if kind := b.logged(err)["kind"]; kind != eni.KindOf(err).Error() {
		b.Errorf("the log should say %q, says %v", eni.KindOf(err), kind)
	}
	type reason struct{ kind, code, message string }
	known := make(map[reason]bool)
	for n, e := range all {
		if e.Kind == 0 || e.Provider == "" || e.Op == "" || id != "" && e.InterfaceID != id {
			b.Errorf("each reason should have its kind, provider, operation and interface, got %#v", e)
		}
		key := reason{e.Kind.Error(), e.Code, e.Message}
		if known[key] {
			b.Errorf("a reason is reported twice: %v", err)
		}
		known[key] = true
		if n > 0 && eni.IsRetryable(e) && !eni.IsRetryable(all[n-1]) {
			b.Errorf("retryable reasons should come first, got: %v", err)
		}
	}
	return all
}

// logged returns the fields of an error in a JSON log.
func (b *bench) logged(err error) map[string]any {
	b.Helper()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("", "error", err)
	var record struct {
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		b.Fatalf("the log is no JSON: %v", err)
	}
	var fields map[string]any
	if json.Unmarshal(record.Error, &fields) != nil {
		b.Errorf("in a log an error should be an object, got: %s", record.Error)
	}
	return fields
}

// deniedAlike checks that the error of one address and that of many have the same form.
func deniedAlike(b *bench) {
	b.always(UnassignPrivateIps, Fault{Reason: Denied})
	client := b.client(eni.Options{})
	var shapes [2]string
	for n, asked := range []eni.UnassignRequest{release(addr("10.0.0.2")), release(span(2, 51)...)} {
		op, err := client.UnassignPrivateIps(b.Context(), asked)
		b.is(err, eni.ErrPermission)
		fields := b.logged(err)
		shapes[n] = strings.Join(slices.Sorted(maps.Keys(fields)), " ")
		all := b.reasons(err, "eni-1")
		if len(all) != 1 || all[0].Count != len(asked.Addresses) {
			b.Errorf("want one reason that counts %d addresses, got: %v", len(asked.Addresses), err)
		}
		if n := len(err.Error()); n > 2000 {
			b.Errorf("want a short text, got %d bytes", n)
		}
		for _, r := range op.Results() {
			if eni.KindOf(r.Err) != eni.ErrPermission {
				b.Errorf("%s: want the reason of the call, got: %v", r, r.Err)
			}
		}
	}
	if shapes[0] != shapes[1] {
		b.Errorf("one address and many should be logged with the same fields, got %q and %q", shapes[0], shapes[1])
	}
}

// accountEnds checks that an error about the account ends the call: nothing more is sent
// for its other addresses.
func accountEnds(reason Reason, kind eni.Kind, most int) func(*bench) {
	return func(b *bench) {
		b.always(UnassignPrivateIps, Fault{Reason: reason})
		op, err := b.client(eni.Options{}).UnassignPrivateIps(b.Context(), release(span(2, 51)...))
		b.is(err, kind)
		sent := b.cloud.Calls(UnassignPrivateIps)
		if len(sent) == 0 || len(sent) > most {
			b.Fatalf("want %d changes at most, got %d", most, len(sent))
		}
		want := all(eni.OutcomeNotTried, span(2, 51)...)
		for _, a := range sent[0].Addresses {
			want[a] = eni.OutcomeRefused
		}
		b.outcomes(op, want)
		if all := b.reasons(err, "eni-1"); len(all) != 1 || all[0].Count != 50 {
			b.Errorf("want one reason that counts 50 addresses, got: %v", err)
		}
	}
}

// accountEndsOneCall checks that an error about the account ends no other call.
func accountEndsOneCall(b *bench) {
	b.cloud.Inject(UnassignPrivateIps, Fault{Delay: time.Second, Reason: Denied})
	client := b.client(eni.Options{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := client.UnassignPrivateIps(b.Context(), release(span(2, 51)...))
		if !errors.Is(err, eni.ErrPermission) {
			b.Errorf("the caller of the refused change: want ErrPermission, got: %v", err)
		}
	})
	synctest.Wait()
	op, err := client.UnassignPrivateIps(b.Context(), release(addr("10.0.0.52")))
	b.ok(err)
	b.wait(op)
	wg.Wait()
	b.released(addr("10.0.0.52"))
}

// twoReasons checks a batch with one address that is refused for good, while the others
// are always throttled.
func twoReasons(b *bench) {
	b.cloud.Control = func(call Call) *Fault {
		if call.Action != UnassignPrivateIps || slices.Contains(call.Addresses, addr("10.0.0.1")) {
			return nil
		}
		return &Fault{Reason: Throttled}
	}
	client := b.client(eni.Options{Retry: eni.Retry{MaxAttempts: 3}})
	op, err := client.UnassignPrivateIps(b.Context(), release(span(1, 4)...))
	b.is(err, eni.ErrInvalid, eni.ErrThrottled)
	b.checkTwo(op, err)
	op, err = eni.Blocking(client).UnassignPrivateIps(b.Context(), release(span(1, 4)...))
	b.is(err, eni.ErrInvalid, eni.ErrThrottled)
	b.checkTwo(op, err)
}

func (b *bench) checkTwo(op *eni.Operation, err error) {
	b.Helper()
	b.outcomes(op, all(eni.OutcomeRefused, span(1, 4)...))
	all := b.reasons(err, "eni-1")
	if len(all) != 2 || all[0].Kind != eni.ErrThrottled || all[0].Count != 3 || all[1].Count != 1 {
		b.Errorf("want three addresses that were throttled, then the primary one, got: %v", err)
	}
	if eni.KindOf(err) != eni.ErrThrottled || !eni.IsRetryable(err) {
		b.Errorf("the retryable reason should decide, got: %v", err)
	}
}
