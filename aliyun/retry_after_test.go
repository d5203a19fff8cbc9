package aliyun

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
)

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999999": 0,
	} {
		resp := &http.Response{
			StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {header}},
			Body: io.NopCloser(strings.NewReader(`{"Code":"Throttling.Api","RequestId":"R"}`)),
		}
		_, err := read(t.Context(), resp, &redactor{creds: new(credentials.Credentials)})
		var given interface{ RetryAfter() time.Duration }
		if !errors.As(err, &given) || given.RetryAfter() != want {
			t.Errorf("%q: want %s, got %v", header, want, err)
		}
	}
}
