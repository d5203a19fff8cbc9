// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// The program itself, twice: flags, probes, metrics, and a log that holds no secret.
// The one that works is killed in the middle, so that its lease has to run out, and
// the other one finishes the work and comes to an orderly end.
func TestProgram(t *testing.T) {
	w := newWorld(t)
	w.trouble()
	first := w.program(nil, elected...)
	w.holder(func(string) bool { return true })
	second := w.program(nil, elected...)
	w.storm(8)
	w.until("some are done", func(listed objects) bool {
		for _, o := range listed {
			if done(o) {
				return true
			}
		}
		return false
	})
	must(t, first.cmd.Process.Kill())
	for provider, cloud := range w.clouds { // so that the second one has something to measure
		put(cloud, "eni-late", address)
		w.create("late-"+string(provider), provider, "eni-late", addresses(address))
	}
	w.audit(w.until("all are done", all(done)))

	for _, path := range []string{"/healthz", "/readyz"} {
		if status, text := get(t, "http://"+second.probes+path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	status, text := get(t, "http://"+second.metrics+"/metrics")
	if status != http.StatusOK {
		t.Errorf("/metrics: %d", status)
	}
	// The names of package eniotel, as Prometheus writes them.
	for _, measured := range []string{
		`cloudeni_call_duration_seconds_count{cloud_provider="alibaba_cloud",cloud_region="cn-hangzhou",cloudeni_op="UnassignPrivateIps"`,
		`cloudeni_attempt_duration_seconds_count{cloud_provider="tencent_cloud",cloud_region="ap-guangzhou",cloudeni_op="UnassignPrivateIps"`,
		`cloudeni_attempt_items_count{`, `cloudeni_items_total{`, `cloudeni_query_duration_seconds_count{`,
		`cloudeni_lane_wait_time_seconds_count{`, `cloudeni_limiter_wait_time_seconds_count{`, `cloudeni_lane_count{`, `cloudeni_pending{`,
	} {
		if !strings.Contains(text, measured) {
			t.Errorf("the metrics lack %s", measured)
		}
	}
	must(t, second.cmd.Process.Signal(os.Interrupt))
	if err := <-second.ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
	failures := 0
	for line := range bytes.Lines(second.log.Bytes()) {
		if errorOf(t, line) != nil {
			failures++
		}
	}
	if failures == 0 {
		t.Error("the clouds refuse now and then, and no line of the log has an error")
	}
	log := second.log.String()
	for _, secret := range w.written {
		if secret != "" && strings.Contains(log, secret) {
			t.Error("the log holds a secret")
		}
	}
	if !strings.Contains(log, `"level":"DEBUG"`) || !strings.Contains(log, `"level":"INFO"`) {
		t.Errorf("the log lacks the controller's lines, or the library's: %s", log)
	}
}

// elected are the arguments of one of several programs.
var elected = []string{"-leader-elect", "-leader-election-namespace", "cloudeni-system"}

// program is the controller as a process.
type program struct {
	cmd             *exec.Cmd
	metrics, probes string
	log             *bytes.Buffer // to be read when it has ended
	ended           chan error
}

// program starts the program of the image, with these variables and arguments beside
// those that every test needs.
func (w *world) program(environment map[string]string, args ...string) *program {
	w.t.Helper()
	p := &program{metrics: freeAddress(w.t), probes: freeAddress(w.t), log: new(bytes.Buffer), ended: make(chan error, 1)}
	p.cmd = exec.Command(imageProgram(w.t, runtime.GOARCH), "-kubeconfig", kubeconfig(w.t), "-log-level", "debug",
		"-metrics-bind-address", p.metrics, "-health-probe-bind-address", p.probes,
		"-aliyun-endpoint", w.endpoints[v1alpha1.Aliyun], "-tencent-endpoint", w.endpoints[v1alpha1.Tencent])
	p.cmd.Args = append(p.cmd.Args, args...)
	p.cmd.Env = os.Environ()
	for name, value := range environment {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stderr = p.log
	must(w.t, p.cmd.Start())
	go func() { p.ended <- p.cmd.Wait() }()
	w.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
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
