// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// open makes a client of the library whose requests go through a transport.
func open(s *settings, to http.RoundTripper) (cloudeni.Client, error) {
	return cloudeni.Open(cloudeni.Config{
		Provider: s.provider, Region: s.region, Endpoint: s.endpoint,
		AccessKeyID: s.keyID, AccessKeySecret: s.secret, SecurityToken: s.token,
		HTTPClient: &http.Client{Transport: to}, UserAgent: "cloudeni-live",
	}, &eni.Options{})
}

// run plays and asks everything, deletes what it has created, and reports. The context
// ends the run, and never the clean-up, which has a context of its own.
func run(ctx, cleanUp context.Context, s *settings, to http.RoundTripper, out io.Writer) (*report, error) {
	scrub := newScrubber(s)
	recording := ""
	if s.dir != "" {
		recording = filepath.Join(s.dir, "recording")
	}
	rec, err := newRecorder(to, scrub, recording)
	if err != nil {
		return nil, err
	}
	client, err := open(s, rec)
	if err != nil {
		return nil, err
	}
	witness, err := open(s, rec)
	if err != nil {
		return nil, err
	}
	sc := &scene{settings: s, api: newAPI(s, rec), client: client, witness: witness, requests: rec.requests, throttled: rec.throttledSo}
	r := &report{provider: s.provider, region: s.region}
	r.ended = sc.playAll(ctx, r, out)

	if sc.asked {
		fmt.Fprintln(out, "Deleting what the run has created …")
		cleaning, err := open(s, rec)
		if err != nil {
			return nil, err
		}
		c := &cleaner{settings: s, client: cleaning, out: out, created: sc.created}
		r.left = c.clean(cleanUp)
	}
	r.requests, r.withheld = rec.requests(), rec.withheld
	if s.dir == "" {
		return r, nil
	}
	return r, errors.Join(rec.failed, writeReport(s, r, scrub))
}

// playAll plays the promises and asks the questions. The error is why it ended early.
func (s *scene) playAll(ctx context.Context, r *report, out io.Writer) error {
	if err := s.locate(ctx); err != nil {
		return err
	}
	on, err := s.cast(ctx)
	if err != nil {
		return err
	}
	for _, p := range promises {
		err := p.play(ctx, s, on)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v, why := judge(err)
		r.promises = append(r.promises, line{p.name, v, why})
		fmt.Fprintf(out, "%-8s %s%s\n", v, p.name, after(": ", why))
	}
	if err := s.recast(ctx, on); err != nil {
		return err
	}
	for _, q := range questions {
		said, err := q.ask(ctx, s, on)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if v, why := judge(err); v != kept {
			said = "not met: " + why
		}
		r.answers = append(r.answers, line{name: q.name, text: said})
		fmt.Fprintf(out, "%s: %s\n", q.name, said)
	}
	return nil
}

func after(sign, text string) string {
	if text == "" {
		return ""
	}
	return sign + text
}

// cast builds the scene. An instance that takes no further interface is no reason to end.
func (s *scene) cast(ctx context.Context) (*actors, error) {
	on := new(actors)
	var err error
	if on.free, err = s.build(ctx); err != nil {
		return nil, err
	}
	on.attached, on.noAttached, err = s.buildAttached(ctx)
	return on, err
}

// recast attaches two interfaces for the questions: the promises have deleted theirs.
func (s *scene) recast(ctx context.Context, on *actors) (err error) {
	if i, err := s.look(ctx, on.attached); on.attached == "" || err != nil || i.ID == "" {
		if on.attached, on.noAttached, err = s.buildAttached(ctx); err != nil {
			return err
		}
	} else if i.InstanceID == "" {
		if err := s.attach(ctx, on.attached); err != nil {
			return err
		}
	}
	if on.attached == "" {
		on.noSecond = on.noAttached
		return nil
	}
	on.second, on.noSecond, err = s.buildAttached(ctx)
	return err
}

// buildAttached builds an interface on the instance. Where that takes none, there is the
// reason instead, and the interface is deleted again.
func (s *scene) buildAttached(ctx context.Context) (id, why string, err error) {
	if id, err = s.build(ctx); err != nil {
		return "", "", err
	}
	err = s.attach(ctx, id)
	var none skippedError
	if !errors.As(err, &none) {
		return id, "", err
	}
	_, err = eni.BlockingDeleter(s.witness).Delete(ctx, eni.DeleteRequest{InterfaceID: id})
	return "", none.reason, err
}

// writeReport writes the report beside the recording.
func writeReport(s *settings, r *report, scrub *scrubber) error {
	var text bytes.Buffer
	if err := r.write(&text, scrub.text); err != nil {
		return err
	}
	if what := scrub.leaks(text.String()); what != "" {
		return fmt.Errorf("the report is not written: it would show %s", what)
	}
	return os.WriteFile(filepath.Join(s.dir, "report.md"), text.Bytes(), 0o644) //nolint:gosec // there is nothing secret in it
}
