// SPDX-License-Identifier: Apache-2.0

package nimbus

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/internal/core"
)

// maxReply is enough for 50 interfaces full of addresses. A longer reply is truncated
// and therefore unreadable.
const maxReply = 4 << 20

// envelope has the fields of every reply.
type envelope struct {
	Trace string `json:"trace"`
	Error struct {
		Code string `json:"code"`
		Text string `json:"text"`
	} `json:"error"`
}

// reply is the expected body of one call. Accept returns an error if the body is
// something else; the error has no text of the body.
type reply interface{ accept() error }

// read reads a reply. Success is only a 2xx with a JSON object that has no error code and
// that accept accepts.
func read(resp *http.Response, body []byte, token string, into reply) error {
	f := &failure{status: resp.StatusCode, retryAfter: hint(resp.Header), token: token}
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return f.unreadable("not a JSON object")
	}
	f.trace, f.code = show(e.Trace, token), show(e.Error.Code, token)
	switch {
	case e.Error.Code != "":
		f.kind, f.message = classify(f.code, f.status), show(e.Error.Text, token)
		return f
	case f.status < 200 || f.status > 299:
		return f.unreadable("no error code")
	}
	if json.Unmarshal(body, into) != nil {
		return f.unreadable("something in it has another type")
	}
	if err := into.accept(); err != nil {
		return f.unreadable(err.Error())
	}
	return nil
}

// hint reads Retry-After in seconds; it returns zero for anything else.
func hint(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// accepted is the reply to a change.
type accepted struct {
	Trace string `json:"trace"`
	Job   string `json:"job"`
}

func (a *accepted) accept() error {
	if a.Job == "" {
		return errors.New("no job")
	}
	return nil
}

// job is the reply to a job query.
type job struct {
	State  string `json:"state"`
	Detail string `json:"detail"`

	status core.TaskStatus
}

func (j *job) accept() error {
	states := map[string]core.TaskState{
		"running": core.TaskRunning,
		"done":    core.TaskSucceeded,
		"failed":  core.TaskFailed,
	}
	state, ok := states[j.State]
	if !ok {
		return errors.New("a job in no known state")
	}
	j.status = core.TaskStatus{State: state, Output: j.Detail}
	return nil
}

// described is the reply to a describe request. It is strict, because an unreadable
// address would look as if it were gone: the list must exist, and all of it must be
// readable.
type described struct {
	Interfaces *[]struct {
		ID        string `json:"id"`
		Role      string `json:"role"`
		State     string `json:"state"`
		Instance  string `json:"instance"`
		Network   string `json:"network"`
		Addresses []struct {
			IP    netip.Addr `json:"ip"`
			Fixed bool       `json:"fixed"`
		} `json:"addresses"`
		Prefixes []netip.Prefix    `json:"prefixes"`
		Name     string            `json:"name"`
		Note     string            `json:"note"`
		MAC      string            `json:"mac"`
		Subnet   string            `json:"subnet"`
		Zone     string            `json:"zone"`
		Groups   []string          `json:"groups"`
		Labels   map[string]string `json:"labels"`
		Owner    string            `json:"owner"`
		Created  time.Time         `json:"created"`
	} `json:"interfaces"`
	Next string `json:"next"` // of a list

	interfaces []eni.Interface
}

// The cloud's names of types and states. Others are kept, in lower case.
var (
	roles = map[string]eni.InterfaceType{
		"main":  eni.TypePrimary,
		"extra": eni.TypeSecondary,
	}
	states = map[string]eni.InterfaceState{
		"free":      eni.StateAvailable,
		"attached":  eni.StateInUse,
		"attaching": eni.StateAttaching,
		"detaching": eni.StateDetaching,
		"deleting":  eni.StateDeleting,
	}
)

func (d *described) accept() error {
	if d.Interfaces == nil {
		return errors.New("no list of interfaces")
	}
	for _, n := range *d.Interfaces {
		if n.ID == "" {
			return errors.New("an interface without an id")
		}
		i := eni.Interface{
			ID:         n.ID,
			Type:       cmp.Or(roles[n.Role], eni.InterfaceType(strings.ToLower(n.Role))),
			State:      cmp.Or(states[n.State], eni.InterfaceState(strings.ToLower(n.State))),
			InstanceID: n.Instance,
			VPCID:      n.Network,
			Prefixes:   n.Prefixes,

			Name: n.Name, Description: n.Note, MAC: n.MAC, SubnetID: n.Subnet, Zone: n.Zone,
			SecurityGroupIDs: n.Groups, Tags: n.Labels, Manager: n.Owner, Created: n.Created,
		}
		for _, a := range n.Addresses {
			if !a.IP.IsValid() {
				return errors.New("an invalid address")
			}
			i.Addresses = append(i.Addresses, eni.Address{Addr: a.IP, Primary: a.Fixed})
		}
		d.interfaces = append(d.interfaces, i)
	}
	return nil
}
