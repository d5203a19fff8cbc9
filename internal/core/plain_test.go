// SPDX-License-Identifier: Apache-2.0

package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
	"github.com/cloudeni/cloudeni/internal/core"
)

// plain is a driver and its test server: a cloud without a vendor's SDK, to test only the
// request path.
type plain struct {
	http   *http.Client
	cloud  *enitest.Cloud
	ids    atomic.Int64
	before func(context.Context, enitest.Call) // called before each request, where set
	late   func(enitest.Call) time.Duration    // how late the answer is, where set
}

func newPlain(cloud *enitest.Cloud) *plain {
	p := &plain{cloud: cloud}
	p.http = &http.Client{Transport: enitest.Transport(p)}
	return p
}

// withTasks returns a driver whose changes run as tasks.
type withTasks struct{ *plain }

func plainCloud(driver core.Driver) core.Cloud {
	return core.Cloud{
		Provider: "plain", Driver: driver, PerChange: 10, PerDescribe: 100, Prefixes: true, Trunks: true, Region: "here",
	}
}

// answer is the body of every reply.
type answer struct {
	RequestID  string
	Reason     enitest.Reason `json:",omitempty"`
	Message    string         `json:",omitempty"`
	Interfaces []eni.Interface
	State      enitest.TaskState
	Output     string
}

// ServeHTTP is the test server: the body is the call.
func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call enitest.Call
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	call.RequestID = "req-" + strconv.FormatInt(p.ids.Add(1), 10)
	wire.Serve(w, r, p.cloud, call, dialect{call.RequestID})
}

type dialect struct{ id string }

func (d dialect) reply(status int, a answer) enitest.Reply {
	a.RequestID = d.id
	body, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return enitest.Reply{Status: status, Body: body}
}

func (d dialect) Accepted() enitest.Reply { return d.reply(http.StatusOK, answer{}) }

func (d dialect) Described(found []eni.Interface) enitest.Reply {
	return d.reply(http.StatusOK, answer{Interfaces: found})
}

func (d dialect) Task(state enitest.TaskState, output string) enitest.Reply {
	return d.reply(http.StatusOK, answer{State: state, Output: output})
}

func (d dialect) Rejected(r *enitest.Rejection) enitest.Reply {
	status := http.StatusForbidden
	if r.Reason == enitest.Internal {
		status = http.StatusInternalServerError
	}
	return d.reply(status, answer{Reason: r.Reason, Message: "refused: " + r.Names()})
}

func (d dialect) Failed(status int, code, message string) enitest.Reply {
	return d.reply(status, answer{Reason: enitest.Reason(code), Message: message})
}

// refused is an answer that is an error.
type refused struct {
	answer

	status int
}

func (r *refused) Error() string { return string(r.Reason) }

func (p *plain) call(ctx context.Context, call enitest.Call) (answer, error) {
	var a answer
	if p.before != nil {
		p.before(ctx, call)
	}
	body, err := json.Marshal(call)
	if err != nil {
		return a, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://plain/", bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	if p.late != nil {
		if err := pause(ctx, p.late(call)); err != nil {
			return a, err
		}
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, fmt.Errorf("unreadable: %w", err)
	}
	switch {
	case a.Reason != "":
		return a, &refused{a, resp.StatusCode}
	case a.RequestID == "":
		return a, errors.New("no request id")
	}
	return a, nil
}

// pause waits for a duration, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *plain) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	a, err := p.call(ctx, enitest.Call{
		Action: enitest.Action(c.Action), InterfaceID: c.InterfaceID,
		Addresses: c.Addresses, Prefixes: c.Prefixes,
		InstanceID: c.InstanceID, TrunkInterfaceID: c.TrunkInterfaceID,
	})
	return core.Receipt{RequestID: a.RequestID}, err
}

func (p withTasks) Send(ctx context.Context, c core.Change) (core.Receipt, error) {
	receipt, err := p.plain.Send(ctx, c)
	receipt.TaskID = receipt.RequestID
	return receipt, err
}

func (p withTasks) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	a, err := p.call(ctx, enitest.Call{Action: enitest.DescribeTask, TaskID: id})
	states := map[enitest.TaskState]core.TaskState{
		enitest.TaskRunning:   core.TaskRunning,
		enitest.TaskSucceeded: core.TaskSucceeded,
		enitest.TaskFailed:    core.TaskFailed,
		enitest.TaskUnknown:   core.TaskUnknown,
	}
	return core.TaskStatus{State: states[a.State], Output: a.Output}, err
}

func (p *plain) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	a, err := p.call(ctx, enitest.Call{Action: enitest.Describe, InterfaceIDs: ids})
	return a.Interfaces, err
}

// List cuts what the server has into counted pages, as Tencent Cloud does.
func (p *plain) List(ctx context.Context, f eni.Filter, page string) (core.Page, error) {
	from, _ := strconv.Atoi(page) // the first page is ""
	a, err := p.call(ctx, enitest.Call{Action: enitest.List, Filter: f})
	if err != nil {
		return core.Page{}, err
	}
	total := len(a.Interfaces)
	from = min(from, total)
	listed := core.Page{Interfaces: a.Interfaces[from:min(from+100, total)], Total: total}
	if from > 0 {
		listed.Back = strconv.Itoa(max(from-50, 0))
	}
	if from+100 < total {
		listed.Next = strconv.Itoa(from + 99)
	}
	return listed, nil
}

var kinds = map[enitest.Reason]eni.Kind{
	enitest.NotFound:           eni.ErrNotFound,
	enitest.NotAssigned:        eni.ErrNotAssigned,
	enitest.PrimaryAddress:     eni.ErrNotAssigned, // as on Alibaba Cloud
	enitest.PrimaryInterface:   eni.ErrInvalid,
	enitest.NotAttached:        eni.ErrState,
	enitest.WrongState:         eni.ErrState,
	enitest.InUse:              eni.ErrState,
	enitest.HasMembers:         eni.ErrState,
	enitest.Managed:            eni.ErrUnsupported,
	enitest.Conflict:           eni.ErrConflict,
	enitest.Throttled:          eni.ErrThrottled,
	enitest.Denied:             eni.ErrPermission,
	enitest.ExpiredCredentials: eni.ErrUnauthenticated,
	enitest.Internal:           eni.ErrUnavailable,
	"unsupported":              eni.ErrUnsupported,
}

func (p *plain) Explain(_ string, err error) *eni.Error {
	var r *refused
	if !errors.As(err, &r) {
		return &eni.Error{Kind: eni.ErrUnavailable, Message: err.Error(), Err: err}
	}
	kind, ok := kinds[r.Reason]
	if !ok {
		kind = eni.ErrUnknown
	}
	return &eni.Error{
		Kind: kind, Code: string(r.Reason), Message: r.Message,
		RequestID: r.RequestID, HTTPStatus: r.status, Err: err,
	}
}
