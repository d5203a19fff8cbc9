// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// InterfaceRelease states what should no longer be on a network interface, and
// whether the interface should no longer be on its instance, or no longer exist. It is a goal that is
// reached once: when its condition Ready is true, it is so, and the object has
// done its service.
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

// InterfaceReleaseSpec is the goal. It cannot be changed: another goal is another
// object.
//
// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the spec cannot be changed: delete the object, or create another one"
// +kubebuilder:validation:XValidation:rule="has(self.addresses) || has(self.prefixes) || has(self.detach) && self.detach || has(self.delete) && self.delete",message="at least one of addresses, prefixes, detach and delete is required"
// +kubebuilder:validation:XValidation:rule="!(has(self.delete) && self.delete) || !has(self.addresses) && !has(self.prefixes)",message="delete takes all addresses and prefixes along: name none"
// +kubebuilder:validation:XValidation:rule="!(has(self.delete) && self.delete) || !(has(self.detach) && self.detach)",message="delete detaches the interface from instanceID itself: set no detach"
// +kubebuilder:validation:XValidation:rule="has(self.delete) && self.delete || (has(self.detach) && self.detach) == has(self.instanceID)",message="instanceID is required with detach, so that an interface that has moved on stays where it is, and means nothing without detach or delete"
// +kubebuilder:validation:XValidation:rule="!has(self.trunkInterfaceID) || has(self.instanceID)",message="trunkInterfaceID means nothing without instanceID"
// +kubebuilder:validation:XValidation:rule="!has(self.keepTags) || has(self.delete) && self.delete",message="keepTags means nothing without delete"
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
	// securityToken. Without it, the controller uses its own identity in the cloud,
	// where its flag -identity allows that.
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
	// +kubebuilder:validation:XValidation:rule="self.all(p, !isCIDR(p) || cidr(p).prefixLength() < (cidr(p).ip().family() == 4 ? 32 : 128))",message="a prefix that holds a single address is an address"
	// +kubebuilder:validation:XValidation:rule="self.all(p, isCIDR(p) && cidr(p).masked() == cidr(p) && string(cidr(p)) == p)",message="each prefix is a CIDR in its canonical form without host bits, such as 192.168.0.16/28 or 2001:db8:0:1::/80"
	Prefixes []Prefix `json:"prefixes,omitempty"`

	// Detach takes the interface off the instance, after the addresses and
	// prefixes have been released.
	// +optional
	Detach bool `json:"detach,omitempty"`

	// Delete makes the interface no longer exist: it is detached from the instance of
	// instanceID first, and deleted when it is free. Without instanceID, it is deleted
	// only when it is free already. Its addresses and prefixes go with it. An interface
	// that is primary, on another instance, managed by a service of the cloud, a trunk
	// with members, or that has a tag of keepTags, is left alone. So is one that the cloud
	// has never shown: a wrong region or account looks the same.
	// +optional
	Delete bool `json:"delete,omitempty"`

	// KeepTags protects an interface that has one of these tags: delete neither
	// detaches nor deletes it. An empty value stands for any value.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=20
	KeepTags map[string]TagValue `json:"keepTags,omitempty"`

	// InstanceID is the cloud's id of the instance that the interface is to be
	// detached from. An interface that is on another one stays there.
	// +optional
	InstanceID ResourceID `json:"instanceID,omitempty"`

	// TrunkInterfaceID is the trunk that a member interface hangs on; empty for an
	// ordinary interface. Only aliyun has them.
	// +optional
	TrunkInterfaceID ResourceID `json:"trunkInterfaceID,omitempty"`

	// TTLSecondsAfterFinished is how long the object is kept after its condition
	// Finished has become true, whether Ready or Failed. Then the controller deletes
	// it. Zero means at once; without it, the object is kept.
	// +optional
	// +kubebuilder:validation:Minimum=0
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// ResourceID is a cloud's id of something.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+$`
type ResourceID string

// TagValue is the value of a tag; empty stands for any value.
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

// Phase tells where an object is in its life.
//
// +kubebuilder:validation:Enum=Pending;Releasing;Detaching;Deleting;Done;Failed
type Phase string

// The phases, in their order. An object that is to be tried again stays in its
// phase.
const (
	Pending   Phase = "Pending"   // nothing has been sent
	Releasing Phase = "Releasing" // the release of addresses and prefixes has begun
	Detaching Phase = "Detaching" // they are gone, and the detach has begun
	Deleting  Phase = "Deleting"  // the deletion has begun, with the detach that it may need
	Done      Phase = "Done"      // it is so
	Failed    Phase = "Failed"    // trying again cannot help
)

