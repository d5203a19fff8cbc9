// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// asProcess makes the test binary run as the service.
const asProcess = "SERVICE_TEST_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		main()
	}
	os.Exit(m.Run())
}

// wire is one cloud on a loopback socket.
type wire struct {
	*enitest.Cloud

	url string

	// A change of eni-gated is done, and answered when the gate opens. A change of
	// eni-silent is done and never answered.
	gate chan struct{}
	held chan struct{} // has an entry for each such change
	gone chan struct{} // and one for each whose client has disconnected
}

// newWires returns both clouds, by provider, and their credentials.
func newWires(t *testing.T) (wires map[string]*wire, env, secrets []string) {
	t.Helper()
	wires = make(map[string]*wire)
	for provider := range places {
		w := &wire{Cloud: newCloud(), gate: make(chan struct{}), held: make(chan struct{}, 100), gone: make(chan struct{}, 100)}
		w.Put(newInterface("eni-busy"), newInterface("eni-gated"), newInterface("eni-silent"))
		var handler http.Handler
		switch provider {
		case "aliyun":
			s := aliyuntest.NewServer(w.Cloud)
			handler = s
			env = append(env, "ALIBABA_CLOUD_ACCESS_KEY_ID="+s.AccessKeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET="+s.AccessKeySecret)
			secrets = append(secrets, s.AccessKeyID, s.AccessKeySecret)
		case "tencent":
			s := tencenttest.NewServer(w.Cloud)
			handler = s
			env = append(env, "TENCENTCLOUD_SECRET_ID="+s.SecretID, "TENCENTCLOUD_SECRET_KEY="+s.SecretKey)
			secrets = append(secrets, s.SecretID, s.SecretKey)
		}
		server := httptest.NewServer(w.holding(handler))
		t.Cleanup(server.Close)
		w.url = server.URL
		wires[provider] = w
	}
	return wires, env, secrets
}

// holding delays answers.
func (w *wire) holding(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		asked := fmt.Sprint(r.URL.RawQuery, string(body), r.Header)
		gated, silent := strings.Contains(asked, "eni-gated"), strings.Contains(asked, "eni-silent")
		if !strings.Contains(asked, "Unassign") || !gated && !silent {
			next.ServeHTTP(out, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		gate := w.gate
		if silent {
			gate = nil
		}
		w.held <- struct{}{}
		select {
		case <-gate:
			maps.Copy(out.Header(), answer.Header())
			out.WriteHeader(answer.Code)
			_, _ = out.Write(answer.Body.Bytes())
		case <-r.Context().Done():
			w.gone <- struct{}{}
			panic(http.ErrAbortHandler)
		}
	})
}

// process is the service as a separate process with a log.
type process struct {
	*testing.T

	cmd    *exec.Cmd
	url    string
	client *http.Client

	mu      sync.Mutex
	grown   *sync.Cond
	lines   []map[string]any
	log     bytes.Buffer
	ended   bool // the log has
	reading sync.WaitGroup
}

// start starts the service with both clouds, and waits until it listens.
func start(t *testing.T, wires map[string]*wire, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var clouds []string
	for provider, w := range wires {
		clouds = append(clouds, places[provider]+"="+w.url)
	}
	p := &process{T: t, client: &http.Client{Transport: new(http.Transport)}}
	p.grown = sync.NewCond(&p.mu)
	p.cmd = exec.CommandContext(t.Context(), self,
		append([]string{"-listen", "127.0.0.1:0", "-clouds", strings.Join(clouds, ",")}, args...)...)
	p.cmd.Env = slices.Concat(env, []string{asProcess + "=1"})
	p.cmd.Stderr = t.Output()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.reading.Go(func() { p.read(out) })
	t.Cleanup(func() { // for a test that failed; else it has ended
		_ = p.cmd.Process.Kill()
		p.reading.Wait()
		_ = p.cmd.Wait()
	})
	p.url = fmt.Sprint("http://", p.await("listening")["address"])
	return p
}

func (p *process) read(log io.Reader) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line map[string]any
		err := json.Unmarshal(lines.Bytes(), &line)
		p.mu.Lock()
		if err != nil {
			p.Errorf("a line of the log is no JSON: %s", lines.Bytes())
		}
		checkErrorIsObject(p.T, line)
		p.log.Write(append(lines.Bytes(), '\n'))
		p.lines = append(p.lines, line)
		p.grown.Broadcast()
		p.mu.Unlock()
	}
	p.mu.Lock()
	p.ended = true
	p.grown.Broadcast()
	p.mu.Unlock()
}

// await waits until the log has a line with a message, and returns it.
func (p *process) await(message string) map[string]any {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for _, line := range p.lines {
			if line["msg"] == message {
				return line
			}
		}
		if p.ended {
			p.Fatalf("the log ended without %q:\n%s", message, &p.log)
		}
		p.grown.Wait()
	}
}

// unfinished returns the number of unfinished targets in the log, which must have ended.
func (p *process) unfinished() int {
	n := 0
	for _, line := range p.lines {
		n += unfinished(line)
	}
	return n
}

func (p *process) signal() {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
}

