// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
	"github.com/cloudeni/cloudeni/examples/controller/internal/playground"
)

// Who follows the instructions of the playground, command by command, has the samples
// released.
func TestPlay(t *testing.T) {
	w := &world{t: t, namespace: "default", account: account}
	kubeconfig, err := os.ReadFile(kubectlConfig)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	told, tell := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- playground.Serve(ctx, tell, kubeconfig, filepath.Dir(kubectlProgram)) }()
	defer func() {
		stop()
		must(t, <-ended)
	}()

	var shell []string
	run := func(command string) {
		t.Helper()
		shell = append(shell, command)
		if out, err := exec.CommandContext(t.Context(), "sh", "-ec", strings.Join(shell, "\n")).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		shell = shell[:1] // export
	}
	var program *program
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		command, is := strings.CutPrefix(lines.Text(), "  ")
		switch {
		case strings.HasPrefix(lines.Text(), "Ctrl-C"):
			must(t, told.Close())
		case !is:
		case strings.HasPrefix(command, "export "):
			shell = []string{command}
		case strings.HasPrefix(command, "go run . "):
			program = w.program(nil, strings.Fields(command)[3:]...)
		default:
			run(command)
		}
	}
	if program == nil {
		t.Fatal("nobody was told to run the controller")
	}
	for name, want := range map[string]string{"addresses": v1alpha1.ReasonDone, "node": v1alpha1.ReasonDone, "identity": v1alpha1.ReasonCredentials} {
		var object v1alpha1.InterfaceRelease
		must(t, kube.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: name}, &object))
		if object.Status.Reason != want {
			t.Errorf("%s: %s, want %s (%+v)", name, object.Status.Reason, want, object.Status.LastError)
		}
	}
	run("kubectl delete -k config/samples --timeout=3m")
	must(t, program.cmd.Process.Signal(os.Interrupt))
	if err := <-program.ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
}
