// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// The API server itself refuses what can never be right.
func TestValidation(t *testing.T) {
	ns := namespace(t)
	object := func(change func(*v1alpha1.InterfaceReleaseSpec)) *v1alpha1.InterfaceRelease {
		release := &v1alpha1.InterfaceRelease{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "x-"},
			Spec: v1alpha1.InterfaceReleaseSpec{
				Provider: v1alpha1.Aliyun, Region: "cn-hangzhou", InterfaceID: "eni-1",
				CredentialsSecret: &v1alpha1.SecretReference{Name: "account"},
			},
		}
		change(&release.Spec)
		return release
	}
	type spec = v1alpha1.InterfaceReleaseSpec
	for name, test := range map[string]struct {
		change  func(*spec)
		problem string // empty: accepted
	}{
		"addresses of both families": {func(s *spec) { s.Addresses = []v1alpha1.Address{"10.0.0.7", "2001:db8::7"} }, ""},
		"prefixes":                   {func(s *spec) { s.Prefixes = []v1alpha1.Prefix{"10.0.0.16/28", "2001:db8:0:1::/80"} }, ""},
		"a detach":                   {func(s *spec) { s.Detach, s.InstanceID = true, "i-1" }, ""},
		"a member of a trunk":        {func(s *spec) { s.Detach, s.InstanceID, s.TrunkInterfaceID = true, "i-1", "eni-0" }, ""},
		"addresses and a detach on tencent": {func(s *spec) {
			s.Provider, s.Addresses, s.Detach, s.InstanceID = v1alpha1.Tencent, []v1alpha1.Address{"10.0.0.7"}, true, "ins-1"
		}, ""},

		"a deletion": {func(s *spec) { s.Delete, s.InstanceID = true, "i-1" }, ""},
		"a deletion of what is free, but not of what has a tag": {func(s *spec) {
			s.Delete, s.KeepTags = true, map[string]v1alpha1.TagValue{"keep": "", "team": "a"}
		}, ""},
		"a deletion of a member of a trunk": {func(s *spec) { s.Delete, s.InstanceID, s.TrunkInterfaceID = true, "i-1", "eni-0" }, ""},

		"the controller's identity": {func(s *spec) { s.CredentialsSecret, s.Addresses = nil, []v1alpha1.Address{"10.0.0.7"} }, ""},
		"deleted at once":           {func(s *spec) { s.TTLSecondsAfterFinished, s.Addresses = new(int32), []v1alpha1.Address{"10.0.0.7"} }, ""},
		"deleted before the end": {func(s *spec) {
			before := int32(-1)
			s.TTLSecondsAfterFinished, s.Addresses = &before, []v1alpha1.Address{"10.0.0.7"}
		}, "spec.ttlSecondsAfterFinished"},

		"nothing to do": {func(*spec) {}, "at least one of addresses, prefixes, detach and delete"},
		"another cloud": {func(s *spec) { s.Provider, s.Addresses = "gcp", []v1alpha1.Address{"10.0.0.7"} }, "Unsupported value"},
		"no region":     {func(s *spec) { s.Region, s.Addresses = "", []v1alpha1.Address{"10.0.0.7"} }, "spec.region"},
		"a region that would be another host": {func(s *spec) {
			s.Region, s.Addresses = "cn-hangzhou.example.com/", []v1alpha1.Address{"10.0.0.7"}
		}, "spec.region"},
		"no interface":        {func(s *spec) { s.InterfaceID, s.Addresses = "", []v1alpha1.Address{"10.0.0.7"} }, "spec.interfaceID"},
		"no name of a secret": {func(s *spec) { s.CredentialsSecret.Name, s.Addresses = "", []v1alpha1.Address{"10.0.0.7"} }, "spec.credentialsSecret.name"},

		"no address at all":                {func(s *spec) { s.Addresses = []v1alpha1.Address{"eth0"} }, "canonical form"},
		"an address out of range":          {func(s *spec) { s.Addresses = []v1alpha1.Address{"10.0.0.256"} }, "canonical form"},
		"a prefix for an address":          {func(s *spec) { s.Addresses = []v1alpha1.Address{"10.0.0.7/32"} }, "canonical form"},
		"an address that is not canonical": {func(s *spec) { s.Addresses = []v1alpha1.Address{"2001:DB8::7"} }, "canonical form"},
		"an address in IPv6 clothes":       {func(s *spec) { s.Addresses = []v1alpha1.Address{"::ffff:10.0.0.7"} }, "canonical form"},
		"an address with a zone":           {func(s *spec) { s.Addresses = []v1alpha1.Address{"fe80::1%eth0"} }, "canonical form"},
		"the same address twice":           {func(s *spec) { s.Addresses = []v1alpha1.Address{"10.0.0.7", "10.0.0.7"} }, "Duplicate value"},
		"an address for a prefix":          {func(s *spec) { s.Prefixes = []v1alpha1.Prefix{"10.0.0.7"} }, "CIDR"},
		"a prefix with host bits":          {func(s *spec) { s.Prefixes = []v1alpha1.Prefix{"10.0.0.17/28"} }, "CIDR"},
		"a prefix that is one address":     {func(s *spec) { s.Prefixes = []v1alpha1.Prefix{"10.0.0.7/32"} }, "belongs in addresses"},
		"an IPv6 one":                      {func(s *spec) { s.Prefixes = []v1alpha1.Prefix{"2001:db8::7/128"} }, "belongs in addresses"},
		"prefixes on tencent":              {func(s *spec) { s.Provider, s.Prefixes = v1alpha1.Tencent, []v1alpha1.Prefix{"10.0.0.16/28"} }, "only aliyun delegates prefixes"},
		"too many addresses": {func(s *spec) {
			for i := range 65 {
				s.Addresses = append(s.Addresses, v1alpha1.Address("10.0.0."+string(rune('0'+i/10))+string(rune('0'+i%10))))
			}
		}, "spec.addresses"},

		"a detach from nowhere":      {func(s *spec) { s.Detach = true }, "instanceID is required with detach"},
		"an instance without detach": {func(s *spec) { s.Addresses, s.InstanceID = []v1alpha1.Address{"10.0.0.7"}, "i-1" }, "is not allowed without detach or delete"},
		"a trunk without detach":     {func(s *spec) { s.Addresses, s.TrunkInterfaceID = []v1alpha1.Address{"10.0.0.7"}, "eni-0" }, "trunkInterfaceID needs instanceID"},
		"a trunk and an instance without detach": {func(s *spec) {
			s.Addresses, s.InstanceID, s.TrunkInterfaceID = []v1alpha1.Address{"10.0.0.7"}, "i-1", "eni-0"
		}, "is not allowed without detach or delete"},
		"a deletion of a member of a trunk that is nowhere": {func(s *spec) { s.Delete, s.TrunkInterfaceID = true, "eni-0" }, "trunkInterfaceID needs instanceID"},
		"a deletion with addresses":                         {func(s *spec) { s.Delete, s.Addresses = true, []v1alpha1.Address{"10.0.0.7"} }, "delete releases all addresses and prefixes"},
		"a deletion with prefixes":                          {func(s *spec) { s.Delete, s.Prefixes = true, []v1alpha1.Prefix{"10.0.0.16/28"} }, "delete releases all addresses and prefixes"},
		"a deletion with a detach":                          {func(s *spec) { s.Delete, s.Detach, s.InstanceID = true, true, "i-1" }, "delete also detaches the interface from instanceID"},
		"tags to keep without a deletion": {func(s *spec) {
			s.Detach, s.InstanceID, s.KeepTags = true, "i-1", map[string]v1alpha1.TagValue{"keep": ""}
		}, "keepTags needs delete"},
		"a tag to keep that is too long": {func(s *spec) {
			s.Delete, s.KeepTags = true, map[string]v1alpha1.TagValue{"keep": v1alpha1.TagValue(strings.Repeat("x", 257))}
		}, "spec.keepTags"},
		"a trunk on tencent": {func(s *spec) {
			s.Provider, s.Detach, s.InstanceID, s.TrunkInterfaceID = v1alpha1.Tencent, true, "ins-1", "eni-0"
		}, "only aliyun has trunk interfaces"},
	} {
		t.Run(name, func(t *testing.T) {
			err := kube.Create(t.Context(), object(test.change))
			switch {
			case test.problem == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case test.problem != "" && !apierrors.IsInvalid(err):
				t.Fatalf("got %v; it should have been refused", err)
			case test.problem != "" && !strings.Contains(err.Error(), test.problem):
				t.Fatalf("refused, but for another reason than %q: %v", test.problem, err)
			}
		})
	}
}

