// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/internal/core"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shapes has one response or network failure for each known form of error of the
// vendor and of proxies. Each golden file has the resulting error.
var shapes = []struct {
	name   string
	legacy bool // API 2.0
	status int
	kind   string // the content type
	body   string
	err    error // instead of a reply
}{
	{name: "api3-error", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Code":"UnsupportedOperation.MutexOperationTaskRunning","Message":"Mutex task is running."},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-error-of-several-lines", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Code":"InvalidParameterValue.Malformed","Message":"The value\r\n\t` + "`eni 1`" + ` is malformed.\u0007"},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-error-unknown-code", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Code":"NeverSeen.Before","Message":"弹性网卡繁忙"},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-error-with-status-503", status: 503, kind: "application/json", body: `{"Response":{"Error":{"Code":"NeverSeen.Before","Message":"busy"},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-auth-failure", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"The signature of ` + testID + ` is wrong: POST\n/\n\ncontent-type:application/json"},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-token-expired", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Code":"AuthFailure.TokenFailure","Message":"The token ` + testToken + ` has expired."},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-error-without-code", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Message":"no code"},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-numeric-code", status: 200, kind: "application/json", body: `{"Response":{"Error":{"Code":5100,"Message":"a number"},"RequestId":"0a1b2c3d"}}`},
	{name: "api3-answered-by-api2", status: 200, kind: "application/json", body: `{"code":4100,"message":"old","codeDesc":"AuthFailure"}`},
	{name: "api3-no-request-id", status: 200, kind: "application/json", body: `{"Response":{}}`},
	{name: "api3-empty-object", status: 200, kind: "application/json", body: `{}`},
	{name: "null", status: 200, kind: "application/json", body: `null`},
	{name: "empty", status: 200, kind: "application/json", body: ``},
	{name: "truncated", status: 200, kind: "application/json", body: `{"Response":{"RequestId":"0a1b`},
	{name: "html-502", status: 502, kind: "text/html", body: "<html><body>502 Bad Gateway</body></html>"},
	{name: "html-429", status: 429, kind: "text/html", body: "<html><body>Slow down</body></html>"},
	{name: "network-error", err: errors.New("dial tcp 10.9.8.7:443: connect: connection refused")},
	{name: "context-ended", err: context.Canceled},
	{name: "api2-number", legacy: true, status: 200, kind: "text/html", body: `{"code":4400,"message":"(4400)too many requests"}`},
	{name: "api2-number-as-string", legacy: true, status: 200, kind: "text/html", body: `{"code":"4102","message":"(4102)not authorised","codeDesc":""}`},
	{name: "api2-codedesc", legacy: true, status: 200, kind: "text/html", body: `{"code":5100,"message":"(5100)主IP不能解绑","codeDesc":"InvalidPrivateip.IsPrimary"}`},
	{name: "api2-codedesc-beats-the-number", legacy: true, status: 200, kind: "text/html", body: `{"code":5000,"message":"(5000)busy","codeDesc":"OperationDenied.MutexTaskRunning"}`},
	{name: "api2-codedesc-of-one-part", legacy: true, status: 200, kind: "text/html", body: `{"code":5000,"message":"(5000)gone","codeDesc":"InvalidParameter"}`},
	{name: "api2-text-for-a-number", legacy: true, status: 200, kind: "text/html", body: `{"code":"InvalidNetworkInterface.NotFound","message":"gone"}`},
	{name: "api2-unknown-number", legacy: true, status: 200, kind: "text/html", body: `{"code":7003,"message":"(7003)never seen"}`},
	{name: "api2-auth-failure", legacy: true, status: 200, kind: "text/html", body: `{"code":4100,"message":"(4100)signed POSTvpc.api.qcloud.com/v2/index.php?SecretId=` + testID + `","codeDesc":"AuthFailure"}`},
	{name: "api2-success-without-task", legacy: true, status: 200, kind: "text/html", body: `{"code":0,"message":"","codeDesc":"Success","data":[]}`},
	{name: "api2-success-with-status-502", legacy: true, status: 502, kind: "text/html", body: `{"code":0,"message":"","codeDesc":"Success","data":{"taskId":1}}`},
	{name: "api2-success-and-error", legacy: true, status: 200, kind: "text/html", body: `{"code":0,"message":"","codeDesc":"InvalidVpc.NotFound"}`},
	{name: "api2-answered-by-api3", legacy: true, status: 200, kind: "application/json", body: accepted},
	{name: "api2-html", legacy: true, status: 404, kind: "text/html", body: "<html><body>404 Not Found</body></html>"},
	{name: "api2-null", legacy: true, status: 200, kind: "text/html", body: `null`},
}

func TestGolden(t *testing.T) {
	names := map[string]bool{}
	for _, shape := range shapes {
		names[shape.name+".txt"] = true
		t.Run(shape.name, func(t *testing.T) {
			answer := func(*http.Request) (*http.Response, error) {
				if shape.err != nil {
					return nil, shape.err
				}
				resp := respond(shape.status, shape.body)
				resp.Header.Set("Content-Type", shape.kind)
				return resp, nil
			}
			var d core.Driver = newTestDriver(t, answer)
			if shape.legacy {
				d = newTestLegacyDriver(t, answer)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if shape.err == context.Canceled {
				cancel()
			}
			_, err := d.Send(ctx, testChange)
			if err == nil {
				t.Fatal("taken for a success")
			}
			e := d.Explain(string(testChange.Action), err)
			e.Provider, e.Op, e.InterfaceID = "tencent", string(testChange.Action), testChange.InterfaceID
			wantNoSecret(t, e)

			var got strings.Builder
			if shape.err != nil {
				fmt.Fprintf(&got, "no reply: %v\n\n", shape.err)
			} else {
				body := strings.NewReplacer(testID, "SECRETID", testToken, "TOKEN").Replace(shape.body)
				fmt.Fprintf(&got, "HTTP %d, %s\n%s\n\n", shape.status, shape.kind, body)
			}
			fmt.Fprintf(&got, "%s\n\nKind       %s\nCode       %s\nMessage    %s\nRequestID  %s\nHTTPStatus %d\nErr        %T: %q\n",
				e, e.Kind, e.Code, e.Message, e.RequestID, e.HTTPStatus, e.Err, e.Err)
			golden(t, shape.name+".txt", got.String())
		})
	}
	files, err := os.ReadDir(filepath.Join("testdata", "golden"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !names[file.Name()] {
			t.Errorf("%s belongs to nothing", file.Name())
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s\n(-update writes it anew)", file, got, want)
	}
}
