// SPDX-License-Identifier: Apache-2.0

// Quickstart releases addresses and detaches an interface on Alibaba Cloud and
// on Tencent Cloud, through the same function. Both clouds are test servers that
// it starts on loopback. No account is needed, and the vendors' SDKs sign and send
// real requests.
//
//	go run ./examples/quickstart
//
// It exits with a non-zero status if a result differs from the expected one.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	err := run(ctx, os.Stdout)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run runs the story on each cloud.
func run(ctx context.Context, out io.Writer) error {
	for _, play := range []func(context.Context, io.Writer) error{onAlibabaCloud, onTencentCloud} {
		if err := play(ctx, out); err != nil {
			return err
		}
	}
	fmt.Fprintln(out, "Both clouds show the expected results.")
	return nil
}

func onAlibabaCloud(ctx context.Context, out io.Writer) error {
	cloud := stage()
	server := aliyuntest.NewServer(cloud)
	endpoint, stop, err := serve(ctx, server)
	if err != nil {
		return err
	}
	defer stop()

	config := server.Config()
	config.Endpoint, config.HTTPClient = endpoint, nil
	t := newTimeline(out, "Alibaba Cloud", endpoint)
	client, err := aliyun.New(config, t.options())
	if err != nil {
		return err
	}
	if err := story(ctx, client, t); err != nil {
		return err
	}
	if err := releasePrefix(ctx, client, t); err != nil {
		return err
	}
	return t.check(cloud, true)
}

func onTencentCloud(ctx context.Context, out io.Writer) error {
	cloud := stage()
	server := tencenttest.NewServer(cloud)
	endpoint, stop, err := serve(ctx, server)
	if err != nil {
		return err
	}
	defer stop()

	config := server.Config()
	config.Endpoint, config.HTTPClient = endpoint, nil
	t := newTimeline(out, "Tencent Cloud", endpoint)
	client, err := tencent.New(config, t.options())
	if err != nil {
		return err
	}
	if err := story(ctx, client, t); err != nil {
		return err
	}
	return t.check(cloud, false)
}

// stage returns a cloud with an interface on an instance. A detach takes a second
// there, and the first two releases fail with a conflict.
func stage() *enitest.Cloud {
	cloud := &enitest.Cloud{CompletesAfter: func(call enitest.Call) time.Duration {
		if call.Action == enitest.Detach {
			return time.Second
		}
		return 0
	}}
	i := eni.Interface{
		ID: interfaceID, Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: instanceID, VPCID: "vpc-demo",
		Prefixes: prefixes,
	}
	i.Addresses = append(i.Addresses, eni.Address{Addr: primary, Primary: true})
	for _, a := range addresses[:len(addresses)-1] { // the last one is already gone
		i.Addresses = append(i.Addresses, eni.Address{Addr: a})
	}
	i.Addresses = append(i.Addresses, eni.Address{Addr: ipv6})
	cloud.Put(i)
	busy := enitest.Fault{Reason: enitest.Conflict}
	cloud.Inject(enitest.UnassignPrivateIps, busy, busy)
	return cloud
}

// serve puts a wire server on a loopback socket.
func serve(ctx context.Context, handler http.Handler) (endpoint string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) //nolint:errcheck // Close ends it
	}()
	stop = func() {
		_ = server.Close() //nolint:errcheck // the process is about to end
		<-done
	}
	return "http://" + listener.Addr().String(), stop, nil
}
