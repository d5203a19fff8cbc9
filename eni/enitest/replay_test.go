// SPDX-License-Identifier: Apache-2.0

package enitest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/cloudeni/cloudeni/eni/enitest"
)

// recorded is a recording of pairs: a query or a JSON body, and an answer; an empty one
// is lost.
func recorded(pairs ...string) fstest.MapFS {
	files := make(fstest.MapFS)
	for i := 0; i < len(pairs); i += 2 {
		name := string(rune('a'+i/2)) + "."
		request := "POST /?" + pairs[i] + " HTTP/1.1\nHost: cloud.invalid\nX-Recorded-Took: 2s\n\n"
		if query, body, ok := strings.Cut(pairs[i], " "); ok {
			request = "POST /?" + query + " HTTP/1.1\nHost: cloud.invalid\n\n" + body
		}
		files[name+"request"] = &fstest.MapFile{Data: []byte(request)}
		if pairs[i+1] != "" {
			files[name+"http"] = &fstest.MapFile{Data: []byte("HTTP/1.1 200 OK\nContent-Type: application/json\n\n" + pairs[i+1])}
		}
	}
	return files
}

func ask(ctx context.Context, to http.RoundTripper, query, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://cloud.invalid/?"+query, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := to.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

func TestReplay(t *testing.T) { synctest.Test(t, replays) }

func replays(t *testing.T) {
	to, err := enitest.Replay(recorded(
		"Action=DescribeX&Id.1=eni-1", "first",
		"Action=DescribeX&Id.1=eni-1", "second",
		"Action=Release&Ip.1=10.0.0.2", "released",
		"Action=DescribeX&Id.1=eni-1", "third",
		"Action=Release&Ip.1=10.0.0.2", "gone already",
		`Action=Release {"Ips":["10.0.0.3"]}`, "in a body",
		"Action=Detach", "",
	))
	if err != nil {
		t.Fatal(err)
	}
	for n, step := range []struct{ query, body, want string }{
		{"Action=DescribeX&Id.1=eni-1&Signature=x", "", "first"},
		{"Action=DescribeX&Id.1=eni-1", "", "second"},
		{"Action=DescribeX&Id.1=eni-1", "", "second"}, // more often than recorded, and before the release
		{"Action=Release&Ip.1=10.0.0.2&Ip.2=10.0.0.3", "", "error"},
		{"Action=Release&Ip.1=10.0.0.9", "", "error"},
		{"Action=Release&Ip.1=10.0.0.2", "", "released"},
		{"Action=DescribeX&Id.1=eni-1", "", "third"},
		{"Action=Release", `{"Ips":["10.0.0.3"],"Token":"x"}`, "in a body"},
		{"Action=Release&Ip.1=10.0.0.2", "", "gone already"},
		{"Action=Release&Ip.1=10.0.0.2", "", "error"}, // a change is answered once
		{"Action=Detach", "", "error"},
		{"Action=DescribeX&Id.1=eni-2", "", "error"},
	} {
		got, err := ask(t.Context(), to, step.query, step.body)
		if err != nil {
			got = "error"
		}
		if got != step.want {
			t.Errorf("step %d, %s: got %q, %v, want %q", n, step.query, got, err, step.want)
		}
	}
}

func TestReplayTakesAsLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, err := enitest.Replay(recorded("Action=Release", "released", "Action=Release", "again"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := ask(t.Context(), to, "Action=Release", ""); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("answered after %s, %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := ask(ctx, to, "Action=Release", ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("want the end of the context, got %v", err)
		}
	})
}

func TestReplayOfNothing(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"an empty folder": {},
		"a broken one":    {"a.request": &fstest.MapFile{Data: []byte("no request")}},
	} {
		if _, err := enitest.Replay(files); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}
