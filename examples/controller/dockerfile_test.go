// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The Dockerfile's own steps, run without a container engine, make a program that
// needs no library, for each processor; it knows its version.
func TestDockerfile(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(arch, func(t *testing.T) {
			program := imageProgram(t, arch)
			file, err := elf.Open(program)
			must(t, err)
			defer func() { must(t, file.Close()) }()
			if file.Machine != machine {
				t.Errorf("it is a program for %s", file.Machine)
			}
			for _, p := range file.Progs {
				if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
					t.Errorf("it is not static: it has %s", p.Type)
				}
			}
			info, err := buildinfo.ReadFile(program)
			must(t, err)
			settings := map[string]string{}
			for _, s := range info.Settings {
				settings[s.Key] = s.Value
			}
			if settings["-trimpath"] != "true" || settings["CGO_ENABLED"] != "0" {
				t.Errorf("it was built with %v", settings)
			}
			if arch != runtime.GOARCH {
				return
			}
			out, err := exec.CommandContext(t.Context(), program, "-version").Output()
			if want := "cloudeni-controller " + imageVersion + "\n"; string(out) != want || err != nil {
				t.Errorf("-version prints %q, want %q (%v)", out, want, err)
			}
		})
	}
}

// What is in the image is what the manifests expect: a user who is not root, and a
// program to start. The compiler is that of the module.
func TestDockerfileFitsTheManifests(t *testing.T) {
	d := readDockerfile(t)
	pod := rendered(t, "config/base").deployment(t).Spec.Template.Spec
	if user := d.last("USER"); user != fmt.Sprintf("%d:%d", *pod.SecurityContext.RunAsUser, *pod.SecurityContext.RunAsGroup) {
		t.Errorf("the image has the user %s, the pod %d", user, *pod.SecurityContext.RunAsUser)
	}
	_, target, _ := strings.Cut(d.last("COPY"), "controller/controller ")
	if entry := d.last("ENTRYPOINT"); entry != fmt.Sprintf("[%q]", target) {
		t.Errorf("the image starts %s, and holds %s", entry, target)
	}
	if len(pod.Containers[0].Command) != 0 {
		t.Error("the pod starts another program than the image")
	}
	module, err := os.ReadFile("go.mod")
	must(t, err)
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(module)[1]
	if from := d.instructions[0].args; !strings.Contains(from, " golang:"+string(goVersion)+" AS ") {
		t.Errorf("the module needs Go %s, and the image is built by %s", goVersion, from)
	}
	for _, i := range d.instructions {
		// With a default, BuildKit would not set the platform that was asked for.
		if i.name == "ARG" && strings.HasPrefix(i.args, "TARGET") && strings.Contains(i.args, "=") {
			t.Errorf("ARG %s has a default", i.args)
		}
	}
	readme, err := os.ReadFile("README.md")
	must(t, err)
	image := pod.Containers[0].Image
	for _, want := range []string{"-t " + image + " .", "VERSION=" + imageVersion} {
		if !bytes.Contains(readme, []byte(want)) {
			t.Errorf("README.md does not build what the manifests start: %q", want)
		}
	}
}

// imageVersion is the version that the manifests name.
const imageVersion = "v0.1.0"

// built are the programs of the image, by processor. They are built once for all
// rounds of the tests, below a directory that TestMain deletes.
var (
	built   = map[string]string{}
	scratch string
)

// imageProgram returns the path of the program that the Dockerfile builds.
func imageProgram(t *testing.T, arch string) string {
	t.Helper()
	if built[arch] == "" {
		root := filepath.Join(scratch, arch)
		d := readDockerfile(t)
		d.build(t, root, map[string]string{"TARGETOS": "linux", "TARGETARCH": arch, "VERSION": imageVersion})
		from, _, _ := strings.Cut(strings.TrimPrefix(d.last("COPY"), "--from=build "), " ")
		built[arch] = filepath.Join(root, from)
	}
	return built[arch]
}

// instruction is one of a Dockerfile.
type instruction struct{ name, args string }

type dockerfile struct{ instructions []instruction }

func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	must(t, err)
	joined := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(text), "")
	joined = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(joined, "")
	var d dockerfile
	for line := range strings.Lines(joined) {
		if name, args, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			d.instructions = append(d.instructions, instruction{name, args})
		}
	}
	return d
}

// last is the last instruction of a name.
func (d dockerfile) last(name string) string {
	for _, i := range slices.Backward(d.instructions) {
		if i.name == name {
			return i.args
		}
	}
	return ""
}

// build runs the steps of the first stage, with root in place of the root directory
// of the container.
func (d dockerfile) build(t *testing.T, root string, given map[string]string) {
	t.Helper()
	dir := root
	args := map[string]string{}
	for n, i := range d.instructions {
		switch i.name {
		case "FROM":
			if n > 0 {
				return
			}
		case "WORKDIR":
			dir = filepath.Join(root, i.args)
			must(t, os.MkdirAll(dir, 0o750))
		case "ARG":
			name, value, has := strings.Cut(i.args, "=")
			if v, ok := given[name]; ok {
				value, has = v, true
			}
			if has {
				args[name] = value
			}
		case "COPY":
			words := strings.Fields(i.args)
			for _, from := range words[:len(words)-1] {
				copyInto(t, from, filepath.Join(dir, words[len(words)-1]))
			}
		case "RUN":
			cmd := exec.CommandContext(t.Context(), "sh", "-c", i.args)
			cmd.Dir, cmd.Env = dir, os.Environ()
			for _, name := range slices.Sorted(maps.Keys(args)) {
				cmd.Env = append(cmd.Env, name+"="+args[name])
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("RUN %s: %v\n%s", i.args, err, out)
			}
		default:
			t.Fatalf("%s %s: nobody knows how to run this here", i.name, i.args)
		}
	}
}

// copyInto copies a file or what is in a folder of the repository into a directory,
// without what the .dockerignore file says.
func copyInto(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile("Dockerfile.dockerignore")
	must(t, err)
	ignored := func(name string) bool {
		return slices.ContainsFunc(strings.Fields(string(text)), func(pattern string) bool {
			if base, anywhere := strings.CutPrefix(pattern, "**/"); anywhere {
				matched, err := path.Match(base, path.Base(name))
				must(t, err)
				return matched
			}
			return name == pattern
		})
	}
	repository := os.DirFS("../..")
	must(t, fs.WalkDir(repository, from, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ignored(name) && entry.IsDir():
			return fs.SkipDir
		case ignored(name) || entry.IsDir():
			return nil
		}
		target := filepath.Join(to, path.Base(name))
		if name != from {
			target = filepath.Join(to, strings.TrimPrefix(name, strings.TrimSuffix(from, ".")))
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return err
		}
		content, err := fs.ReadFile(repository, name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	}))
}
