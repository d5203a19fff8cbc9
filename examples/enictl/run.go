package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/cloudeni/cloudeni/eni"
)

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1 // the operation failed, or was cut short
	exitMisuse = 2 // the command line is wrong; nothing was sent
)

// run is the whole program but for its signals. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	person := &console{w: stderr}
	defer person.shut()

	j, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, err := io.WriteString(stdout, usage)
		return conclude(exitDone, err, person)
	}
	var sent tally
	var client eni.Client
	if err == nil {
		client, err = providers[j.provider].connect(j, options(j, &sent, person))
	}
	if err != nil {
		person.sayf("%v", err)
		person.sayf("see enictl -h")
		return conclude(exitMisuse, writeMisuse(stdout, j, err), person)
	}

	ctx, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	unwatch := sent.watch(person)
	e := perform(ctx, client, j)
	unwatch()

	unwritten := write(stdout, j, e, &sent)
	status := exitDone
	if err := e.err(); err != nil {
		status = exitFailed
		explain(person, j, err)
	}
	return conclude(status, unwritten, person)
}

// conclude returns the status, or the one for failure where the result could not
// be written: a script that reads half of it must not take it for the whole.
func conclude(status int, err error, person *console) int {
	if err == nil {
		return status
	}
	person.sayf("the result could not be written: %v", err)
	return max(status, exitFailed)
}

func options(j job, sent *tally, stderr io.Writer) *eni.Options {
	opts := &eni.Options{
		// The timeout is the bound, and the only one.
		Retry:     eni.Retry{MaxAttempts: -1, MaxElapsed: -1},
		OnAttempt: sent.note,
	}
	if j.verbose {
		opts.Logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return opts
}

// ending is how a job ended.
type ending struct {
	op      *eni.Operation
	refused error // why the cloud did not accept all of it
	late    error // why what it accepted has not taken effect, or is not known to have
	settled bool  // whether nothing that was accepted is under way any more
}

// perform carries a job out. It differs from a client of eni.Blocking in that it
// tells a refusal from a wait that ended.
func perform(ctx context.Context, client eni.Client, j job) ending {
	var e ending
	e.op, e.refused = call(ctx, client, j)
	if !j.noWait {
		// Also after a partial failure: what was accepted is worth knowing.
		e.late = e.op.Wait(ctx)
		e.settled = settled(ctx, e.op)
	}
	return e
}

func call(ctx context.Context, client eni.Client, j job) (*eni.Operation, error) {
	release := eni.UnassignRequest{InterfaceID: j.interfaceID, Addresses: j.addresses, Prefixes: j.prefixes}
	switch j.command {
	case unassignIPs:
		return client.UnassignPrivateIps(ctx, release)
	case unassignIPv6:
		return client.UnassignIpv6(ctx, release)
	default:
		return client.Detach(ctx, eni.DetachRequest{
			InterfaceID: j.interfaceID, InstanceID: j.instanceID, TrunkInterfaceID: j.trunkID,
		})
	}
}

// settled reports whether nothing is under way any more as far as the operation
// knows: under a context that has ended, Poll cannot look again.
func settled(ctx context.Context, op *eni.Operation) bool {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	done, _ := op.Poll(ctx) //nolint:errcheck // Wait has told
	return done
}

// err is why the job is not done, or nil.
func (e ending) err() error {
	switch {
	case e.refused == nil:
		return e.late
	case e.late == nil:
		return e.refused
	default:
		return fmt.Errorf("%w; %w", e.refused, e.late)
	}
}

// tally counts the changes that were answered, for the progress and for what is
// known of a detach.
type tally struct {
	mu       sync.Mutex
	answered int
	last     error // of the latest
}

func (t *tally) note(a eni.Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answered++
	t.last = a.Err
}

func (t *tally) read() (answered int, last error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered, t.last
}

// The times of silence before the first word on the progress, and between two.
const (
	firstWord = time.Second
	nextWord  = 5 * time.Second
)

// watch tells a person from time to time that the program is alive, and what it
// is waiting for, until unwatch is called.
func (t *tally) watch(person *console) (unwatch func()) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		start, timer := time.Now(), time.NewTimer(firstWord)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				person.sayf("waiting, %s: %s", time.Since(start).Round(time.Second), t)
				timer.Reset(nextWord)
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		watching.Wait()
	}
}

// String says where things are.
func (t *tally) String() string {
	switch answered, last := t.read(); {
	case answered == 0:
		return "no change has been answered yet"
	case last == nil:
		return "the latest change was accepted"
	default:
		return fmt.Sprintf("changes answered: %d, the latest with %s", answered, label(last))
	}
}

// console is standard error. It lets one write at a time through, and none once
// it is shut: a client may log a request that was cut short after its caller has
// left.
type console struct {
	mu     sync.Mutex
	w      io.Writer
	closed bool
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return len(p), nil
	}
	return c.w.Write(p)
}

func (c *console) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// sayf writes a line to the person at the terminal.
func (c *console) sayf(format string, args ...any) {
	fmt.Fprintf(c, "enictl: "+format+"\n", args...)
}
