// SPDX-License-Identifier: Apache-2.0

package tencent

import (
	"net/http"
	"net/http/httptrace"
)

// trace reports what net/http's transport would report of a connection.
func trace(r *http.Request, reused bool) {
	t := httptrace.ContextClientTrace(r.Context())
	t.GetConn(r.URL.Host)
	t.GotConn(httptrace.GotConnInfo{Reused: reused})
	t.WroteHeaders()
}
