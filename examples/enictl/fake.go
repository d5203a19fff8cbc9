// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// The bounds of what a fake has.
const (
	maxENIs      = 10_000
	maxLeaked    = 10_000
	maxAddresses = 200
)

// fakeJob is the command line of fake, understood.
type fakeJob struct {
	*job
	size          fakecloud.Sample
	sceneFile     string
	printScene    bool
	session       bool
	ports         map[string]*int
	controlPort   int
	completeAfter time.Duration
	faults        []string
	seed          uint64
	seeded        bool
	log           string
	history       string
	targets       string

	scene *fakecloud.Scene
	rules []*fakecloud.Fault
}

func (p *program) fakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "fake",
		Short:   "Serve both clouds on loopback, with sample interfaces, to try things on",
		Long:    fakeHelp,
		Example: fakeExamples,
		Args:    noArguments,
	}
	f := fakeJob{job: &job{command: cmd.Name()}, ports: make(map[string]*int)}
	p.jobs[cmd] = f.job
	fs := cmd.Flags()
	fs.SortFlags = false
	f.sceneFlags(fs)
	f.faultFlags(fs)
	f.outputFlags(fs)
	complete(cmd, "provider", providerNames()...)
	complete(cmd, "output", textOutput, jsonOutput)
	kinds, _ := fakecloud.Kinds()
	complete(cmd, "fault", kinds...)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return f.check(cmd.Flags()) }
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.fake(cmd.Context(), f) }
	return cmd
}

func (f *fakeJob) sceneFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.provider, "provider", "", "`NAME` of the only cloud to serve: "+oneOf(providerNames())+"; else both")
	fs.Uint16Var(&f.size.Interfaces, "enis", 3, "interfaces of each cloud: eni-1 on i-1, and so on")
	fs.Uint16Var(&f.size.PerInstance, "per-instance", 1, "interfaces of each instance")
	fs.Uint16Var(&f.size.Leaked, "leaked", 0, "free interfaces, for sweep and delete")
	fs.Uint8Var(&f.size.Addresses, "addresses", 5, "addresses to release on each interface, besides its primary one")
	fs.StringVar(&f.sceneFile, "scene", "", "`FILE` with a scene, in place of the samples")
	fs.BoolVar(&f.printScene, "print-scene", false, "print the scene in the format of --scene, and serve nothing")
	fs.BoolVar(&f.session, "session", false, "use temporary credentials, with a token that can expire")
	for _, name := range providerNames() {
		f.ports[name] = fs.Int(name+"-port", 0, "port of "+providers[name].title+"; 0 means a free one")
	}
	fs.IntVar(&f.controlPort, "control-port", 0, "port of the endpoint that controls the fake; 0 means a free one")
}

func (f *fakeJob) faultFlags(fs *pflag.FlagSet) {
	fs.DurationVar(&f.completeAfter, "complete-after", 0, "time from the acceptance of a change until it takes effect, such as 500ms")
	fs.StringArrayVar(&f.faults, "fault", nil, "`FAULT` such as conflict:3 or throttle:10%:Detach; may be repeated")
	fs.Uint64Var(&f.seed, "seed", fakecloud.DefaultSeed, "seed of the faults that apply to a share of the requests")
}

func (f *fakeJob) outputFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.log, "log", "", "`FILE` that gets a line of JSON for each request")
	fs.StringVar(&f.history, "history", "", "`FILE` that gets a line of JSON for each change that takes effect")
	fs.StringVar(&f.targets, "targets", "", "`FILE` that gets the addresses to release, for release -f:\nCSV if its name ends in .csv, else JSON lines")
	fs.StringVarP(&f.output, "output", "o", textOutput, "`FORM` of the printed lines: text, for a shell, or json")
}

// check checks the command line.
func (f *fakeJob) check(fs *pflag.FlagSet) error {
	_, known := providers[f.provider]
	switch {
	case f.output != textOutput && f.output != jsonOutput:
		return fmt.Errorf("--output %q is unknown: want %s or %s", f.output, textOutput, jsonOutput)
	case f.provider != "" && !known:
		return fmt.Errorf("unknown --provider %q: want %s", f.provider, oneOf(providerNames()))
	case f.size.Interfaces < 1 || f.size.Interfaces > maxENIs:
		return fmt.Errorf("--enis %d: want 1 to %d", f.size.Interfaces, maxENIs)
	case f.size.PerInstance < 1:
		return fmt.Errorf("--per-instance %d: want 1 or more", f.size.PerInstance)
	case f.size.Leaked > maxLeaked:
		return fmt.Errorf("--leaked %d: want 0 to %d", f.size.Leaked, maxLeaked)
	case f.size.Addresses < 1 || f.size.Addresses > maxAddresses:
		return fmt.Errorf("--addresses %d: want 1 to %d", f.size.Addresses, maxAddresses)
	case f.completeAfter < 0:
		return fmt.Errorf("--complete-after %s: want a duration such as 500ms", f.completeAfter)
	}
	if f.sceneFile != "" {
		for _, size := range []string{"enis", "per-instance", "leaked", "addresses"} {
			if fs.Changed(size) {
				return fmt.Errorf("--%s and --scene exclude each other: the scene has its own interfaces", size)
			}
		}
	}
	f.seeded = fs.Changed("seed")
	return errors.Join(f.checkFiles(), f.parseFaults())
}

// checkFiles refuses one file for two things: a file that is written loses what it had.
func (f *fakeJob) checkFiles() error {
	flags := make(map[string]string)
	for _, file := range []struct{ flag, name string }{
		{"scene", f.sceneFile}, {"log", f.log}, {"history", f.history}, {"targets", f.targets},
	} {
		if file.name == "" {
			continue
		}
		path := filepath.Clean(file.name)
		if other := flags[path]; other != "" {
			return fmt.Errorf("--%s and --%s are the same file %s: want two", other, file.flag, path)
		}
		flags[path] = file.flag
	}
	return nil
}

// parseFaults reads the faults; the error has all that is wrong.
func (f *fakeJob) parseFaults() error {
	var bad []error
	for _, text := range f.faults {
		rule, err := fakecloud.ParseFault(text)
		if err != nil {
			bad = append(bad, fmt.Errorf("--%w", err))
		}
		f.rules = append(f.rules, rule)
	}
	return errors.Join(bad...)
}

// readScene makes the scene, of a file or of the sizes.
func (f *fakeJob) readScene() error {
	names := providerNames()
	if f.provider != "" {
		names = []string{f.provider}
	}
	f.scene = fakecloud.NewScene(f.size, names...)
	if f.sceneFile != "" {
		text, err := os.ReadFile(f.sceneFile)
		if err != nil {
			return err
		}
		if f.scene, err = fakecloud.ReadScene(f.sceneFile, text); err != nil {
			return err
		}
	}
	if f.provider != "" {
		account := f.scene.Account(f.provider)
		if account == nil {
			return fmt.Errorf("--provider %s: %s has no such cloud", f.provider, f.sceneFile)
		}
		f.scene.Clouds = []fakecloud.Account{*account}
	}
	if f.seeded {
		f.scene.Seed = f.seed
	}
	if f.session {
		f.scene.SetTokens()
	}
	return nil
}
