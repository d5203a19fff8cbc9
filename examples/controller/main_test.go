package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/controlplane"
)

// The API server that all tests share. Each test has a namespace of its own, and
// deletes what it made before the next one runs.
var (
	kube    client.WithWatch // may do everything
	account *rest.Config     // may do what the manifests allow the controller
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(klog.Background().V(9)) // the logs of a manager are those of its test
	code, err := serve(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// serve runs the tests while an API server runs.
func serve(tests func() int) (code int, err error) {
	assets, err := controlplane.Build(context.Background())
	if err != nil {
		return 0, err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return 0, err
		}
	}
	environment := &envtest.Environment{
		BinaryAssetsDirectory:    assets,
		CRDDirectoryPaths:        []string{filepath.Join("config", "crd")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: 5 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	admin, err := environment.Start()
	if err != nil {
		return 0, err
	}
	defer func() {
		if stopped := environment.Stop(); err == nil {
			err = stopped
		}
	}()
	if kube, err = client.NewWithWatch(admin, client.Options{Scheme: scheme}); err != nil {
		return 0, err
	}
	for _, path := range []string{"config/manager.yaml", "config/rbac/role.yaml"} {
		if err := apply(path); err != nil {
			return 0, fmt.Errorf("apply %s: %w", path, err)
		}
	}
	user, err := environment.AddUser(envtest.User{
		Name:   "system:serviceaccount:cloudeni-system:cloudeni-controller",
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:cloudeni-system", "system:authenticated"},
	}, nil)
	if err != nil {
		return 0, err
	}
	account = user.Config()
	return tests(), nil
}

// apply creates what a file of manifests holds.
func apply(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	documents := yaml.NewYAMLOrJSONDecoder(file, 4096)
	for {
		object := new(unstructured.Unstructured)
		if err := documents.Decode(object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := kube.Create(context.Background(), object, client.FieldValidation("Strict")); err != nil {
			return err
		}
	}
}
