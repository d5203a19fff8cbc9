// SPDX-License-Identifier: Apache-2.0

// Package playground has both clouds in memory, with the interfaces of the samples, to
// try the controller.
package playground

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// The access key of config/samples, which both clouds accept.
const (
	accessKeyID     = "example-id"
	accessKeySecret = "example-secret" // not a real secret
)

// instructions is a format for people and for the test that runs the commands. Its
// arguments are the kubeconfig, the directory of kubectl, and the URLs of the clouds.
const instructions = `A control plane and both clouds run. In a second terminal, in this directory:

  export KUBECONFIG=%[1]s PATH=%[2]s:$PATH
  kubectl apply --server-side -k config/crd
  go run . -aliyun-endpoint %[3]s -tencent-endpoint %[4]s

In a third one:

  export KUBECONFIG=%[1]s PATH=%[2]s:$PATH
  kubectl apply --server-side -k config/samples
  kubectl wait --for=condition=Finished --timeout=1m enir/addresses enir/node
  kubectl get enir
  kubectl describe enir/identity

Ctrl-C stops everything.
`

// Serve serves both clouds, writes the instructions to out, and waits until ctx ends.
// The kubeconfig is that of the control plane, and assets is the directory of kubectl.
func Serve(ctx context.Context, out io.Writer, kubeconfig []byte, assets string) (err error) {
	dir, err := os.MkdirTemp("", "cloudeni-play")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	file := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(file, kubeconfig, 0o600); err != nil {
		return fmt.Errorf("write the kubeconfig: %w", err)
	}
	ecs, vpc := aliyuntest.NewServer(cloud()), tencenttest.NewServer(cloud())
	ecs.SetCredentials(accessKeyID, accessKeySecret, "")
	vpc.SetCredentials(accessKeyID, accessKeySecret, "")
	urls := make([]string, 2)
	for i, handler := range []http.Handler{ecs, vpc} {
		server, url, err := listen(ctx, handler)
		if err != nil {
			return err
		}
		defer server.Close() //nolint:errcheck // nothing is lost
		urls[i] = url
	}
	if _, err := fmt.Fprintf(out, instructions, file, assets, urls[0], urls[1]); err != nil {
		return fmt.Errorf("write what to do: %w", err)
	}
	<-ctx.Done()
	return nil
}

// listen serves on loopback.
func listen(ctx context.Context, handler http.Handler) (*http.Server, string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() //nolint:errcheck // it ends when it is closed
	return server, "http://" + listener.Addr().String(), nil
}

// cloud returns a cloud with the interfaces of config/samples, whose changes take some
// time.
func cloud() *enitest.Cloud {
	c := &enitest.Cloud{CompletesAfter: func(enitest.Call) time.Duration { return 2 * time.Second }}
	for n, names := range [][]string{{"192.168.0.7", "2001:db8::7"}, {"192.168.0.8"}, {"192.168.0.9"}} {
		i := eni.Interface{
			ID: fmt.Sprintf("eni-%d", n+1), InstanceID: fmt.Sprintf("i-%d", n+1), VPCID: "vpc-1",
			Type: eni.TypeSecondary, State: eni.StateInUse,
			Addresses: []eni.Address{{Addr: netip.AddrFrom4([4]byte{192, 168, 1, byte(n)}), Primary: true}},
		}
		for _, name := range names {
			i.Addresses = append(i.Addresses, eni.Address{Addr: netip.MustParseAddr(name)})
		}
		if n == 1 {
			i.Prefixes = []netip.Prefix{netip.MustParsePrefix("192.168.0.16/28")}
		}
		c.Put(i)
	}
	return c
}
