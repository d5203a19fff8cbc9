package aliyun

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is the cloud's hint when to come back, for the core; zero is none.
func (f *callError) RetryAfter() time.Duration { return f.retryAfter }

// hint reads the header Retry-After in seconds. What cannot be read is none.
func hint(h http.Header) time.Duration {
	seconds, err := strconv.ParseUint(h.Get("Retry-After"), 10, 16)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
