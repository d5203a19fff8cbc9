// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// page is the part of a description that a request asks for: by a token, or by a page
// number, as older clients of the vendor do.
type page struct {
	from, size int
	number     int // of the page; 0 by a token
}

// The default and the maximum sizes of pages.
const (
	defaultPage = 10
	maxPage     = 500 // by a token
	maxPageSize = 100 // by a number
)

// readPage reads the page that a request asks for. As on the real cloud, PageNumber and
// PageSize are ignored if there is a MaxResults or a NextToken, and a MaxResults out of
// range is set to the nearest allowed value.
func (q *request) readPage() (page, *problem) {
	byToken := q.form.Get("MaxResults") != "" || q.form.Get("NextToken") != ""
	byNumber := q.form.Get("PageNumber") != "" || q.form.Get("PageSize") != ""
	p := page{size: defaultPage}
	var bad *problem
	if byNumber && !byToken {
		if p.number, bad = q.number("PageNumber", 1); bad != nil {
			return p, bad
		}
		if p.number < 1 {
			return p, &problem{http.StatusForbidden, "InvalidOperation.InvalidEniPageNumber", "The specified page number is not valid."}
		}
		p.size, bad = q.number("PageSize", defaultPage)
		if bad == nil && (p.size < 1 || p.size > maxPageSize) {
			bad = invalid("PageSize")
		}
		p.from = (min(p.number, maxNumber) - 1) * p.size
		return p, bad
	}
	if p.size, bad = q.number("MaxResults", defaultPage); bad != nil {
		return p, bad
	}
	p.size = min(max(p.size, defaultPage), maxPage)
	var ok bool
	if p.from, ok = fromToken(q.form.Get("NextToken")); !ok {
		return p, invalid("NextToken")
	}
	return p, nil
}

// maxNumber prevents an overflow of the product with the page size.
const maxNumber = 1 << 32

// bounds returns the first item of the page and the one after it, of a number of items.
func (p page) bounds(items int) (from, to int) {
	from = min(p.from, items)
	return from, min(from+p.size, items)
}

// describe writes the page fields of a response.
func (p page) describe(items int) map[string]any {
	next := ""
	if _, to := p.bounds(items); to < items && p.number == 0 {
		next = token(to)
	}
	return map[string]any{"TotalCount": items, "PageNumber": max(p.number, 1), "PageSize": p.size, "NextToken": next}
}

// A token names the first item of its page.
const tokenPrefix = "from:"

func token(from int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenPrefix + strconv.Itoa(from)))
}

func fromToken(text string) (int, bool) {
	if text == "" {
		return 0, true
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	written, ok := strings.CutPrefix(string(plain), tokenPrefix)
	if !ok {
		return 0, false
	}
	from, err := strconv.Atoi(written)
	return from, err == nil && from >= 0
}
