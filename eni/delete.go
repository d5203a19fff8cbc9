// SPDX-License-Identifier: Apache-2.0

package eni

import "context"

// Deleter deletes interfaces. The clients of this module implement it beside
// [Client].
type Deleter interface {
	// Delete deletes an interface. If the interface is attached to the instance of
	// the request, Delete detaches it first. The deletion is sent only after a
	// description that began after the call shows the interface free. The addresses
	// of the interface return to their subnet.
	//
	// Delete returns when the cloud has accepted the deletion, or has refused a step
	// for good. The [Operation] reports when the interface is gone; [BlockingDeleter]
	// waits for that. If the process stops between two steps, repeat the call: it
	// continues with the missing step.
	//
	// Delete does not change these interfaces:
	//   - the primary interface of an instance: [ErrInvalid]
	//   - one that is attached to another instance, or to any instance if the request
	//     names none: [ErrState]
	//   - one that a cloud service manages, a trunk with members, or one with a tag of
	//     KeepTags or without one of RequireTags: [ErrState]
	//   - one that is being created, attached or detached: [ErrConflict], which is
	//     retried
	//
	// The outcome is OutcomeReleased if the interface is gone and a deletion of this
	// call may have deleted it, and OutcomeAbsent if somebody else deleted it. Both are
	// success, with one exception: if the call never saw the interface and sent no
	// change for it, the error is [ErrNotFound], because a wrong region or account
	// looks the same; [IgnoreNotFound] turns it into success. After OutcomeNotTried the
	// interface may have been detached, but no deletion was sent.
	//
	// Concurrent releases and detaches of the same interface get the outcome that
	// descriptions show. When ctx ends, the error matches ctx.Err(); see [Client].
	// Delete is safe for concurrent use.
	//
	// Vendor actions: DetachNetworkInterface and DeleteNetworkInterface on both clouds.
	Delete(ctx context.Context, req DeleteRequest) (*Operation, error)
}

// DeleteRequest names one interface to delete.
type DeleteRequest struct {
	// InterfaceID is the cloud's id of the interface. Required.
	InterfaceID string

	// InstanceID is the instance that the interface may be detached from. Empty
	// means that the interface is deleted only if it is free.
	InstanceID string

	// TrunkInterfaceID is the trunk of a member interface; empty for any other
	// interface. It needs an InstanceID. Alibaba Cloud only; elsewhere ErrUnsupported.
	TrunkInterfaceID string

	// KeepTags protects interfaces: one that has any of these tags is neither
	// detached nor deleted. An empty value matches any value. Nil protects none.
	KeepTags map[string]string

	// RequireTags protects interfaces too: one that lacks any of these tags is neither
	// detached nor deleted. An empty value matches any value. Nil requires none.
	RequireTags map[string]string
}

// Keeps returns the key of the first tag, by key, that the interface has in common
// with tags, and whether there is one. An empty value in tags matches any value.
func (i *Interface) Keeps(tags map[string]string) (key string, found bool) {
	for k, want := range tags {
		if got, has := i.Tags[k]; has && (want == "" || got == want) && (!found || k < key) {
			key, found = k, true
		}
	}
	return key, found
}
