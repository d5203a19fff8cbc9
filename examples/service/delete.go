// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"

	"github.com/cloudeni/cloudeni/eni"
)

// delete makes an interface no longer exist.
func (s *service) delete(r *http.Request) (reply, error) {
	var req eni.DeleteRequest
	at, err := s.site(r, parameters{
		"instance_id":        text(&req.InstanceID),
		"trunk_interface_id": text(&req.TrunkInterfaceID),
		"keep_tag":           tags(&req.KeepTags),
	})
	if err != nil {
		return reply{}, err
	}
	if r.ContentLength != 0 {
		// What it protects would be deleted.
		return reply{}, plainProblem(http.StatusBadRequest, "want no body: what a deletion takes is in the query")
	}
	req.InterfaceID = at.id
	ctx, cancel := context.WithTimeout(r.Context(), at.timeout)
	defer cancel()
	c := perform(ctx, at.terms, func(ctx context.Context) (*eni.Operation, error) {
		return at.cloud.Delete(ctx, req)
	})
	var a answer
	a.add(c, []result{c.ofInterface(at.id)})
	return conclude(r, &a, c.err())
}
