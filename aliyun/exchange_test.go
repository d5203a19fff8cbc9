// SPDX-License-Identifier: Apache-2.0

package aliyun

import (
	"net/url"
	"strings"
	"testing"
)

func TestUnescapeUndoesTheSecondEncoding(t *testing.T) {
	for _, query := range []string{
		"", "a", "Action=X&Timestamp=2026-11-26T09%3A44%3A26Z&SignatureType=", "a=%25&b=%E5%A4%A7~-._", "%", "&&==",
	} {
		var got strings.Builder
		if ok := unescape(&got, url.QueryEscape(query)); !ok || got.String() != query {
			t.Errorf("%q became %q, %t", query, got.String(), ok)
		}
	}
	for _, written := range []string{"%", "a%", "a%2", "a%2g", "%%%", "%+1", "%-1"} {
		var got strings.Builder
		if unescape(&got, written) {
			t.Errorf("%q was encoded, and became %q", written, got.String())
		}
	}
}
