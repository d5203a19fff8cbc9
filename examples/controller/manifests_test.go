// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/cloudeni/cloudeni/examples/controller/internal/release"
)

// What is generated is what the sources say: go generate would change nothing.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "controller-gen", "object", "crd", "rbac:roleName=cloudeni-controller",
		"paths=./...", "output:crd:dir="+dir+"/config/crd", "output:rbac:dir="+dir+"/config/rbac", "output:object:dir="+dir+"/api/v1alpha1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files := 0
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		want, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what the sources say: run go generate (%v)", path, err)
		}
		return nil
	})
	if err != nil || files != 3 {
		t.Errorf("%d files were generated, want 3: %v", files, err)
	}
}

// The API server takes all that kustomize renders, field by field, in one go.
func TestManifestsApply(t *testing.T) {
	for _, dir := range []string{"crd", "base", "samples", "overlays/namespaced", "overlays/rrsa", "overlays/tke-oidc", "overlays/instance-role"} {
		out, err := kubectl(t.Context(), "apply", "--server-side", "--dry-run=server", "--validate=strict", "-k", "config/"+dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if objects := rendered(t, "config/"+dir); strings.Count(out, "\n") != len(objects) {
			t.Errorf("%s: %d objects were rendered, and applied were:\n%s", dir, len(objects), out)
		}
	}
}

// What refers to something else in the base finds it.
func TestManifestsFitTogether(t *testing.T) {
	base := rendered(t, "config/base")
	pods := base.deployment(t).Spec.Template
	container := pods.Spec.Containers[0]
	name, tag, _ := strings.Cut(container.Image, ":")
	if name != "cloudeni-controller" || tag != imageVersion || !regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(tag) || container.ImagePullPolicy != corev1.PullIfNotPresent {
		t.Errorf("the image is %s, and pulled %s", container.Image, container.ImagePullPolicy)
	}
	ports := map[string]bool{}
	for _, p := range container.Ports {
		ports[p.Name] = true
	}
	for _, probe := range []*corev1.Probe{container.LivenessProbe, container.ReadinessProbe} {
		if !ports[probe.HTTPGet.Port.StrVal] {
			t.Errorf("no port for %s", probe.HTTPGet.Path)
		}
	}

	var service corev1.Service
	base.one(t, "Service", &service)
	if !labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pods.Labels)) {
		t.Errorf("the service selects %v, and the pods have %v", service.Spec.Selector, pods.Labels)
	}
	if target := service.Spec.Ports[0].TargetPort; target.Type != intstr.String || !ports[target.StrVal] {
		t.Errorf("the service leads to the port %s, which the pods do not have", target.String())
	}
	var budget policyv1.PodDisruptionBudget
	base.one(t, "PodDisruptionBudget", &budget)
	selected, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
	must(t, err)
	if !selected.Matches(labels.Set(pods.Labels)) {
		t.Errorf("the budget selects %v, and the pods have %v", budget.Spec.Selector, pods.Labels)
	}
	if *base.deployment(t).Spec.Replicas <= int32(budget.Spec.MaxUnavailable.IntValue()) { // one
		t.Error("a disruption may take all replicas")
	}

	// The fields are those that the Prometheus operator documents.
	var monitor struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			Selector  metav1.LabelSelector `json:"selector"`
			Endpoints []struct {
				Port string `json:"port"`
				Path string `json:"path"`
			} `json:"endpoints"`
		} `json:"spec"`
	}
	rendered(t, "config/prometheus").one(t, "ServiceMonitor", &monitor)
	watched, err := metav1.LabelSelectorAsSelector(&monitor.Spec.Selector)
	must(t, err)
	if !watched.Matches(labels.Set(service.Labels)) || monitor.Namespace != service.Namespace || monitor.APIVersion != "monitoring.coreos.com/v1" {
		t.Errorf("%s %s/%s selects %v, and the service %s/%s has %v", monitor.APIVersion, monitor.Namespace, monitor.Name, monitor.Spec.Selector, service.Namespace, service.Name, service.Labels)
	}
	if e := monitor.Spec.Endpoints; len(e) != 1 || e[0].Port != service.Spec.Ports[0].Name || e[0].Path != "/metrics" {
		t.Errorf("the endpoints are %v", e)
	}
}

