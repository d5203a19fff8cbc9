// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// quick keeps the pauses of tests in real time short.
var quick = eni.Retry{Backoff: func() eni.Backoff { return millisecond{} }, MaxAttempts: -1}

type millisecond struct{}

func (millisecond) NextBackOff() time.Duration { return time.Millisecond }
func (millisecond) Reset()                     {}

// 64 goroutines share one client and sixteen interfaces, over sockets. With -race this
// tests that the clients are safe for concurrent use.
func TestManyGoroutinesShareAClient(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		const interfaces, callers = 16, 64
		cloud := new(enitest.Cloud)
		for n := range interfaces {
			cloud.Put(attached(n, 8))
		}
		client := v.at(t, v.onSockets(t, cloud), nil, &eni.Options{Retry: quick})
		var wg sync.WaitGroup
		for k := range callers {
			wg.Go(func() {
				id := interfaceID(k % interfaces)
				address := v4(k / interfaces)
				op, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: id, Addresses: []netip.Addr{address}})
				if err == nil {
					err = op.Wait(t.Context())
				}
				if err != nil {
					t.Errorf("%s on %s: %v", address, id, err)
				}
				if _, err := client.UnassignIpv6(t.Context(), eni.UnassignRequest{InterfaceID: id, Addresses: []netip.Addr{v6(k / interfaces)}}); err != nil {
					t.Errorf("%s on %s: %v", v6(k/interfaces), id, err)
				}
				if _, err := eni.Blocking(client).Detach(t.Context(), eni.DetachRequest{InterfaceID: id, InstanceID: instanceID}); err != nil {
					t.Errorf("detach of %s: %v", id, err)
				}
			})
		}
		wg.Wait()
		released := make(map[string]int)
		for _, change := range cloud.History() {
			for _, p := range change.Released {
				released[change.Call.InterfaceID+" "+p.String()]++
			}
		}
		if want := 2 * callers; len(released) != want {
			t.Errorf("want %d addresses released, got %d", want, len(released))
		}
		for address, n := range released {
			if n != 1 {
				t.Errorf("%s was released %d times", address, n)
			}
		}
		for n := range interfaces {
			if i, _ := cloud.Get(interfaceID(n)); i.State != eni.StateAvailable {
				t.Errorf("%s is %s", i.ID, i.State)
			}
		}
	})
}

func TestCancelInTheMiddleOfARequest(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		arrived := make(chan struct{}, 1)
		cloud := &enitest.Cloud{Control: func(enitest.Call) *enitest.Fault {
			arrived <- struct{}{}
			return &enitest.Fault{Delay: time.Hour}
		}}
		cloud.Put(attached(0, 1))
		client := v.at(t, v.onSockets(t, cloud), nil, nil)
		ctx, cancel := context.WithCancel(t.Context())
		var cancelled time.Time
		go func() {
			<-arrived
			cancelled = time.Now()
			cancel()
		}()
		op, err := client.UnassignPrivateIps(ctx, eni.UnassignRequest{InterfaceID: interfaceID(0), Addresses: []netip.Addr{v4(0)}})
		t.Logf("the caller was back %s after the cancellation", time.Since(cancelled))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("want context.Canceled, got %v", err)
		}
		if got := op.Results()[0].Outcome; got != eni.OutcomeUnknown {
			t.Errorf("want unknown, got %s", got)
		}
	})
}

// endless is an error reply of 64 MB. It counts how much of it is read.
type endless struct {
	status int
	read   atomic.Int64
}

func (e *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.LimitReader(letters{&e.read}, 64<<20)
	return &http.Response{
		StatusCode: e.status, Status: http.StatusText(e.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(body), ContentLength: 64 << 20, Request: r,
	}, nil
}

type letters struct{ count *atomic.Int64 }

func (l letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	l.count.Add(int64(len(p)))
	return len(p), nil
}

func TestAHugeReplyIsNeitherReadNorPrinted(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
			huge := &endless{status: status}
			client := v.at(t, "http://cloud.test", &http.Client{Transport: huge}, &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
			_, err := client.UnassignPrivateIps(t.Context(), eni.UnassignRequest{InterfaceID: interfaceID(0), Addresses: []netip.Addr{v4(0)}})
			if eni.KindOf(err) != eni.ErrUnavailable {
				t.Errorf("status %d: want unavailable, got %.200s", status, fmt.Sprint(err))
			}
			if n := huge.read.Load(); n > 10<<20 {
				t.Errorf("status %d: %d bytes were read", status, n)
			}
			for _, text := range texts(err) {
				if len(text) > 1000 {
					t.Errorf("status %d: a text of %d bytes: %.100s…", status, len(text), text)
				}
			}
		}
	})
}

