// SPDX-License-Identifier: Apache-2.0

package eni

import "context"

// Deleter deletes interfaces. The clients of this module implement it beside
// [Client].
type Deleter interface {
	// Delete makes an interface no longer exist. If it is attached to the instance
	// of the request, it is detached first. It is deleted only when a description
	// that began after the call shows it free; its addresses go back to their subnet.
	//
	// Delete returns when the cloud has accepted the deletion, or has refused a step
	// for good; the [Operation] tells when the interface is gone, and [BlockingDeleter]
	// waits for that. If the process dies between two steps, make the call again: it goes on
	// with the step that is missing.
	//
	// Some interfaces are left alone. The error is [ErrInvalid] for the primary
	// interface of an instance. It is [ErrState] for one that is attached to another
	// instance, or to any where the request names none; for one that a service of the
	// cloud manages; for a trunk with members; and for one that has a tag of KeepTags.
	// One that is being created, attached or detached is [ErrConflict], which is
	// retried.
	//
	// The outcome is OutcomeReleased when the interface was seen gone and a deletion of
	// this call may have done that, and OutcomeAbsent when somebody else did. Both are
	// success, except for an interface that this call neither saw nor sent anything
	// for: that is [ErrNotFound], because a wrong region or account looks the same;
	// [IgnoreNotFound] opts out. After OutcomeNotTried the interface may have been
	// detached, and no deletion was sent.
	//
	// Releases and detaches of the same interface that are under way meanwhile are
	// told what a description shows. When ctx ends, the error matches ctx.Err(); see
	// [Client]. It is safe for concurrent use.
	//
	// Vendor actions: DetachNetworkInterface and DeleteNetworkInterface on both clouds.
	Delete(ctx context.Context, req DeleteRequest) (*Operation, error)
}

// DeleteRequest names one interface that should no longer exist.
type DeleteRequest struct {
	// InterfaceID is the cloud's id of the interface. Required.
	InterfaceID string

	// InstanceID is the instance that the interface may be detached from. Empty
	// means that the interface is deleted only when it is free.
	InstanceID string

	// TrunkInterfaceID is the trunk that a member interface hangs on, empty for an
	// ordinary interface. It needs an InstanceID. Alibaba Cloud only; elsewhere
	// ErrUnsupported.
	TrunkInterfaceID string

	// KeepTags protects an interface that has one of these tags: it is neither
	// detached nor deleted. An empty value stands for any value. Nil protects none.
	KeepTags map[string]string
}

// Keeps returns a tag of the interface that is among tags, and whether there is
// one. An empty value in tags stands for any value.
func (i *Interface) Keeps(tags map[string]string) (key string, found bool) {
	for k, want := range tags {
		if got, has := i.Tags[k]; has && (want == "" || got == want) && (!found || k < key) {
			key, found = k, true
		}
	}
	return key, found
}
