// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit statuses.
const (
	exitDone       = 0
	exitFailed     = 1 // something failed, or a single call was interrupted
	exitMisuse     = 2 // nothing was sent: the command line or its files are wrong, or the user said no
	exitUnfinished = 3 // of release, delete and sweep: the same command can continue
)

// program is one run of the command.
type program struct {
	stdin  io.Reader
	stdout *output
	person *console
	jobs   map[*cobra.Command]*job
	status int
}

// run is the whole program without the handling of signals: ctx ends with the first one.
// It returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{
		stdin:  stdin,
		stdout: &output{w: stdout},
		person: &console{w: stderr},
		jobs:   make(map[*cobra.Command]*job),
	}
	defer p.person.shut()

	root := p.root() //nolint:contextcheck // cobra passes the context to the command
	root.SetArgs(modern(root, args))
	if cmd, err := root.ExecuteContextC(ctx); err != nil {
		p.status = exitMisuse
		p.explainMisuse(cmd, err)
	}
	if err := p.stdout.err; err != nil && !isClosed(err) {
		// A script must not take a partial result for a complete one.
		p.fail(fmt.Errorf("cannot write the result: %w", err))
	}
	return p.status
}

// explainMisuse prints why nothing was sent.
func (p *program) explainMisuse(cmd *cobra.Command, err error) {
	texts := strings.Split(err.Error(), "\n")
	if bad := new(listError); errors.As(err, &bad) {
		texts = bad.texts()
	}
	for _, text := range texts {
		p.person.sayf("%s", text)
	}
	if !errors.Is(err, errDeclined) && !errors.Is(err, errNoAnswer) && !errors.Is(err, errReading) {
		p.person.sayf("see %s -h", cmd.CommandPath())
	}
	if j := p.jobs[cmd]; j != nil {
		writeMisuse(p.stdout, *j, err)
	}
}

// fail prints an error of this machine, which is neither of the command line nor of the
// cloud.
func (p *program) fail(err error) {
	p.status = max(p.status, exitFailed)
	p.person.sayf("%v", err)
}

// root returns the cobra command. Errors that commands return are about the command line;
// the answer of a cloud sets p.status.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "enictl",
		Long:          rootHelp,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Report an unknown command before its unknown flags.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	root.RunE = func(_ *cobra.Command, args []string) error { return noCommand(root, args) }
	root.SetOut(p.stdout)
	root.SetErr(p.person)
	root.SetHelpTemplate(helpTemplate)
	root.Version = version()
	root.SetVersionTemplate("enictl {{.Version}}\n")
	root.AddCommand(manCommand(root))
	p.newJob(root) // so that -o json works with an unknown command
	root.AddCommand(
		p.showCommand(),
		p.listCommand(),
		p.unassignCommand(unassignIPs, "Release secondary IPv4 addresses and delegated prefixes of an interface", unassignIPsHelp),
		p.unassignCommand(unassignIPv6, "Release IPv6 addresses and delegated prefixes of an interface", unassignIPv6Help),
		p.detachCommand(),
		p.releaseCommand(),
		p.deleteCommand(),
		p.sweepCommand(),
		p.fakeCommand(),
	)
	completeShells(root)
	return root
}

// completeShells changes cobra's completion command: without this it would print its help
// for an unknown shell and succeed.
func completeShells(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		panic(err) // cobra has no such command: a bug in this program
	}
	var shells []string
	for _, shell := range completion.Commands() {
		shells = append(shells, shell.Name())
		shell.Args = noArguments
	}
	completion.Use = "completion SHELL"
	completion.Short = "Print the completion script of a shell: " + oneOf(shells)
	completion.Long = completionHelp
	completion.Example = completionExamples
	completion.Args = cobra.ArbitraryArgs
	completion.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("no shell: want %s", oneOf(shells))
		}
		return fmt.Errorf("unknown shell %q: want %s", args[0], oneOf(shells))
	}
}

