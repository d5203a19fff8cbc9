// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"net/http"
	"net/http/httptrace"
)

// trace calls the hooks as the transport of net/http does.
func trace(r *http.Request, reused bool) {
	t := httptrace.ContextClientTrace(r.Context())
	t.GetConn(r.URL.Host)
	t.GotConn(httptrace.GotConnInfo{Reused: reused})
	t.WroteHeaders()
}
