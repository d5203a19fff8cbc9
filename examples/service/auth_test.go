// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	goodToken  = "a-token-that-is-good"
	otherToken = "a-token-that-comes-next"
)

func tokenFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Only callers with one of the tokens are served; probes need none. The log has no token.
func TestBearerToken(t *testing.T) {
	f := newFake(t)
	var err error
	if f.service.access, err = (config{tokenFile: tokenFile(t, "# the tokens\n"+goodToken+"\r\n\n  "+otherToken+"\n")}).access(); err != nil {
		t.Fatal(err)
	}
	f.handler = f.service.handler()
	ask := func(path, authorization string) *httptest.ResponseRecorder {
		const body = `{"addresses": ["10.0.0.5"]}`
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		if !strings.HasPrefix(path, apiPrefix) {
			r.Method = http.MethodGet
		}
		r.Header.Set("Content-Type", "application/json")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		checkDescribed(t, r, []byte(body), w)
		return w
	}
	release := interfacePath("aliyun", "eni-1/release")
	for _, authorization := range []string{
		"", "Bearer", "Bearer ", "Basic " + goodToken, goodToken, "Bearer " + goodToken + "x", "Bearer " + goodToken[1:], "Bearer # the tokens",
	} {
		w := ask(release, authorization)
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != `Bearer realm="service"` ||
			w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: status %d, %v", authorization, w.Code, w.Header())
		}
	}
	if n := len(f.clouds["aliyun"].Calls()); n != 0 {
		t.Errorf("%d calls reached the cloud", n)
	}
	if w := ask(apiPrefix+"no/such/path", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("an unknown path tells that it is none: %d", w.Code)
	}
	for _, authorization := range []string{"Bearer " + goodToken, "bearer " + otherToken} {
		if w := ask(release, authorization); w.Code != http.StatusOK {
			t.Errorf("%q: status %d: %s", authorization, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/openapi.yaml"} {
		if w := ask(path, ""); w.Code != http.StatusOK {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	if log := f.log.String(); strings.Contains(log, goodToken) || strings.Contains(log, otherToken) {
		t.Errorf("a token is in the log:\n%s", log)
	}
}

func TestTokenFile(t *testing.T) {
	for text, want := range map[string]string{
		"":                       " has no token: want one on each line",
		"\n# nothing yet\n":      " has no token: want one on each line",
		goodToken + "\nshort\n":  ":2: want a token of 16 characters or more, without spaces",
		"two words in one token": ":1: want a token of 16 characters or more, without spaces",
	} {
		name := tokenFile(t, text)
		if _, err := (config{tokenFile: name}).access(); err == nil || err.Error() != "-token-file: "+name+want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// authority is a CA that signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a certificate for 127.0.0.1 and its key, in PEM.
func (a *authority) sign(t *testing.T) (certificate, key []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, a.certificate, own.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Only callers with a certificate of the CA are served; probes need none.
func TestClientCertificates(t *testing.T) {
	servers, clients, others := newAuthority(t), newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key := servers.sign(t)
	cfg := config{tlsCert: write("tls.crt", certificate), tlsKey: write("tls.key", key), clientCA: write("ca.crt", clients.pem())}
	f := newFake(t)
	var err error
	if f.service.access, err = cfg.access(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(f.service.handler())
	if server.TLS, err = cfg.tls(); err != nil {
		t.Fatal(err)
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()

	client := func(a *authority) *http.Client {
		conf := &tls.Config{RootCAs: x509.NewCertPool()}
		conf.RootCAs.AddCert(servers.certificate)
		if a != nil {
			pair, err := tls.X509KeyPair(a.sign(t))
			if err != nil {
				t.Fatal(err)
			}
			// Send the certificate in any case.
			conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		transport := &http.Transport{TLSClientConfig: conf}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	for _, test := range []struct {
		name, path string
		by         *authority
		status     int // zero is no connection
	}{
		{"of the CA", interfacePath("aliyun", "eni-1"), clients, http.StatusOK},
		{"none", interfacePath("aliyun", "eni-1"), nil, http.StatusForbidden},
		{"of another CA", interfacePath("aliyun", "eni-1"), others, 0},
		{"a probe", "/livez", nil, http.StatusOK},
	} {
		resp, err := client(test.by).Get(server.URL + test.path)
		if err != nil {
			if test.status != 0 {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.name, resp.StatusCode, test.status)
		}
	}
}

// With tokens and a CA, callers need both.
func TestTokenAndCertificate(t *testing.T) {
	f := newFake(t)
	who, err := config{tokenFile: tokenFile(t, goodToken), clientCA: "ca.crt"}.access()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		token       string
		certificate bool
		status      int
	}{{goodToken, true, 0}, {goodToken, false, http.StatusForbidden}, {otherToken, true, http.StatusUnauthorized}} {
		r := httptest.NewRequestWithContext(f.Context(), http.MethodGet, interfacePath("aliyun", "eni-1"), nil)
		r.Header.Set("Authorization", "Bearer "+test.token)
		r.TLS = new(tls.ConnectionState)
		if test.certificate {
			r.TLS.VerifiedChains = [][]*x509.Certificate{{}}
		}
		status := 0
		if p := who.refusal(r); p != nil {
			status = p.Status
		}
		if status != test.status {
			t.Errorf("%+v: status %d", test, status)
		}
	}
}

// The service refuses to listen on public addresses without tokens or a CA, except with
// -insecure.
func TestListeningBeyondLoopback(t *testing.T) {
	for _, listen := range []string{":8080", "0.0.0.0:8080", "[::]:8080", "10.0.0.5:8080", "example.com:80"} {
		for rest, good := range map[string]bool{"": false, "-insecure": true, "-token-file tokens": true, "-client-ca ca -tls-cert c -tls-key k": true} {
			args := append([]string{"-clouds", "aliyun/cn-hangzhou", "-listen", listen}, strings.Fields(rest)...)
			_, err := parse(args, func(string) string { return "" })
			want := "-listen " + listen + ": other machines can reach it: want -token-file or -client-ca, or -insecure"
			if good && err != nil || !good && (err == nil || err.Error() != want) {
				t.Errorf("%q: %v", args, err)
			}
		}
	}
	for _, listen := range []string{"127.0.0.1:8080", "[::1]:0", "localhost:80", "127.1.2.3:1"} {
		if _, err := parse([]string{"-clouds", "aliyun/cn-hangzhou", "-listen", listen}, func(string) string { return "" }); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
	// The process ends before it listens.
	var stdout, stderr bytes.Buffer
	if status := run([]string{"-clouds", "aliyun/cn-hangzhou", "-listen", ":0"}, func(string) string { return "" }, nil, &stdout, &stderr); status != exitMisuse {
		t.Errorf("exit status %d\n%s%s", status, &stdout, &stderr)
	}
}
