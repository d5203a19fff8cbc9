package tencent

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// httpClient returns the user's client, or the default of this package.
func httpClient(user *http.Client) *http.Client {
	if user != nil {
		return user
	}
	return defaultHTTPClient()
}

// defaultHTTPClient is shared, so that the clients of a process share connections.
// It is not http.DefaultClient, which others may change.
var defaultHTTPClient = sync.OnceValue(func() *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          128,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       30 * time.Second, // as the SDK has it
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
	}
})
