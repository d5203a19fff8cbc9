// SPDX-License-Identifier: Apache-2.0

package aliyuntest

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// page is the part of a description that a request asks for: by a token, or by a
// number, as the vendor's older clients do.
type page struct {
	from, size int
	number     int // of the page; 0 by a token
}

// The sizes of pages: without a word, and at most.
const (
	defaultPage = 10
	maxPage     = 500 // by a token
	maxPageSize = 100 // by a number
)

// readPage reads which page a request asks for. As the vendor does, MaxResults or
// NextToken make PageNumber and PageSize count for nothing, and a MaxResults out of
// bounds becomes the next one in them.
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

// maxNumber keeps the product with the size of a page far from overflow.
const maxNumber = 1 << 32

// bounds are the first item of the page and the one behind it, of a number of items.
func (p page) bounds(items int) (from, to int) {
	from = min(p.from, items)
	return from, min(from+p.size, items)
}

// describe writes what an answer says about its page.
func (p page) describe(items int) map[string]any {
	next := ""
	if _, to := p.bounds(items); to < items && p.number == 0 {
		next = token(to)
	}
	return map[string]any{"TotalCount": items, "PageNumber": max(p.number, 1), "PageSize": p.size, "NextToken": next}
}

// A token names the first item of the page that it stands for.
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
