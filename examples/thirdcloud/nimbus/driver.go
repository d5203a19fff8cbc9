// SPDX-License-Identifier: Apache-2.0

package nimbus

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// driver sends the core's requests to Nimbus Cloud. It makes no decisions: the core
// decides what to send again, what to verify first and when to give up.
type driver struct {
	root  string // the URL of the region
	token func(context.Context) (string, error)
	http  *http.Client
}

// Tasks is for a cloud whose accepted changes run as tasks, Pages for one that lists
// interfaces, Renewer for one whose credentials expire. A cloud without these omits
// them.
var (
	_ core.Driver  = (*driver)(nil)
	_ core.Tasks   = (*driver)(nil)
	_ core.Pages   = (*driver)(nil)
	_ core.Renewer = (*driver)(nil)
)

// Send implements core.Driver. An accepted change runs as a job.
func (d *driver) Send(ctx context.Context, change core.Change) (core.Receipt, error) {
	req, err := newChange(change)
	if err != nil {
		return core.Receipt{NotSent: true}, &failure{kind: eni.ErrInvalid, message: err.Error(), unsent: true}
	}
	var a accepted
	if err := d.call(ctx, req, &a); err != nil {
		var f *failure
		errors.As(err, &f)
		return core.Receipt{RequestID: f.trace, NotSent: f.unsent}, err
	}
	return core.Receipt{RequestID: a.Trace, TaskID: a.Job}, nil
}

// Describe implements core.Driver. The cloud omits interfaces that do not exist.
func (d *driver) Describe(ctx context.Context, ids []string) ([]eni.Interface, error) {
	if len(ids) == 0 {
		return nil, nil // without ids the cloud would return all interfaces
	}
	var found described
	if err := d.call(ctx, newDescribe(ids), &found); err != nil {
		return nil, err
	}
	return found.interfaces, nil
}

// List implements core.Pages. A page begins after the last interface of the previous
// page, so pages do not shift.
func (d *driver) List(ctx context.Context, _ eni.Filter, after string) (core.Page, error) {
	var page described
	if err := d.call(ctx, newList(after), &page); err != nil {
		return core.Page{}, err
	}
	return core.Page{Interfaces: page.interfaces, Next: page.Next}, nil
}

// Task implements core.Tasks.
func (d *driver) Task(ctx context.Context, id string) (core.TaskStatus, error) {
	var j job
	err := d.call(ctx, newJob(id), &j)
	var f *failure
	switch {
	case err == nil:
		return j.status, nil
	case errors.As(err, &f) && f.code == codeNoJob:
		return core.TaskStatus{State: core.TaskUnknown}, nil // the job, not the interface
	default:
		return core.TaskStatus{}, err
	}
}

// Renew implements core.Renewer.
func (d *driver) Renew(ctx context.Context, err error) bool {
	var f *failure
	if !errors.As(err, &f) || f.code != codeExpired {
		return false
	}
	token, err := d.token(ctx)
	return err == nil && token != f.token
}

// call sends req once and reads the reply. Its errors are *failure.
func (d *driver) call(ctx context.Context, req request, into reply) error {
	token, err := d.token(ctx)
	if err == nil && token == "" {
		err = errors.New("the source returned an empty one")
	}
	if err != nil {
		return withoutToken(ctx, err)
	}
	httpReq, err := http.NewRequestWithContext(ctx, req.method, d.root+req.path, bytes.NewReader(req.body))
	if err != nil {
		return &failure{kind: eni.ErrInvalid, message: err.Error(), unsent: true}
	}
	httpReq.Header.Set("Authorization", "Bearer "+token)
	httpReq.Header.Set("Content-Type", "application/json")
	httpReq.Header.Set("User-Agent", "cloudeni")
	resp, err := d.http.Do(httpReq)
	if err != nil {
		return lost(ctx, err, token)
	}
	defer resp.Body.Close() //nolint:errcheck // read as far as it matters
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return lost(ctx, err, token)
	}
	return read(resp, body, token, into)
}
