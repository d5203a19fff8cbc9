// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// The hosts of the vendors' token services, which have certificates, and of the
// instances' metadata, which have none.
const (
	aliyunSTS       = "sts.aliyuncs.com"
	tencentSTS      = "sts.tencentcloudapi.com"
	aliyunMetadata  = "100.100.100.200"
	tencentMetadata = "metadata.tencentyun.com"
)

// vendors plays what issues temporary keys at both vendors. It is the proxy of a
// program: so the program asks whom it would ask in the cloud.
type vendors struct {
	t      *testing.T
	w      *world
	proxy  *httptest.Server
	secure *httptest.Server
	roots  string            // the file with the certificate of the token services
	wanted map[string]string // the variables of the program

	mu      sync.Mutex
	valid   string   // the token of the service account that counts now
	secrets []string // that were issued
	issued  map[v1alpha1.Provider]string
}

func newVendors(t *testing.T, w *world) *vendors {
	t.Helper()
	v := &vendors{t: t, w: w, issued: map[v1alpha1.Provider]string{}, roots: filepath.Join(t.TempDir(), "roots.pem")}
	v.secure = httptest.NewUnstartedServer(http.HandlerFunc(v.serve))
	v.secure.TLS = &tls.Config{Certificates: []tls.Certificate{v.certificate()}, MinVersion: tls.VersionTLS12}
	v.secure.StartTLS()
	t.Cleanup(v.secure.Close)
	v.proxy = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			v.tunnel(rw) //nolint:contextcheck // a tunnel outlives its request
			return
		}
		v.serve(rw, r)
	}))
	t.Cleanup(v.proxy.Close)
	return v
}

