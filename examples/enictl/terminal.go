// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// isTerminal reports whether a reader or writer is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// inColour reports whether to write in colour: see no-color.org.
func inColour(w io.Writer) bool {
	return canErase(w) && os.Getenv("NO_COLOR") == ""
}

// canErase reports whether a terminal knows more than characters and line ends.
func canErase(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

// usualColumns is the width of a terminal that does not tell.
const usualColumns = 80

// columns returns the width of a terminal as it is now.
func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return usualColumns
	}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		return width
	}
	return usualColumns
}
