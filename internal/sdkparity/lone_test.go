// SPDX-License-Identifier: Apache-2.0

package sdkparity

import (
	"net/http"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/tencent"
)

// stacks is a RoundTripper that records the stacks on which it is called.
type stacks struct {
	canned

	seen []string
}

func (s *stacks) RoundTrip(r *http.Request) (*http.Response, error) {
	s.seen = append(s.seen, string(debug.Stack()))
	return s.canned.RoundTrip(r)
}

// The request of a lone call is sent on the goroutine of its caller.
func TestALoneCallStaysOnItsGoroutine(t *testing.T) {
	t.Run("aliyun", func(t *testing.T) {
		config, network := aliyunConfig(), &stacks{canned: aliyunAnswer}
		config.HTTPClient = &http.Client{Transport: network}
		c, err := aliyun.New(config, nil)
		if err != nil {
			t.Fatal(err)
		}
		staysOnItsGoroutine(t, c, network)
	})
	t.Run("tencent", func(t *testing.T) {
		config, network := tencentConfig(), &stacks{canned: tencentAnswer}
		config.HTTPClient = &http.Client{Transport: network}
		c, err := tencent.New(config, nil)
		if err != nil {
			t.Fatal(err)
		}
		staysOnItsGoroutine(t, c, network)
	})
}

func staysOnItsGoroutine(t *testing.T, c eni.Client, network *stacks) {
	t.Helper()
	release(t, c)(1)
	if len(network.seen) != 1 || !strings.Contains(network.seen[0], "sdkparity.staysOnItsGoroutine(") {
		t.Errorf("%d requests, want one below this function:\n%s", len(network.seen), strings.Join(network.seen, "\n"))
	}
}
