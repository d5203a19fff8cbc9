// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InterfaceRelease asks for the release of addresses and prefixes of a network
// interface, and for its detach or deletion. When its condition Ready is true,
// everything is done, and the object is no longer needed.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=enir,categories=cloudeni
// +kubebuilder:printcolumn:name=Provider,type=string,JSONPath=`.spec.provider`
// +kubebuilder:printcolumn:name=Interface,type=string,JSONPath=`.spec.interfaceID`
// +kubebuilder:printcolumn:name=Phase,type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name=Reason,type=string,JSONPath=`.status.reason`
// +kubebuilder:printcolumn:name=Released,type=string,JSONPath=`.status.released`
// +kubebuilder:printcolumn:name=Age,type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name=Region,type=string,priority=1,JSONPath=`.spec.region`
// +kubebuilder:printcolumn:name=Attempts,type=integer,priority=1,JSONPath=`.status.attempts`
// +kubebuilder:printcolumn:name=Error,type=string,priority=1,JSONPath=`.status.lastError.message`
type InterfaceRelease struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// +required
	Spec InterfaceReleaseSpec `json:"spec"`
	// +optional
	Status InterfaceReleaseStatus `json:"status,omitzero"`
}

// InterfaceReleaseList is a list of InterfaceReleases.
//
// +kubebuilder:object:root=true
type InterfaceReleaseList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []InterfaceRelease `json:"items"`
}

// Provider names a cloud.
//
// +kubebuilder:validation:Enum=aliyun;tencent
type Provider string

// The clouds.
const (
	Aliyun  Provider = "aliyun"  // Alibaba Cloud
	Tencent Provider = "tencent" // Tencent Cloud
)

// InterfaceReleaseSpec is the request. It cannot be changed: create another object
// instead.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the spec cannot be changed: delete the object, or create another one"
// +kubebuilder:validation:XValidation:rule="has(self.addresses) || has(self.prefixes) || has(self.detach) && self.detach || has(self.delete) && self.delete",message="at least one of addresses, prefixes, detach and delete is required"
// +kubebuilder:validation:XValidation:rule="!(has(self.delete) && self.delete) || !has(self.addresses) && !has(self.prefixes)",message="delete releases all addresses and prefixes: name none"
// +kubebuilder:validation:XValidation:rule="!(has(self.delete) && self.delete) || !(has(self.detach) && self.detach)",message="delete also detaches the interface from instanceID: do not set detach"
// +kubebuilder:validation:XValidation:rule="has(self.delete) && self.delete || (has(self.detach) && self.detach) == has(self.instanceID)",message="instanceID is required with detach, so that an interface on another instance is not detached, and is not allowed without detach or delete"
// +kubebuilder:validation:XValidation:rule="!has(self.trunkInterfaceID) || has(self.instanceID)",message="trunkInterfaceID needs instanceID"
// +kubebuilder:validation:XValidation:rule="!has(self.keepTags) || has(self.delete) && self.delete",message="keepTags needs delete"
// +kubebuilder:validation:XValidation:rule="!has(self.trunkInterfaceID) || self.provider == 'aliyun'",message="only aliyun has trunk interfaces"
// +kubebuilder:validation:XValidation:rule="!has(self.prefixes) || self.provider == 'aliyun'",message="only aliyun delegates prefixes"
type InterfaceReleaseSpec struct {
	// Provider is the cloud: aliyun or tencent.
	// +required
	Provider Provider `json:"provider"`

	// Region is the cloud's id of the region, such as cn-hangzhou.
	// +required
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]+(-[a-z0-9]+)*$`
	Region string `json:"region"`

	// CredentialsSecret is the Secret, in the namespace of the object, with the
	// account's access key. Its keys are accessKeyID and accessKeySecret, which Tencent
	// Cloud calls SecretId and SecretKey, and, for a temporary access key,
	// securityToken. Without it, the controller uses its own identity in the cloud, if
	// its flag -identity allows that.
	// +optional
	CredentialsSecret *SecretReference `json:"credentialsSecret,omitempty"`

	// InterfaceID is the cloud's id of the interface.
	// +required
	InterfaceID ResourceID `json:"interfaceID"`

	// Addresses to release: IPv4 and IPv6, in their canonical form.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(a, isIP(a) && ip.isCanonical(a))",message="each address is an IPv4 or IPv6 address in its canonical form, such as 192.168.0.7 or 2001:db8::7"
	Addresses []Address `json:"addresses,omitempty"`

	// Prefixes to release, as they were delegated. Only aliyun has them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(p, !isCIDR(p) || cidr(p).prefixLength() < (cidr(p).ip().family() == 4 ? 32 : 128))",message="a prefix of a single address belongs in addresses"
	// +kubebuilder:validation:XValidation:rule="self.all(p, isCIDR(p) && cidr(p).masked() == cidr(p) && string(cidr(p)) == p)",message="each prefix is a CIDR in its canonical form without host bits, such as 192.168.0.16/28 or 2001:db8:0:1::/80"
	Prefixes []Prefix `json:"prefixes,omitempty"`

	// Detach detaches the interface from the instance, after the addresses and
	// prefixes are released.
	// +optional
	Detach bool `json:"detach,omitempty"`

	// Delete deletes the interface with its addresses and prefixes. The interface is
	// first detached from the instance of instanceID; without instanceID it is deleted
	// only if it is free. An interface is not deleted if it is primary, on another
	// instance, managed by a service of the cloud, a trunk with members, or has a tag of
	// keepTags. If the cloud never shows the interface, the object fails, because a wrong
	// region or account looks the same.
	// +optional
	Delete bool `json:"delete,omitempty"`

	// KeepTags protects an interface that has one of these tags: it is neither detached
	// nor deleted. An empty value matches any value.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=20
	KeepTags map[string]TagValue `json:"keepTags,omitempty"`

	// InstanceID is the cloud's id of the instance to detach the interface from. An
	// interface on another instance is not detached.
	// +optional
	InstanceID ResourceID `json:"instanceID,omitempty"`

	// TrunkInterfaceID is the trunk of a member interface; empty for any other
	// interface. Only aliyun has trunks.
	// +optional
	TrunkInterfaceID ResourceID `json:"trunkInterfaceID,omitempty"`

	// TTLSecondsAfterFinished is how long the object is kept after its condition
	// Finished became true. Then the controller deletes it. Zero means at once. Without
	// it, the object is kept.
	// +optional
	// +kubebuilder:validation:Minimum=0
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// ResourceID is a cloud's id of a resource.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+$`
type ResourceID string

