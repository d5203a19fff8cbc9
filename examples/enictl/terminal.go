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

// inColour reports whether to write in colour; see no-color.org.
func inColour(w io.Writer) bool {
	return canErase(w) && os.Getenv("NO_COLOR") == ""
}

// canErase reports whether the terminal understands escape sequences.
func canErase(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

// usualColumns is the width if the terminal does not report it.
const usualColumns = 80

// columns returns the current width of a terminal.
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