// The program understands the arguments of each deployment, and the overlays do what
// they are there for.
func TestArgumentsOfTheManifests(t *testing.T) {
	for dir, want := range map[string]struct {
		identity   release.Identity
		namespaces string
	}{
		"config/base":                   {release.NoIdentity, ""},
		"config/overlays/namespaced":    {release.NoIdentity, "cloudeni-system"},
		"config/overlays/rrsa":          {release.OIDC, ""},
		"config/overlays/tke-oidc":      {release.OIDC, ""},
		"config/overlays/instance-role": {release.Instance, ""},
	} {
		args, _ := rendered(t, dir).process(t)
		s, err := parse(args, io.Discard)
		if err != nil || !s.elect || s.identity != want.identity || s.namespaces.String() != want.namespaces || s.metrics != ":8080" || s.probes != ":8081" {
			t.Errorf("%s: %v means %+v, %v", dir, args, s, err)
		}
	}
}

// The README says that something takes long before it names the command.
func TestReadmeWarnsBeforeTheFirstBuild(t *testing.T) {
	text, err := os.ReadFile("README.md")
	must(t, err)
	warning, first := strings.Index(string(text), "five minutes"), strings.Index(string(text), "\ngo run ")
	if warning < 0 || first < 0 || warning > first {
		t.Errorf("the warning is at %d, and the first command at %d", warning, first)
	}
}

// manifests are what kustomize renders.
type manifests []*unstructured.Unstructured

// rendered renders a folder.
func rendered(t *testing.T, dir string) manifests {
	t.Helper()
	text, err := kubectl(t.Context(), "kustomize", dir)
	must(t, err)
	var all manifests
	documents := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		object := new(unstructured.Unstructured)
		err := documents.Decode(object)
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		all = append(all, object)
	}
}

// kinds are the kinds that there are.
func (m manifests) kinds() []string {
	var all []string
	for _, o := range m {
		all = append(all, o.GetKind())
	}
	return all
}

// one reads the only object of a kind into a type, which must know all its fields.
func (m manifests) one(t *testing.T, kind string, into any) {
	t.Helper()
	i := slices.Index(m.kinds(), kind)
	if i < 0 {
		t.Fatalf("there is no %s", kind)
	}
	must(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(m[i].Object, into, true))
}

func (m manifests) deployment(t *testing.T) *appsv1.Deployment {
	t.Helper()
	d := new(appsv1.Deployment)
	m.one(t, "Deployment", d)
	return d
}

// process returns the arguments and the environment that the kubelet would start the
// controller with.
func (m manifests) process(t *testing.T) (args []string, environment map[string]string) {
	t.Helper()
	d := m.deployment(t)
	container := d.Spec.Template.Spec.Containers[0]
	environment = map[string]string{}
	for _, from := range container.EnvFrom {
		var values corev1.ConfigMap
		m.one(t, "ConfigMap", &values)
		if values.Name != from.ConfigMapRef.Name {
			t.Fatalf("the environment is that of %s, and there is %s", from.ConfigMapRef.Name, values.Name)
		}
		maps.Copy(environment, values.Data)
	}
	for _, e := range container.Env {
		if e.ValueFrom == nil || e.ValueFrom.FieldRef == nil || e.ValueFrom.FieldRef.FieldPath != "metadata.namespace" {
			t.Fatalf("the variable %s is from elsewhere", e.Name)
		}
		environment[e.Name] = d.Namespace
	}
	for _, arg := range container.Args {
		args = append(args, os.Expand(strings.NewReplacer("$(", "${", ")", "}").Replace(arg), func(name string) string { return environment[name] }))
	}
	return args, environment
}

// tokenFile returns where the kubelet would put the token of the service account,
// and for whom it would be.
func (m manifests) tokenFile(t *testing.T) (file, audience string) {
	t.Helper()
	pod := m.deployment(t).Spec.Template.Spec
	for _, volume := range pod.Volumes {
		for _, mount := range pod.Containers[0].VolumeMounts {
			if volume.Name == mount.Name && volume.Projected != nil {
				token := volume.Projected.Sources[0].ServiceAccountToken
				return path.Join(mount.MountPath, token.Path), token.Audience
			}
		}
	}
	t.Fatal("there is no token")
	return "", ""
}
