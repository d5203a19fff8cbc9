package aliyun

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is the pause that the cloud asks for, for the core; zero is none.
func (e *requestError) RetryAfter() time.Duration { return e.retryAfter }

// retryAfter reads the header Retry-After in seconds. It is zero where the header
// cannot be read.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
