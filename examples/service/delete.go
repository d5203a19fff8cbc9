// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"

	"github.com/cloudeni/cloudeni/eni"
)

// delete deletes an interface.
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
		// A client that puts keep_tag into a body would delete what it wants to keep.
		return reply{}, plainProblem(http.StatusBadRequest, "want no body: the parameters of a deletion are in the query")
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
