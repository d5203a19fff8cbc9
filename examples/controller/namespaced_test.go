// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// In the namespaced mode the controller works in its namespace with a Role alone, and
// neither touches the objects nor can read the Secrets of another one.
func TestNamespacedMode(t *testing.T) {
	w, elsewhere := newWorld(t), newWorld(t)
	dir := overlay(t, "config/overlays/namespaced", w.namespace)
	objects := rendered(t, dir)
	if kinds := objects.kinds(); slices.Contains(kinds, "ClusterRole") || slices.Contains(kinds, "ClusterRoleBinding") {
		t.Errorf("the overlay has %v", kinds)
	}
	for _, o := range objects {
		if ns := o.GetNamespace(); ns != w.namespace && !slices.Contains([]string{"Namespace", "CustomResourceDefinition"}, o.GetKind()) {
			t.Errorf("%s %s is in the namespace %q", o.GetKind(), o.GetName(), ns)
		}
	}
	_, err := kubectl(t.Context(), "apply", "--server-side", "--validate=strict", "-k", dir)
	must(t, err)

	put(elsewhere.clouds[v1alpha1.Aliyun], "eni-1", address)
	other := elsewhere.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
	args, _ := objects.process(t)
	flags, err := parse(args, io.Discard)
	must(t, err)
	w.account = impersonated("system:serviceaccount:" + w.namespace + ":cloudeni-controller")
	w.start(func(s *settings) {
		s.namespaces, s.elect, s.electIn = flags.namespaces, flags.elect, w.namespace
	})
	put(w.clouds[v1alpha1.Aliyun], "eni-1", address)
	w.create("x", v1alpha1.Aliyun, "eni-1", addresses(address))
	w.audit(w.until("all are done", all(done)))

	must(t, kube.Get(t.Context(), client.ObjectKeyFromObject(other), other))
	if other.Status.Phase != "" || len(other.Finalizers) > 0 {
		t.Errorf("the object elsewhere was touched: %+v", other.Status)
	}
	theirs, err := client.New(w.account, client.Options{Scheme: kube.Scheme()})
	must(t, err)
	secret := client.ObjectKey{Namespace: w.namespace, Name: string(v1alpha1.Aliyun)}
	must(t, theirs.Get(t.Context(), secret, new(corev1.Secret)))
	secret.Namespace = elsewhere.namespace
	if err := theirs.Get(t.Context(), secret, new(corev1.Secret)); !apierrors.IsForbidden(err) {
		t.Errorf("a Secret of another namespace: %v; it should be forbidden", err)
	}
	if err := theirs.List(t.Context(), new(corev1.SecretList)); !apierrors.IsForbidden(err) {
		t.Errorf("the Secrets of all namespaces: %v; they should be forbidden", err)
	}
}

// overlay makes a folder that puts what another one renders into a namespace.
func overlay(t *testing.T, of, namespace string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	of, err = filepath.Abs(of)
	must(t, err)
	from, err := filepath.Rel(dir, of)
	must(t, err)
	text := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: " + namespace + "\nresources:\n- " + from + "\n"
	must(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600))
	return dir
}

// impersonated is what a service account may do.
func impersonated(user string) *rest.Config {
	cfg := rest.CopyConfig(admin)
	of := strings.Split(user, ":")
	cfg.Impersonate = rest.ImpersonationConfig{
		UserName: user, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + of[2], "system:authenticated"},
	}
	return cfg
}

// A namespace that cannot be is refused before anything is watched.
func TestNamespacesFlag(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "a", "a,b-1": "a,b-1"} {
		if s, err := parse([]string{"-namespaces=" + text}, io.Discard); err != nil || s.namespaces.String() != want {
			t.Errorf("%q: %v, %v", text, s.namespaces, err)
		}
	}
	for _, text := range []string{",", "a,", "a, b", "A", "a/b"} {
		if _, err := parse([]string{"-namespaces=" + text}, io.Discard); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
