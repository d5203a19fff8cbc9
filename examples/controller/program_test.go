package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// The program itself, as a process: flags, probes, metrics, a log that holds no
// secret, and an orderly end.
func TestProgram(t *testing.T) {
	w := newWorld(t)
	put(w.clouds[v1alpha1.Tencent], "eni-1", address)
	program := filepath.Join(t.TempDir(), "controller")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	metrics, probes := freeAddress(t), freeAddress(t)
	cmd := exec.Command(program, "-kubeconfig", kubeconfig(t), "-leader-elect", "-leader-election-namespace", "cloudeni-system",
		"-metrics-bind-address", metrics, "-health-probe-bind-address", probes, "-log-level", "debug",
		"-aliyun-endpoint", w.endpoints[v1alpha1.Aliyun], "-tencent-endpoint", w.endpoints[v1alpha1.Tencent])
	log := new(strings.Builder)
	cmd.Stderr = log
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	w.create("x", v1alpha1.Tencent, "eni-1", addresses(address))
	w.until("it is done", all(done))
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text := get(t, "http://"+probes+path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	const measured = `cloudeni_changes_total{provider="tencent",result="accepted",verb="UnassignPrivateIps"} 1`
	if status, text := get(t, "http://"+metrics+"/metrics"); status != http.StatusOK || !strings.Contains(text, measured) {
		t.Errorf("the metrics (%d) lack %s", status, measured)
	}

	must(t, cmd.Process.Signal(os.Interrupt))
	if err := <-ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
	for _, secret := range w.written {
		if secret != "" && strings.Contains(log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
	if !strings.Contains(log.String(), `"reconcileID"`) && !strings.Contains(log.String(), `"level":"DEBUG"`) {
		t.Errorf("the log has no structure: %s", log)
	}
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, listener.Close())
	return listener.Addr().String()
}

// kubeconfig writes a file with the account of the controller.
func kubeconfig(t *testing.T) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{Server: account.Host, CertificateAuthorityData: account.CAData}
	config.AuthInfos["test"] = &clientcmdapi.AuthInfo{ClientCertificateData: account.CertData, ClientKeyData: account.KeyData}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test"}
	config.CurrentContext = "test"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	must(t, clientcmd.WriteToFile(*config, path))
	return path
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, url, http.NoBody)
	must(t, err)
	reply, err := http.DefaultClient.Do(request)
	must(t, err)
	text, err := io.ReadAll(reply.Body)
	must(t, errors.Join(err, reply.Body.Close()))
	return reply.StatusCode, string(text)
}