// end waits until the process has ended, and returns its exit status.
func (p *process) end() int {
	p.Helper()
	p.reading.Wait()
	_ = p.cmd.Wait() // the exit status is checked
	return p.cmd.ProcessState.ExitCode()
}

// ask makes a request; a body makes it a POST.
func (p *process) ask(ctx context.Context, path, body string) (*said, error) {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	s := new(said)
	s.read(p.T, resp.StatusCode, resp.Header, string(text))
	return s, nil
}

// text returns a page.
func (p *process) text(path string) string {
	p.Helper()
	resp, err := p.client.Get(p.url + path)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}

// must is ask for requests that must get an answer.
func (p *process) must(path, body string) *said {
	p.Helper()
	s, err := p.ask(p.Context(), path, body)
	if err != nil {
		p.Fatal(err)
	}
	return s
}

// pending is a release of all() without an answer yet.
type pending struct {
	provider, id string
	answer       <-chan *said
}

// release makes a release in the background.
func (p *process) release(provider, id, terms string) pending {
	answer := make(chan *said, 1)
	go func() {
		s, err := p.ask(p.Context(), interfacePath(provider, id+"/release"+terms), bodyOf(all()))
		if err != nil {
			p.Errorf("%s %s: no answer: %v", provider, id, err)
			s = new(said)
		}
		answer <- s
	}()
	return pending{provider, id, answer}
}

// all returns the addresses of a release of everything: two changes of IPv4 and two of
// IPv6.
func all() []string {
	var addresses []string
	for n := 2; n <= 16; n++ {
		addresses = append(addresses, fmt.Sprintf("10.0.0.%d", n), fmt.Sprintf("2001:db8::%x", n))
	}
	return addresses
}

