package aliyun

import "net/http"

// withoutRedirects copies the client: a client that follows a redirect sends the
// signed query to the host that the reply names.
func withoutRedirects(client *http.Client) *http.Client {
	if client == nil {
		client = newHTTPClient()
	}
	copied := *client
	copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &copied
}

// newHTTPClient sets no timeout: the core bounds each request.
func newHTTPClient() *http.Client {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		// The program has replaced it, and a client without a transport uses that one.
		return &http.Client{}
	}
	transport = transport.Clone()
	// All requests go to one host. With the default of 2, most connections of many
	// concurrent callers would be closed after each request.
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{Transport: transport}
}
