// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"encoding/json"
	"net/http"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/eni/enitest/wire"
)

// dialect writes the response to one request.
type dialect struct {
	server    *Server
	cloud     *enitest.Cloud // of the region
	requestID string
	host      string
	action    string // the vendor's name
	region    string

	ids    []string                    // of a description
	filter filter                      // of a description
	picks  func(enitest.Instance) bool // of a description of instances
	page   page
}

var _ wire.Dialect = (*dialect)(nil)

func (d *dialect) Accepted() enitest.Reply { return d.success(make(map[string]any)) }

// Task is an error: the cloud has no tasks.
func (d *dialect) Task(enitest.TaskState, string) enitest.Reply {
	return d.problem(unknownAction(d.action))
}

func (d *dialect) Failed(status int, code, message string) enitest.Reply {
	if status == 0 {
		status = http.StatusBadRequest
	}
	return reply(status, map[string]any{
		"RequestId": d.requestID,
		"HostId":    d.host,
		"Code":      code,
		"Message":   message,
		"Recommend": "https://api.aliyun.com/troubleshoot?q=" + code + "&product=Ecs&requestId=" + d.requestID,
	})
}

func (d *dialect) problem(p *problem) enitest.Reply { return d.Failed(p.status, p.code, p.message) }

func (d *dialect) Rejected(r *enitest.Rejection) enitest.Reply { return d.problem(d.rejection(r)) }

func (d *dialect) Described(found []eni.Interface) enitest.Reply {
	if gone := missingOf(d.ids, found); gone != "" && (d.server.MissingRefused || d.action == describeAttribute) {
		return d.Rejected(&enitest.Rejection{Reason: enitest.NotFound, InterfaceID: gone})
	}
	if d.action == describeAttribute {
		return d.success(d.describe(&found[0]))
	}
	var picked []eni.Interface
	for i := range found {
		if d.filter.matches(&found[i]) {
			picked = append(picked, found[i])
		}
	}
	if d.filter.capped && len(picked) > maxTagged {
		picked = picked[:maxTagged]
	}
	body := d.page.describe(len(picked))
	set := []any{} // an empty set is a list, not null
	from, to := d.page.bounds(len(picked))
	for i := from; i < to; i++ {
		set = append(set, d.describe(&picked[i]))
	}
	body["NetworkInterfaceSets"] = map[string]any{"NetworkInterfaceSet": set}
	return d.success(body)
}

// missingOf returns the first id that was not found, or an empty text.
func missingOf(ids []string, found []eni.Interface) string {
	if len(found) == len(ids) {
		return ""
	}
	known := make(map[string]bool, len(found))
	for i := range found {
		known[found[i].ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			return id
		}
	}
	return ""
}

// success is a response with all fields of its model.
func (d *dialect) success(body map[string]any) enitest.Reply {
	body["RequestId"] = d.requestID
	models[d.action].complete(body)
	return reply(http.StatusOK, body)
}

func reply(status int, body any) enitest.Reply {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // the bodies above always marshal
	}
	return enitest.Reply{Status: status, ContentType: "application/json;charset=utf-8", Body: text}
}
