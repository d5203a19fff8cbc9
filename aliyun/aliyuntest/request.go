// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
)

// request is a request that was read and is not verified yet.
type request struct {
	*http.Request

	query, form     url.Values // the parameters of the query, and all parameters
	body            []byte
	action, version string
}

// maxBody is larger than any request of the API.
const maxBody = 1 << 20

// readRequest reads what all requests have in common.
func readRequest(r *http.Request) (*request, *problem) {
	unreadable := &problem{http.StatusBadRequest, "InvalidParameter", "The request cannot be parsed."}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &problem{http.StatusForbidden, "UnsupportedHTTPMethod", "This http method is not supported: want POST or GET."}
	}
	q := &request{Request: r, query: r.URL.Query()}
	if r.Body != nil {
		var err error
		if q.body, err = io.ReadAll(io.LimitReader(r.Body, maxBody)); err != nil {
			return nil, unreadable
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(q.body))
	if err := r.ParseForm(); err != nil {
		return nil, unreadable
	}
	q.form = r.Form
	q.action, q.version = r.Form.Get("Action"), r.Form.Get("Version")
	if named := r.Header.Get("x-acs-action"); named != "" {
		q.action, q.version = named, r.Header.Get("x-acs-version")
	}
	return q, nil
}
