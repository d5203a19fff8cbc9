// SPDX-License-Identifier: Apache-2.0

package eni

// The operations, for [Error.Op], [Call.Op], [Attempt.Op] and [Query.Op].
const (
	OpUnassignPrivateIps = "UnassignPrivateIps"
	OpUnassignIpv6       = "UnassignIpv6"
	OpDetach             = "Detach"
	OpDelete             = "Delete"
	OpList               = "List"
	OpDescribe           = "Describe"
	OpTask               = "Task" // a task query, in hooks
	OpWait               = "Wait" // a Wait for an [Operation], in hooks
)
