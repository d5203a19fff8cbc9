// SPDX-License-Identifier: Apache-2.0

package nimbustest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// jobPrefix and the trace of a request form the id of its job.
const jobPrefix = "job-"

// dialect writes the reply to one request.
type dialect struct {
	trace      string
	header     http.Header
	retryAfter time.Duration
	last       string // the last interface of the page
	after      string // of a list: the last interface of the previous page
}

var _ wire.Dialect = (*dialect)(nil)

// problem is an error of the cloud.
type problem struct {
	status     int
	code, text string
}

func malformed(text string) problem {
	return problem{http.StatusBadRequest, "call.malformed", text}
}

// rejections has the cloud's error for each reason.
var rejections = map[enitest.Reason]problem{
	enitest.NotFound:           {http.StatusNotFound, "interface.unknown", "there is no such interface"},
	enitest.NotAssigned:        {http.StatusConflict, "address.foreign", "not on this interface"},
	enitest.PrimaryAddress:     {http.StatusConflict, "address.fixed", "fixed to this interface"},
	enitest.PrimaryInterface:   {http.StatusConflict, "interface.main", "the main interface of an instance stays"},
	enitest.NotAttached:        {http.StatusConflict, "interface.elsewhere", "the interface is not on this instance"},
	enitest.NoInstance:         {http.StatusConflict, "interface.elsewhere", "the interface is not on this instance"},
	enitest.WrongInstanceState: {http.StatusConflict, "interface.busy", "the instance is starting or stopping"},
	enitest.InUse:              {http.StatusConflict, "interface.attached", "the interface is attached to an instance"},
	enitest.HasMembers:         {http.StatusConflict, "interface.members", "the interface has members"},
	enitest.Managed:            {http.StatusConflict, "interface.owned", "the interface is managed by a service"},
	enitest.WrongState:         {http.StatusConflict, "interface.state", "the interface is in another state"},
	enitest.Conflict:           {http.StatusConflict, "interface.busy", "another change is in progress"},
	enitest.Throttled:          {http.StatusTooManyRequests, "rate.exceeded", "too many requests"},
	enitest.Denied:             {http.StatusForbidden, "policy.denied", "no policy allows this"},
	enitest.ExpiredCredentials: {http.StatusUnauthorized, "token.expired", "the token has expired"},
	enitest.Internal:           {http.StatusInternalServerError, "nimbus.fault", "something went wrong"},
}

func (d *dialect) Rejected(r *enitest.Rejection) enitest.Reply {
	p, ok := rejections[r.Reason]
	if !ok {
		p = problem{http.StatusInternalServerError, "nimbus.fault", "no error for the reason " + string(r.Reason)}
	}
	if names := r.Names(); names != "" {
		p.text += ": " + names
	}
	return d.Failed(p.status, p.code, p.text)
}

func (d *dialect) Failed(status int, code, message string) enitest.Reply {
	status = cmp.Or(status, http.StatusBadRequest)
	if status == http.StatusTooManyRequests && d.retryAfter > 0 {
		d.header.Set("Retry-After", strconv.Itoa(int(d.retryAfter.Seconds())))
	}
	return d.reply(status, map[string]any{"error": map[string]any{"code": code, "text": message}})
}

func (d *dialect) Accepted() enitest.Reply {
	return d.reply(http.StatusAccepted, map[string]any{"job": jobPrefix + d.trace})
}

func (d *dialect) Task(state enitest.TaskState, output string) enitest.Reply {
	words := map[enitest.TaskState]string{
		enitest.TaskRunning:   "running",
		enitest.TaskSucceeded: "done",
		enitest.TaskFailed:    "failed",
	}
	word, ok := words[state]
	if !ok {
		return d.Failed(http.StatusNotFound, "job.unknown", "there is no such job")
	}
	return d.reply(http.StatusOK, map[string]any{"state": word, "detail": output})
}

func (d *dialect) Described(all []eni.Interface) enitest.Reply {
	list := []any{} // an empty list, not null
	next := ""
	for _, i := range all {
		if d.after != "" && i.ID <= d.after {
			continue
		}
		if len(list) == maxListed {
			next = d.last
			break
		}
		d.last = i.ID
		addresses := []any{}
		for _, a := range i.Addresses {
			addresses = append(addresses, map[string]any{"ip": a.Addr, "fixed": a.Primary})
		}
		list = append(list, map[string]any{
			"id":        i.ID,
			"role":      word(i.Type, map[eni.InterfaceType]string{eni.TypePrimary: "main", eni.TypeSecondary: "extra", "": "extra"}),
			"state":     word(i.State, map[eni.InterfaceState]string{eni.StateAvailable: "free", eni.StateInUse: "attached"}),
			"instance":  i.InstanceID,
			"network":   i.VPCID,
			"addresses": addresses,
			"prefixes":  i.Prefixes,
			"name":      i.Name, "note": i.Description, "mac": i.MAC, "subnet": i.SubnetID, "zone": i.Zone,
			"groups": i.SecurityGroupIDs, "labels": i.Tags, "owner": i.Manager, "created": i.Created,
		})
	}
	return d.reply(http.StatusOK, map[string]any{"interfaces": list, "next": next})
}

// word returns the cloud's name for one of ours; most are the same.
func word[T ~string](ours T, words map[T]string) string {
	if w, ok := words[ours]; ok {
		return w
	}
	return string(ours)
}

func (d *dialect) reply(status int, content map[string]any) enitest.Reply {
	content["trace"] = d.trace
	body, err := json.Marshal(content)
	if err != nil {
		panic(fmt.Sprintf("nimbustest: %v", err)) // the contents above always marshal
	}
	return enitest.Reply{Status: status, ContentType: "application/json", Body: body}
}
