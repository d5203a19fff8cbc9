// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/examples/enictl/internal/fakecloud"
)

// fakePrinted is what fake -o json prints.
type fakePrinted struct {
	Clouds  []served `json:"clouds"`
	Control string   `json:"control"`
}

// served is one cloud of it.
type served struct {
	Provider string            `json:"provider"`
	Region   string            `json:"region"`
	Endpoint string            `json:"endpoint"`
	Env      map[string]string `json:"env"` // the credentials, by the names under which the SDK looks for them

	keys []string // of Env, in the order in which a person expects them
}

// fake serves until ctx ends, which is how it is meant to end.
func (p *program) fake(ctx context.Context, f fakeJob) error {
	if err := f.readScene(); err != nil {
		return err
	}
	if f.printScene {
		f.scene.Faults = append(f.scene.Faults, f.faults...)
		text, err := f.scene.Text()
		if err == nil {
			_, err = p.stdout.Write(text)
		}
		return err
	}
	files, err := f.create()
	if err != nil {
		return err
	}
	defer files.close(p.fail)
	if err := f.writeTargets(); err != nil {
		return err
	}
	stage := fakecloud.NewStage(f.scene, fakecloud.Options{
		Faults: f.rules, CompleteAfter: f.completeAfter, Log: files.lines(f.log), History: files.lines(f.history),
	})
	listeners, err := f.listen(ctx, stage)
	if err != nil {
		return err
	}
	stop := p.serve(stage, listeners)
	printed := newPrinted(stage, listeners)
	if f.output == jsonOutput {
		encode(p.stdout, printed)
	} else {
		f.introduce(p.stdout, printed)
	}
	err = stage.Keep(ctx)
	stop()
	if err := errors.Join(err, stage.Close()); err != nil {
		p.fail(err)
	}
	return nil
}

// serve serves the clouds and the control of a fake until it is stopped.
func (p *program) serve(stage *fakecloud.Stage, listeners []net.Listener) (stop func()) {
	var serving sync.WaitGroup
	var servers []*http.Server
	for n, listener := range listeners {
		what, handler := "the control", stage.Control()
		if clouds := stage.Clouds(); n < len(clouds) {
			what, handler = clouds[n].Provider, clouds[n]
		}
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: handler}
		servers = append(servers, server)
		serving.Go(func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				p.person.sayf("%s is no longer served: %v", what, err)
			}
		})
	}
	return func() {
		for _, server := range servers {
			_ = server.Close() //nolint:errcheck // nobody waits for answers any more
		}
		serving.Wait()
	}
}

// listen returns a listener for each cloud, and one for the control behind them.
func (f *fakeJob) listen(ctx context.Context, stage *fakecloud.Stage) ([]net.Listener, error) {
	var ports []int
	for _, cloud := range stage.Clouds() {
		ports = append(ports, *f.ports[cloud.Provider])
	}
	var listeners []net.Listener
	for _, port := range append(ports, f.controlPort) {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			for _, other := range listeners {
				err = errors.Join(err, other.Close())
			}
			return nil, err
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

// newPrinted says where everything is.
func newPrinted(stage *fakecloud.Stage, listeners []net.Listener) fakePrinted {
	url := func(n int) string { return "http://" + listeners[n].Addr().String() }
	printed := fakePrinted{Control: url(len(listeners) - 1)}
	for n, cloud := range stage.Clouds() {
		s := served{Provider: cloud.Provider, Region: cloud.Region(), Endpoint: url(n), Env: make(map[string]string)}
		for _, v := range cloud.Env() {
			s.keys = append(s.keys, v.Name)
			s.Env[v.Name] = v.Value
		}
		printed.Clouds = append(printed.Clouds, s)
	}
	return printed
}

// fakeFiles are those that a fake writes while it runs, by name.
type fakeFiles map[string]*fakeFile

type fakeFile struct {
	io.Closer
	fakecloud.Lines
}

// create makes the files of the log and of the history.
func (f *fakeJob) create() (fakeFiles, error) {
	files := make(fakeFiles)
	for _, name := range []string{f.log, f.history} {
		if name == "" {
			continue
		}
		file, err := os.Create(name)
		if err != nil {
			files.close(func(error) {})
			return nil, err
		}
		files[name] = &fakeFile{file, fakecloud.NewLines(file)}
	}
	return files, nil
}

// lines returns those of a file; an empty name has none.
func (f fakeFiles) lines(name string) fakecloud.Lines {
	if file := f[name]; file != nil {
		return file.Lines
	}
	return nil
}

func (f fakeFiles) close(fail func(error)) {
	for _, file := range f {
		if err := file.Close(); err != nil {
			fail(err)
		}
	}
}