func bodyOf(addresses []string) string {
	text, err := json.Marshal(map[string]any{"addresses": addresses})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// account checks that the answer has each address of a release of all() once, and that its
// outcome agrees with the interface and the history of the cloud.
func (w *wire) account(t *testing.T, id string, s *said) map[string]int {
	t.Helper()
	released := make(map[string]int)
	for _, change := range w.History() {
		if change.Call.InterfaceID == id {
			for _, p := range change.Released {
				released[p.Addr().String()]++
			}
		}
	}
	var named []string
	count := make(map[string]int)
	for _, r := range s.Results {
		named = append(named, r.Address)
		count[r.Outcome]++
		times, there := released[r.Address], w.Has(id, full(r.Address))
		switch r.Outcome {
		case "released", "accepted":
			if times != 1 || there {
				t.Errorf("%s: %s is %s, was released %d times, is there: %t", id, r.Address, r.Outcome, times, there)
			}
		case "refused", "not_tried":
			if times != 0 || !there {
				t.Errorf("%s: %s is %s, was released %d times, is there: %t", id, r.Address, r.Outcome, times, there)
			}
		case "absent", "unknown": // the answer to what released it may have been lost
			if times > 1 || there != (times == 0) || there && r.Outcome == "absent" {
				t.Errorf("%s: %s is %s, was released %d times, is there: %t", id, r.Address, r.Outcome, times, there)
			}
		default:
			t.Errorf("%s: %s is %q", id, r.Address, r.Outcome)
		}
		if good := r.Outcome == "released" || r.Outcome == "absent"; good != (r.Error == nil) {
			t.Errorf("%s: %s is %s for the reason %+v", id, r.Address, r.Outcome, r.Error)
		}
	}
	slices.Sort(named)
	if want := slices.Sorted(slices.Values(all())); !slices.Equal(named, want) {
		t.Errorf("%s: the answer accounts for %q, want %q", id, named, want)
	}
	return count
}

// TestTermination ends the service in the middle of releases on both clouds: some are
// done, some finish after the signal, some get only conflicts, and some lose their
// responses. Signals begin the phases of the shutdown, not time.
func TestTermination(t *testing.T) {
	wires, env, secrets := newWires(t)
	conflicts := make(map[string]chan struct{})
	for provider, w := range wires {
		refused := make(chan struct{})
		conflicts[provider] = refused
		refuse := sync.OnceFunc(func() { close(refused) })
		w.Inject(enitest.UnassignPrivateIps, enitest.Fault{Reason: enitest.Conflict})
		w.Control = func(call enitest.Call) *enitest.Fault {
			if call.InterfaceID != "eni-busy" || call.Action == enitest.Describe {
				return nil
			}
			refuse()
			return &enitest.Fault{Reason: enitest.Conflict}
		}
	}
	p := start(t, wires, env, "-drain", "1h", "-grace", "1h", "-log-level", "DEBUG")

	var finished, cancelled []pending
	for provider, w := range wires {
		got := p.must(interfacePath(provider, "eni-1/release"), bodyOf(all()))
		if count := w.account(t, "eni-1", got); got.status != http.StatusOK || count["released"] != len(all()) {
			t.Errorf("%s, before the end: %d %v", provider, got.status, count)
		}
		finished = append(finished, p.release(provider, "eni-gated", "?timeout=2m"))
		cancelled = append(cancelled, p.release(provider, "eni-busy", "?timeout=2m"), p.release(provider, "eni-silent", "?timeout=2m"))
		<-w.held
		<-w.held
		<-conflicts[provider]
	}

	p.signal()
	p.await("shutting down")
	if got := p.must("/readyz", ""); got.status != http.StatusServiceUnavailable {
		t.Errorf("ready with %d at the end", got.status)
	}
	if got := p.must("/livez", ""); got.status != http.StatusOK {
		t.Errorf("live with %d at the end", got.status)
	}
	checkSeries(t, p.text("/metrics"))
	for provider := range wires { // the balancer has not seen it yet
		p.must(interfacePath(provider, "eni-1/release"), `{"addresses": ["10.0.0.30"]}`).check(t, http.StatusOK, "10.0.0.30 released")
	}

	p.signal()
	p.await("no longer accepting")
	if _, err := new(http.Client).Get(p.url + "/livez"); err == nil {
		t.Error("it still accepts")
	}
	for _, r := range finished {
		w := wires[r.provider]
		close(w.gate)
		got := <-r.answer
		if count := w.account(t, r.id, got); got.status != http.StatusOK || count["released"]+count["absent"] != len(all()) {
			t.Errorf("%s: what was in progress was not finished: %d %v", r.provider, got.status, count)
		}
	}

	p.signal()
	rest := 0
	doubt := map[string]string{"eni-busy": "refused", "eni-silent": "unknown"}
	for _, r := range cancelled {
		got := <-r.answer
		if got.status != http.StatusServiceUnavailable || got.Type != typeBase+"shutting_down" || !got.Retryable {
			t.Errorf("%s %s: cancelled with %d %s", r.provider, r.id, got.status, got.body)
		}
		count := wires[r.provider].account(t, r.id, got)
		rest += len(got.Results) - count["released"] - count["absent"]
		if count[doubt[r.id]] == 0 {
			t.Errorf("%s %s: %v", r.provider, r.id, count)
		}
	}
	if status := p.end(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if got := p.unfinished(); got != rest {
		t.Errorf("the log has %d addresses as unfinished, the answers %d", got, rest)
	}
	for _, secret := range secrets {
		if strings.Contains(p.log.String(), secret) {
			t.Error("a credential is in the log")
		}
	}
}

// Requests that are not finished after the grace are canceled.
func TestGrace(t *testing.T) {
	wires, env, _ := newWires(t)
	p := start(t, wires, env, "-drain", "0s", "-grace", "1ms")
	r := p.release("aliyun", "eni-silent", "")
	<-wires["aliyun"].held
	p.signal()
	got := <-r.answer
	if count := wires["aliyun"].account(t, r.id, got); got.status != http.StatusServiceUnavailable || count["unknown"] == 0 {
		t.Errorf("%d %v", got.status, count)
	}
	if status := p.end(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}

// A service without requests ends at once.
func TestIdleEnd(t *testing.T) {
	wires, env, _ := newWires(t)
	p := start(t, wires, env, "-drain", "0s", "-grace", "1h")
	p.signal()
	if status := p.end(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}

// A caller's deadline and its disconnection cancel the request to the cloud.
func TestCallersEnd(t *testing.T) {
	wires, env, _ := newWires(t)
	p := start(t, wires, env)
	for provider, w := range wires {
		r := p.release(provider, "eni-silent", "?timeout=1s")
		got := <-r.answer
		count := w.account(t, r.id, got)
		if got.status != http.StatusGatewayTimeout || count["released"] > 0 {
			t.Errorf("%s: %d %v", provider, got.status, count)
		}
		if count["unknown"] > 0 { // else the second was over before a change was sent
			<-w.held
			<-w.gone
		}

		ctx, disconnect := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := p.ask(ctx, interfacePath(provider, "eni-gated/release"), bodyOf(all()))
			ended <- err
		}()
		<-w.held
		disconnect()
		<-w.gone
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the caller has %v", provider, err)
		}
	}
}

// The process uses its flags.
func TestProcessWithTokenAndTLS(t *testing.T) {
	wires, env, _ := newWires(t)
	servers, dir := newAuthority(t), t.TempDir()
	certificate, key := servers.sign(t)
	for name, text := range map[string][]byte{"tls.crt": certificate, "tls.key": key, "tokens": []byte(goodToken)} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, wires, env, "-drain", "0s", "-tls-cert", filepath.Join(dir, "tls.crt"), "-tls-key", filepath.Join(dir, "tls.key"),
		"-token-file", filepath.Join(dir, "tokens"))
	conf := &tls.Config{RootCAs: x509.NewCertPool()}
	conf.RootCAs.AddCert(servers.certificate)
	p.client.Transport = &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}
	p.url = strings.Replace(p.url, "http:", "https:", 1)
	p.must("/livez", "").check(t, http.StatusOK, "")
	p.must(interfacePath("aliyun", "eni-1"), "").check(t, http.StatusUnauthorized, "")
	p.signal()
	if status := p.end(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	if strings.Contains(p.log.String(), goodToken) {
		t.Error("the token is in the log")
	}
}