// certificate makes the certificate of the token services.
func (v *vendors) certificate() tls.Certificate {
	v.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(v.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{aliyunSTS, tencentSTS},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(v.t, err)
	must(v.t, os.WriteFile(v.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// environment leads a program here. The clouds and the API server are on loopback,
// where no proxy is used.
func (v *vendors) environment() map[string]string {
	return map[string]string{"HTTP_PROXY": v.proxy.URL, "HTTPS_PROXY": v.proxy.URL, "NO_PROXY": "", "SSL_CERT_FILE": v.roots}
}

// expect says which variables the program has.
func (v *vendors) expect(environment map[string]string) { v.wanted = environment }

// checkToken compares where a program looks for its token with where the kubelet
// puts it, and for whom.
func (v *vendors) checkToken(objects manifests, file string) {
	v.t.Helper()
	mounted, audience := objects.tokenFile(v.t)
	if file != mounted || !slices.Contains([]string{"sts.aliyuncs.com", "sts.cloud.tencent.com"}, audience) {
		v.t.Errorf("the token for %s is at %s, and looked for at %s", audience, mounted, file)
	}
}

// token says which token of the service account counts from now on.
func (v *vendors) token(valid string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.valid = valid
}

// tunnel connects a client to the token services.
func (v *vendors) tunnel(rw http.ResponseWriter) {
	to, err := (&net.Dialer{}).DialContext(v.t.Context(), "tcp", v.secure.Listener.Addr().String())
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadGateway)
		return
	}
	rw.WriteHeader(http.StatusOK)
	from, buffered, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		v.t.Error(err)
		return
	}
	go func() {
		_, _ = io.Copy(to, buffered)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

// serve answers as the vendors do.
func (v *vendors) serve(rw http.ResponseWriter, r *http.Request) {
	const role = "cloudeni-controller"
	_ = r.ParseForm()
	switch r.Host {
	case aliyunSTS:
		id, key, token := v.exchange(v1alpha1.Aliyun, r.Form.Get("OIDCToken"),
			r.Form.Get("Action") == "AssumeRoleWithOIDC" && r.Form.Get("RoleArn") == v.wanted["ALIBABA_CLOUD_ROLE_ARN"] &&
				r.Form.Get("OIDCProviderArn") == v.wanted["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"])
		if id == "" {
			v.answer(rw, http.StatusBadRequest, map[string]any{"Code": "AuthenticationFail.OIDCToken.Invalid", "Message": "This OIDC token is invalid.", "RequestId": "r-1"})
			return
		}
		v.answer(rw, http.StatusOK, map[string]any{"RequestId": "r-1", "AssumedRoleUser": map[string]any{}, "Credentials": map[string]any{
			"AccessKeyId": id, "AccessKeySecret": key, "SecurityToken": token, "Expiration": soon().Format(time.RFC3339),
		}})
	case tencentSTS:
		var asked struct{ ProviderId, WebIdentityToken, RoleArn string } //nolint:revive // the vendor's name
		_ = json.NewDecoder(r.Body).Decode(&asked)
		id, key, token := v.exchange(v1alpha1.Tencent, asked.WebIdentityToken,
			r.Header.Get("X-TC-Action") == "AssumeRoleWithWebIdentity" && asked.RoleArn == v.wanted["TKE_ROLE_ARN"] && asked.ProviderId == v.wanted["TKE_PROVIDER_ID"])
		if id == "" {
			v.answer(rw, http.StatusOK, map[string]any{"Response": map[string]any{
				"Error": map[string]any{"Code": "InvalidParameter.WebIdentityTokenError", "Message": "token is invalid"}, "RequestId": "r-1",
			}})
			return
		}
		v.answer(rw, http.StatusOK, map[string]any{"Response": map[string]any{
			"Credentials": map[string]any{"Token": token, "TmpSecretId": id, "TmpSecretKey": key},
			"ExpiredTime": soon().Unix(), "Expiration": soon().Format(time.RFC3339), "RequestId": "r-1",
		}})
	case aliyunMetadata:
		if r.Method == http.MethodPut {
			_, _ = io.WriteString(rw, "metadata-token")
			return
		}
		if path.Base(r.URL.Path) != role {
			_, _ = io.WriteString(rw, role)
			return
		}
		id, key, token := v.issue(v1alpha1.Aliyun)
		v.answer(rw, http.StatusOK, map[string]any{
			"Code": "Success", "AccessKeyId": id, "AccessKeySecret": key, "SecurityToken": token, "Expiration": soon().Format(time.RFC3339),
		})
	case tencentMetadata:
		if path.Base(r.URL.Path) != role {
			_, _ = io.WriteString(rw, role)
			return
		}
		id, key, token := v.issue(v1alpha1.Tencent)
		v.answer(rw, http.StatusOK, map[string]any{
			"Code": "Success", "TmpSecretId": id, "TmpSecretKey": key, "Token": token, "ExpiredTime": soon().Unix(), "Expiration": soon().Format(time.RFC3339),
		})
	default:
		v.t.Errorf("the program asked %s", r.Host)
		http.Error(rw, "no such host", http.StatusBadGateway)
	}
}

// soon is when keys expire: so soon that the SDKs ask for others each time.
func soon() time.Time { return time.Now().UTC().Add(time.Minute) }

// secret returns what no text may hold.
func (v *vendors) secret() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Concat(v.w.written, v.secrets)
}

// exchange issues a key for a token that counts.
func (v *vendors) exchange(provider v1alpha1.Provider, token string, asRendered bool) (id, key, session string) {
	v.mu.Lock()
	valid := v.valid
	v.mu.Unlock()
	if !asRendered {
		v.t.Errorf("%s: a request without the role of the overlay", provider)
	}
	if token != valid || !asRendered {
		return "", "", ""
	}
	return v.issue(provider)
}

// issue returns the key of this round; from its first time on the cloud takes no
// other.
func (v *vendors) issue(provider v1alpha1.Provider) (id, key, session string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id, key, session = "STS."+v.valid, "issued-key-"+v.valid, "issued-session-"+v.valid
	if v.issued[provider] != v.valid {
		v.issued[provider] = v.valid
		v.w.rotate[provider](id, key, session)
		v.secrets = append(v.secrets, key, session)
	}
	return id, key, session
}

func (v *vendors) answer(rw http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Error(err)
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Content-Length", strconv.Itoa(len(text)))
	rw.WriteHeader(status)
	_, _ = rw.Write(text)
}
