// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudeni/cloudeni/eni"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

// Each response in testdata/golden/*.http has a file with its error. To add a
// response, add a file and run the test with -update.
func TestGoldenReplies(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("files = %v, %v", files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".http")
		t.Run(name, func(t *testing.T) {
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, e := send(t, func(r *http.Request) (*http.Response, error) {
				return http.ReadResponse(bufio.NewReader(bytes.NewReader(written)), r)
			})
			checkGolden(t, name, e)
		})
	}
}

// Failures without a response.
func TestGoldenFailures(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: syscall.ECONNREFUSED}
	for name, rt := range map[string]roundTripper{
		"connection-refused": func(*http.Request) (*http.Response, error) { return nil, refused },
		"connection-reset":   func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNRESET },
		"url-in-error": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("proxy: cannot reach %s: %w", r.URL, syscall.EHOSTUNREACH)
		},
		"client-timeout": func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded },
	} {
		t.Run(name, func(t *testing.T) {
			_, e := send(t, rt)
			checkGolden(t, name, e)
		})
	}
}

func TestGoldenCredentials(t *testing.T) {
	for name, err := range map[string]error{
		"no-credentials": errors.New("unable to get credentials from any of the providers in the chain: " +
			"unable to get credentials from environment variables, cannot found home dir, " +
			`get role name failed: Get "http://100.100.100.200/latest/meta-data/ram/security-credentials/": dial tcp 100.100.100.200:80: i/o timeout`),
		"credentials-file": errors.New("open /home/me/.alibabacloud/credentials: permission denied"),
		"credentials-refused": sdkerrors.NewServerError(403,
			`{"Code":"EntityNotExist.Role","Message":"The role not exists: acs:ram::1234:role/eni.","RequestId":"R","Recommend":"x"}`, "get session token failed"),
		"credentials-network": &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
		"credentials-body":    errors.New(`refresh credentials from http://127.0.0.1/?token=abc failed: {"AccessKeySecret":"abc"}`),
	} {
		t.Run(name, func(t *testing.T) {
			d := newTestDriver(t, nil)
			d.credentials = newCredentialCache(fixedProvider{err: err})
			receipt, err := d.Send(t.Context(), testChange)
			if !receipt.NotSent {
				t.Error("want a receipt that says that nothing was sent")
			}
			checkGolden(t, name, d.Explain("Detach", err))
		})
	}
}

func TestGoldenEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newTestDriver(t, nil)
	_, err := d.Send(ctx, testChange)
	checkGolden(t, "cancelled-before", d.Explain("Detach", err))

	ctx, cancel = context.WithCancel(t.Context())
	d = newTestDriver(t, func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})
	_, err = d.Send(ctx, testChange)
	checkGolden(t, "cancelled-after", d.Explain("Detach", err))
}

// golden returns the golden form of an error: the text, the fields that are set, and
// the errors that it wraps.
func golden(e *eni.Error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "text:        %s\n", e)
	fmt.Fprintf(&b, "kind:        %s\n", e.Kind)
	fmt.Fprintf(&b, "retryable:   %t\n", eni.IsRetryable(e))
	for _, field := range []struct{ name, value string }{
		{"code:       ", e.Code}, {"message:    ", e.Message}, {"request id: ", e.RequestID},
	} {
		if field.value != "" {
			fmt.Fprintln(&b, field.name, field.value)
		}
	}
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, "http status: %d\n", e.HTTPStatus)
	}
	for _, cause := range chain(e)[1:] {
		fmt.Fprintf(&b, "cause:       %T\n", cause)
		for line := range strings.Lines(cause.Error()) {
			fmt.Fprintln(&b, "            ", strings.TrimSpace(line))
		}
	}
	return b.String()
}

func checkGolden(t *testing.T, name string, e *eni.Error) {
	t.Helper()
	if e == nil {
		t.Fatal("success")
	}
	e.Provider, e.Op, e.InterfaceID = "aliyun", "Detach", "eni-1" // as the core does
	checkHides(t, e, written("")[:5]...)
	file := filepath.Join("testdata/golden", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(golden(e)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := golden(e); got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}
