// SPDX-License-Identifier: Apache-2.0

package aliyun_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// tokenService serves temporary credentials on loopback to the SDK's own provider,
// which has no lock and takes no context.
type tokenService struct {
	valid   time.Duration          // how long what it hands out is valid
	arrived chan struct{}          // where set, it says so for each fetch and waits for go
	proceed chan struct{}          // what it waits for
	down    atomic.Bool            // it fails
	fetches atomic.Int32           // those that arrived
	accept  func(id, token string) // makes the cloud take the credentials
}

func (s *tokenService) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n := s.fetches.Add(1)
	if s.arrived != nil {
		s.arrived <- struct{}{}
		<-s.proceed
	}
	if s.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	id, token := fmt.Sprint("STS.", n), fmt.Sprint("token-", n)
	s.accept(id, token)
	fmt.Fprintf(w, `{"AccessKeyId":%q,"AccessKeySecret":"secret","SecurityToken":%q,"Expiration":%q}`,
		id, token, time.Now().Add(s.valid).UTC().Format(time.RFC3339))
}

// newRefreshing makes a client with credentials from s.
func newRefreshing(t *testing.T, s *tokenService) *aliyun.Client {
	t.Helper()
	loopback := httptest.NewServer(s)
	t.Cleanup(loopback.Close)
	provider, err := credentials.NewURLCredentialsProviderBuilderBuilder().WithUrl(loopback.URL).Build()
	if err != nil {
		t.Fatal(err)
	}
	cloud := new(enitest.Cloud)
	for n := range callers {
		cloud.Put(eni.Interface{ID: fmt.Sprint("eni-", n), State: eni.StateInUse, InstanceID: "i-1"})
	}
	server := aliyuntest.NewServer(cloud)
	s.accept = func(id, token string) { server.SetCredentials(id, "secret", token) }
	cfg := server.Config()
	cfg.Credentials = provider
	client, err := aliyun.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// callers is the number of concurrent callers.
const callers = 64

// detachAll makes one concurrent call for each caller, each for a different interface.
func detachAll(ctx context.Context, client *aliyun.Client, check func(error)) {
	var calls sync.WaitGroup
	for n := range callers {
		calls.Go(func() {
			_, err := client.Detach(ctx, eni.DetachRequest{InterfaceID: fmt.Sprint("eni-", n), InstanceID: "i-1"})
			check(err)
		})
	}
	calls.Wait()
}

// succeeds checks that a call succeeded.
func succeeds(t *testing.T) func(error) {
	return func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestCallersShareAFetch(t *testing.T) {
	s := &tokenService{valid: time.Hour}
	client := newRefreshing(t, s)
	detachAll(t.Context(), client, succeeds(t))
	detachAll(t.Context(), client, succeeds(t))
	if n := s.fetches.Load(); n != 1 {
		t.Errorf("%d fetches; want 1", n)
	}
}

// The SDK refreshes credentials that are valid for less than three minutes, and
// returns none if that fails.
func TestAFailedFetchUsesWhatIsStillValid(t *testing.T) {
	s := &tokenService{valid: 170 * time.Second}
	client := newRefreshing(t, s)
	if _, err := client.Describe(t.Context(), "eni-1"); err != nil {
		t.Fatal(err)
	}
	s.down.Store(true)
	detachAll(t.Context(), client, succeeds(t))
	if n := s.fetches.Load(); n != 2 {
		t.Errorf("%d fetches; want 2, the second one failed", n)
	}
}

func TestASlowFetchDoesNotOutliveItsCallers(t *testing.T) {
	s := &tokenService{valid: time.Hour, arrived: make(chan struct{}), proceed: make(chan struct{})}
	client := newRefreshing(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	calls.Go(func() {
		detachAll(ctx, client, func(err error) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v; want the context's", err)
			}
		})
	})
	<-s.arrived
	cancel()
	calls.Wait() // while the fetch is held
	close(s.proceed)
	detachAll(t.Context(), client, succeeds(t))
	if n := s.fetches.Load(); n != 1 {
		t.Errorf("%d fetches; want 1, which served whoever came later", n)
	}
}