// The types of conditions.
const (
	// ConditionReady is true when what should be gone is gone.
	ConditionReady = "Ready"
	// ConditionProgressing is true as long as the controller goes on.
	ConditionProgressing = "Progressing"
	// ConditionFailed is true when trying again cannot help.
	ConditionFailed = "Failed"
	// ConditionFinished is true when Ready or Failed is: nothing will be done any more.
	ConditionFinished = "Finished"
)

// Reasons of conditions beside the kinds of errors, which are written in the
// same way: NotFound, Throttled.
const (
	ReasonWaiting     = "Waiting"     // for the first attempt
	ReasonUnderWay    = "UnderWay"    // a call is being made
	ReasonAccepted    = "Accepted"    // the cloud has accepted, and it has not taken effect yet
	ReasonStuck       = "Stuck"       // the cloud has accepted, and nothing has come of it
	ReasonCredentials = "Credentials" // there are none: a Secret is missing or incomplete, or there is no identity
	ReasonDone        = "Done"
)

// Outcome is what has become of one address, of one prefix, of the detach, or of the
// deletion.
//
// +kubebuilder:validation:Enum=Pending;Accepted;Released;Absent;Refused;Unknown
type Outcome string

// The outcomes. Released and Absent are final. Of a detach they say that the
// interface is not on the instance any more, of a deletion that it does not exist.
const (
	OutcomePending  Outcome = "Pending"  // not tried
	OutcomeAccepted Outcome = "Accepted" // the cloud has accepted it, and it has not been seen gone
	OutcomeReleased Outcome = "Released" // it is gone, by the controller
	OutcomeAbsent   Outcome = "Absent"   // it is gone, and not by the controller as far as is known
	OutcomeRefused  Outcome = "Refused"  // the cloud refuses, and it is still there
	OutcomeUnknown  Outcome = "Unknown"  // it was sent, and the answer was lost
)

// InterfaceReleaseStatus is what has become of the goal.
type InterfaceReleaseStatus struct {
	// ObservedGeneration is the generation that the status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// +optional
	Phase Phase `json:"phase,omitempty"`

	// Reason is the one of the condition that matters most, in one word.
	// +optional
	Reason string `json:"reason,omitempty"`

	// Released counts what is gone and what was asked for, such as 2/3. The detach
	// counts as one, and so does the deletion.
	// +optional
	Released string `json:"released,omitempty"`

	// Conditions are Ready, Failed, Finished, which is true with either of them, and
	// Progressing. The message of Ready is the sentence about the latest cause.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// Addresses has an entry for each address and prefix.
	// +optional
	// +listType=map
	// +listMapKey=address
	Addresses []AddressStatus `json:"addresses,omitempty"`

	// Detach is what has become of the detach; empty where none was asked for.
	// +optional
	Detach Outcome `json:"detach,omitempty"`

	// Delete is what has become of the deletion, with the detach that it may need;
	// empty where none was asked for.
	// +optional
	Delete Outcome `json:"delete,omitempty"`

	// Seen is true when the cloud has shown the interface that is to be deleted. From
	// then on, that it is not found means that it is gone.
	// +optional
	Seen bool `json:"seen,omitempty"`

	// Attempts is the number of changes sent to the cloud. Those of an attempt that
	// a restart of the controller ended are not counted.
	// +optional
	Attempts int32 `json:"attempts,omitempty"`

	// Failures is the number of attempts in a row that have failed. The delay before
	// the next one grows with it.
	// +optional
	Failures int32 `json:"failures,omitempty"`

	// RequestIDs are the cloud's ids of the latest changes, newest last.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	RequestIDs []string `json:"requestIDs,omitempty"`

	// LastError is the latest error, also where a later attempt succeeded.
	// +optional
	LastError *ErrorStatus `json:"lastError,omitempty"`
}

// AddressStatus is what has become of one address or prefix.
type AddressStatus struct {
	// Address is the address or prefix as it is in the spec.
	// +required
	Address string `json:"address"`

	// +required
	Outcome Outcome `json:"outcome"`

	// Message is why it is not known to be gone, where others have another reason.
	// Else that is the message of lastError.
	// +optional
	Message string `json:"message,omitempty"`
}

// ErrorStatus is an error.
type ErrorStatus struct {
	// Kind classifies it in the same words on every cloud, such as Throttled.
	// +required
	Kind string `json:"kind"`

	// Code is the cloud's own.
	// +optional
	Code string `json:"code,omitempty"`

	// +optional
	Message string `json:"message,omitempty"`

	// RequestID is what the cloud's support asks for.
	// +optional
	RequestID string `json:"requestID,omitempty"`

	// +required
	Time metav1.Time `json:"time"`
}
