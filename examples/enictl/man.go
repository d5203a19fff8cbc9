// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand prints the manual page. It is hidden, because only "make man" and package
// builds use it.
func manCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Long:    "Print the manual page in roff format.",
		Example: "  enictl man >enictl.1",
		Hidden:  true,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			writeMan(cmd.OutOrStdout(), root)
			return nil
		},
	}
}

// writeMan writes one page for all commands, from their help texts.
func writeMan(w io.Writer, root *cobra.Command) {
	fmt.Fprintf(w, ".TH ENICTL 1 \"\" \"enictl %s\"\n", roff(root.Version))
	fmt.Fprintf(w, ".SH NAME\nenictl \\- release addresses of network interfaces, and list, detach and delete interfaces\n")
	fmt.Fprintf(w, ".SH SYNOPSIS\n.B enictl\n.I COMMAND\n[flags]\n")
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s", verbatim(root.Long))
	fmt.Fprintf(w, ".SH COMMANDS\n")
	for _, cmd := range root.Commands() {
		if !cmd.IsAvailableCommand() || cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		fmt.Fprintf(w, ".SS \"%s\"\n%s", roff(cmd.UseLine()), verbatim(cmd.Long))
		if cmd.HasExample() {
			fmt.Fprintf(w, ".PP\nExamples:\n%s", verbatim(cmd.Example))
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { writeFlag(w, f) })
	}
}

func writeFlag(w io.Writer, f *pflag.Flag) {
	if f.Hidden {
		return
	}
	value, usage := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	fmt.Fprintf(w, ".TP\n.B %s", roff(name))
	if value != "" {
		fmt.Fprintf(w, "\\fR \\fI%s\\fR", roff(value))
	}
	fmt.Fprintf(w, "\n%s", roffLines(usage))
}

// verbatim returns a text with its line breaks.
func verbatim(text string) string { return ".nf\n" + roffLines(text) + ".fi\n" }

func roffLines(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		b.WriteString(roff(line) + "\n")
	}
	return b.String()
}

// roff escapes a line for troff.
func roff(line string) string {
	line = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "…", "...").Replace(line)
	if strings.HasPrefix(line, ".") {
		line = `\&` + line
	}
	return line
}