// texts returns every text of an error and its causes.
func texts(err error) []string {
	if err == nil {
		return nil
	}
	all := []string{err.Error(), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		all = append(all, texts(e.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			all = append(all, texts(cause)...)
		}
	}
	return all
}

// leaks returns the secrets in a text, raw or encoded for a URL.
func leaks(text string) []string {
	var found []string
	for _, s := range []string{keyID, secret, token, "sessiontoken", "Signature=", "GMT&", "POST&%2F"} {
		if strings.Contains(text, s) {
			found = append(found, s)
		}
	}
	return found
}

func TestNoSecretInAnyText(t *testing.T) {
	request := eni.UnassignRequest{InterfaceID: interfaceID(0), Addresses: []netip.Addr{v4(0)}}
	id, secretKey, session := new(keys).current()
	echo := fmt.Sprintf("key %s, secret %s, token %s", id, secretKey, session)
	eachVendor(t, func(t *testing.T, v vendor) {
		var fault atomic.Pointer[enitest.Fault]
		cloud := &enitest.Cloud{Control: func(enitest.Call) *enitest.Fault { return fault.Load() }}
		cloud.Put(attached(0, 1))
		endpoint := v.onSockets(t, cloud)
		wrong := v.start(cloud, new(keys))
		forge := func(r *http.Request) {
			r.Header.Set("X-TC-Token", "x")
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "Signature=", "Signature=AAAA", 1)
		}
		for name, attempt := range map[string]struct {
			endpoint string
			http     *http.Client
			fault    enitest.Fault
		}{
			"nobody listens":    {endpoint: "http://127.0.0.1:1"},
			"no such host":      {endpoint: "http://cloud.invalid", http: &http.Client{Transport: nowhere{}}},
			"no TLS":            {endpoint: strings.Replace(endpoint, "http:", "https:", 1)},
			"a reset":           {endpoint: endpoint, fault: enitest.Fault{Reset: true}},
			"a time-out":        {endpoint: endpoint, http: &http.Client{Timeout: 50 * time.Millisecond}, fault: enitest.Fault{Delay: time.Hour}},
			"a wrong signature": {endpoint: "http://cloud.test", http: &http.Client{Transport: tampering{wrong, forge}}},
			"a code that talks": {endpoint: endpoint, fault: enitest.Fault{Code: "Strange", Message: echo}},
			"HTML that talks":   {endpoint: endpoint, fault: enitest.Fault{Reply: &enitest.Reply{Status: 502, Body: []byte("<html>" + echo)}}},
			"JSON that talks":   {endpoint: endpoint, fault: enitest.Fault{Reply: &enitest.Reply{Body: []byte(`{"Code":5,"RequestId":7,"x":"` + echo + `"}`)}}},
			"a redirect":        {endpoint: endpoint, fault: enitest.Fault{Reply: &enitest.Reply{Status: 302, Body: []byte(echo)}}},
		} {
			t.Run(name, func(t *testing.T) {
				fault.Store(&attempt.fault)
				var log bytes.Buffer
				client := v.at(t, attempt.endpoint, attempt.http, &eni.Options{
					Retry:  eni.Retry{MaxAttempts: 1},
					Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				})
				_, err := client.UnassignPrivateIps(t.Context(), request)
				if err == nil {
					t.Fatal("want an error")
				}
				for _, text := range append(texts(err), log.String()) {
					if found := leaks(text); len(found) > 0 {
						t.Errorf("%q in: %s", found, text)
					}
				}
				if log.Len() == 0 {
					t.Error("the attempt was not logged")
				}
			})
		}
	})
}

// nowhere is a network without a name server.
type nowhere struct{}

func (nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
}

// tampering changes each request before it reaches a handler.
type tampering struct {
	handler http.Handler
	change  func(*http.Request)
}

func (f tampering) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	f.change(r)
	return enitest.Transport(f.handler).RoundTrip(r)
}