// noArguments refuses arguments. The error of cobra.NoArgs calls them unknown commands.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unexpected argument %q: want only flags", args[0])
}

func noCommand(root *cobra.Command, args []string) error {
	var names []string
	for _, c := range root.Commands() {
		if c.Name() != "help" && c.Name() != "completion" && !c.Hidden {
			names = append(names, c.Name())
		}
	}
	if len(args) == 0 {
		return errors.New("no command: want " + oneOf(names))
	}
	root.SuggestionsMinimumDistance = 2
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unknown command %q: did you mean %s?", args[0], oneOf(near))
	}
	return fmt.Errorf("unknown command %q: want %s", args[0], oneOf(names))
}

// newJob registers the common flags of the commands that call a cloud.
func (p *program) newJob(cmd *cobra.Command) *job {
	j := &job{command: cmd.Name()}
	j.commonFlags(cmd.Flags())
	cmd.Flags().SortFlags = false
	p.jobs[cmd] = j
	complete(cmd, "provider", providerNames()...)
	complete(cmd, "output", textOutput, jsonOutput)
	complete(cmd, "api-version", modernAPI, legacyAPI)
	completeByProvider(cmd, "region", func(name string) []string { return providers[name].regions })
	completeByProvider(cmd, "profile", profileNames)
	return j
}

// completeByProvider completes the values of a flag for the provider of the command line
// or the environment, or for all providers.
func completeByProvider(cmd *cobra.Command, flag string, values func(provider string) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		named := cmp.Or(cmd.Flag("provider").Value.String(), os.Getenv("ENICTL_PROVIDER"))
		var all []string
		for _, name := range providerNames() {
			if named == "" || named == name {
				all = append(all, values(name)...)
			}
		}
		all = slices.DeleteFunc(all, func(value string) bool { return !strings.HasPrefix(value, begun) })
		return all, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
}

// complete completes the values of a flag.
func complete(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is not there: a mistake in this program
	}
}

// modern converts a command line in the style of package flag to that of pflag: long flags
// get a second dash, and the command comes first. A command line in pflag's style is not
// changed.
func modern(root *cobra.Command, args []string) []string {
	if len(args) > 0 && strings.HasPrefix(args[0], "__") {
		return args // a request for completions
	}
	flags := flagsOf(root)
	var command, rest []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		body := strings.TrimLeft(arg, "-")
		switch dashes := len(arg) - len(body); {
		case arg == "--":
			return slices.Concat(command, rest, args[i:])
		case dashes == 0 || arg == "-":
			if command == nil {
				command = []string{arg}
			} else {
				rest = append(rest, arg)
			}
			continue
		case dashes > 2:
			rest = append(rest, arg) // pflag reports the error
			continue
		}
		name, _, inline := strings.Cut(body, "=")
		f := flags[name]
		switch {
		case f != nil:
			rest = append(rest, "--"+f.Name+strings.TrimPrefix(body, name))
			if f.NoOptDefVal == "" && !inline && i+1 < len(args) {
				i++
				rest = append(rest, args[i])
			}
		case len(name) == 1, body == "o"+textOutput, body == "o"+jsonOutput:
			rest = append(rest, arg)
		default:
			rest = append(rest, "--"+body)
		}
	}
	return append(command, rest...)
}

// flagsOf returns the flags of all commands, by name and by shorthand.
func flagsOf(root *cobra.Command) map[string]*pflag.Flag {
	flags := make(map[string]*pflag.Flag)
	for _, cmd := range append(root.Commands(), root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags[f.Name] = f
			if f.Shorthand != "" {
				flags[f.Shorthand] = f
			}
		})
	}
	return flags
}

// isClosed reports whether standard output is closed, as with "| head". That is no
// failure.
func isClosed(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

// output is standard output. It records the first error, which is handled in one place.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n := 0
	if o.err == nil {
		n, o.err = o.w.Write(b)
	}
	if isClosed(o.err) {
		return len(b), nil // otherwise cobra would print the error
	}
	return n, o.err
}
