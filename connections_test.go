// SPDX-License-Identifier: Apache-2.0

package cloudeni_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

const (
	forgets = 2 * time.Second // after which a front forgets an idle connection
	quiet   = 4 * time.Second // after the storm
	storm   = 60              // callers at once
)

// stormy is a cloud with an interface for each caller that answers after 300 ms.
func stormy() *enitest.Cloud {
	cloud := new(enitest.Cloud)
	for k := range storm + 1 {
		cloud.Put(attached(fmt.Sprintf("eni-%d", k)))
	}
	cloud.Control = func(enitest.Call) *enitest.Fault { return &enitest.Fault{Delay: 300 * time.Millisecond} }
	return cloud
}

func release(ctx context.Context, client eni.Client, n int) error {
	_, err := eni.Blocking(client).UnassignPrivateIps(ctx, eni.UnassignRequest{
		InterfaceID: fmt.Sprintf("eni-%d", n), Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.2")},
	})
	return err
}

// loneCall returns the duration of one call after a storm and an idle period.
func loneCall(tb testing.TB, client eni.Client) time.Duration {
	tb.Helper()
	var callers sync.WaitGroup
	for n := range storm {
		callers.Go(func() {
			if err := release(context.Background(), client, n); err != nil {
				tb.Error(err)
			}
		})
	}
	callers.Wait()
	<-time.After(quiet)
	ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
	defer cancel()
	start := time.Now()
	if err := release(ctx, client, storm); err != nil {
		tb.Error(err)
	}
	return time.Since(start)
}

// front plays a balancer before a cloud, on pipes: it drops idle connections without
// closing them and resets the next request on them.
type front struct {
	handler http.Handler
	resets  atomic.Int64
}

func (f *front) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go f.serve(theirs)
	return ours, nil
}

func (f *front) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for last := time.Now(); ; last = time.Now() {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if time.Since(last) > forgets {
			f.resets.Add(1)
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		f.handler.ServeHTTP(answer, req)
		result := answer.Result()
		result.ContentLength = int64(answer.Body.Len())
		if result.Write(conn) != nil {
			return
		}
	}
}

// A pool of dropped connections costs a lone caller one request, not one pause for each
// connection.
func TestALoneCallAfterAStorm(t *testing.T) {
	for _, name := range []string{aliyun.Provider, tencent.Provider} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := vendors(stormy())[name]
				f := &front{handler: v.handler}
				pool := &http.Transport{DialContext: f.dial, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
				v.config.Endpoint, v.config.HTTPClient = "http://cloud.test", &http.Client{Transport: pool}
				client, err := cloudeni.Open(v.config, nil)
				if err != nil {
					t.Fatal(err)
				}
				took := loneCall(t, client)
				t.Logf("%s after %d resets", took, f.resets.Load())
				if f.resets.Load() == 0 || f.resets.Load() > 2 || took > 2*time.Second {
					t.Errorf("%s after %d resets", took, f.resets.Load())
				}
				pool.CloseIdleConnections()
				time.Sleep(10 * time.Minute)
			})
		})
	}
}

// A program that makes a client for each request leaks no goroutines.
func TestClientsThatAreUsedOnce(t *testing.T) {
	cloud := new(enitest.Cloud)
	cloud.Put(attached("eni-1"))
	for name, v := range vendors(cloud) {
		var connections atomic.Int64
		server := httptest.NewUnstartedServer(v.handler)
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		server.Start()
		v.config.Endpoint = server.URL
		before := 0
		for n := range 100 {
			client, err := cloudeni.Open(v.config, nil)
			if err != nil {
				t.Fatal(err)
			}
			if found, err := client.Describe(t.Context(), "eni-1"); err != nil || len(found) != 1 {
				t.Fatalf("%s: %v, %v", name, found, err)
			}
			if n == 0 {
				before = runtime.NumGoroutine()
			}
		}
		if after := runtime.NumGoroutine(); after > before+8 {
			t.Errorf("%s: %d goroutines after 100 clients, %d after the first", name, after, before)
		}
		if n := connections.Load(); n > 4 {
			t.Errorf("%s: %d connections", name, n)
		}
		server.Close()
	}
}

// A client that is dropped after a release leaks no goroutines in any state of its lane.
func TestClientsThatAreUsedOnceLeaveNoGoroutine(t *testing.T) {
	for _, provider := range []string{aliyun.Provider, tencent.Provider, tencent.ProviderLegacy} {
		t.Run(provider, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := new(enitest.Cloud)
				for n := range 100 {
					cloud.Put(attached(fmt.Sprintf("eni-%d", n)))
				}
				v := vendors(cloud)[provider]
				v.config.Endpoint, v.config.HTTPClient = "https://cloud.test", &http.Client{Transport: enitest.Transport(v.handler)}
				before := runtime.NumGoroutine()
				for n := range 100 {
					client, err := cloudeni.Open(v.config, nil)
					if err != nil {
						t.Fatal(err)
					}
					if err := release(t.Context(), client, n); err != nil {
						t.Error(err)
					}
				}
				synctest.Wait()
				// A leak would be a hundred; the number of the others varies.
				if after := runtime.NumGoroutine(); after > before+8 {
					t.Errorf("%d goroutines, %d before", after, before)
				}
			})
		})
	}
}

// forgetful is a listener that resets connections after an idle period.
type forgetful struct{ net.Listener }

func (f forgetful) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := &session{Conn: c}
	s.last.Store(time.Now().UnixNano())
	return s, nil
}

type session struct {
	net.Conn

	last atomic.Int64
}

func (s *session) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if n > 0 && time.Since(time.Unix(0, s.last.Load())) > forgets {
		if tcp, ok := s.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = s.Close()
		return 0, io.ErrUnexpectedEOF
	}
	s.last.Store(time.Now().UnixNano())
	return n, err
}

func (s *session) Write(b []byte) (int, error) {
	s.last.Store(time.Now().UnixNano())
	return s.Conn.Write(b)
}

// BenchmarkLoneCallAfterAStorm measures the same over real sockets with the shared
// transport.
func BenchmarkLoneCallAfterAStorm(b *testing.B) {
	for _, name := range []string{aliyun.Provider, tencent.Provider} {
		b.Run(name, func(b *testing.B) {
			var total time.Duration
			for range b.N {
				v := vendors(stormy())[name]
				server := httptest.NewUnstartedServer(v.handler)
				server.Listener = forgetful{server.Listener}
				server.Start()
				v.config.Endpoint = server.URL
				client, err := cloudeni.Open(v.config, nil)
				if err != nil {
					b.Fatal(err)
				}
				total += loneCall(b, client)
				server.Close()
			}
			b.ReportMetric(total.Seconds()/float64(b.N), "s/lone-call")
			b.ReportMetric(0, "ns/op")
		})
	}
}
