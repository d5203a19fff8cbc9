// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// alignedRows writes rows one by one. The columns grow with the longest cell so far.
type alignedRows struct {
	w      io.Writer
	widths []int
}

// columnGap is the number of spaces between two columns.
const columnGap = 3

func (c *alignedRows) write(rows ...[]string) {
	for _, cells := range rows {
		for n, cell := range cells {
			if n == len(c.widths) {
				c.widths = append(c.widths, 0)
			}
			c.widths[n] = max(c.widths[n], utf8.RuneCountInString(cell))
		}
	}
	for _, cells := range rows {
		var line strings.Builder
		for n, cell := range cells {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", c.widths[n]+columnGap-utf8.RuneCountInString(cell)))
		}
		fmt.Fprintln(c.w, strings.TrimRight(line.String(), " "))
	}
}

// printable quotes a text with control characters or line breaks, which users can put
// into tags and names.
func printable(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
