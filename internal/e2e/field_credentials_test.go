// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	alicredentials "github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// A provider of credentials hangs: each kind of goal, and several callers of one
// interface.
func TestFieldCredentialsThatDoNotCome(t *testing.T) {
	eachVendor(t, func(t *testing.T, v vendor) {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			cloud.Put(attached(0, 12))
			release := make(chan struct{})
			slow := &keys{hang: release}
			w := &way{RoundTripper: enitest.Transport(v.start(cloud, new(keys)))}
			client, err := v.client("http://cloud.test", clientOver(w), slow, nil)
			if err != nil {
				t.Fatal(err)
			}
			const says = "no credentials from provider"
			for _, limit := range []time.Duration{2 * time.Second, 70 * time.Second} {
				var callers sync.WaitGroup
				for goal, call := range goals(client, 0) {
					callers.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), limit)
						defer cancel()
						start := time.Now()
						op, err := call(ctx)
						notTried(t, goal, op, err, context.DeadlineExceeded, says)
						if took := time.Since(start); took != limit {
							t.Errorf("%s: back after %s", goal, took)
						}
					})
				}
				callers.Wait()
			}
			describer, _ := client.(eni.Describer)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := describer.Describe(ctx, interfaceID(0)); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) {
				t.Errorf("a description: %v", err)
			}
			if n := w.requests.Load(); n != 0 {
				t.Errorf("%d requests", n)
			}
			close(release)
		})
	})
}

// failing are credentials whose source fails a few times.
type failing struct {
	keys

	times int
	err   error
}

func (f *failing) GetCredentials() (*alicredentials.Credentials, error) {
	if f.times--; f.times >= 0 {
		return nil, f.err
	}
	return f.keys.GetCredentials()
}

// A source of credentials that fails once is retried; if it keeps failing, the error has
// its name and status. Tencent Cloud's providers cannot return errors.
func TestFieldTheSourceOfCredentialsFails(t *testing.T) {
	for _, text := range []string{
		"refresh Ecs sts token err, httpStatus: 503, message = busy",
		"received 429 getting security credentials for role",
		"refresh Ecs sts token err, json.Unmarshal fail: unexpected end of JSON input",
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := new(enitest.Cloud)
			cloud.Put(attached(0, 12))
			source := &failing{times: 3, err: errors.New(text)}
			inProcess := enitest.Transport(vendors[0].start(cloud, new(keys)))
			client, err := aliyun.New(aliyun.Config{
				Region: aliyuntest.NewServer(nil).Region, Endpoint: "http://cloud.test", HTTPClient: clientOver(inProcess), Credentials: source,
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			op, err := client.UnassignPrivateIps(t.Context(), release(0, v4(0)))
			if err != nil || op.Attempts() != 1 {
				t.Errorf("%q: %d attempts, %v", text, op.Attempts(), err)
			}
			source.times = 1 << 20
			time.Sleep(10 * time.Minute) // until cached credentials expire
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			op, err = client.UnassignPrivateIps(ctx, release(0, v4(1)))
			notTried(t, text, op, err, context.DeadlineExceeded, "no credentials from provider test")
			for _, status := range []string{"503", "429"} {
				if strings.Contains(text, status) && !strings.Contains(err.Error(), status) {
					t.Errorf("the status is missing: %v", err)
				}
			}
		})
	}
}
