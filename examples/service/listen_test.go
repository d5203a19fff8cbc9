// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// pipes is a listener without sockets, for virtual time.
type pipes struct {
	callers chan net.Conn
	closed  chan struct{}
	close   func() // any number of times
}

func newPipes() *pipes {
	closed := make(chan struct{})
	return &pipes{callers: make(chan net.Conn), closed: closed, close: sync.OnceFunc(func() { close(closed) })}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-l.callers:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.close()
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (l *pipes) DialContext(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.callers <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, syscall.ECONNREFUSED
	}
}

// running is a service that serves in virtual time.
type running struct {
	*fake

	began   time.Time
	pipes   *pipes
	client  *http.Client
	signals chan os.Signal
	ended   chan error
}

func serveInBubble(t *testing.T, test func(*running)) {
	t.Helper()
	inBubble(t, func(f *fake) {
		f.service.cfg.drain, f.service.cfg.grace = 5*time.Second, 30*time.Second
		r := &running{fake: f, began: time.Now(), pipes: newPipes(), signals: make(chan os.Signal, 3), ended: make(chan error, 1)}
		r.client = &http.Client{Transport: &http.Transport{DialContext: r.pipes.DialContext, DisableKeepAlives: true}}
		go func() { r.ended <- f.service.run(r.pipes, r.signals) }()
		test(r)
	})
}

// at checks how much time has passed. Shutdown checks twice a second for idle connections.
func (r *running) at(what string, want time.Duration) {
	r.Helper()
	if got := time.Since(r.began); got < want || got > want+time.Second {
		r.Errorf("%s after %s, want %s", what, got, want)
	}
}

func (r *running) status(path string) int {
	r.Helper()
	resp, err := r.client.Get("http://service" + path)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// connect opens a connection and writes a part of a request.
func (r *running) connect(request string) net.Conn {
	r.Helper()
	conn, err := r.pipes.DialContext(r.Context(), "", "")
	if err != nil {
		r.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		r.Fatal(err)
	}
	return conn
}

const wholeRequest = "POST /v1/aliyun/cn-hangzhou/interfaces/eni-1/release?timeout=1h HTTP/1.1\nHost: service\n" +
	"Content-Type: application/json\nContent-Length: 29\n\n" + `{"addresses": ["10.0.0.5"]}  `

// silent makes Alibaba Cloud answer no change.
func (r *running) silent() <-chan struct{} {
	held := make(chan struct{}, 1)
	r.clouds["aliyun"].Control = func(call enitest.Call) *enitest.Fault {
		if call.Action == enitest.Describe {
			return nil
		}
		held <- struct{}{}
		return &enitest.Fault{Delay: 24 * time.Hour}
	}
	return held
}

// The phases of the shutdown take at most the configured time.
func TestPhasesOfTheEnd(t *testing.T) {
	serveInBubble(t, func(r *running) {
		held := r.silent()
		conn := r.connect(wholeRequest)
		defer conn.Close()
		<-held
		r.signals <- syscall.SIGTERM
		synctest.Wait()
		if got := r.status("/readyz"); got != http.StatusServiceUnavailable {
			r.Errorf("ready with %d", got)
		}
		<-r.pipes.closed
		r.at("no longer accepting", 5*time.Second)

		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			r.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			r.Error(err)
		}
		r.at("cancelled", 35*time.Second)
		got := new(said)
		got.read(r.T, resp.StatusCode, resp.Header, string(text))
		got.check(r.T, http.StatusServiceUnavailable, "10.0.0.5 unknown (unavailable)")
		if err := <-r.ended; err != nil {
			r.Error(err)
		}
		r.at("ended", 35*time.Second)
	})
}

// A caller that does not read the answer does not prevent the shutdown; the exit status
// shows it.
func TestAnswerThatNobodyReads(t *testing.T) {
	serveInBubble(t, func(r *running) {
		held := r.silent()
		conn := r.connect(wholeRequest)
		defer conn.Close()
		<-held
		r.signals <- syscall.SIGTERM
		if err := <-r.ended; !errors.Is(err, errUnanswered) {
			r.Errorf("ended with %v", err)
		}
		r.at("ended", 40*time.Second)
		if n := unfinished(r.log.line(r.T, "request")); n != 1 {
			r.Errorf("the log has %d addresses as unfinished, want one", n)
		}
	})
}

// Callers with slow requests are disconnected.
func TestSlowCallers(t *testing.T) {
	serveInBubble(t, func(r *running) {
		header, _, _ := strings.Cut(wholeRequest, "Content-Length")
		half := r.connect(header)
		if _, err := io.ReadAll(half); err != nil {
			r.Error(err)
		}
		r.at("half of a header is given up", 5*time.Second)

		body := r.connect(strings.TrimSuffix(wholeRequest, `"]}  `))
		resp, err := http.ReadResponse(bufio.NewReader(body), nil)
		if err != nil {
			r.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		r.at("half of a body is given up", 20*time.Second)
		if resp.StatusCode != http.StatusRequestTimeout {
			r.Errorf("half of a body has the answer %d", resp.StatusCode)
		}
		_ = half.Close()
		_ = body.Close()
		r.signals <- syscall.SIGTERM
		if err := <-r.ended; err != nil {
			r.Error(err)
		}
	})
}

// A client with Expect: 100-continue and a large body gets a 413 before it sends the body.
// Without a declared length the 413 comes when the body is too large.
func TestLargeBodyWithExpect(t *testing.T) {
	serveInBubble(t, func(r *running) {
		conn := r.connect(strings.Replace(strings.Split(wholeRequest, "Content-Length")[0], "\n", "\nExpect: 100-continue\n", 1) +
			fmt.Sprintf("Content-Length: %d\n\n", maxBody+1))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			r.Fatal(err)
		}
		if resp.StatusCode != http.StatusRequestEntityTooLarge || resp.Header.Get("Content-Type") != "application/problem+json" {
			r.Errorf("the first answer is %s, want 413 and no 100", resp.Status)
		}
		_ = conn.Close()

		large := strings.Repeat(" ", 4*maxBody)
		for name, body := range map[string]io.Reader{"a length": strings.NewReader(large), "none": io.MultiReader(strings.NewReader(large))} {
			req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "http://service"+interfacePath("aliyun", "eni-1/release"), body)
			if err != nil {
				r.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Expect", "100-continue")
			transport := &http.Transport{DialContext: r.pipes.DialContext, DisableKeepAlives: true, ExpectContinueTimeout: time.Hour}
			resp, err := transport.RoundTrip(req)
			if err != nil {
				r.Fatalf("with %s: %v", name, err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				r.Errorf("with %s: %s", name, resp.Status)
			}
		}
		if n := len(r.clouds["aliyun"].Calls()); n != 0 {
			r.Errorf("%d calls reached the cloud", n)
		}
		r.signals <- syscall.SIGTERM
		if err := <-r.ended; err != nil {
			r.Error(err)
		}
	})
}

// A handler may take longer than a body.
func TestLongRelease(t *testing.T) {
	serveInBubble(t, func(r *running) {
		r.clouds["aliyun"].CompletesAfter = func(enitest.Call) time.Duration { return 20 * time.Minute }
		conn := r.connect(wholeRequest)
		defer conn.Close()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			r.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			r.Errorf("status %d", resp.StatusCode)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		r.signals <- syscall.SIGTERM
		if err := <-r.ended; err != nil {
			r.Error(err)
		}
	})
}
