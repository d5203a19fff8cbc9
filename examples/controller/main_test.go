// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/controlplane"
)

// The API server that all tests share, with what config/base renders applied to it.
// Each test has a namespace of its own, and deletes what it made before the next one
// runs.
var (
	kube    client.WithWatch // may do everything
	admin   *rest.Config     // likewise
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

// terminal is where somebody sees what takes long: go test shows what tests write
// when they have ended.
func terminal() io.Writer {
	if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
		return tty
	}
	return os.Stderr
}

// serve runs the tests while an API server runs.
func serve(tests func() int) (code int, err error) {
	assets, err := controlplane.Assets(context.Background(), terminal())
	if err != nil {
		return 0, err
	}
	if scratch, err = os.MkdirTemp("", "controller"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return 0, err
		}
	}
	environment := &envtest.Environment{
		BinaryAssetsDirectory:    assets,
		ControlPlaneStartTimeout: 5 * time.Minute,
		ControlPlaneStopTimeout:  time.Minute,
	}
	if admin, err = environment.Start(); err != nil {
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
	kubectlProgram, kubectlConfig = filepath.Join(assets, "kubectl"), filepath.Join(scratch, "kubeconfig")
	if err := os.WriteFile(kubectlConfig, environment.KubeConfig, 0o600); err != nil {
		return 0, err
	}
	for _, args := range [][]string{
		{"apply", "--server-side", "--validate=strict", "-k", "config/base"},
		{"wait", "--for=condition=Established", "crd/interfacereleases.eni.cloudeni.dev", "--timeout=3m"},
	} {
		if _, err := kubectl(context.Background(), args...); err != nil {
			return 0, err
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

var kubectlProgram, kubectlConfig string

// kubectl runs kubectl as somebody who may do everything, and returns what it prints.
func kubectl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, kubectlProgram, append([]string{"--kubeconfig", kubectlConfig}, args...)...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("kubectl %v: %w: %s", args, err, problems.String())
	}
	return out.String(), nil
}
