// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API of the controller: InterfaceRelease, a goal: that
// addresses should no longer be on a network interface, or the interface no longer
// on an instance, or no longer exist.
//
// +kubebuilder:object:generate=true
// +groupName=eni.cloudeni.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of everything in this package.
var GroupVersion = schema.GroupVersion{Group: "eni.cloudeni.dev", Version: "v1alpha1"}

// AddToScheme makes the types of this package known to a scheme.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion, &InterfaceRelease{}, &InterfaceReleaseList{})
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