// kubectl explain says which keys a Secret has.
func TestKeysOfTheSecretAreDocumented(t *testing.T) {
	out, err := kubectl(t.Context(), "explain", "interfacerelease.spec.credentialsSecret")
	must(t, err)
	for _, key := range []string{v1alpha1.AccessKeyID, v1alpha1.AccessKeySecret, v1alpha1.SecurityToken, "-identity"} {
		if !strings.Contains(out, key) {
			t.Errorf("%s is not in\n%s", key, out)
		}
	}
}

func TestSpecCannotBeChanged(t *testing.T) {
	release := &v1alpha1.InterfaceRelease{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace(t), Name: "x"},
		Spec: v1alpha1.InterfaceReleaseSpec{
			Provider: v1alpha1.Aliyun, Region: "cn-hangzhou", InterfaceID: "eni-1",
			CredentialsSecret: &v1alpha1.SecretReference{Name: "account"},
			Addresses:         []v1alpha1.Address{"10.0.0.7"},
		},
	}
	if err := kube.Create(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	before := release.DeepCopy()
	release.Spec.Addresses = []v1alpha1.Address{"10.0.0.8"}
	err := kube.Patch(t.Context(), release, client.MergeFrom(before))
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "the spec cannot be changed") {
		t.Errorf("got %v; a changed spec should be refused", err)
	}
}