// TagValue is the value of a tag; empty matches any value.
//
// +kubebuilder:validation:MaxLength=256
type TagValue string

// Address is an IPv4 or IPv6 address.
//
// +kubebuilder:validation:MaxLength=45
type Address string

// Prefix is an IPv4 or IPv6 prefix.
//
// +kubebuilder:validation:MaxLength=49
type Prefix string

// SecretReference names a Secret in the namespace of the object.
type SecretReference struct {
	// Name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// The keys of a Secret with credentials.
const (
	AccessKeyID     = "accessKeyID"
	AccessKeySecret = "accessKeySecret"
	SecurityToken   = "securityToken"
)

// Phase is the stage of an object's life.
//
// +kubebuilder:validation:Enum=Pending;Releasing;Detaching;Deleting;Done;Failed
type Phase string

// The phases, in their order. An object that is retried stays in its phase.
const (
	Pending   Phase = "Pending"   // nothing has been sent
	Releasing Phase = "Releasing" // the release of addresses and prefixes has begun
	Detaching Phase = "Detaching" // they are gone, and the detach has begun
	Deleting  Phase = "Deleting"  // the deletion has begun, or the detach before it
	Done      Phase = "Done"      // everything is done
	Failed    Phase = "Failed"    // a retry cannot succeed
)

// The types of conditions.
const (
	// ConditionReady is true when everything is done.
	ConditionReady = "Ready"
	// ConditionProgressing is true until the object is finished.
	ConditionProgressing = "Progressing"
	// ConditionFailed is true when a retry cannot succeed.
	ConditionFailed = "Failed"
	// ConditionFinished is true when Ready or Failed is true.
	ConditionFinished = "Finished"
)

// Reasons of conditions. The kinds of errors are also reasons: NotFound, Throttled.
const (
	ReasonWaiting     = "Waiting"     // for the first attempt
	ReasonInProgress  = "InProgress"  // a call is in progress
	ReasonAccepted    = "Accepted"    // the cloud accepted the change, which is not complete yet
	ReasonStuck       = "Stuck"       // the cloud accepted the change and did not complete it
	ReasonCredentials = "Credentials" // no credentials: a Secret is missing or incomplete, or there is no identity
	ReasonDone        = "Done"
)

// Outcome is the outcome of one address, of one prefix, of the detach, or of the
// deletion.
//
// +kubebuilder:validation:Enum=Pending;Accepted;Released;Absent;Refused;Unknown
type Outcome string

// The outcomes. Released and Absent are final. For a detach they mean that the
// interface is no longer on the instance, for a deletion that it does not exist.
const (
	OutcomePending  Outcome = "Pending"  // not tried
	OutcomeAccepted Outcome = "Accepted" // the cloud accepted the change, and it is not known to be gone
	OutcomeReleased Outcome = "Released" // it is gone, and the controller removed it
	OutcomeAbsent   Outcome = "Absent"   // it is gone, and the controller is not known to have removed it
	OutcomeRefused  Outcome = "Refused"  // the cloud refused the change
	OutcomeUnknown  Outcome = "Unknown"  // the change was sent and the response was lost
)

// InterfaceReleaseStatus is the progress of the request.
type InterfaceReleaseStatus struct {
	// ObservedGeneration is the generation that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// +optional
	Phase Phase `json:"phase,omitempty"`

	// Reason is the reason of the most important condition, in one word.
	// +optional
	Reason string `json:"reason,omitempty"`

	// Released is the number of targets that are gone and the number of all, such as
	// 2/3. The detach counts as one, and so does the deletion.
	// +optional
	Released string `json:"released,omitempty"`

	// Conditions are Ready, Failed, Finished, which is true if Ready or Failed is, and
	// Progressing. The message of Ready describes the latest cause.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// Addresses has an entry for each address and prefix.
	// +optional
	// +listType=map
	// +listMapKey=address
	Addresses []AddressStatus `json:"addresses,omitempty"`

	// Detach is the outcome of the detach; empty if the spec asks for none.
	// +optional
	Detach Outcome `json:"detach,omitempty"`

	// Delete is the outcome of the deletion and the detach before it; empty if the spec
	// asks for none.
	// +optional
	Delete Outcome `json:"delete,omitempty"`

	// Seen is true when the cloud has shown the interface to delete. After that, not
	// found means deleted.
	// +optional
	Seen bool `json:"seen,omitempty"`

	// Attempts is the number of changes sent to the cloud, without those of attempts that
	// a restart of the controller ended.
	// +optional
	Attempts int32 `json:"attempts,omitempty"`

	// Failures is the number of consecutive failed attempts. The delay before the next
	// attempt grows with it.
	// +optional
	Failures int32 `json:"failures,omitempty"`

	// RequestIDs are the cloud's ids of the latest changes, newest last.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	RequestIDs []string `json:"requestIDs,omitempty"`

	// LastError is the latest error, also if a later attempt succeeded.
	// +optional
	LastError *ErrorStatus `json:"lastError,omitempty"`
}

// AddressStatus is the result for one address or prefix.
type AddressStatus struct {
	// Address is the address or prefix as it is in the spec.
	// +required
	Address string `json:"address"`

	// +required
	Outcome Outcome `json:"outcome"`

	// Message says why the address is not known to be gone, if the reason differs from
	// the message of lastError.
	// +optional
	Message string `json:"message,omitempty"`
}

// ErrorStatus is an error.
type ErrorStatus struct {
	// Kind is the kind of the error, such as Throttled. It is the same on every cloud.
	// +required
	Kind string `json:"kind"`

	// Code is the cloud's error code.
	// +optional
	Code string `json:"code,omitempty"`

	// +optional
	Message string `json:"message,omitempty"`

	// RequestID is the cloud's request id, for its support.
	// +optional
	RequestID string `json:"requestID,omitempty"`

	// +required
	Time metav1.Time `json:"time"`
}
