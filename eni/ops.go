package eni

// The operations, as [Error.Op], [Call.Op] and [Attempt.Op] name them.
const (
	OpUnassignPrivateIps = "UnassignPrivateIps"
	OpUnassignIpv6       = "UnassignIpv6"
	OpDetach             = "Detach"
	OpDescribe           = "Describe"
	OpWait               = "Wait" // a Wait for an [Operation], in hooks
)
